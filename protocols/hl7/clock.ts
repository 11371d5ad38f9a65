/**
 * MSH-7, date and time of message: `YYYYMMDDHHMMSS[.S[S[S[S]]]]±ZZZZ` (HL7 v2 chapter 2, data type DTM).
 *
 * Compared with the capture clock when the sender gives seconds. A local time without a zone is told apart: read as
 * UTC it looks like a clock that is hours off, and only who knows the zone of the site can say what is left.
 */
import type { Hl7Message } from '../../src/records.ts';

const SECONDS_DIGITS = 14;
const ZONE_BYTES = 5;

/** Sender's time minus `captureUs`, with its zone or without; NaN when the field cannot say. */
export function readClock(message: Hl7Message, bytes: Uint8Array, at: number, stop: number, captureUs: number): void {
  const hasZone = signAt(bytes, at, stop - ZONE_BYTES) !== 0;
  const skewUs = skewOf(bytes, at, hasZone ? stop - ZONE_BYTES : stop, hasZone, captureUs);
  message.clockSkewUs = hasZone ? skewUs : Number.NaN;
  message.localClockSkewUs = hasZone ? Number.NaN : skewUs;
}

/** The sign before a zone at `zoneAt`, or 0. */
function signAt(bytes: Uint8Array, at: number, zoneAt: number): number {
  if (zoneAt < at + SECONDS_DIGITS) return 0;
  const sign = bytes[zoneAt]!;
  return sign === 0x2b || sign === 0x2d ? sign : 0;
}

function skewOf(bytes: Uint8Array, at: number, zoneAt: number, hasZone: boolean, captureUs: number): number {
  if (zoneAt < at + SECONDS_DIGITS) return Number.NaN;
  const year = digits(bytes, at, 4);
  const month = digits(bytes, at + 4, 2);
  const day = digits(bytes, at + 6, 2);
  const hour = digits(bytes, at + 8, 2);
  const minute = digits(bytes, at + 10, 2);
  const second = digits(bytes, at + 12, 2);
  const zoneMinutes = hasZone ? digits(bytes, zoneAt + 1, 2) * 60 + digits(bytes, zoneAt + 3, 2) : 0;
  const fractionUs = fraction(bytes, at + SECONDS_DIGITS, zoneAt);
  const isPlausible = year >= 1970 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
  if (!isPlausible || !(hour <= 23 && minute <= 59 && second <= 60 && zoneMinutes <= 14 * 60)) return Number.NaN;
  const utcMs = Date.UTC(year, month - 1, day, hour, minute, second);
  const zoneUs = (hasZone && bytes[zoneAt] === 0x2d ? -zoneMinutes : zoneMinutes) * 60_000_000;
  return utcMs * 1000 + fractionUs - zoneUs - captureUs;
}

function digits(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) {
    const digit = bytes[i]! - 0x30;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

/** `.S` to `.SSSS` between seconds and zone; NaN when something else stands there. */
function fraction(bytes: Uint8Array, at: number, end: number): number {
  const count = end - at - 1;
  if (end === at) return 0;
  if (bytes[at] !== 0x2e || count < 1 || count > 4) return Number.NaN;
  return Math.round(digits(bytes, at + 1, count) * 10 ** (6 - count));
}
