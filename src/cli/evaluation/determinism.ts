/**
 * The same capture must be answered with the same bytes: with one worker or several, at another speed, in another time zone
 * (detection.md 6.1, rule 8).
 */
import type { Configuration } from '../../configuration.ts';
import { publishedKey } from '../../pipeline/key.ts';
import { type ReplayOptions, replay } from '../../pipeline/replay.ts';
import { type Labelled, learnUntilUs } from './labels.ts';

export interface Same {
  readonly capture: string;
  readonly way: string;
  readonly isSame: boolean;
}

/** A replay at another speed may take so long. */
const SLOW_SECONDS = 1;

interface Way {
  readonly way: string;
  readonly workers?: number;
  readonly isSlow?: true;
  readonly zone?: string;
}

const ways: readonly Way[] = [
  { way: 'again' },
  { way: 'two workers', workers: 2 },
  { way: 'three workers', workers: 3 },
  { way: 'slower than it can', isSlow: true },
  { way: 'time zone Pacific/Kiritimati', zone: 'Pacific/Kiritimati' },
  { way: 'time zone America/St_Johns, three workers', workers: 3, zone: 'America/St_Johns' },
];

export async function sameness(one: Labelled, configuration: Configuration): Promise<Same[]> {
  const atUs = learnUntilUs(one);
  const options: ReplayOptions = {
    ...{ inputs: [one.capture], run: null, configuration, workers: 1, speed: 0, rebaseNow: false },
    ...{ key: publishedKey, store: null, influx: null, learnUntil: atUs === null ? null : { atUs } },
  };
  const { report } = await replay(options);
  const wanted = JSON.stringify(report);
  const seconds = (Date.parse(String(report.lastTime)) - Date.parse(String(report.firstTime))) / 1000;
  const rows: Same[] = [];
  for (const { way, workers = 1, isSlow, zone } of ways) {
    const speed = isSlow === true ? Math.max(1, seconds / SLOW_SECONDS) : 0;
    const said = await inZone(zone, () => replay({ ...options, workers, speed }));
    rows.push({ capture: one.name, way, isSame: JSON.stringify(said.report) === wanted });
  }
  return rows;
}

async function inZone<T>(zone: string | undefined, work: () => Promise<T>): Promise<T> {
  const before = process.env.TZ;
  if (zone !== undefined) process.env.TZ = zone;
  try {
    return await work();
  } finally {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  }
}

/** Those with most to say: enough to find an order that depends on something. */
export function worthComparing(labelled: readonly Labelled[], count: number): Labelled[] {
  const size = ({ events }: Labelled): number => events.filter(({ malicious }) => malicious).length;
  return [...labelled].sort((a, b) => size(b) - size(a) || (a.name < b.name ? -1 : 1)).slice(0, count);
}
