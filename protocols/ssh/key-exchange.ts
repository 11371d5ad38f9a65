/**
 * The key exchange that opens SSH 2 (RFC 4253 7.1): what each side can do, and HASSH, the fingerprint of it.
 *
 *     length 4 · padding 1 · 20 · cookie 16 · ten lists of names, each behind its length (4) · first follows 1 · 0 (4)
 *     lists: 0 key exchange · 1 host key · 2, 3 encryption · 4, 5 MAC · 6, 7 compression · 8, 9 languages
 *            of each pair the first is for what the client sends, the second for what the server sends
 *
 * HASSH (Salesforce, BSD): MD5 of `key exchange;encryption;MAC;compression`, of a client's lists those for what it
 * sends, of a server's likewise. Names are not made into strings.
 */
import { md5Hex } from '../../src/bytes/digest.ts';

const LISTS_AT = 22;
const LISTS = 10;
const LENGTH_BYTES = 4;
const SEMICOLON = 0x3b;
/** Behind the lists: whether a guessed packet follows, and a reserved word. */
const TAIL_BYTES = 5;

/** The lists that are hashed, of a client; of a server the one behind it where there is a pair. */
const KEY_EXCHANGE = 0;
const PAIRS: readonly number[] = [2, 4, 6];

const starts = new Uint32Array(LISTS);
const lengths = new Uint32Array(LISTS);

/** HASSH of the packet `[at, end)`, which is whole; '' when its lists do not fit. */
export function hassh(view: DataView, at: number, end: number, fromClient: boolean): string {
  if (!findLists(view, at, end)) return '';
  const chosen = [KEY_EXCHANGE, ...PAIRS.map((list) => (fromClient ? list : list + 1))];
  const text = new Uint8Array(chosen.reduce((sum, list) => sum + lengths[list]! + 1, -1));
  let filled = 0;
  for (const list of chosen) {
    if (list !== KEY_EXCHANGE) text[filled++] = SEMICOLON;
    const from = view.byteOffset + starts[list]!;
    text.set(new Uint8Array(view.buffer, from, lengths[list]!), filled);
    filled += lengths[list]!;
  }
  return md5Hex(text);
}

function findLists(view: DataView, from: number, end: number): boolean {
  let at = from + LISTS_AT;
  for (let list = 0; list < LISTS; list++) {
    if (end - at < LENGTH_BYTES) return false;
    const length = view.getUint32(at);
    at += LENGTH_BYTES;
    if (length > end - at) return false;
    starts[list] = at;
    lengths[list] = length;
    at += length;
  }
  return end - at >= TAIL_BYTES;
}
