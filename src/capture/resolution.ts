/**
 * From the 64-bit timestamps of a pcapng interface to whole microseconds, exactly and without big integers.
 *
 * A timestamp counts units of 10^-n or 2^-n seconds (option if_tsresol, draft-ietf-opsawg-pcapng 4.2), and is
 * longer than a double is exact. So it stays two 32-bit halves until it has been divided, in steps whose products
 * stay below 2^53.
 */
import { TIME_US_MAX } from './parser.ts';

const WORD = 2 ** 32;
/** Divisor of one step: the largest power of ten for which (divisor × 2^32) is exact. */
const STEP = 1e6;
const STEP_DIGITS = 6;
const MICRO_DIGITS = 6;
/** 2^64 is below 10^20: dividing by that leaves nothing. */
const DIGITS_MAX = 20;
/** if_tsresol: the high bit chooses powers of two. */
const BINARY_BIT = 0x80;

// How a timestamp becomes microseconds.
const AS_IS = 0;
const DIVIDE = 1;
const DIVIDE_OFTEN = 2;
const MULTIPLY = 3;
const BINARY = 4;

export class Resolution {
  readonly #how: number;
  /** Divisor, multiplier or exponent. */
  readonly #amount: number;
  readonly #offsetUs: number;

  /** `code` is the value of if_tsresol (6 when absent), `offsetSeconds` that of if_tsoffset. */
  constructor(code: number, offsetSeconds: number) {
    const digits = code - MICRO_DIGITS;
    this.#offsetUs = offsetSeconds * 1e6;
    if ((code & BINARY_BIT) !== 0) {
      this.#how = BINARY;
      this.#amount = code & ~BINARY_BIT;
    } else if (digits > STEP_DIGITS) {
      this.#how = DIVIDE_OFTEN;
      this.#amount = Math.min(digits, DIGITS_MAX);
    } else {
      this.#how = digits === 0 ? AS_IS : digits > 0 ? DIVIDE : MULTIPLY;
      this.#amount = 10 ** Math.abs(digits);
    }
  }

  /** Whole microseconds since 1970, rounded down; 0 before 1970. */
  microseconds(high: number, low: number): number {
    const how = this.#how;
    let timeUs = 0;
    if (how === AS_IS) timeUs = high * WORD + low;
    else if (how === DIVIDE) timeUs = divide(high, low, this.#amount);
    else if (how === MULTIPLY) timeUs = (high * WORD + low) * this.#amount;
    else if (how === BINARY) timeUs = divideBinary(high, low, this.#amount);
    else timeUs = divideOften(high, low, this.#amount);
    timeUs += this.#offsetUs;
    return timeUs < 0 ? 0 : Math.min(timeUs, TIME_US_MAX);
  }
}

/** floor((high × 2^32 + low) / divisor), by long division in base 2^32. */
function divide(high: number, low: number, divisor: number): number {
  return Math.floor(high / divisor) * WORD + Math.floor(((high % divisor) * WORD + low) / divisor);
}

/** The same by 10^digits: division by a product is division by its factors in turn. */
function divideOften(high: number, low: number, digits: number): number {
  let upper = high;
  let lower = low;
  for (let left = digits; left > 0; left -= STEP_DIGITS) {
    const divisor = left >= STEP_DIGITS ? STEP : 10 ** left;
    lower = Math.floor(((upper % divisor) * WORD + lower) / divisor);
    upper = Math.floor(upper / divisor);
  }
  return upper * WORD + lower;
}

/** floor((high × 2^32 + low) × 10^6 / 2^exponent), whole seconds and their rest apart. */
function divideBinary(high: number, low: number, exponent: number): number {
  if (exponent <= 32) {
    const unit = 2 ** exponent;
    const rest = low % unit;
    return (high * (WORD / unit) + (low - rest) / unit) * 1e6 + Math.floor((rest * 1e6) / unit);
  }
  const unit = 2 ** (exponent - 32);
  const rest = high % unit;
  return ((high - rest) / unit) * 1e6 + Math.floor((rest * 1e6 + Math.floor((low * 1e6) / WORD)) / unit);
}
