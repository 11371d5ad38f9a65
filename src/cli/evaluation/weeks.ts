/**
 * Weeks of the generated hospital (captures/generator), with a person who accepts each morning what is held, and what was
 * said in them: the raw material of the figures on attacks, on innocent changes and on false alarms.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { decide } from '../../baseline/decisions.ts';
import type { BaselineDocument } from '../../baseline/document.ts';
import { addressText } from '../../bytes/address.ts';
import { freshConfiguration } from '../../configuration.ts';
import type { Detector } from '../../detect.ts';
import type { FindingRow, IncidentRow } from '../../model.ts';
import type { Analyst } from '../../pipeline/analyst.ts';
import type { ServiceWindow } from '../../pipeline/site.ts';
import { Failure } from '../outcome.ts';
import { packageFolder } from '../package-folder.ts';
import { pass } from './pass.ts';

const DAY_US = 86_400e6;
const HOUR_US = 3_600e6;
/** The hour of the day at which the person looks at the held list. */
const LOOKS_HOUR = 9;

/** What happened in the generated weeks, as the generator tells it. */
export interface WeekLabel {
  readonly id: string;
  readonly malicious: boolean;
  readonly cards: readonly string[];
  readonly says: string;
  readonly device: string;
  readonly deviceAddress: string;
  readonly peer: string;
  readonly peerAddress: string;
  readonly start: string;
  readonly end: string;
  readonly bytes: number;
}

interface Move {
  readonly fromUs: number;
  readonly untilUs: number;
  readonly bytes: number;
}

interface GeneratedWeeks {
  readonly labels: ReadonlyMap<string, WeekLabel>;
  readonly moves: ReadonlyMap<string, readonly Move[]>;
  readonly hospital: { readonly members: readonly { readonly name: string; readonly mac: Uint8Array }[] };
  bytes(): Iterable<Uint8Array>;
}

interface GeneratorModules {
  readonly make: (wish: string) => GeneratedWeeks;
  readonly attacks: readonly string[];
  readonly changes: readonly string[];
}

export async function generatorModules(): Promise<GeneratorModules> {
  const folder = join(packageFolder(), 'captures', 'generator');
  if (!existsSync(folder)) throw new Failure('generator: it is in the source tree only, not in the installed package');
  const load = async (file: string): Promise<unknown> => import(pathToFileURL(join(folder, file)).href);
  const { Weeks } = (await load('weeks.ts')) as { Weeks: new (wanted: unknown) => GeneratedWeeks };
  const { wantedOf } = (await load('options.ts')) as { wantedOf: (text: string) => unknown };
  const { attackNames } = (await load('attacks.ts')) as { attackNames: readonly string[] };
  const { changes } = (await load('changes.ts')) as { changes: readonly { readonly name: string }[] };
  return {
    make: (wish) => new Weeks(wantedOf(wish)),
    attacks: attackNames,
    changes: changes.map(({ name }) => name),
  };
}

export interface WeeksWish {
  /** As the generator takes it: `days=30,devices=40,seed=1`. */
  readonly wish: string;
  /** Each morning of these days a person accepts what is held. */
  readonly acceptFromDay: number;
  readonly acceptUntilDay: number;
  readonly windows?: readonly ServiceWindow[];
  /** Detectors that listen beside the usual ones. */
  readonly beside?: readonly Detector[];
  /** What was learnt before. */
  readonly baseline?: BaselineDocument;
}

/** Something that was said, with everything its two ends are known by. */
export interface Told {
  readonly card: string;
  readonly severity: string;
  readonly startUs: number;
  readonly device: ReadonlySet<string>;
  readonly peer: ReadonlySet<string>;
  readonly isHeld: boolean;
  /** Place of its incident among those of the run by risk, from 1; 0 where it opened none. */
  readonly rank: number;
  readonly happened: string;
}

export interface WeeksTold {
  readonly wish: string;
  readonly told: readonly Told[];
  /** By risk, the greatest first. */
  readonly incidents: readonly IncidentRow[];
  readonly labels: readonly (WeekLabel & { readonly ends: readonly [device: string, peer: string] })[];
  /** Bytes of a label that had moved at a time. */
  readonly movedBy: (label: string, timeUs: number) => number;
  /** Devices times days in `settle` or `watch`. */
  readonly settledDays: number;
  readonly devices: number;
  readonly packets: number;
  readonly tookMs: number;
  readonly baseline: BaselineDocument;
}

export async function weeksTold(modules: GeneratorModules, what: WeeksWish): Promise<WeeksTold> {
  const weeks = modules.make(what.wish);
  const watcher = new Watcher(what);
  const passed = await pass({
    inputs: ['weeks'],
    made: new Map([['weeks', () => weeks.bytes()]]),
    configuration: freshConfiguration(),
    learnUntilUs: null,
    over: ({ windows, detectors }) => ({
      windows: [...windows, ...(what.windows ?? [])],
      detectors: [...detectors, ...(what.beside ?? []).map((detector) => ({ detector, options: detector.options }))],
    }),
    begin: (analyst) => {
      if (what.baseline !== undefined) analyst.baseline.restore(what.baseline);
    },
    interval: (analyst, nowUs) => watcher.interval(analyst, nowUs),
  });
  const { analyst, findings, held, packets, tookMs } = passed;
  const incidents = [...passed.incidents].sort((a, b) => b.risk - a.risk || a.startUs - b.startUs);
  watcher.endOfDay(analyst);
  const known = new Known(analyst);
  const ranks = ranksOf(incidents);
  const told = [
    ...findings.map((row) => known.finding(row, ranks.get(row.id) ?? 0)),
    ...held.map(({ card, device, deviceAddress, peer, peerAddress, firstSeenUs, verb }) => ({
      ...{ card, severity: 'held', startUs: firstSeenUs, isHeld: true, rank: 0, happened: verb },
      device: known.ends(device, deviceAddress),
      peer: known.ends(peer, peerAddress),
    })),
  ];
  const macs = new Map(weeks.hospital.members.map(({ name, mac }) => [name, macText(mac)]));
  const labels = [...weeks.labels.values()].map((label) => {
    const ends = [macs.get(label.device) ?? label.deviceAddress, macs.get(label.peer) ?? label.peerAddress] as const;
    return { ...label, ends };
  });
  return {
    wish: what.wish,
    told: told.sort((a, b) => a.startUs - b.startUs),
    incidents,
    labels,
    movedBy: (label, timeUs) => movedBy(weeks.moves.get(label) ?? [], timeUs),
    settledDays: watcher.settledDays,
    devices: macs.size,
    packets,
    tookMs,
    baseline: analyst.baseline.document((number) => analyst.inventory.get(number).id),
  };
}

function movedBy(moves: readonly Move[], timeUs: number): number {
  let sum = 0;
  for (const { fromUs, untilUs, bytes } of moves) {
    if (timeUs >= untilUs) sum += bytes;
    else if (timeUs > fromUs) sum += (bytes * (timeUs - fromUs)) / (untilUs - fromUs);
  }
  return Math.round(sum);
}

function ranksOf(incidents: readonly IncidentRow[]): Map<string, number> {
  const ranks = new Map<string, number>();
  incidents.forEach(({ alerts }, index) => {
    for (const alert of alerts) ranks.set(alert, index + 1);
  });
  return ranks;
}

/** By what a device is known: the address it spoke under, and its hardware address. */
class Known {
  private readonly macs = new Map<string, string>();

  constructor({ inventory }: Analyst) {
    for (const { id, mac } of inventory.devices) if (mac !== '') this.macs.set(id, addressText(mac));
  }

  ends(id: string, address: string): ReadonlySet<string> {
    const mac = this.macs.get(id);
    return new Set(mac === undefined ? [address] : [address, mac]);
  }

  finding(row: FindingRow, rank: number): Told {
    const { detector: card, severity, startUs, device, deviceAddress, peer, peerAddress, happened } = row;
    const ends = { device: this.ends(device, deviceAddress), peer: this.ends(peer, peerAddress) };
    return { card, severity, startUs, ...ends, isHeld: false, rank, happened };
  }
}

/** Counts settled days, and is the person who decides what is held. */
class Watcher {
  settledDays = 0;
  private readonly what: WeeksWish;
  private firstDay = -1;
  private day = -1;
  private lookedOn = -1;

  constructor(what: WeeksWish) {
    this.what = what;
    const from = /(?:^|,)from-day=(\d+)/.exec(what.wish);
    if (from !== null) this.firstDay = FIRST_DAY + Number(from[1]);
  }

  interval(analyst: Analyst, nowUs: number): void {
    const today = Math.floor((nowUs - 1) / DAY_US);
    if (this.firstDay < 0) this.firstDay = FIRST_DAY;
    if (this.day >= 0 && today > this.day) this.endOfDay(analyst);
    this.day = today;
    const day = today - FIRST_DAY;
    if (day < this.what.acceptFromDay || day >= this.what.acceptUntilDay || this.lookedOn === day) return;
    if ((nowUs % DAY_US) / HOUR_US < LOOKS_HOUR) return;
    this.lookedOn = day;
    acceptHeld(analyst, nowUs);
  }

  endOfDay({ baseline, inventory }: Analyst): void {
    for (const device of baseline.devices.values()) {
      if (device.number < 0) continue;
      const { mac, external } = inventory.get(device.number);
      const { state } = device.states.structure;
      if (mac !== '' && !external && state !== 'learn' && state !== 'discover') this.settledDays++;
    }
  }
}

/** The generator's first day, 2 March 2026. */
const FIRST_DAY = Math.floor((Date.UTC(2026, 2, 2) * 1000) / DAY_US);

function acceptHeld({ baseline, inventory }: Analyst, timeUs: number): void {
  const idOf = (number: number): string => inventory.get(number).id;
  for (const device of baseline.devices.values()) {
    if (device.number < 0) continue;
    for (const layer of ['structure', 'semantics'] as const) {
      for (const { named, known } of baseline.relations(device, layer)) {
        if (!known.neverSilent || known.acceptedBy !== '') continue;
        const { role, peer, service, verb } = named;
        const who = { user: 'evaluation', reason: 'usual from the first day' } as const;
        const what = { device: idOf(device.number), layer: '', role, peer, service, verb, untilUs: 0 } as const;
        decide(baseline, { action: 'accept', timeUs, ...who, ...what }, idOf);
      }
    }
  }
}

function macText(mac: Uint8Array): string {
  return [...mac].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}
