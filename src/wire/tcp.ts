/**
 * TCP (RFC 9293, 3.1).
 *
 *     0              2              4                      8                      12        13      14       16         18
 *     ┌──────────────┬──────────────┬──────────────────────┬──────────────────────┬─────────┬───────┬────────┬──────────┬────────┐
 *     │ source port  │ target port  │ sequence             │ acknowledgement      │ offset  │ flags │ window │ checksum │ urgent │
 *     └──────────────┴──────────────┴──────────────────────┴──────────────────────┴─────────┴───────┴────────┴──────────┴────────┘
 *
 * A header that no host would accept leaves `transportProtocol` 0, so that it cannot disturb a connection.
 */
import { type Frame, odd, TCP } from './frame.ts';

const HEADER_BYTES = 20;

export function tcp(frame: Frame, at: number): void {
  const { view } = frame;
  if (frame.end - at < HEADER_BYTES) {
    odd(frame, 'tcp_short');
    return;
  }
  const fourth = view.getInt32(at + 12);
  const payload = at + ((fourth >>> 26) & 0x3c);
  if (payload < at + HEADER_BYTES || payload > frame.wireEnd) {
    odd(frame, 'tcp_header_length');
    return;
  }
  const ports = view.getInt32(at);
  frame.transportProtocol = TCP;
  frame.transport = at;
  frame.sourcePort = ports >>> 16;
  frame.targetPort = ports & 0xffff;
  frame.sequence = view.getInt32(at + 4);
  frame.acknowledgement = view.getInt32(at + 8);
  frame.tcpFlags = (fourth >>> 16) & 0xff;
  frame.window = fourth & 0xffff;
  frame.checksum = view.getUint16(at + 16);
  frame.payload = Math.min(payload, frame.end);
  frame.payloadWire = frame.wireEnd - payload;
}
