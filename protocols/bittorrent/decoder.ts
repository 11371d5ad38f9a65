/**
 * BitTorrent (BEP 3), its distributed hash table (BEP 5) and its trackers over UDP (BEP 15).
 *
 *     TCP  13 "BitTorrent protocol" │ reserved 8 │ hash 20 │ peer 20 │ …
 *     UDP  "d1:ad2:id20:" … "1:q9:find_node" …       query, "d1:rd2:id20:" response, "d1:el" error
 *     UDP  00 00 04 17 27 10 19 80 │ 0 action │ number        a tracker is asked
 *
 * What is loaded, by hash, is never read; what follows the handshake passes unseen.
 */
import { startsWith } from '../../src/bytes/text.ts';
import { begins, MAYBE, NO, type Protocol, type Segment, SKIP_REST, YES } from '../../src/protocol.ts';
import { Message, type Records, stamp } from '../../src/records.ts';

const HANDSHAKE = '\x13BitTorrent protocol';
const TRACKER = '\0\0\x04\x17\x27\x10\x19\x80\0\0\0\0';
const TRACKER_BYTES = 16;
/** A query names itself behind its arguments; a token or two stand before. */
const QUERY_BYTES_MAX = 512;

const QUERIES = new Map([
  ['1:q4:ping', 'ping'],
  ['1:q9:find_node', 'find_node'],
  ['1:q9:get_peers', 'get_peers'],
  ['1:q13:announce_peer', 'announce_peer'],
]);
const LETTER_1 = 0x31;

export class BittorrentFlow {
  isClientTold = false;
  isServerTold = false;
}

const message = new Message();

export const bittorrent: Protocol<BittorrentFlow> = {
  name: 'bittorrent',
  transport: 'tcp',
  ports: [6881, 6882, 6883, 6884, 6885, 6886, 6887, 6888, 6889],
  firstBytes: [0x13],
  recognises: (segment) => begins(segment, HANDSHAKE),
  open: () => new BittorrentFlow(),

  decode(state, segment, records) {
    if (segment.toServer ? state.isClientTold : state.isServerTold) return SKIP_REST;
    const known = begins(segment, HANDSHAKE);
    if (known === MAYBE) return 0;
    if (segment.toServer) state.isClientTold = true;
    else state.isServerTold = true;
    if (known === YES) tell('handshake', segment, records);
    return SKIP_REST;
  },

  gap(state, { toServer }) {
    if (toServer) state.isClientTold = true;
    else state.isServerTold = true;
  },
};

export const bittorrentOverUdp: Protocol<null> = {
  name: 'bittorrent',
  transport: 'udp',
  ports: [6881, 6889],
  firstBytes: [0x64, 0],
  recognises: (segment) => (kindOf(segment) === '' ? NO : YES),
  open: () => null,

  decode(_state, segment, records) {
    const kind = kindOf(segment);
    if (kind !== '') tell(kind, segment, records);
    return segment.end - segment.start;
  },
};

function kindOf(segment: Segment): string {
  const { view, start, end } = segment;
  if (begins(segment, TRACKER) === YES) return end - start === TRACKER_BYTES ? 'tracker connect' : '';
  // The address that the other side sees may stand first (BEP 42).
  let at = start;
  if (startsWith(view, at, end, 'd2:ip6:')) at += 13;
  else if (startsWith(view, at, end, 'd')) at += 1;
  else return '';
  if (startsWith(view, at, end, '1:rd2:id20:')) return 'response';
  if (startsWith(view, at, end, '1:eli')) return 'error';
  if (!startsWith(view, at, end, '1:ad2:id20:')) return '';
  const to = Math.min(end, at + QUERY_BYTES_MAX);
  for (let from = at + 11 + 20; from < to; from++) {
    if (view.getUint8(from) !== LETTER_1) continue;
    for (const [text, kind] of QUERIES) if (startsWith(view, from, to, text)) return kind;
  }
  return 'query';
}

function tell(kind: string, segment: Segment, records: Records): void {
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 'bittorrent';
  message.kind = kind;
  records.message(message);
}
