/**
 * `npm test`: the programs that tests compare with, the type check, the style check, then every test.
 * The last line is `N passed, N failed, N skipped`; the exit status is 1 when anything failed.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { type FileReport, TapStream, type Totals } from './support/tap-stream.ts';

/** A program that some tests run, and the Debian package that brings it. */
const programs: readonly (readonly [program: string, aptPackage: string])[] = [
  ['tshark', 'tshark'],
  ['tcpdump', 'tcpdump'],
  ['storescu', 'dcmtk'],
  ['influxd', 'influxdb'],
  ['victoria-metrics', 'victoria-metrics'],
  ['tcpreplay', 'tcpreplay'],
  ['ip', 'iproute2'],
  ['ethtool', 'ethtool'],
  ['ndpiReader', 'libndpi-bin'],
  ['nft', 'nftables'],
  ['chromium', 'chromium'],
];

const binFolder = join(import.meta.dirname, '..', 'node_modules', '.bin');
const folders = [binFolder, ...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
const environment = { ...process.env, PATH: folders.join(delimiter) };

function missingPrograms(): (readonly [string, string])[] {
  return programs.filter(([program]) => !folders.some((folder) => folder !== '' && existsSync(join(folder, program))));
}

function installMissing(): void {
  let missing = missingPrograms();
  const isRoot = process.getuid?.() === 0;
  if (missing.length > 0 && isRoot && existsSync('/usr/bin/apt-get') && process.env.WARDWATCH_NO_APT === undefined) {
    const packages = missing.map(([, aptPackage]) => aptPackage);
    console.log(`installing with apt-get what tests compare with: ${packages.join(' ')}`);
    if (!apt('install', ...packages)) {
      apt('update');
      // One by one: a package that this release does not have must not keep the others away.
      for (const one of packages) apt('install', one);
    }
    missing = missingPrograms();
  }
  if (missing.length > 0) {
    console.log(
      `tests that need these are skipped: ${missing.map(([program, from]) => `${program} (${from})`).join(', ')}`,
    );
  }
  const shared = process.env.WARDWATCH_SHARED ?? '../shared';
  if (!existsSync(shared))
    console.log(`tests that need the shared captures are skipped: no folder ${shared} (WARDWATCH_SHARED)`);
}

function apt(action: 'install' | 'update', ...packages: string[]): boolean {
  const options = action === 'install' ? ['-y', '--no-install-recommends'] : [];
  const { status } = spawnSync('apt-get', ['-qq', action, ...options, ...packages], {
    stdio: 'ignore',
    timeout: 300_000,
    env: { ...environment, DEBIAN_FRONTEND: 'noninteractive' },
  });
  return status === 0;
}

/** A check counts as one sentence. */
function check(name: string, program: string, ...args: string[]): boolean {
  const { status, stdout, stderr, error } = spawnSync(join(binFolder, program), args, {
    encoding: 'utf8',
    env: environment,
    maxBuffer: 64 * 1024 * 1024,
  });
  const ok = status === 0;
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name}`);
  if (!ok) console.log(`${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}`);
  return ok;
}

function show({ name, ok, totals, skips, lines }: FileReport): void {
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name} (${totals.passed})`);
  for (const skip of skips) console.log(`       skipped: ${skip}`);
  if (!ok)
    console.log(
      lines
        .filter((line) => line.trim() !== '')
        .map((line) => `    | ${line}`)
        .join('\n'),
    );
}

async function tests(wanted: readonly string[]): Promise<Totals> {
  const child = spawn(join(binFolder, 'tap'), ['--reporter=tap', ...wanted], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: environment,
  });
  const ended = new Promise<number>((resolve) => {
    child.on('error', () => resolve(1));
    child.on('close', (code) => resolve(code ?? 1));
  });
  const stream = new TapStream();
  let said = '';
  for await (const line of createInterface({ input: child.stdout })) {
    said = line.trim() === '' ? said : line;
    const report = stream.line(line);
    if (report !== null) show(report);
  }
  const status = await ended;
  // tap itself failed (no files found, a crash of its own): that is a failure even if no sentence says so.
  if (status !== 0 && stream.totals.failed === 0) {
    console.log(`FAILED tap ended with status ${status}: ${said}`);
    stream.totals.failed++;
  }
  return stream.totals;
}

const wanted = process.argv.slice(2);
installMissing();
// A fresh installation of tap still has the plugins that .taprc leaves out; it builds itself anew only after a first run.
spawnSync(join(binFolder, 'tap'), ['build'], { env: environment, stdio: 'ignore' });
const checks =
  wanted.length > 0
    ? []
    : [
        check('types (tsc --noEmit)', 'tsc', '--noEmit'),
        check('types of the console', 'tsc', '-p', 'src/console'),
        check('style (biome check)', 'biome', 'check', '.'),
      ];
const totals = await tests(wanted);
const passed = totals.passed + checks.filter((ok) => ok).length;
const failed = totals.failed + checks.filter((ok) => !ok).length;
console.log(`${passed} passed, ${failed} failed, ${totals.skipped} skipped`);
process.exitCode = failed > 0 ? 1 : 0;
