/**
 * Networks made of Linux network namespaces, for tests of live capture: nothing outside of them is touched.
 *
 *     ┌─ client ───────┐      ┌─ switch ─────────────────┐      ┌─ server ───────┐
 *     │ eth0 10.77.0.1 ├──────┤ bridge that learns       ├──────┤ eth0 10.77.0.2 │
 *     └────────────────┘      │ nothing: every port hears│      └────────────────┘
 *                             │ every frame              │      ┌─ sensor ───────┐
 *                             │                          ├──────┤ tap0           │ no address, arp off,
 *                             └──────────────────────────┘      └────────────────┘ IPv6 off: a mirror port
 *
 * Names carry the process id; what a killed run left behind is removed by the next.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';

const PREFIX = 'wardwatch';

export const CLIENT_ADDRESS = '10.77.0.1';
export const SERVER_ADDRESS = '10.77.0.2';
/** The interface that listens, in the namespace `sensor`. */
export const TAP = 'tap0';

export interface Lab {
  /** Namespace names for `ip netns exec`. */
  client: string;
  server: string;
  sensor: string;
  remove(): void;
}

/** '' when namespaces can be made here, else what is missing. */
export function namespacesMissing(...programs: string[]): string {
  if (process.platform !== 'linux') return 'needs Linux';
  if (process.getuid?.() !== 0) return 'needs root for network namespaces';
  for (const program of ['ip', ...programs]) {
    if (spawnSync('which', [program]).status !== 0) return `needs ${program}`;
  }
  const name = `${PREFIX}-${process.pid}-probe`;
  const made = spawnSync('ip', ['netns', 'add', name]);
  spawnSync('ip', ['netns', 'del', name]);
  return made.status === 0 ? '' : 'needs network namespaces, which this machine refuses';
}

/** Client, server and sensor on a switch whose every port hears everything. */
export function mirrorLab(mtu: number = 1500): Lab {
  removeLeftovers();
  const name = (role: string): string => `${PREFIX}-${process.pid}-${role}`;
  const lab: Lab = { client: name('client'), server: name('server'), sensor: name('sensor'), remove: removeOwn };
  const bridge = name('switch');
  for (const namespace of [lab.client, lab.server, lab.sensor, bridge]) {
    ip('netns', 'add', namespace);
    quiet(namespace);
    ip('-n', namespace, 'link', 'set', 'lo', 'up');
  }
  ip('-n', bridge, 'link', 'add', 'bridge0', 'type', 'bridge', 'ageing_time', '0', 'mcast_snooping', '0');
  ip('-n', bridge, 'link', 'set', 'bridge0', 'mtu', String(mtu), 'up');
  for (const [namespace, end, port] of [
    [lab.client, 'eth0', 'port1'],
    [lab.server, 'eth0', 'port2'],
    [lab.sensor, TAP, 'port3'],
  ] as const) {
    ip('-n', namespace, 'link', 'add', end, 'mtu', String(mtu), 'type', 'veth', 'peer', 'name', port, 'netns', bridge);
    ip('-n', bridge, 'link', 'set', port, 'mtu', String(mtu), 'master', 'bridge0', 'up');
    if (end === TAP) ip('-n', namespace, 'link', 'set', TAP, 'arp', 'off');
    ip('-n', namespace, 'link', 'set', end, 'up');
  }
  ip('-n', lab.client, 'address', 'add', `${CLIENT_ADDRESS}/24`, 'dev', 'eth0');
  ip('-n', lab.server, 'address', 'add', `${SERVER_ADDRESS}/24`, 'dev', 'eth0');
  return lab;
}

/** Two namespaces and one cable, `eth0` to `tap0`: the sender is `client`, the receiver `sensor`. */
export function cableLab(mtu: number = 1500): Lab {
  removeLeftovers();
  const client = `${PREFIX}-${process.pid}-client`;
  const sensor = `${PREFIX}-${process.pid}-sensor`;
  for (const namespace of [client, sensor]) {
    ip('netns', 'add', namespace);
    quiet(namespace);
    ip('-n', namespace, 'link', 'set', 'lo', 'up');
  }
  cable(client, sensor, mtu);
  return { client, server: client, sensor, remove: removeOwn };
}

/** Puts the cable between two namespaces (again). */
export function cable(client: string, sensor: string, mtu: number = 1500): void {
  ip('-n', client, 'link', 'add', 'eth0', 'mtu', String(mtu), 'type', 'veth', 'peer', 'name', TAP, 'netns', sensor);
  ip('-n', sensor, 'link', 'set', TAP, 'mtu', String(mtu), 'arp', 'off', 'up');
  ip('-n', client, 'link', 'set', 'eth0', 'arp', 'off', 'up');
}

/** The lab, when this process runs in the sensor's namespace of one (`runInside`); else null. */
export function labHere(): Lab | null {
  const text = process.env.WARDWATCH_LAB;
  if (text === undefined) return null;
  const [client = '', server = '', sensor = ''] = text.split(' ');
  return { client, server, sensor, remove: () => {} };
}

/** Builds a lab, runs the test file again in its sensor's namespace, removes the lab; skips by name where it cannot. */
export async function runInside(t: Test, file: string, build: () => Lab, ...programs: string[]): Promise<void> {
  const missing = namespacesMissing(...programs);
  if (missing !== '') {
    t.test('live capture in network namespaces', { skip: missing }, (t) => t.end());
    return;
  }
  const lab = build();
  t.teardown(() => lab.remove());
  const env = { ...process.env, WARDWATCH_LAB: `${lab.client} ${lab.server} ${lab.sensor}` };
  const args = ['netns', 'exec', lab.sensor, process.execPath, file];
  await t.spawn('ip', args, { env }, 'in the network namespace of the sensor');
}

/** Sends Ethernet frames from `eth0` of a namespace, as fast as they go. */
export function sendFrames(namespace: string, frames: readonly Uint8Array[], name: string = 'eth0'): void {
  const directory = mkdtempSync(join(tmpdir(), 'wardwatch-frames-'));
  try {
    const file = join(directory, 'frames.pcap');
    writeFileSync(file, pcap(frames));
    inside(namespace, 'tcpreplay', '-q', '--topspeed', '-i', name, file);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** A pcap file (draft-ietf-opsawg-pcap): header of 24 bytes, then 16 bytes before each frame. */
function pcap(frames: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(24 + frames.reduce((sum, frame) => sum + 16 + frame.length, 0));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0xa1b2c3d4);
  view.setUint16(4, 2);
  view.setUint16(6, 4);
  view.setUint32(16, 262_144);
  view.setUint32(20, 1);
  let at = 24;
  for (const frame of frames) {
    view.setUint32(at + 8, frame.length);
    view.setUint32(at + 12, frame.length);
    bytes.set(frame, at + 16);
    at += 16 + frame.length;
  }
  return bytes;
}

/** Runs `ip`; throws with what it said. */
export function ip(...args: string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Runs a program inside a namespace to its end and returns what it wrote. */
export function inside(namespace: string, program: string, ...args: string[]): string {
  return execFileSync('ip', ['netns', 'exec', namespace, program, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** A counter of /sys/class/net/NAME/statistics inside a namespace. */
export function counter(namespace: string, name: string, file: string): number {
  return Number(inside(namespace, 'cat', `/sys/class/net/${name}/statistics/${file}`));
}

/** No router solicitations, no neighbour discovery: interfaces that are made from now on have no IPv6. */
function quiet(namespace: string): void {
  const script = 'for f in all default; do echo 1 > /proc/sys/net/ipv6/conf/$f/disable_ipv6; done 2>/dev/null; true';
  inside(namespace, 'sh', '-c', script);
}

function removeOwn(): void {
  remove((pid) => pid === process.pid);
}

function removeLeftovers(): void {
  remove((pid) => pid === process.pid || spawnSync('test', ['-d', `/proc/${pid}`]).status !== 0);
}

function remove(wanted: (pid: number) => boolean): void {
  for (const line of ip('netns', 'list').split('\n')) {
    const pid = new RegExp(`^${PREFIX}-(\\d+)-`).exec(line)?.[1];
    if (pid !== undefined && wanted(Number(pid))) spawnSync('ip', ['netns', 'del', line.split(' ')[0] ?? '']);
  }
}
