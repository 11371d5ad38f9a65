/**
 * What ICMP messages are called (RFC 792, RFC 4443, RFC 4861): counted by kind, for the pair of hosts is their flow.
 * Echoes show who is looked for, redirects and router advertisements who wants to be passed through.
 */
import type { Echo } from '../records.ts';
import { type Frame, ICMP } from '../wire/frame.ts';

const KINDS: ReadonlyMap<number, string> = new Map([
  [0, 'echo reply'],
  [3, 'destination unreachable'],
  [4, 'source quench'],
  [5, 'redirect'],
  [8, 'echo request'],
  [9, 'router advertisement'],
  [10, 'router solicitation'],
  [11, 'time exceeded'],
  [12, 'parameter problem'],
  [13, 'timestamp request'],
  [14, 'timestamp reply'],
  [17, 'address mask request'],
  [18, 'address mask reply'],
]);

const KINDS_6: ReadonlyMap<number, string> = new Map([
  [1, 'destination unreachable'],
  [2, 'packet too big'],
  [3, 'time exceeded'],
  [4, 'parameter problem'],
  [128, 'echo request'],
  [129, 'echo reply'],
  [130, 'listener query'],
  [131, 'listener report'],
  [132, 'listener done'],
  [133, 'router solicitation'],
  [134, 'router advertisement'],
  [135, 'neighbour solicitation'],
  [136, 'neighbour advertisement'],
  [137, 'redirect'],
  [143, 'listener report'],
]);

/** `other` for a type that none of these documents names. */
export function icmpKind(transport: number, type: number): string {
  return (transport === ICMP ? KINDS : KINDS_6).get(type) ?? 'other';
}

const ECHO_HEADER_BYTES = 8;
/** Systems put the time of sending into the first bytes of an echo; behind them stands filler, the same every time. */
const FILLER_FROM = 16;
const FILLER_TO = 48;
/** Payload from this size on has enough bytes for a statement about how they are spread. */
const ENTROPY_BYTES_MIN = 256;

/** Reads what an echo carries into its record: size and hashes, for the payload itself is nobody's business. */
export class EchoReader {
  private readonly counts = new Uint32Array(256);

  /** Fills the record; false: the frame is no echo. */
  read(frame: Frame, echo: Echo): boolean {
    const kind = icmpKind(frame.transportProtocol, frame.icmpType);
    const isRequest = kind === 'echo request';
    if (!isRequest && kind !== 'echo reply') return false;
    const { view, transport, payload, payloadWire } = frame;
    const captured = Math.min(frame.end - payload, payloadWire);
    if (frame.end - transport < ECHO_HEADER_BYTES || captured < 0) return false;
    echo.isRequest = isRequest;
    echo.question = view.getUint32(transport + 4);
    echo.payloadBytes = payloadWire;
    echo.isWhole = captured === payloadWire;
    echo.payloadHash = hashOf(view, payload, payload + captured);
    echo.fillerHash = hashOf(view, payload + FILLER_FROM, payload + Math.min(captured, FILLER_TO));
    echo.bitsPerByte = captured < ENTROPY_BYTES_MIN ? -1 : this.bitsPerByte(view, payload, captured);
    return true;
  }

  /** Shannon's entropy of the bytes. */
  private bitsPerByte(view: DataView, from: number, bytes: number): number {
    const { counts } = this;
    counts.fill(0);
    for (let at = from; at < from + bytes; at++) counts[view.getUint8(at)]!++;
    let bits = 0;
    for (let value = 0; value < 256; value++) {
      const share = counts[value]! / bytes;
      if (share > 0) bits -= share * Math.log2(share);
    }
    return bits;
  }
}

/** FNV-1a. 0 where there is nothing. */
function hashOf(view: DataView, from: number, to: number): number {
  if (to <= from) return 0;
  let hash = 0x811c9dc5;
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ view.getUint8(at), 0x01000193);
  return hash >>> 0;
}
