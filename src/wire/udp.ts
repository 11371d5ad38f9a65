/**
 * UDP (RFC 768).
 *
 *     0              2              4          6          8
 *     ┌──────────────┬──────────────┬──────────┬──────────┬─────────
 *     │ source port  │ target port  │ length   │ checksum │ payload
 *     └──────────────┴──────────────┴──────────┴──────────┴─────────
 *
 * A length of 0 is a jumbogram (RFC 2675) or a segment that the card has still to cut: IP's length stands for it.
 */
import { type Frame, odd, UDP } from './frame.ts';

const HEADER_BYTES = 8;

export function udp(frame: Frame, at: number): void {
  const { view } = frame;
  if (frame.end - at < HEADER_BYTES) {
    odd(frame, 'udp_short');
    return;
  }
  const length = view.getUint16(at + 4);
  const payload = at + HEADER_BYTES;
  if (length !== 0) {
    if (length < HEADER_BYTES || at + length > frame.wireEnd) odd(frame, 'udp_length');
    const claimed = length < HEADER_BYTES ? payload : at + length;
    if (claimed < frame.wireEnd) frame.wireEnd = claimed;
    if (claimed < frame.end) frame.end = claimed;
  }
  frame.transportProtocol = UDP;
  frame.transport = at;
  frame.sourcePort = view.getUint16(at);
  frame.targetPort = view.getUint16(at + 2);
  frame.checksum = view.getUint16(at + 6);
  frame.payload = payload;
  frame.payloadWire = frame.wireEnd - payload;
}
