/** One input through one decoder, as the stream layer would offer it; says what is wrong, or ''. */
import { GIVE_UP, MAYBE, NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { type Moment, type Records, recordKinds } from '../../src/records.ts';
import { segment } from '../support/protocol.ts';
import type { Input } from './mutate.ts';

/** No call takes longer, on the slowest machine with others at work. */
const CALL_MS_MAX = 1_000;
/** Longest text of a record. */
const TEXT_MAX = 4_096;
/** Held back at most; the stream layer's limit is larger, quadratic work shows here as well. */
const HELD_BYTES_MAX = 65_536;

/** The same conversation over and over in one state; returns the state, so that what it holds can be weighed. */
export function endless(protocol: Protocol<unknown>, { acts, ...over }: Input, rounds: number): unknown {
  const state = protocol.open();
  for (let round = 0; round < rounds; round++) {
    for (const { toServer, bytes } of acts) {
      if (bytes.length === 0) continue;
      const offered = segment(bytes, { ...over, toServer, timeUs: 1_000_000 + round });
      if (protocol.decode(state, offered, soundness.records) === GIVE_UP) return state;
    }
  }
  return state;
}

/** A listener that only looks whether records are sound. */
class Soundness {
  trouble = '';
  readonly records: Records;

  constructor() {
    const records: Record<string, unknown> = { oddity: (name: string) => this.oddity(name) };
    for (const kind of Object.keys(recordKinds)) records[kind] = (record: Moment) => this.record(kind, record);
    this.records = records as unknown as Records;
  }

  private oddity(name: string): void {
    if (!/^[a-z0-9_]+$/.test(name)) this.trouble = `oddity ${JSON.stringify(name)} is no stable name`;
  }

  private record(kind: string, record: Moment): void {
    for (const [field, value] of Object.entries(record)) {
      const type = typeof value;
      if (type !== 'number' && type !== 'string' && type !== 'boolean') this.trouble = `${kind}.${field} is ${type}`;
      else if (type === 'string' && value.length > TEXT_MAX) this.trouble = `${kind}.${field} is ${value.length} long`;
    }
  }
}

const soundness = new Soundness();

interface Side {
  held: Uint8Array;
  surplus: number;
}

const empty = new Uint8Array();

export function drive(protocol: Protocol<unknown>, input: Input): string {
  soundness.trouble = '';
  const over = { clientPort: input.clientPort, serverPort: input.serverPort, midstream: input.midstream };
  const state = protocol.open();
  const sides: [Side, Side] = [
    { held: empty, surplus: 0 },
    { held: empty, surplus: 0 },
  ];
  let timeUs = 1_000_000;
  for (const { toServer, bytes, lost } of input.acts) {
    timeUs += 1_000;
    const side = sides[toServer ? 0 : 1];
    if (bytes.length > 0) {
      const wrong = timed('recognises', () => protocol.recognises(segment(bytes, { ...over, toServer, timeUs })), [
        NO,
        MAYBE,
        YES,
      ]);
      if (wrong !== '') return wrong;
    }
    const wrong =
      protocol.transport === 'udp'
        ? datagram(protocol, state, segment(bytes, { ...over, toServer, timeUs }))
        : stream(protocol, state, side, bytes, lost, { ...over, toServer, timeUs });
    if (wrong === 'gave up') break;
    if (wrong !== '') return wrong;
  }
  const wrong = timed('close', () =>
    protocol.close?.(state, segment(empty, { ...over, timeUs }), 'closed', soundness.records),
  );
  return wrong !== '' ? wrong : soundness.trouble;
}

function datagram(protocol: Protocol<unknown>, state: unknown, offered: Segment): string {
  return timed('decode', () => protocol.decode(state, offered, soundness.records));
}

function stream(
  protocol: Protocol<unknown>,
  state: unknown,
  side: Side,
  bytes: Uint8Array,
  lost: number,
  over: Partial<Segment>,
): string {
  if (lost > 0) {
    side.held = empty;
    side.surplus = 0;
    const wrong = timed('gap', () => protocol.gap?.(state, segment(empty, over), lost, soundness.records));
    if (wrong !== '') return wrong;
  }
  const dropped = Math.min(side.surplus, bytes.length);
  side.surplus -= dropped;
  const offered = new Uint8Array(Buffer.concat([side.held, bytes.subarray(dropped)]));
  if (offered.length === 0) return '';
  let used = 0;
  const wrong = timed('decode', () => {
    used = protocol.decode(state, segment(offered, over), soundness.records);
    return used;
  });
  if (wrong !== '') return wrong;
  if (used === GIVE_UP) return 'gave up';
  side.surplus += Math.max(0, used - offered.length);
  side.held = offered.slice(Math.min(used, offered.length));
  if (side.held.length > HELD_BYTES_MAX) side.held = empty;
  return '';
}

/** Runs one call; `answers`: those it may give, else any number from -1. */
function timed(call: string, run: () => unknown, answers?: readonly number[]): string {
  const startMs = performance.now();
  let answer: unknown;
  try {
    answer = run();
  } catch (error) {
    return `${call} threw ${error instanceof Error ? `${error.message} ${error.stack?.split('\n')[1]?.trim()}` : error}`;
  }
  const ms = performance.now() - startMs;
  if (ms > CALL_MS_MAX) return `${call} took ${Math.round(ms)} ms`;
  if (answers !== undefined && !answers.includes(answer as number)) return `${call} answered ${answer}`;
  if (typeof answer === 'number' && !(answer >= GIVE_UP)) return `${call} answered ${answer}`;
  return '';
}
