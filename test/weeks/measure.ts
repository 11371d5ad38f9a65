/**
 * Generated weeks through shard and analyst, and what became of each device's baseline: states day by day, what was taken
 * to be unseen, what was held, and which new relations were reported although nothing was wrong.
 */
import type { Hospital, Member } from '../../captures/generator/hospital.ts';
import { wantedOf } from '../../captures/generator/options.ts';
import type { Label } from '../../captures/generator/stage.ts';
import { Weeks } from '../../captures/generator/weeks.ts';
import type { Baseline } from '../../src/baseline/baseline.ts';
import { decide } from '../../src/baseline/decisions.ts';
import { type DeviceBaseline, type Layer, layers } from '../../src/baseline/device-baseline.ts';
import { addressText } from '../../src/bytes/address.ts';
import { openCapture } from '../../src/capture/open.ts';
import { freshConfiguration } from '../../src/configuration.ts';
import type { LearningState } from '../../src/detect.ts';
import type { FindingRow, HeldRow } from '../../src/model.ts';
import { Analyst } from '../../src/pipeline/analyst.ts';
import { publishedKey } from '../../src/pipeline/key.ts';
import { alertRows } from '../../src/pipeline/rows.ts';
import { analystSettings, shardSettings } from '../../src/pipeline/settings.ts';
import { Shard } from '../../src/pipeline/shard.ts';

const DAY_US = 86_400e6;
const HOUR_US = 3_600e6;
/** The hour of the day at which the person looks at the held list. */
const LOOKS_HOUR = 9;

export interface Followed {
  readonly name: string;
  readonly kind: string;
  /** Days from its first day to these states, by layer; -1 when they were not reached. */
  readonly settledAfter: Record<Layer, number>;
  readonly watchedAfter: Record<Layer, number>;
  readonly state: Record<Layer, LearningState>;
  /** Why it is not further. */
  readonly reason: Record<Layer, string>;
  /** Share of the structure that is taken to be unseen, at the end of each day; -1 before anything was seen. */
  readonly unseen: number[];
  readonly relations: number;
  /** Days in `settle` or `watch`. */
  settledDays: number;
}

export interface Measured {
  readonly days: number;
  readonly packets: number;
  readonly followed: readonly Followed[];
  readonly findings: readonly FindingRow[];
  /** What waited for a person on the day on which one first looked. */
  readonly heldFirst: readonly HeldRow[];
  /** What was accepted by that person, in all. */
  readonly accepted: number;
  readonly labels: readonly Label[];
  readonly oddities: number;
}

export interface Person {
  /** From this day on somebody accepts every morning what is held; -1: nobody does. */
  readonly fromDay: number;
  /** From this day on nobody does any more: what an attack needs must not be waved through. */
  readonly untilDay?: number;
}

export async function measure(text: string, person: Person): Promise<Measured> {
  const weeks = new Weeks(wantedOf(text));
  const { days } = wantedOf(text);
  const configuration = freshConfiguration();
  const watcher = new Watcher(weeks.hospital, person);
  const analyst: Analyst = new Analyst(
    analystSettings(configuration, 'weeks', null, (nowUs) => watcher.interval(analyst, nowUs)),
  );
  const shard = new Shard(shardSettings(configuration, publishedKey, 0, 1), analyst);
  const capture = await openCapture(['weeks'], { made: new Map([['weeks', () => weeks.bytes()]]) });
  for (;;) {
    const range = await capture.next();
    if (range === null) break;
    shard.process(range.batch, range.from, range.to);
  }
  shard.finish();
  await capture.close();
  watcher.lastDay(analyst, days - 1);
  return {
    days,
    packets: shard.packets,
    followed: watcher.followed(analyst),
    findings: alertRows(analyst).findings,
    heldFirst: watcher.heldFirst,
    accepted: watcher.accepted,
    labels: [...weeks.labels.values()],
    oddities: analyst.tally.oddities.total(),
  };
}

const perLayer = <Value>(value: () => Value): Record<Layer, Value> => ({
  structure: value(),
  semantics: value(),
  quantity: value(),
  time: value(),
});

/** Looks at the baseline at the end of each day, and is the person who decides what is held. */
class Watcher {
  heldFirst: HeldRow[] = [];
  accepted = 0;
  private readonly members: readonly Member[];
  private readonly person: Person;
  private readonly rows = new Map<string, Followed>();
  private firstDay = -1;
  private ended = -1;
  private lookedOn = -1;

  constructor(hospital: Hospital, person: Person) {
    this.members = hospital.members;
    this.person = person;
  }

  /** An interval of packet time is over. */
  interval(analyst: Analyst, nowUs: number): void {
    const today = Math.floor((nowUs - 1) / DAY_US);
    if (this.firstDay < 0) this.firstDay = today;
    const day = today - this.firstDay;
    if (day > this.ended + 1) this.endOfDay(analyst, day - 1);
    if (this.person.fromDay < 0 || day < this.person.fromDay || this.lookedOn === day) return;
    if (this.person.untilDay !== undefined && day >= this.person.untilDay) return;
    if ((nowUs % DAY_US) / HOUR_US < LOOKS_HOUR) return;
    if (this.lookedOn < 0) this.heldFirst = alertRows(analyst).held;
    this.lookedOn = day;
    this.acceptHeld(analyst, nowUs);
  }

  /** The last day ends with the capture. */
  lastDay(analyst: Analyst, day: number): void {
    if (this.ended < day) this.endOfDay(analyst, day);
  }

  private devices(analyst: Analyst): Map<string, DeviceBaseline> {
    const found = new Map<string, DeviceBaseline>();
    for (const one of analyst.baseline.devices.values()) {
      const { mac } = analyst.inventory.get(one.number);
      if (mac !== '') found.set(addressText(mac), one);
    }
    return found;
  }

  private endOfDay(analyst: Analyst, day: number): void {
    this.ended = day;
    const devices = this.devices(analyst);
    for (const member of this.members) {
      const device = devices.get(textOf(member.mac));
      if (device === undefined) continue;
      const row = this.rowOf(member);
      const age = day - member.fromDay + 1;
      for (const layer of layers) {
        const { state } = device.states[layer];
        if (state !== 'learn' && state !== 'discover' && row.settledAfter[layer] < 0) row.settledAfter[layer] = age;
        if (state === 'watch' && row.watchedAfter[layer] < 0) row.watchedAfter[layer] = age;
      }
      if (device.states.structure.state !== 'learn') row.settledDays++;
      row.unseen.push(device.structure.unseenMass());
    }
  }

  private rowOf({ name, kind }: Member): Followed {
    let row = this.rows.get(name);
    if (row === undefined) {
      row = {
        name,
        kind,
        settledAfter: perLayer(() => -1),
        watchedAfter: perLayer(() => -1),
        state: perLayer((): LearningState => 'discover'),
        reason: perLayer(() => ''),
        unseen: [],
        relations: 0,
        settledDays: 0,
      };
      this.rows.set(name, row);
    }
    return row;
  }

  /** Everything that waits for a person is accepted by one. */
  private acceptHeld(analyst: Analyst, timeUs: number): void {
    const { baseline, inventory } = analyst;
    const idOf = (number: number): string => inventory.get(number).id;
    for (const device of baseline.devices.values()) {
      for (const layer of ['structure', 'semantics'] as const) this.acceptOf(baseline, device, layer, timeUs, idOf);
    }
  }

  private acceptOf(
    baseline: Baseline,
    device: DeviceBaseline,
    layer: 'structure' | 'semantics',
    timeUs: number,
    idOf: (number: number) => string,
  ): void {
    for (const { named, known } of baseline.relations(device, layer)) {
      if (!known.neverSilent || known.acceptedBy !== '') continue;
      const { role, peer, service, verb } = named;
      const who = { user: 'weeks', reason: 'it was there from the first day' } as const;
      const what = { device: idOf(device.number), layer: '', role, peer, service, verb, untilUs: 0 } as const;
      if (decide(baseline, { action: 'accept', timeUs, ...who, ...what }, idOf) === '') this.accepted++;
    }
  }

  /** How it stands at the end. */
  followed(analyst: Analyst): Followed[] {
    const devices = this.devices(analyst);
    return this.members.flatMap((member) => {
      const device = devices.get(textOf(member.mac));
      if (device === undefined) return [];
      const row = this.rowOf(member);
      const subject = analyst.inventory.get(device.number);
      for (const layer of layers) {
        row.state[layer] = analyst.baseline.state(subject, layer);
        row.reason[layer] = analyst.baseline.reason(subject, layer);
      }
      return [{ ...row, relations: device.structure.size }];
    });
  }
}

function textOf(mac: Uint8Array): string {
  return [...mac].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

/** Bounds of 95 % for a mean of which so many were counted (Poisson, exact: Garwood 1936). */
export function interval95(count: number): readonly [low: number, high: number] {
  const atMost = (mean: number, most: number): number => {
    let term = Math.exp(-mean);
    let sum = 0;
    for (let i = 0; i <= most; i++) {
      sum += term;
      term *= mean / (i + 1);
    }
    return sum;
  };
  const solve = (isBelow: (mean: number) => boolean): number => {
    let [low, high] = [0, 10 * (count + 5)];
    for (let step = 0; step < 60; step++) {
      const middle = (low + high) / 2;
      if (isBelow(middle)) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  };
  const low = count === 0 ? 0 : solve((mean) => 1 - atMost(mean, count - 1) < 0.025);
  return [low, solve((mean) => atMost(mean, count) > 0.025)];
}
