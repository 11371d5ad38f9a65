/**
 * A believable day for dashboards: days of the invented hospital (captures/generator), moved by whole weeks so that
 * hours and weekdays are right, up to this moment. The days before teach what is usual, on the last one somebody attacks.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { LearnUntil } from './options.ts';
import { packageFolder } from './package-folder.ts';
import { type ReplayRequest, replayInto } from './replay.ts';
import { say } from './terminal.ts';

/** Its tag in InfluxDB: one starts it afresh, and it mixes with no live sensor. */
const RUN = 'demo-day';
const DAY_US = 86_400e6;
const WEEK_US = 7 * DAY_US;
/** The generator's first day, a Monday. */
const FIRST_US = Date.UTC(2026, 2, 2) * 1000;
/** Before this hour the attacks of today are still to come: then they were yesterday. */
const ATTACKS_DONE_HOUR = 17;
const LEARNING_DAYS = 3;
/** Somebody from a maker at night, an archive copied, a channel through DNS, a pivot, alarms switched off. */
const ATTACKS: readonly string[] = [
  'vendor-3am',
  'pacs-theft-50',
  'dns-leak-daily',
  'reverse-shell',
  'pivot',
  'alarm-mute',
];
const DEVICES = 40;

export interface DemoDay {
  readonly input: string;
  readonly learnUntil: LearnUntil;
  readonly moved: { readonly byUs: number; readonly untilUs: number };
}

/** null where there is no generator: it belongs to the source tree. */
export function demoDay(nowUs: number): DemoDay | null {
  if (!existsSync(join(packageFolder(), 'captures', 'generator', 'weeks.ts'))) return null;
  // Whole weeks, so that today is a day of the generator's second week.
  const weeks = Math.floor((nowUs - FIRST_US) / WEEK_US) - 1;
  const byUs = weeks * WEEK_US;
  const today = Math.floor((nowUs - byUs - FIRST_US) / DAY_US);
  const hour = new Date(nowUs / 1000).getUTCHours();
  const attackDay = hour >= ATTACKS_DONE_HOUR ? today : today - 1;
  const fromDay = attackDay - LEARNING_DAYS;
  const wishes = [
    `days=${today + 1}`,
    `devices=${DEVICES}`,
    `from-day=${fromDay}`,
    `attack-day=${attackDay}`,
    `attacks=${ATTACKS.join('+')}`,
    'seed=1',
  ];
  return {
    input: `generator:${wishes.join(',')}`,
    learnUntil: { atUs: FIRST_US + attackDay * DAY_US + byUs },
    moved: { byUs, untilUs: nowUs },
  };
}

/** Fills InfluxDB, and the store of `folder` under a run of its own. */
export async function fillWithDay(folder: string, request: ReplayRequest, stop: AbortSignal): Promise<void> {
  const day = demoDay(Date.now() * 1000);
  if (day === null) {
    say('wardwatch: warning: no generated day in this package; InfluxDB gets the shipped captures, moved to end now');
    await replayInto(folder, { ...request, run: RUN, rebaseNow: true }, stop);
    return;
  }
  const { input, learnUntil, moved } = day;
  say(
    `wardwatch: filling InfluxDB with a synthetic day of an invented hospital (run ${RUN}); this takes half a minute`,
  );
  await replayInto(folder, { ...request, inputs: [input], run: RUN, learnUntil, moved }, stop);
  const database = request.configuration.outputs.influx?.database ?? '';
  say(`wardwatch: the day is in database ${database}, run ${RUN}, up to now`);
}
