/**
 * The conference request and response of Remote Desktop without TLS (MS-RDPBCGR 2.2.1.3, 2.2.1.4; T.125; T.124).
 *
 *     TPKT, X.224 data  02 F0 80 │ 7F 65 Connect-Initial │ 7F 66 Connect-Response │ … "Duca" or "McDn", length │ blocks
 *     block: type 16 bit LE · length 16 bit LE
 *       C001 client core      … name of the station @24, 16 characters of UTF-16
 *       0C02 server security  method @4, level @8
 *
 * Keys and certificates in other blocks are stepped over.
 */
import type { Segment } from '../../src/protocol.ts';
import { Identity, Message, type Records, stamp } from '../../src/records.ts';

const TPKT_VERSION = 3;
const HEADER_BYTES = 9;
const LENGTH = 2;
const CODE = 5;
const TAG = 7;
const DATA = 0xf0;
const CONNECT_INITIAL = 0x7f65;
const CONNECT_RESPONSE = 0x7f66;
/** A request with many channels and monitors stays far below. */
const BYTES_MAX = 8_192;

/** H.221 keys in front of the blocks: "Duca" from the client, "McDn" from the server. */
const CLIENT_KEY = 0x44756361;
const SERVER_KEY = 0x4d63446e;

const BLOCK_HEADER_BYTES = 4;
const CLIENT_CORE = 0xc001;
const CLIENT_NAME = 24;
const CLIENT_NAME_UNITS = 16;
const SERVER_SECURITY = 0x0c02;
const SECURITY_LEVEL = 8;

/** MS-RDPBCGR 2.2.1.4.3, encryptionLevel. */
const LEVELS: readonly string[] = [0, 1, 2, 3, 4].map((level) => `conference response, encryption level ${level}`);

const message = new Message();
const name = new Identity();

/** Reads the packet at `at`; returns 0 while it is not whole, else how far it reaches (1 when it is something else). */
export function conference(segment: Segment, at: number, records: Records): number {
  const { view, end, toServer } = segment;
  // The first byte tells TLS and everything else that is no TPKT.
  if (at < end && view.getUint8(at) !== TPKT_VERSION) return 1;
  if (end - at < HEADER_BYTES) return 0;
  const length = view.getUint16(at + LENGTH);
  const tag = toServer ? CONNECT_INITIAL : CONNECT_RESPONSE;
  if (length < HEADER_BYTES || length > BYTES_MAX) return 1;
  if (view.getUint8(at + CODE) !== DATA || view.getUint16(at + TAG) !== tag) return 1;
  if (end - at < length) return 0;
  let level = -1;
  const to = at + length;
  let block = blocksOf(view, at + HEADER_BYTES, to, toServer ? CLIENT_KEY : SERVER_KEY);
  while (to - block >= BLOCK_HEADER_BYTES) {
    const type = view.getUint16(block, true);
    const bytes = view.getUint16(block + 2, true);
    if (bytes < BLOCK_HEADER_BYTES || bytes > to - block) break;
    if (toServer && type === CLIENT_CORE) station(segment, block, bytes, records);
    if (!toServer && type === SERVER_SECURITY && bytes >= SECURITY_LEVEL + 4)
      level = view.getUint32(block + SECURITY_LEVEL, true);
    block += bytes;
  }
  stamp(message, segment);
  message.fromClient = toServer;
  message.protocol = 'rdp';
  message.kind = toServer ? 'conference request' : (LEVELS[level] ?? 'conference response');
  records.message(message);
  return length;
}

/** Where the blocks begin, behind their key and its length (PER: one byte, two from 128 on); `to` when nowhere. */
function blocksOf(view: DataView, from: number, to: number, key: number): number {
  for (let at = from; at + 6 <= to; at++)
    if (view.getUint32(at) === key) return at + 4 + (view.getUint8(at + 4) < 0x80 ? 1 : 2);
  return to;
}

function station(segment: Segment, block: number, bytes: number, records: Records): void {
  const { view } = segment;
  let text = '';
  for (let i = 0; i < CLIENT_NAME_UNITS && CLIENT_NAME + 2 * i + 2 <= bytes; i++) {
    const unit = view.getUint16(block + CLIENT_NAME + 2 * i, true);
    if (unit === 0) break;
    text += unit > 0x20 && unit < 0x7f ? String.fromCharCode(unit) : '?';
  }
  if (text === '') return;
  stamp(name, segment);
  name.ofClient = true;
  name.attribute = 'name';
  name.value = text;
  name.source = 'RDP clientName';
  name.confidence = 0.6;
  records.identity(name);
}
