/**
 * Can the sensor see at this moment? What was lost in the last five minutes, by the limits of ME-01 (detection.md 4.4).
 * While it cannot, nothing is learnt, and silence means nothing.
 */

/** Intervals that are looked back on, and how much each kind of loss may be. */
const INTERVALS = 5;
const DROPPED_MAX = 0.001;
const GAPS_MAX = 0.01;
const ONE_WAY_MAX = 0.2;
/** Fewer packets or conversations than this say nothing about a share of them. */
const PACKETS_MIN = 1_000;
const FLOWS_MIN = 20;

/** Sums since the start of the run. */
export interface Seen {
  readonly packets: number;
  readonly dropped: number;
  readonly payloadBytes: number;
  readonly gapBytes: number;
  readonly payloadFlows: number;
  readonly oneWayFlows: number;
}

const nothing: Seen = { packets: 0, dropped: 0, payloadBytes: 0, gapBytes: 0, payloadFlows: 0, oneWayFlows: 0 };

export class Coverage {
  /** Why the sensor cannot see enough, in words; '' when it can. */
  trouble = '';
  private readonly past: Seen[] = [nothing];

  /** An interval is over. */
  interval(now: Seen): void {
    const { past } = this;
    const then = past[0] ?? nothing;
    past.push(now);
    if (past.length > INTERVALS) past.shift();
    this.trouble = troubleOf(then, now);
  }
}

function troubleOf(then: Seen, now: Seen): string {
  const packets = now.packets - then.packets;
  const dropped = now.dropped - then.dropped;
  const bytes = now.payloadBytes - then.payloadBytes;
  const gaps = now.gapBytes - then.gapBytes;
  const flows = now.payloadFlows - then.payloadFlows;
  const oneWay = now.oneWayFlows - then.oneWayFlows;
  if (packets + dropped >= PACKETS_MIN && dropped > DROPPED_MAX * (packets + dropped)) {
    return `${percent(dropped, packets + dropped)} % of the packets were lost before the sensor`;
  }
  if (packets >= PACKETS_MIN && gaps > GAPS_MAX * (bytes + gaps)) {
    return `${percent(gaps, bytes + gaps)} % of the bytes of conversations were missing`;
  }
  if (flows >= FLOWS_MIN && oneWay > ONE_WAY_MAX * flows) {
    return `of ${percent(oneWay, flows)} % of the conversations only one direction was seen`;
  }
  return '';
}

function percent(part: number, whole: number): number {
  return Math.round((1000 * part) / whole) / 10;
}
