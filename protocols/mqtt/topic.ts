/** What can be said of a topic without keeping it: whether it is an order, of the broker itself, or everything. */
import { startsWith } from '../../src/bytes/text.ts';

const SLASH = 0x2f;
const SYSTEM = '$SYS/';
const EVERYTHING = 0x23;

/** Last parts of topics that devices listen to for orders, as widespread firmwares spell them. */
const ORDERS = ['set', 'cmd', 'command', 'commands'];

/** The word that makes the topic `[at, end)` an order, or ''. */
export function orderOf(view: DataView, at: number, end: number): string {
  for (let i = 0; i < ORDERS.length; i++) {
    const word = ORDERS[i]!;
    const from = end - word.length;
    if (from < at || !startsWith(view, from, end, word)) continue;
    if (from === at || view.getUint8(from - 1) === SLASH) return word;
  }
  return '';
}

export function isSystemTopic(view: DataView, at: number, end: number): boolean {
  return startsWith(view, at, end, SYSTEM);
}

/** Does the SUBSCRIBE `[from, end)` ask for `#`, all that anybody says? */
export function isEverything(view: DataView, from: number, end: number, hasProperties: boolean): boolean {
  let at = from + 2;
  if (hasProperties && at < end) at += 1 + view.getUint8(at);
  while (at + 2 < end) {
    const length = view.getUint16(at);
    if (length === 1 && view.getUint8(at + 2) === EVERYTHING) return true;
    at += 3 + length;
  }
  return false;
}
