/**
 * SSH (RFC 4253): which software speaks at each end, and what it can do; everything behind that is encrypted.
 *
 *     [server only: other lines, LF]  SSH-2.0-software SP comments CR LF        4.2
 *     ┌────────────────┬─────────┬──────────────┬─────
 *     │ length, 32 bit │ padding │ 20 = KEXINIT │ …                             6, 7.1
 *     └────────────────┴─────────┴──────────────┴─────
 *
 * The version line and the key exchange are read; from there the direction passes unseen. An encrypted stream cannot
 * be told from noise, so SSH is not picked up in the middle of a connection.
 */
import { indexOfByte, readText, startsWith } from '../../src/bytes/text.ts';
import type { Limits } from '../../src/limits.ts';
import { GIVE_UP, MAYBE, NO, type Protocol, type Segment, SKIP_REST, YES } from '../../src/protocol.ts';
import { FlowProtocol, Handshake, Identity, type Records, stamp } from '../../src/records.ts';
import { hassh } from './key-exchange.ts';

const PREFIX = 'SSH-';
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const DASH = 0x2d;
const DIGIT_1 = 0x31;
const DIGIT_2 = 0x32;
const DOT = 0x2e;

/** With CR and LF (RFC 4253 4.2). */
const BANNER_BYTES_MAX = 255;

const LENGTH_BYTES = 4;
const KEY_EXCHANGE_HEADER_BYTES = 6;
const KEY_EXCHANGE_INIT = 20;
/** The largest packet every implementation must take (6.1); key exchanges are a tenth of it. */
const PACKET_BYTES_MAX = 35_000;

const BANNER = 0;
const KEY_EXCHANGE = 1;
/** After version 1.99: a key exchange of version 2, or a packet of version 1, which looks different. */
const EITHER = 2;
const PASSING = 3;

class SshSide {
  phase = BANNER;
  preambleBytes = 0;
}

export class SshFlow {
  readonly client = new SshSide();
  readonly server = new SshSide();
}

const said = new FlowProtocol();
const software = new Identity();
const handshake = new Handshake();

export function createSsh({ limits }: { limits: Limits }): Protocol<SshFlow> {
  return {
    name: 'ssh',
    transport: 'tcp',
    ports: [22, 2222],

    recognises({ view, start, end }) {
      for (let i = 0; i < PREFIX.length; i++) {
        if (start + i >= end) return MAYBE;
        if (view.getUint8(start + i) !== PREFIX.charCodeAt(i)) return NO;
      }
      const version = start + PREFIX.length;
      if (end - version < 2) return MAYBE;
      const major = view.getUint8(version);
      return (major === DIGIT_1 || major === DIGIT_2) && view.getUint8(version + 1) === DOT ? YES : NO;
    },

    open: () => new SshFlow(),

    decode(state, segment, records) {
      const { view, start, end, flow, timeUs } = segment;
      const side = segment.toServer ? state.client : state.server;
      let at = start;
      while (side.phase === BANNER) {
        const lineFeed = indexOfByte(view, at, end, LINE_FEED);
        const lineEnd = lineFeed < 0 ? end : lineFeed + 1;
        if (lineFeed < 0 && lineEnd - at < PREFIX.length) return at - start;
        if (!startsWith(view, at, lineEnd, PREFIX)) {
          if (segment.midstream) {
            side.phase = PASSING;
            break;
          }
          if (side.preambleBytes + lineEnd - at > limits.sshPreambleBytesMax) {
            records.oddity('ssh_no_banner', flow, timeUs);
            return GIVE_UP;
          }
          if (lineFeed < 0) return at - start;
          side.preambleBytes += lineEnd - at;
        } else {
          if (lineEnd - at > BANNER_BYTES_MAX) {
            records.oddity('ssh_banner_too_long', flow, timeUs);
            return GIVE_UP;
          }
          if (lineFeed < 0) return at - start;
          side.phase = banner(at, lineFeed, segment, records);
        }
        at = lineEnd;
      }
      if (side.phase === PASSING) return SKIP_REST;
      if (end - at < KEY_EXCHANGE_HEADER_BYTES) return at - start;
      const length = view.getUint32(at);
      if (length > PACKET_BYTES_MAX || view.getUint8(at + 5) !== KEY_EXCHANGE_INIT) {
        if (side.phase === KEY_EXCHANGE) records.oddity('ssh_no_key_exchange', flow, timeUs);
      } else {
        if (end - at - LENGTH_BYTES < length) return at - start;
        keyExchange(at, at + LENGTH_BYTES + length, side.phase === EITHER, segment, records);
      }
      side.phase = PASSING;
      return SKIP_REST;
    },

    gap(state, segment) {
      (segment.toServer ? state.client : state.server).phase = PASSING;
    },
  };
}

/** Says what the version line `[at, lineFeed)` tells; returns the phase that follows. */
function banner(at: number, lineFeed: number, segment: Segment, records: Records): number {
  const { view, flow, timeUs } = segment;
  const lineEnd = lineFeed > at && view.getUint8(lineFeed - 1) === CARRIAGE_RETURN ? lineFeed - 1 : lineFeed;
  const dash = indexOfByte(view, at + PREFIX.length, lineEnd, DASH);
  if (dash < 0) {
    records.oddity('ssh_no_banner', flow, timeUs);
    return PASSING;
  }
  stamp(software, segment);
  software.ofClient = segment.toServer;
  software.attribute = 'ssh-software';
  software.value = readText(view, dash + 1, lineEnd - dash - 1);
  software.source = 'SSH banner';
  software.confidence = 0.6;
  if (software.value !== '') records.identity(software);
  if (!segment.toServer) {
    // The comment behind the space is for people, and differs from site to site.
    const space = indexOfByte(view, dash, lineEnd, SPACE);
    stamp(said, segment);
    said.protocol = 'ssh';
    said.detail = readText(view, at, (space < 0 ? lineEnd : space) - at);
    records.flowProtocol(said);
  }
  if (view.getUint8(at + PREFIX.length) !== DIGIT_1) return KEY_EXCHANGE;
  // 1.99 speaks 2.0 as well (RFC 4253 5.1); which of the two, the other side decides. Below, packets differ.
  if (startsWith(view, at, lineEnd, 'SSH-1.99-')) return EITHER;
  records.oddity('ssh_version_1', flow, timeUs);
  return PASSING;
}

/** One whole key exchange packet. `isUnsure`: it may be a packet of version 1, and then it says nothing. */
function keyExchange(at: number, end: number, isUnsure: boolean, segment: Segment, records: Records): void {
  const fingerprint = hassh(segment.view, at, end, segment.toServer);
  if (fingerprint === '') {
    if (!isUnsure) records.oddity('ssh_malformed_key_exchange', segment.flow, segment.timeUs);
    return;
  }
  stamp(handshake, segment);
  handshake.fromClient = segment.toServer;
  handshake.protocol = 'ssh';
  handshake.version = 'SSH 2.0';
  handshake.hassh = fingerprint;
  records.handshake(handshake);
}
