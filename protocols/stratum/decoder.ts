/**
 * Stratum and its relatives (no standard; the pools document their methods): work for miners of cryptocurrency.
 *
 *     {"id":1,"method":"mining.subscribe","params":[…]} LF            Bitcoin and others
 *     {"method":"login","params":{"login":…,"pass":…,"agent":…}} LF   Monero
 *     {"method":"eth_submitLogin", …} LF                              Ethereum
 *
 * One line is one message; its method is told, wallets and workers are not read.
 */
import { indexOfByte, startsWith } from '../../src/bytes/text.ts';
import type { Limits } from '../../src/limits.ts';
import { MAYBE, NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { Message, type Records, stamp } from '../../src/records.ts';

const BRACE = 0x7b;
const QUOTE = 0x22;
const LINE_FEED = 0x0a;

/** As they stand between quotes. */
const METHODS: readonly string[] = [
  ...['mining.subscribe', 'mining.authorize', 'mining.submit', 'mining.notify', 'mining.set_difficulty'],
  ...['mining.configure', 'mining.extranonce.subscribe', 'mining.set_extranonce', 'eth_submitLogin', 'eth_getWork'],
  ...['eth_submitWork', 'eth_submitHashrate', 'keepalived'],
];
/** Words that are only a miner's together. */
const LOGIN: readonly string[] = ['login', 'pass', 'agent'];
const JOB: readonly string[] = ['job', 'blob', 'target'];

/** A line that is too long is stepped over up to its end, in each direction. */
export class StratumFlow {
  skipsToServer = false;
  skipsToClient = false;
}

const message = new Message();

export function createStratum({ limits }: { limits: Limits }): Protocol<StratumFlow> {
  return {
    name: 'stratum',
    transport: 'tcp',
    ports: [3333, 4444, 9999, 14_444],
    firstBytes: [BRACE],

    recognises({ view, start, end }) {
      if (start >= end) return MAYBE;
      if (view.getUint8(start) !== BRACE) return NO;
      const line = indexOfByte(view, start, end, LINE_FEED);
      if (kindOf(view, start, line < 0 ? end : line) !== '') return YES;
      return line < 0 && end - start < limits.stratumLineBytesMax ? MAYBE : NO;
    },

    open: () => new StratumFlow(),

    decode(state, segment, records) {
      const { view, start, end, toServer } = segment;
      let at = start;
      while (at < end) {
        const line = indexOfByte(view, at, end, LINE_FEED);
        const skips = toServer ? state.skipsToServer : state.skipsToClient;
        if (line < 0) {
          if (!skips && end - at <= limits.stratumLineBytesMax) break;
          skip(state, toServer, true);
          return end - start;
        }
        if (!skips && line - at <= limits.stratumLineBytesMax) tell(kindOf(view, at, line), segment, records);
        skip(state, toServer, false);
        at = line + 1;
      }
      return at - start;
    },
  };
}

function skip(state: StratumFlow, toServer: boolean, skips: boolean): void {
  if (toServer) state.skipsToServer = skips;
  else state.skipsToClient = skips;
}

/** The method of a line, or '' when it has none of a miner. */
function kindOf(view: DataView, from: number, to: number): string {
  let login = 0;
  let job = 0;
  for (let at = indexOfByte(view, from, to, QUOTE); at >= 0; at = indexOfByte(view, at + 1, to, QUOTE)) {
    for (let i = 0; i < METHODS.length; i++) if (isQuoted(view, at, to, METHODS[i]!)) return METHODS[i]!;
    login |= bitOf(LOGIN, view, at, to);
    job |= bitOf(JOB, view, at, to);
  }
  return login === 7 ? 'login' : job === 7 ? 'job' : '';
}

function bitOf(words: readonly string[], view: DataView, at: number, to: number): number {
  for (let i = 0; i < words.length; i++) if (isQuoted(view, at, to, words[i]!)) return 1 << i;
  return 0;
}

function isQuoted(view: DataView, quote: number, to: number, word: string): boolean {
  const end = quote + 1 + word.length;
  return end < to && startsWith(view, quote + 1, to, word) && view.getUint8(end) === QUOTE;
}

function tell(kind: string, segment: Segment, records: Records): void {
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 'stratum';
  message.kind = kind === '' ? 'answer' : kind;
  records.message(message);
}
