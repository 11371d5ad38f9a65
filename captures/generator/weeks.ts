/**
 * Weeks in a hospital that does not exist, hour by hour, as the bytes of a capture file.
 *
 * The same bytes for the same wishes, on every machine; an attack adds its packets and moves no other. Nothing is kept
 * but the hour that is being written and what reaches beyond it.
 */
import { attacks, fromTheBeginning } from './attacks.ts';
import { Calendar, HOUR_US } from './calendar.ts';
import { changes, leases, monthEnd } from './changes.ts';
import { Hospital } from './hospital.ts';
import { Numbers } from './numbers.ts';
import { attackDayOf, type Wanted, wantedOf } from './options.ts';
import { type Label, type Moment, type Move, noteOf, type Script, type Stage } from './stage.ts';
import { Talk } from './talk.ts';
import { fileHeader, Wire } from './wire.ts';
import { Work } from './work.ts';

const HOURS = 24;
/** Ports of attacks and changes: below those that the usual work draws from. */
const STAGE_FIRST_PORT = 33_000;
const STAGE_PORTS = 7_000;

export class Weeks {
  /** What was done and when; complete once all bytes are out. */
  readonly labels: Map<string, Label> = new Map();
  /** How the bytes of a label were spread over time, by its id. */
  readonly moves: Map<string, Move[]> = new Map();
  readonly hospital: Hospital;
  private readonly wanted: Wanted;
  private readonly wire: Wire;
  private readonly stage: Stage;
  private readonly scripts: { script: Script; fromDay: number; malicious: boolean }[] = [];
  private ports = 0;

  constructor(wanted: Wanted) {
    this.wanted = wanted;
    this.hospital = new Hospital(wanted);
    this.wire = new Wire(this.hospital.router);
    const calendar = new Calendar(wanted);
    const work = new Work(new Talk(this.wire, this.hospital), calendar, wanted);
    const talk = new Talk(this.wire, this.hospital, () => STAGE_FIRST_PORT + (this.ports++ % STAGE_PORTS));
    this.stage = { wanted, talk, hospital: this.hospital, calendar, work, labels: this.labels, moves: this.moves };
    const first = attackDayOf(wanted);
    for (const script of attacks) {
      if (!wanted.attacks.includes(script.name)) continue;
      this.scripts.push({ script, fromDay: fromTheBeginning.has(script.name) ? 0 : first, malicious: true });
    }
    for (const script of changes) {
      if (!wanted.changes.includes(script.name)) continue;
      this.scripts.push({ script, fromDay: Math.min(wanted.days - 1, first + script.offset), malicious: false });
    }
  }

  /** The file, in pieces of an hour. */
  *bytes(): Generator<Uint8Array> {
    yield fileHeader();
    const { days, fromDay } = this.wanted;
    for (let day = 0; day < Math.min(days, fromDay); day++) this.skip(day);
    for (let day = fromDay; day < days; day++) {
      for (let hour = 0; hour < HOURS; hour++) {
        this.hour(day, hour);
        const isLast = day === days - 1 && hour === HOURS - 1;
        const untilUs = isLast ? Number.POSITIVE_INFINITY : this.stage.calendar.startUs(day, hour) + HOUR_US;
        yield this.wire.records(untilUs);
      }
    }
  }

  /** A day of which nothing is written but who has which address at its end. */
  private skip(day: number): void {
    const { stage, wire } = this;
    for (let hour = 0; hour < HOURS; hour++) leases(stage, day, hour);
    wire.records(Number.POSITIVE_INFINITY);
  }

  private hour(day: number, hour: number): void {
    const { stage } = this;
    const startUs = stage.calendar.startUs(day, hour);
    leases(stage, day, hour);
    for (const { script, fromDay, malicious } of this.scripts) {
      if (day < fromDay) continue;
      const numbers = new Numbers(this.wanted.seed, script.name, day, hour);
      const moment: Moment = { day, hour, since: day - fromDay, startUs, numbers };
      script.act(stage, moment, noteOf(stage, script, malicious));
    }
    const numbers = new Numbers(this.wanted.seed, 'month-end', day);
    monthEnd(stage, { day, hour, since: day, startUs, numbers });
    stage.work.hour(day, hour);
  }
}

/** For whoever has one text to ask with: the bytes of `days=42,devices=40,seed=1`. */
export function weeksOf(text: string): Iterable<Uint8Array> {
  return new Weeks(wantedOf(text)).bytes();
}
