/**
 * SCTP common header (RFC 9260, 3.1); chunks are not followed.
 *
 *     0              2              4                   8            12
 *     ┌──────────────┬──────────────┬───────────────────┬────────────┬─────────
 *     │ source port  │ target port  │ verification tag  │ checksum   │ chunks
 *     └──────────────┴──────────────┴───────────────────┴────────────┴─────────
 */
import { type Frame, odd, SCTP } from './frame.ts';

const HEADER_BYTES = 12;

export function sctp(frame: Frame, at: number): void {
  const { view } = frame;
  if (frame.end - at < HEADER_BYTES) {
    odd(frame, 'sctp_short');
    return;
  }
  frame.transportProtocol = SCTP;
  frame.transport = at;
  frame.sourcePort = view.getUint16(at);
  frame.targetPort = view.getUint16(at + 2);
  frame.checksum = view.getInt32(at + 8) & 0xffff;
  frame.payload = at + HEADER_BYTES;
  frame.payloadWire = frame.wireEnd - frame.payload;
}
