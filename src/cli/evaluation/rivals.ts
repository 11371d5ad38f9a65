/**
 * Simple methods that a baseline must beat, fed with the same weeks (detection.md 6.1): every new tuple, fixed ceilings,
 * double exponential smoothing (as nDPI has it), the score of RITA alone, and three standard deviations. Each listens as a
 * detector beside the others and keeps what it says to itself.
 *
 * Devices are known by their addresses, so that what was learnt on one run can be taken into another (`state`).
 */
import type { Bin, Detector, Metric } from '../../detect.ts';
import { beaconScore } from '../../statistics/beacon.ts';

export const rivalNames = ['new tuple', 'fixed ceiling', 'exponential smoothing', 'RITA score', 'three sigma'] as const;
export type RivalName = (typeof rivalNames)[number];

export interface RivalSaid {
  readonly rival: RivalName;
  readonly device: string;
  readonly peer: string;
  readonly timeUs: number;
}

const DAY_US = 86_400e6;
const HOUR_US = 3_600e6;
/** Of nDPI: weights of value and trend, width of the band, errors that are remembered, values before the first judgement. */
const ALPHA = 0.9;
const BETA = 0.035;
const BAND = 1.96;
const ERRORS = 64;
const POINTS_MIN = 12;
/** Hours that a mean is taken of, and so many at least. */
const HOURS_MAX = 168;
const HOURS_MIN = 48;
const SIGMAS = 3;
/** Bytes an hour to the outside: of classes that have partners there, and of those that have none. */
const CEILING = 100_000_000;
const CEILING_NONE = 1_000_000;
const SCORE = 0.8;
const CALLS_MAX = 600;

const smoothed: readonly Metric[] = ['bytes-out-external', 'bytes-out-internal', 'flows', 'peers'];

interface Smooth {
  value: number;
  trend: number;
  count: number;
  readonly squares: number[];
}

interface Calls {
  readonly seconds: number[];
  readonly bytes: number[];
  judgedUs: number;
}

/** Plain values: it can be cloned. */
export interface RivalState {
  readonly tuples: Set<string>;
  readonly smooth: Map<string, Smooth>;
  readonly hours: Map<string, number[]>;
  readonly calls: Map<string, Calls>;
}

export const freshState = (): RivalState => ({
  tuples: new Set(),
  smooth: new Map(),
  hours: new Map(),
  calls: new Map(),
});

export class Rivals {
  readonly said: RivalSaid[] = [];
  readonly state: RivalState;
  private readonly spoken = new Map<string, number>();
  private readonly learntUs: number;

  /** Tuples are new from `learntUs` on. */
  constructor(learntUs: number, state: RivalState = freshState()) {
    this.learntUs = learntUs;
    this.state = state;
  }

  /** Once a day for a pair, as our own findings are counted. */
  private say(rival: RivalName, device: string, peer: string, timeUs: number): void {
    if (timeUs < this.learntUs) return;
    const key = `${rival}\n${device}\n${peer}`;
    if (timeUs - (this.spoken.get(key) ?? Number.NEGATIVE_INFINITY) < DAY_US) return;
    this.spoken.set(key, timeUs);
    this.said.push({ rival, device, peer, timeUs });
  }

  detector(): Detector {
    return {
      id: 'rivals',
      title: 'Methods to compare with',
      attack: [],
      severity: ['low', 'low', 'low', 'low'],
      weight: 0,
      options: {},
      watch: (_options, knowledge) => ({
        bins: smoothed.flatMap((metric) => [
          { metric, span: 'minutes' as const },
          { metric, span: 'hour' as const },
        ]),
        bin: (bin) => {
          const device = knowledge.device(bin.device);
          if (device.external) return;
          const peer = knowledge.device(bin.peer).address;
          if (bin.span === 'minutes') this.smooth(bin, device.address, peer);
          if (bin.span !== 'hour') return;
          this.sigma(bin, device.address, peer);
          const hasPartners = (knowledge.profile(bin.device)?.external.length ?? 1) > 0;
          if (bin.metric !== 'bytes-out-external') return;
          if (bin.value > (hasPartners ? CEILING : CEILING_NONE))
            this.say('fixed ceiling', device.address, peer, bin.endUs);
        },
        relation: (relation, _verdict, at, link) => {
          const [device, peer] = [knowledge.device(relation.device), knowledge.device(relation.peer)];
          if (device.external || relation.verb !== '') return;
          this.tuple(
            `${device.address} ${relation.role} ${peer.address} ${relation.service}`,
            device.address,
            peer.address,
            at.timeUs,
          );
          if (relation.role === 'client' && peer.external)
            this.call(
              `${device.address} ${peer.domain || peer.address} ${link.serverPort}`,
              device.address,
              peer.address,
              link.startUs,
              link.payload,
            );
        },
      }),
    };
  }

  private tuple(key: string, device: string, peer: string, timeUs: number): void {
    if (this.state.tuples.has(key)) return;
    this.state.tuples.add(key);
    this.say('new tuple', device, peer, timeUs);
  }

  private smooth({ metric, value, endUs }: Bin, device: string, peer: string): void {
    const key = `${device} ${metric}`;
    let one = this.state.smooth.get(key);
    if (one === undefined) {
      one = { value, trend: 0, count: 1, squares: [] };
      this.state.smooth.set(key, one);
      return;
    }
    const forecast = one.value + one.trend;
    const error = value - forecast;
    const sum = one.squares.reduce((all, square) => all + square, 0);
    const band = BAND * Math.sqrt(sum / Math.max(1, one.squares.length - 1));
    if (one.count >= POINTS_MIN && Math.abs(error) > band && error > 0) {
      this.say('exponential smoothing', device, peer, endUs);
    }
    one.squares.push(error * error);
    if (one.squares.length > ERRORS) one.squares.shift();
    const before = one.value;
    one.value = ALPHA * value + (1 - ALPHA) * forecast;
    one.trend = BETA * (one.value - before) + (1 - BETA) * one.trend;
    one.count++;
  }

  private sigma({ metric, value, endUs }: Bin, device: string, peer: string): void {
    const key = `${device} ${metric}`;
    const hours = this.state.hours.get(key) ?? [];
    this.state.hours.set(key, hours);
    if (hours.length >= HOURS_MIN) {
      const mean = hours.reduce((sum, one) => sum + one, 0) / hours.length;
      const variance = hours.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (hours.length - 1);
      if (value > mean + SIGMAS * Math.sqrt(variance) && value > 0) this.say('three sigma', device, peer, endUs);
    }
    hours.push(value);
    if (hours.length > HOURS_MAX) hours.shift();
  }

  private call(key: string, device: string, peer: string, startUs: number, bytes: number): void {
    const calls = this.state.calls.get(key) ?? { seconds: [], bytes: [], judgedUs: 0 };
    this.state.calls.set(key, calls);
    calls.seconds.push(startUs / 1e6);
    calls.bytes.push(bytes);
    const from = startUs / 1e6 - DAY_US / 1e6;
    while ((calls.seconds[0] ?? from) < from || calls.seconds.length > CALLS_MAX) {
      calls.seconds.shift();
      calls.bytes.shift();
    }
    if (startUs - calls.judgedUs < HOUR_US) return;
    calls.judgedUs = startUs;
    const seconds = [...calls.seconds].sort((a, b) => a - b);
    const score = beaconScore(seconds, calls.bytes, from, DAY_US / 1e6);
    if (score !== null && score.score >= SCORE) this.say('RITA score', device, peer, startUs);
  }
}
