/**
 * `npm run bench`: this program beside tcpdump, ndpiReader and tshark, on the same file, in turn, in one run.
 *
 * Only ratios mean anything: machines are shared and noisy. Each figure is the median of its runs. The table goes to
 * test/bench/results.md. Settings by environment: BENCH_PACKETS (2,000,000), BENCH_RUNS (5), BENCH_KEEP (folder).
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCapture } from './make-capture.ts';

const shared = process.env.WARDWATCH_SHARED ?? '../shared';
const lab = join(shared, 'captures/lab/public');
const packetsWanted = Number(process.env.BENCH_PACKETS ?? 2_000_000);
const runs = Number(process.env.BENCH_RUNS ?? 5);

interface Run {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMegabytes: number;
  readonly output: string;
}

interface Program {
  readonly name: string;
  readonly command: readonly string[];
  readonly runs: number;
}

const wardwatch = (...args: string[]): string[] => [
  process.execPath,
  '--disable-warning=ExperimentalWarning',
  'bin/wardwatch.js',
  ...args,
];

/** Runs a command to its end; CPU and memory are read from the kernel while it runs. */
async function run(command: readonly string[]): Promise<Run> {
  const [file = '', ...args] = command;
  const started = performance.now();
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  let output = '';
  let peakKilobytes = 0;
  let cpuTicks = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    if (output.length < 64 * 1024 * 1024) output += chunk.toString('latin1');
  });
  const look = (): void => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      peakKilobytes = Math.max(peakKilobytes, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
      const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      cpuTicks = Math.max(cpuTicks, Number(stat[11]) + Number(stat[12]));
    } catch {
      // It has ended between two looks.
    }
  };
  const timer = setInterval(look, 20);
  await new Promise((done) => child.on('close', done));
  clearInterval(timer);
  return {
    seconds: (performance.now() - started) / 1000,
    cpuSeconds: cpuTicks / 100,
    peakMegabytes: peakKilobytes / 1024,
    output,
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

const has = (program: string): boolean => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function main(): Promise<void> {
  if (!existsSync(lab)) {
    say(`bench: no captures at ${lab}; set WARDWATCH_SHARED`);
    process.exit(1);
  }
  const folder = process.env.BENCH_KEEP ?? mkdtempSync(join(tmpdir(), 'wardwatch-bench-'));
  mkdirSync(folder, { recursive: true });
  const capture = join(folder, 'big.pcap');
  if (!existsSync(capture)) {
    say(`bench: making a capture of ${packetsWanted} packets`);
    const file = openSync(capture, 'w');
    makeCapture(lab, packetsWanted, 1, file);
    closeSync(file);
  }
  const fields = ['-T', 'fields', '-e', 'dicom.pdu.type', '-e', 'hl7.message.type'];
  const programs: Program[] = [
    { name: 'wardwatch replay, one thread, everything on', command: wardwatch('replay', capture, '--json'), runs },
    {
      name: 'wardwatch replay, two workers',
      command: wardwatch('replay', capture, '--json', '--workers', '2'),
      runs: Math.min(runs, 3),
    },
    { name: 'tcpdump -w /dev/null', command: ['tcpdump', '-r', capture, '-w', '/dev/null'], runs },
    { name: 'ndpiReader', command: ['ndpiReader', '-q', '-i', capture], runs },
    { name: 'tshark with DICOM and HL7 fields', command: ['tshark', '-r', capture, ...fields], runs: 1 },
  ].filter(({ command }) => command[0] === process.execPath || has(command[0] ?? ''));

  const results = new Map<string, Run[]>(programs.map(({ name }) => [name, []]));
  const rounds = Math.max(...programs.map((program) => program.runs));
  for (let round = 0; round < rounds; round++) {
    for (const program of programs) {
      if (round >= program.runs) continue;
      const result = await run(program.command);
      results.get(program.name)?.push(result);
      say(
        `bench: round ${round + 1}, ${program.name}: ${result.seconds.toFixed(2)} s, ${result.cpuSeconds.toFixed(2)} CPU-s, ${result.peakMegabytes.toFixed(0)} MB`,
      );
    }
  }
  const ours = results.get(programs[0]?.name ?? '') ?? [];
  const report = JSON.parse(ours[0]?.output ?? '{}') as { packets: number; flows: number };
  say('bench: counting garbage collections');
  const traced = await run([process.execPath, '--trace-gc', ...wardwatch('replay', capture).slice(1)]);
  const collections = (traced.output.match(/ ms: (Scavenge|Mark-Compact|Mark-sweep)/g) ?? []).length;
  say('bench: ten repetitions for memory');
  const growth = await tenTimes(folder);

  const secondsOf = (name: string): number => median((results.get(name) ?? []).map((one) => one.seconds));
  const own = secondsOf(programs[0]?.name ?? '');
  const lines = [
    '# Bench',
    '',
    `Whole commands on one file of ${report.packets} packets and ${report.flows} flows (${(statSync(capture).size / 1e6).toFixed(0)} MB), in turn, on`,
    `${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.version}; ${new Date().toISOString().slice(0, 10)}. Medians; start of the program included.`,
    '',
    '| Program | runs | seconds | packets/s | wardwatch is × as fast | CPU-s | peak MB |',
    '|---|---|---|---|---|---|---|',
    ...programs.map(({ name }) => {
      const all = results.get(name) ?? [];
      const seconds = secondsOf(name);
      const rate = report.packets / seconds / 1e6;
      return `| ${name} | ${all.length} | ${seconds.toFixed(2)} | ${rate.toFixed(2)} M | ${(seconds / own).toFixed(2)} | ${median(all.map((one) => one.cpuSeconds)).toFixed(2)} | ${median(all.map((one) => one.peakMegabytes)).toFixed(0)} |`;
    }),
    '',
    `Garbage collections: ${collections} in the run, ${((collections * 1e6) / report.packets).toFixed(1)} per million packets.`,
    '',
    'Memory over ten repetitions of the capture, one after the other, through standard input (resident MB after each tenth):',
    growth.map((megabytes) => megabytes.toFixed(0)).join(', '),
    '',
  ];
  const live = existsSync('test/bench/live.md') ? readFileSync('test/bench/live.md', 'utf8') : '';
  writeFileSync('test/bench/results.md', `${lines.join('\n')}${live === '' ? '' : `\n${live}`}`);
  process.stdout.write(`${lines.join('\n')}\n`);
  if (process.env.BENCH_KEEP === undefined) rmSync(folder, { recursive: true });
}

/** Resident megabytes of a replay that reads ten repetitions, at each tenth of its packets. */
async function tenTimes(folder: string): Promise<number[]> {
  const maker = spawn(process.execPath, ['test/bench/make-capture.ts', lab, String(packetsWanted), '10'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [file = '', ...args] = wardwatch('replay', '-', '--into', join(folder, 'ten'));
  const child = spawn(file, args, { stdio: [maker.stdout, 'ignore', 'ignore'] });
  const samples: number[] = [];
  const timer = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      const resident = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
      if (resident > 0) samples.push(resident);
    } catch {
      // It has ended between two looks.
    }
  }, 50);
  await new Promise((done) => child.on('close', done));
  clearInterval(timer);
  return Array.from(
    { length: 10 },
    (_, i) => samples[Math.min(samples.length - 1, Math.floor(((i + 1) * samples.length) / 10) - 1)] ?? 0,
  );
}

await main();
