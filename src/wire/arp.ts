/**
 * Address resolution (RFC 826), Ethernet and IPv4: who says that an address is theirs.
 *
 *     0          2          4      5      6           8            14          18           24          28
 *     ┌──────────┬──────────┬──────┬──────┬───────────┬────────────┬───────────┬────────────┬───────────┐
 *     │ hardware │ protocol │ 6    │ 4    │ operation │ sender MAC │ sender IP │ target MAC │ target IP │
 *     └──────────┴──────────┴──────┴──────┴───────────┴────────────┴───────────┴────────────┴───────────┘
 */
import { IPV4 } from './ether-type.ts';
import { type Frame, odd, STOP } from './frame.ts';

const PACKET_BYTES = 28;
const HEADER_BYTES = 8;
const LENGTHS = 0x0604;
const SENDER_MAC = 8;
const SENDER_ADDRESS = 14;
const TARGET_MAC = 18;
const TARGET_ADDRESS = 24;

export const ARP_REQUEST = 1;
export const ARP_REPLY = 2;

/** One object, refilled: offsets are in the view that was decoded. */
export class Arp {
  operation = 0;
  senderMac = 0;
  senderAddress = 0;
  targetMac = 0;
  targetAddress = 0;
  /** The sender announces its own address: nobody asked (RFC 5227, chapter 3). */
  gratuitous = false;
  /** The sender has no address yet and asks whether it may take this one (RFC 5227, 2.1.1). */
  probe = false;
}

/** False when it is cut short or speaks of anything but Ethernet and IPv4. */
export function decodeArp(view: DataView<ArrayBufferLike>, at: number, end: number, out: Arp): boolean {
  if (!isInternetArp(view, at, end)) return false;
  const sender = view.getInt32(at + SENDER_ADDRESS);
  out.operation = view.getUint16(at + 6);
  out.senderMac = at + SENDER_MAC;
  out.senderAddress = at + SENDER_ADDRESS;
  out.targetMac = at + TARGET_MAC;
  out.targetAddress = at + TARGET_ADDRESS;
  out.gratuitous = sender !== 0 && sender === view.getInt32(at + TARGET_ADDRESS);
  out.probe = sender === 0 && out.operation === ARP_REQUEST;
  return true;
}

function isInternetArp(view: DataView<ArrayBufferLike>, at: number, end: number): boolean {
  return end - at >= PACKET_BYTES && view.getUint16(at + 2) === IPV4 && view.getUint16(at + 4) === LENGTHS;
}

/** The frame's part of it: whose addresses they are. */
export function arp(frame: Frame, at: number): number {
  if (!isInternetArp(frame.view, at, frame.end)) {
    return frame.end - at < HEADER_BYTES || frame.view.getUint16(at + 4) === LENGTHS ? odd(frame, 'arp_short') : STOP;
  }
  frame.end = at + PACKET_BYTES;
  frame.wireEnd = frame.end;
  frame.network = at;
  frame.networkVersion = 1;
  frame.sourceAddress = at + SENDER_ADDRESS;
  frame.targetAddress = at + TARGET_ADDRESS;
  frame.addressBytes = 4;
  frame.timeToLive = 0;
  frame.identification = 0;
  frame.ipProtocol = 0;
  frame.payload = frame.end;
  frame.payloadWire = 0;
  return STOP;
}
