/**
 * `npm run mutation [ID …]`: does a test notice when a detector decides otherwise? Numbers of a detector's options and its
 * constants are doubled and halved, comparisons turned, one at a time, in a copy of the repository; the tests that name the
 * detector must fail. What they let pass is printed: a decision that nobody pins.
 *
 * Not part of the tests: every mutant is a run of its own. Ends with `N mutants, N survived`; exit status 1 when any did.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { detectors } from '../../src/detectors/index.ts';

const repository = join(import.meta.dirname, '../..');
const COPIED = ['src', 'protocols', 'test', 'captures', 'docs', 'package.json', 'tsconfig.json', '.taprc'];

interface Mutant {
  readonly line: number;
  readonly what: string;
  readonly text: string;
}

/** Changes that mean the same, by detector, line and change, each with its reason. */
const equivalent: ReadonlyMap<string, string> = new Map([
  ['EX-03: const isSent = bytes > 0 && knowledge.device(peer).external; > → >=', 'nothing sent adds nothing'],
  [
    'EX-05: for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193); < → <=',
    'one more step gives other hashes, no other names that are equal',
  ],
  [
    'RC-05: if (sessions.size >= SESSIONS_MAX) sessions.delete(sessions.keys().next().value ?? -1); >= → >',
    'a bound of memory: one session more',
  ],
  ['RC-05: if (endsUs.length >= IDLE_ENDS_MAX) endsUs.shift(); >= → >', 'a bound of memory: one idle time more'],
  [
    "RC-05: if (said.size >= PAIRS_MAX) said.delete(said.values().next().value ?? ''); >= → >",
    'a bound of memory: one pair more',
  ],
  [
    'RC-05: for (let i = 0, j = 0; i < a.length && j < b.length; ) { < → <=',
    'behind the last there is none, far from every other',
  ],
  [
    'RC-05: for (let i = 0, j = 0; i < a.length && j < b.length; ) { < → <=, no. 2',
    'behind the last there is none, far from every other',
  ],
  [
    'RC-05: run = run > 0 && i === lastOfA + 1 && j === lastOfB + 1 ? run + 1 : 1; > → >=',
    'from none, one more is one as well',
  ],
  ['EX-05: if (i - from > longest) longest = i - from; > → >=', 'sets it to what it is'],
  ['BL-07: if (before >= PORTS_MAX) return; >= → >', 'it is said at the tenth port, far below'],
  ['EX-04: if (known.size >= PAIRS_MAX) known.clear(); >= → >', 'what is cleared is only found again'],
  [
    'EX-07: if (pair.sizes.size < DISTINCT_MAX) pair.sizes.add(payloadBytes); < → <=',
    'far more than any threshold asks for',
  ],
  [
    'EX-07: if (record.fillerHash !== 0 && pair.fillers.size < DISTINCT_MAX) pair.fillers.add(record.fillerHash); < → <=',
    'far more than any threshold asks for',
  ],
  [
    'EX-07: const differs = pair.compared > 0 && pair.differing > Number(options.differingShare) * pair.compared; > → >=',
    'where none was compared none differs; the share itself is pinned by a test',
  ],
  [
    'RC-07: return timeUs - hours.sinceUs < Number(options.knownDays) * DAY_US ? -1 : used ? 1 : 0; < → <=',
    'four weeks later to the moment it is the hour that was used first',
  ],
]);

const comparisons: Readonly<Record<string, string>> = { '<=': '<', '>=': '>', '<': '<=', '>': '>=' };

/** One change each: an option, a named constant, a comparison between two values. */
export function mutantsOf(source: string): Mutant[] {
  const found: Mutant[] = [];
  const lines = source.split('\n');
  lines.forEach((line, index) => {
    const put = (what: string, changed: string): void => {
      found.push({ line: index + 1, what, text: lines.with(index, changed).join('\n') });
    };
    const number = /^(\s+\w+: |const [A-Z][A-Z_]+ = )(\d[\d_]*(?:\.\d+)?)(,|;)$/.exec(line);
    if (number !== null && !/_MAX\b|MOST\b/.test(line) && !line.includes('weight')) {
      const [, before = '', digits = '0', after = ''] = number;
      const value = Number(digits.replaceAll('_', ''));
      if (value !== 0)
        for (const factor of [2, 0.5]) put(`${digits} → ${value * factor}`, `${before}${value * factor}${after}`);
    }
    let turns = 0;
    for (const match of line.matchAll(/(?<=[\w)\]] )(<=|>=|<|>)(?= [\w(-])/g)) {
      if (/Map<|Set<|Record<|Array<|=>/.test(line.slice(0, match.index + 3)) || line.trimStart().startsWith('*'))
        continue;
      const [sign = ''] = match;
      const turned = comparisons[sign] ?? sign;
      const which = ++turns > 1 ? `, no. ${turns}` : '';
      put(
        `${sign} → ${turned}${which}`,
        `${line.slice(0, match.index)}${turned}${line.slice(match.index + sign.length)}`,
      );
    }
  });
  return found;
}

/** Test files that name the detector, those of one detector alone first: they are quick, and most mutants end there. */
function testsOf(id: string, folder: string): string[] {
  const tests = join(folder, 'test/detectors');
  return readdirSync(tests)
    .filter((name) => name.endsWith('.test.ts') && readFileSync(join(tests, name), 'utf8').includes(id))
    .map((name) => join('test/detectors', name))
    .sort((a, b) => Number(b.includes('decisions-')) - Number(a.includes('decisions-')));
}

function passes(folder: string, tests: readonly string[]): boolean {
  // Each test file is a program; without its runner it says the same and starts faster.
  return tests.every(
    (file) => spawnSync(process.execPath, [file], { cwd: folder, stdio: 'ignore', timeout: 120_000 }).status === 0,
  );
}

function main(wanted: readonly string[]): void {
  const folder = mkdtempSync(join(tmpdir(), 'wardwatch-mutation-'));
  let mutants = 0;
  let survived = 0;
  try {
    for (const name of COPIED) cpSync(join(repository, name), join(folder, name), { recursive: true });
    symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'));
    for (const { id } of detectors) {
      if (wanted.length > 0 && !wanted.includes(id)) continue;
      const file = readdirSync(join(folder, 'src/detectors')).find((name) => name.startsWith(`${id.toLowerCase()}-`));
      const path = join(folder, 'src/detectors', file ?? '');
      const source = readFileSync(path, 'utf8');
      const tests = testsOf(id, folder);
      for (const { line, what, text } of mutantsOf(source)) {
        if (equivalent.has(`${id}: ${source.split('\n')[line - 1]?.trim()} ${what}`)) continue;
        writeFileSync(path, text);
        mutants++;
        if (!passes(folder, tests)) continue;
        survived++;
        process.stdout.write(`survived: ${file}:${line}: ${what}\n`);
      }
      writeFileSync(path, source);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  process.stdout.write(`${mutants} mutants, ${survived} survived\n`);
  process.exitCode = survived > 0 ? 1 : 0;
}

if (import.meta.main) main(process.argv.slice(2));
