/** The labelled captures once more, as a bad mirror port would give them: with losses, one direction only, everything twice. */
import type { Batch } from '../../bytes/batch.ts';
import { mix } from '../../bytes/hash.ts';
import type { Configuration } from '../../configuration.ts';
import type { ReplayReport } from '../replay-schema.ts';
import { judge, unexplainedIn } from './lab.ts';
import { type Expected, type Labelled, learnUntilUs } from './labels.ts';
import { type Change, pass } from './pass.ts';

export interface Degraded {
  readonly name: string;
  readonly found: number;
  readonly events: number;
  readonly unexplained: number;
}

const IPV4 = 0x0800;
const IPV6 = 0x86dd;

/** Lost by chance, the same ones every time. */
const lossOf =
  (share: number): Change =>
  (_batch, _row, packet) =>
    (mix(packet) >>> 0) / 2 ** 32 < share ? 0 : 1;

/** Of two directions only the one from the lower address. */
const oneWay: Change = ({ view, offset, captured }: Batch, row) => {
  const at = offset[row]!;
  if (captured[row]! < 54) return 1;
  const type = view.getUint16(at + 12);
  if (type === IPV4) return view.getUint32(at + 26) < view.getUint32(at + 30) ? 1 : 0;
  if (type !== IPV6) return 1;
  for (let word = 0; word < 16; word += 4) {
    const difference = view.getUint32(at + 22 + word) - view.getUint32(at + 38 + word);
    if (difference !== 0) return difference < 0 ? 1 : 0;
  }
  return 1;
};

export const degradations: readonly (readonly [name: string, change: Change | undefined])[] = [
  ['as captured', undefined],
  ['1 % lost', lossOf(0.01)],
  ['5 % lost', lossOf(0.05)],
  ['20 % lost', lossOf(0.2)],
  ['one direction only', oneWay],
  ['everything twice', () => 2],
];

/** What is said of a labelled capture in which everything before the first malicious event counts as usual. */
export async function reportOn(one: Labelled, configuration: Configuration, change?: Change): Promise<ReplayReport> {
  const passed = await pass({
    inputs: [one.capture],
    configuration,
    learnUntilUs: learnUntilUs(one),
    ...(change === undefined ? {} : { change }),
  });
  return passed.report();
}

export async function degraded(
  labelled: readonly Labelled[],
  expected: Expected,
  configuration: Configuration,
  say: (what: string) => void,
): Promise<Degraded[]> {
  const rows: Degraded[] = [];
  for (const [name, change] of degradations) {
    say(`bad mirror port: ${name}`);
    let [found, events, unexplained] = [0, 0, 0];
    for (const one of labelled) {
      const report = await reportOn(one, configuration, change);
      const judged = judge(one, report, expected).filter(({ outcome }) => outcome !== 'none');
      found += judged.filter(({ outcome }) => outcome === 'found' || outcome === 'held').length;
      events += judged.length;
      unexplained += unexplainedIn(one, report).length;
    }
    rows.push({ name, found, events, unexplained });
  }
  return rows;
}
