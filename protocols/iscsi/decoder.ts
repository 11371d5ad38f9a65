/**
 * iSCSI (RFC 7143 11.12): disks over the network are recognised by their login; what follows is not read.
 *
 *     0      1       2         4         5              8       16      48
 *     ┌──────┬───────┬─────────┬─────────┬──────────────┬───────┬───────┬──────────────────────────────────
 *     │ 43h  │ flags │ 0, 0    │ AHS 0   │ data, 24 bit │ ISID  │ …     │ `InitiatorName=iqn.…` NUL …
 *     │ 23h  │       │ version │         │              │       │       │
 *     └──────┴───────┴─────────┴─────────┴──────────────┴───────┴───────┴──────────────────────────────────
 */
import { MAYBE, NO, type Protocol, SKIP_REST, YES } from '../../src/protocol.ts';
import { Message, stamp } from '../../src/records.ts';

const LOGIN_REQUEST = 0x03;
const LOGIN_REQUEST_NOW = 0x43;
const LOGIN_RESPONSE = 0x23;
const HEADER_BYTES = 48;
const DATA_BYTES_MAX = 65_536;
const STAGES = 0x0f;

export class IscsiFlow {
  isClientTold = false;
  isServerTold = false;
}

const message = new Message();

export const iscsi: Protocol<IscsiFlow> = {
  name: 'iscsi',
  transport: 'tcp',
  ports: [3260],
  firstBytes: [LOGIN_REQUEST, LOGIN_REQUEST_NOW, LOGIN_RESPONSE],

  recognises({ view, start, end }) {
    const have = end - start;
    if (have < 1) return MAYBE;
    const code = view.getUint8(start);
    if (code !== LOGIN_REQUEST && code !== LOGIN_REQUEST_NOW && code !== LOGIN_RESPONSE) return NO;
    // Stages 0 to 1 and 3; versions 0; no additional headers.
    if (have > 1 && (view.getUint8(start + 1) & 0x30) !== 0) return NO;
    if (have > 1 && (view.getUint8(start + 1) & STAGES) > 7) return NO;
    for (let i = 2; i < 5; i++) if (have > i && view.getUint8(start + i) !== 0) return NO;
    if (have < 8) return MAYBE;
    const data = view.getUint32(start + 4) & 0xffffff;
    if (data < 4 || data > DATA_BYTES_MAX) return NO;
    return keyAt(view, start + HEADER_BYTES, end);
  },

  open: () => new IscsiFlow(),

  decode(state, segment, records) {
    const { view, start, toServer } = segment;
    const isTold = toServer ? state.isClientTold : state.isServerTold;
    const known = iscsi.recognises(segment);
    if (isTold || known === NO) return SKIP_REST;
    if (known === MAYBE) return 0;
    if (toServer) state.isClientTold = true;
    else state.isServerTold = true;
    stamp(message, segment);
    message.fromClient = toServer;
    message.protocol = 'iscsi';
    message.kind = view.getUint8(start) === LOGIN_RESPONSE ? 'login response' : 'login request';
    records.message(message);
    return SKIP_REST;
  },
};

/** `Key=`: a capital letter, letters, an equals sign. */
function keyAt(view: DataView, at: number, end: number): number {
  const KEY_CHARACTERS_MAX = 32;
  for (let i = at; i < at + KEY_CHARACTERS_MAX; i++) {
    if (i >= end) return MAYBE;
    const code = view.getUint8(i);
    if (code === 0x3d) return i > at + 2 ? YES : NO;
    const letter = code | 0x20;
    if (letter < 0x61 || letter > 0x7a || (i === at && code !== letter - 0x20)) return NO;
  }
  return NO;
}
