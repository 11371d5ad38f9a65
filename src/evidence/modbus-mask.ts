/**
 * Modbus over TCP (Messaging on TCP/IP Implementation Guide, 3.1): header, function, address and quantity stay, values
 * become zeros.
 *
 *     transaction (2) · protocol 0 (2) · length (2) · unit │ function · address (2) · quantity (2) · …
 */
import { type Masked, zero } from './filler.ts';
import type { StreamMask } from './stream-mask.ts';

const HEADER = 6;
const LENGTH_MAX = 254;
/** Of a question: unit, function, address, quantity, number of bytes. */
const QUESTION_KEPT = 7;
/** Of an answer: unit, function, number of bytes or the code of an exception. */
const ANSWER_KEPT = 3;
const PORT = 502;

export function beginsModbus(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from < HEADER + 2 || bytes[from + 2] !== 0 || bytes[from + 3] !== 0 || bytes[from + 4] !== 0) return false;
  return bytes[from + 5]! >= 2 && bytes[from + 5]! <= LENGTH_MAX;
}

export function isModbusPort(port: number): boolean {
  return port === PORT;
}

export class ModbusMask implements StreamMask {
  private readonly kept: number;
  private position = 0;
  private length = 0;

  constructor(isQuestion: boolean) {
    this.kept = isQuestion ? QUESTION_KEPT : ANSWER_KEPT;
  }

  feed(bytes: Uint8Array, from: number, to: number, masked: Masked): void {
    for (let at = from; at < to; at++) {
      const position = this.position++;
      if (position === 4) this.length = bytes[at]! * 256;
      else if (position === 5) this.length += bytes[at]!;
      else if (position >= HEADER + this.kept) zero(bytes, at, at + 1, 'modbus values', masked);
      if (position >= HEADER - 1 && position + 1 >= HEADER + this.length) this.position = 0;
    }
  }
}
