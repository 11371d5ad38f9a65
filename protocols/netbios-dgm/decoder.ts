/**
 * NetBIOS datagrams (RFC 1002 4.4): who speaks to a group of names, as the browsers of old Windows networks do.
 *
 *     0      1       2    4         8      10       12       14            48
 *     ┌──────┬───────┬────┬─────────┬──────┬────────┬────────┬─────────────┬───────────┬──────
 *     │ type │ flags │ id │ address │ port │ length │ offset │ source name │ its target│ data
 *     └──────┴───────┴────┴─────────┴──────┴────────┴────────┴─────────────┴───────────┴──────
 *
 * The data (SMB mail slots) are not read.
 */
import { isNetbiosName } from '../../src/bytes/domain.ts';
import { netbiosAttribute, netbiosName, netbiosSuffix } from '../../src/bytes/netbios.ts';
import { NO, type Protocol, YES } from '../../src/protocol.ts';
import { Identity, Message, stamp } from '../../src/records.ts';

const PORT = 138;
const SOURCE_PORT = 8;
const HEADER_BYTES = 14;
const ENCODED_NAME_BYTES = 34;
const DIRECT_UNIQUE = 0x10;
const BROADCAST = 0x12;
/** By type, from 0x10 on (4.4.1). */
const KINDS: readonly string[] = [
  'direct unique',
  'direct group',
  'broadcast',
  'error',
  'query request',
  'positive query response',
  'negative query response',
];

const message = new Message();
message.protocol = 'netbios-dgm';
const identity = new Identity();

export const netbiosDatagram: Protocol<null> = {
  name: 'netbios-dgm',
  transport: 'udp',
  ports: [PORT],
  firstBytes: [0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16],

  recognises({ view, start, end }) {
    if (end - start < HEADER_BYTES) return NO;
    const type = view.getUint8(start);
    if (type < DIRECT_UNIQUE || type > BROADCAST || view.getUint16(start + SOURCE_PORT) !== PORT) return NO;
    return isNetbiosName(view, start + HEADER_BYTES, end) ? YES : NO;
  },

  open: () => null,

  decode(_state, segment, records) {
    const { view, start, end, flow, timeUs } = segment;
    const kind = end > start ? (KINDS[view.getUint8(start) - DIRECT_UNIQUE] ?? '') : '';
    if (kind === '') {
      records.oddity('netbios_unknown_datagram', flow, timeUs);
      return end - start;
    }
    stamp(message, segment);
    message.fromClient = segment.toServer;
    message.kind = kind;
    records.message(message);
    if (view.getUint8(start) > BROADCAST || end - start < HEADER_BYTES + ENCODED_NAME_BYTES) return end - start;
    const name = start + HEADER_BYTES;
    if (!isNetbiosName(view, name, end) || netbiosAttribute(netbiosSuffix(view, name + 1), false) !== 'name') {
      return end - start;
    }
    stamp(identity, segment);
    identity.ofClient = segment.toServer;
    identity.attribute = 'name';
    identity.value = netbiosName(view, name + 1);
    identity.source = 'NetBIOS datagram';
    identity.confidence = 0.7;
    if (identity.value !== '') records.identity(identity);
    return end - start;
  },
};
