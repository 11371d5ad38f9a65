/**
 * Live capture beside tcpdump: two network namespaces, `tcpreplay --topspeed` in one, the reader in the other.
 *
 *     node test/bench/live.ts [capture]
 *
 * SECONDS (30)          how long is sent to each reader
 * LIVE_COMMAND          one more reader, run in the sensor's namespace, as a shell line; `{interface}` is put in.
 *                       It is ready when its first line of output appears, and is ended by SIGTERM.
 * PPS                   packets per second instead of top speed
 *
 * CPU is the reader's own, user and system, all threads, from /proc/PID/stat, between "ready" and two seconds after the
 * last packet. Loss is what the sender put on the cable minus what the reader says it saw.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { cableLab, counter, inside, type Lab, namespacesMissing, TAP } from '../support/namespace.ts';

const MTU = 65_535;
const SETTLE_MS = 2_000;

interface Reader {
  name: string;
  /** Shell line; `exec` keeps the process id. */
  command: string;
  /** Packets seen and dropped by what it wrote, or null when it does not say. */
  read(output: string): { packets: number; drops: number } | null;
}

interface Result {
  sent: number;
  seconds: number;
  arrived: number;
  seen: number | null;
  drops: number;
  cpuSeconds: number;
}

function readers(): Reader[] {
  const node = process.execPath;
  const count = fileURLToPath(new URL('ring-count.ts', import.meta.url));
  const list: Reader[] = [
    {
      name: 'ring (counting only)',
      command: `exec ${node} ${count} ${TAP}`,
      read: (output) => JSON.parse(output.trim().split('\n').at(-1) ?? 'null'),
    },
    {
      name: 'tcpdump -w /dev/null',
      command: `exec tcpdump -Z root -i ${TAP} -B 65536 -w /dev/null`,
      read: (output) => ({
        packets: Number(/(\d+) packets captured/.exec(output)?.[1]),
        drops: Number(/(\d+) packets dropped by kernel/.exec(output)?.[1]),
      }),
    },
  ];
  const extra = process.env.LIVE_COMMAND;
  if (extra !== undefined) {
    list.push({ name: extra, command: `exec ${extra.replaceAll('{interface}', TAP)}`, read: ownWords });
  }
  return list;
}

/** What `wardwatch watch` says when it stops. */
function ownWords(output: string): { packets: number; drops: number } | null {
  const said = /(\d+) packets decoded, (\d+) dropped by the kernel/.exec(output);
  return said === null ? null : { packets: Number(said[1]), drops: Number(said[2]) };
}

async function measure(lab: Lab, reader: Reader, capture: string, seconds: number): Promise<Result> {
  const child = spawn('ip', ['netns', 'exec', lab.sensor, 'sh', '-c', reader.command], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const collect = (text: Buffer): void => {
    output += text.toString('latin1');
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  while (!output.includes('\n')) {
    if (child.exitCode !== null) throw new Error(`${reader.name} ended: ${output}`);
    await sleep(50);
  }
  await sleep(500);
  const cpuBefore = cpuSeconds(child);
  const arrivedBefore = counter(lab.sensor, TAP, 'rx_packets');
  const speed = process.env.PPS === undefined ? ['--topspeed'] : ['--pps', process.env.PPS];
  const args = ['-i', 'eth0', '-K', '--loop', '0', '--duration', String(seconds), '--no-flow-stats', ...speed, capture];
  const sender = await run('ip', ['netns', 'exec', lab.client, 'tcpreplay', ...args]);
  await sleep(SETTLE_MS);
  const cpu = cpuSeconds(child) - cpuBefore;
  const arrived = counter(lab.sensor, TAP, 'rx_packets') - arrivedBefore;
  const ended = new Promise((resolve) => child.on('close', resolve));
  child.kill('SIGTERM');
  await ended;
  const said = reader.read(output);
  return {
    sent: Number(/Successful packets:\s+(\d+)/.exec(sender)?.[1]),
    seconds: Number(/in ([\d.]+) seconds/.exec(sender)?.[1]),
    arrived,
    seen: said?.packets ?? null,
    drops: said?.drops ?? 0,
    cpuSeconds: cpu,
  };
}

function run(program: string, args: string[]): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (text: Buffer) => {
      output += text.toString();
    });
    child.stderr.on('data', (text: Buffer) => {
      output += text.toString();
    });
    child.on('close', () => resolve(output));
  });
}

/** User and system time of a process and its threads (proc_pid_stat(5), fields 14 and 15). */
function cpuSeconds(child: ChildProcess): number {
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

const missing = namespacesMissing('tcpreplay', 'tcpdump');
if (missing !== '') {
  process.stderr.write(`bench of live capture skipped: ${missing}\n`);
  process.exit(0);
}
const shared = process.env.WARDWATCH_SHARED ?? '../shared';
const capture = process.argv[2] ?? `${shared}/captures/lab/public/p30_shift_ssh_http_exfil.pcap`;
const seconds = Number(process.env.SECONDS ?? 30);
const lab = cableLab(MTU);
try {
  inside(lab.client, 'sh', '-c', 'echo 1000 > /proc/sys/net/core/netdev_max_backlog 2>/dev/null; true');
  process.stdout.write(
    '| reader | sent | packets/s | arrived | seen | dropped | lost | CPU-s | CPU-s per million |\n|---|---|---|---|---|---|---|---|---|\n',
  );
  for (const reader of readers()) {
    const r = await measure(lab, reader, capture, seconds);
    const perMillion = (r.cpuSeconds / r.sent) * 1e6;
    const lost = r.seen === null ? '?' : r.sent - r.seen;
    process.stdout.write(
      `| ${reader.name} | ${r.sent} | ${Math.round(r.sent / r.seconds)} | ${r.arrived} | ${r.seen ?? '?'} | ${r.drops} | ${lost} | ${r.cpuSeconds.toFixed(2)} | ${perMillion.toFixed(3)} |\n`,
    );
  }
} finally {
  lab.remove();
}
