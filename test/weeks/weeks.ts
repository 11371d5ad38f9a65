/**
 * `node test/weeks/weeks.ts`: six generated weeks through the baseline, and what was measured as docs/weeks.md.
 *
 * Takes some minutes. A shorter form runs with the tests (test/acceptance/weeks.test.ts).
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { layers } from '../../src/baseline/device-baseline.ts';
import { type Followed, interval95, type Measured, measure } from './measure.ts';

const WISH = 'days=42,devices=40,seed=1';
const PERSON_FROM_DAY = 14;
const DAYS_SHOWN = [1, 2, 3, 5, 7, 10, 14, 21, 28, 35, 42];
const TARGET = 0.01;

const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

const worst = (values: Readonly<Record<string, number>>): string => {
  const all = Object.values(values);
  return all.some((value) => value < 0) ? '–' : String(Math.max(...all));
};

function range(texts: readonly string[]): string {
  const numbers = texts.filter((text) => text !== '–').map(Number);
  const missing = texts.length - numbers.length;
  if (numbers.length === 0) return '–';
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  return `${low === high ? low : `${low}–${high}`}${missing > 0 ? ` (${missing} not)` : ''}`;
}

function states(followed: readonly Followed[]): string {
  const kinds = [...new Set(followed.map(({ kind }) => kind))];
  const rows = kinds.map((kind) => {
    const some = followed.filter((one) => one.kind === kind);
    const watched = some.filter((one) => layers.every((layer) => one.state[layer] === 'watch'));
    const settled = range(some.map(({ settledAfter }) => worst(settledAfter)));
    const seen = range(some.map(({ watchedAfter }) => worst(watchedAfter)));
    const reasons = [...new Set(some.map(({ reason }) => reason.structure).filter((reason) => reason !== ''))];
    return [kind, some.length, settled, seen, watched.length, reasons.join('; ')];
  });
  return table(
    ['Kind', 'Devices', '`settle` after days', '`watch` after days', 'In `watch` at the end, all layers', 'Why not'],
    rows,
  );
}

function unseen(followed: readonly Followed[], days: number): string {
  const shown = DAYS_SHOWN.filter((day) => day <= days);
  const rows = shown.map((day) => {
    const values = followed.map((one) => one.unseen[day - 1] ?? -1).filter((value) => value >= 0);
    values.sort((a, b) => a - b);
    const at = (share: number): string =>
      `${((values[Math.min(values.length - 1, Math.floor(share * values.length))] ?? 0) * 100).toFixed(1)} %`;
    return [day, values.length, at(0.5), at(0.9), at(1)];
  });
  return table(['Days seen', 'Devices', 'Median', '9 of 10 are below', 'Largest'], rows);
}

function findings({ findings: all }: Measured): string {
  const counts = new Map<string, number>();
  for (const { detector, severity } of all) {
    const key = `${detector}|${severity}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const rows = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, count]) => [...key.split('|'), count]);
  return rows.length === 0 ? 'None.' : table(['Card', 'Severity', 'Findings'], rows);
}

function rate(measured: Measured): string {
  const deviceDays = measured.followed.reduce((sum, one) => sum + one.settledDays, 0);
  const count = measured.findings.filter(({ detector }) => detector === 'BL-01').length;
  const [low, high] = interval95(count).map((bound) => (bound / deviceDays).toFixed(4));
  const each = (count / deviceDays).toFixed(4);
  return `${count} in ${deviceDays} device-days after learning: **${each} a device-day, 95 % interval ${low} to ${high}** (target: at most ${TARGET}).`;
}

const which = ({ findings: all }: Measured): string =>
  all
    .filter(({ detector }) => detector === 'BL-01')
    .map(({ startUs, happened }) => `- ${new Date(startUs / 1000).toISOString().slice(0, 16)}: ${happened}`)
    .join('\n');

function page(withPerson: Measured, alone: Measured): string {
  const { days, followed, packets, accepted, heldFirst } = withPerson;
  const watched = followed.filter((one) => layers.every((layer) => one.state[layer] === 'watch'));
  return `# Six generated weeks

Written by \`node test/weeks/weeks.ts\`: ${days} days of the generated hospital (\`${WISH}\`, ${packets} packets, routine changes
on), replayed with the usual configuration. **The hospital is synthetic**; captures/generator/README.md says what it cannot
stand for. These figures show that the rules of the baseline do what they say, not how often a real house is surprised.

On day ${PERSON_FROM_DAY + 1} and on every morning after it a person accepts what is held: ${heldFirst.length} entries on the first morning, ${accepted} relations and verbs in all
(each conversation counts at both of its ends).

## How far each kind of device came

${watched.length} of ${followed.length} devices are in \`watch\` in all four layers on day ${days}. Days are counted from the device's own first day.

${states(followed)}

## What was taken to be unseen

Relations seen on one day only, of all relation-days (Good and Turing). Learning goes on above 2 %. The largest is for four weeks
that of the X-ray unit that was used on one day.

${unseen(followed, days)}

## New relations reported although nothing was wrong (BL-01)

${rate(withPerson)}

${which(withPerson)}

## All findings in these weeks

${findings(withPerson)}

## The same weeks with nobody who decides

What is held is never accepted without a person: the devices that it belongs to stay where they are, and the cards repeat
themselves every day. ${alone.followed.filter((one) => layers.every((layer) => one.state[layer] === 'watch')).length} of ${alone.followed.length} devices reach \`watch\`. ${rate(alone)}

${findings(alone)}
`;
}

const withPerson = await measure(WISH, { fromDay: PERSON_FROM_DAY });
const alone = await measure(WISH, { fromDay: -1 });
writeFileSync(join(import.meta.dirname, '..', '..', 'docs', 'weeks.md'), page(withPerson, alone));
