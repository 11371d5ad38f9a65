/**
 * ICMP (RFC 792) and ICMPv6 (RFC 4443): type, code, and what the type needs.
 *
 *     0      1      2          4                         8
 *     ┌──────┬──────┬──────────┬─────────────────────────┬─────────
 *     │ type │ code │ checksum │ by type (echo: id, seq) │ payload
 *     └──────┴──────┴──────────┴─────────────────────────┴─────────
 *
 * An error message quotes another packet; the quote is payload and never a flow of its own.
 */
import { type Frame, odd } from './frame.ts';

const HEADER_BYTES = 8;
const HEADER_BYTES_MIN = 4;

/** `frame.ipProtocol` says which of the two it is. */
export function icmp(frame: Frame, at: number): void {
  const { view } = frame;
  if (frame.end - at < HEADER_BYTES_MIN) {
    odd(frame, 'icmp_short');
    return;
  }
  const payload = at + HEADER_BYTES;
  frame.transportProtocol = frame.ipProtocol;
  frame.transport = at;
  frame.icmpType = view.getUint8(at);
  frame.icmpCode = view.getUint8(at + 1);
  frame.checksum = view.getUint16(at + 2);
  frame.payload = Math.min(payload, frame.end);
  frame.payloadWire = frame.wireEnd > payload ? frame.wireEnd - payload : 0;
}
