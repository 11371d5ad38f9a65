/** What Wireshark's capinfos says about real and broken captures must be what is read, or the reason stands here. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readCapture } from '../support/capture.ts';

const captures = join(process.env.WARDWATCH_SHARED ?? '../shared', 'captures');
const folders = ['third-party/pcapng', 'third-party/malformed', 'third-party/encap'].map((name) =>
  join(captures, name),
);
const lacks = !folders.every(existsSync)
  ? 'shared captures are missing'
  : spawnSync('capinfos', ['--version']).status !== 0
    ? 'capinfos is missing'
    : false;

interface Facts {
  packets: number;
  bytes: number;
  firstUs: number;
  lastUs: number;
}

/** capinfos -T: name, encapsulation, packets, data size, first time, last time. */
function factsOf(files: readonly string[]): Map<string, Facts> {
  const { stdout } = spawnSync('capinfos', ['-TmQ', '-E', '-c', '-d', '-S', '-a', '-e', ...files], {
    encoding: 'utf8',
  });
  const facts = new Map<string, Facts>();
  for (const line of stdout.split('\n').slice(1)) {
    const [name, , packets, bytes, first, last] = line.split(',').map((field) => field.replaceAll('"', ''));
    if (name === undefined || packets === undefined) continue;
    facts.set(name, {
      packets: Number(packets),
      bytes: Number(bytes),
      firstUs: Math.min(Number.MAX_SAFE_INTEGER, microseconds(first ?? '')),
      lastUs: Math.min(Number.MAX_SAFE_INTEGER, microseconds(last ?? '')),
    });
  }
  return facts;
}

/** Seconds with a fraction, as text: cut after the sixth digit, for a double would round. */
function microseconds(text: string): number {
  const [seconds = '', fraction = ''] = text.split('.');
  return /^\d+$/.test(seconds) ? Number(seconds) * 1e6 + Number(fraction.padEnd(6, '0').slice(0, 6)) : Number.NaN;
}

/** No trouble, or only times that are no longer exact. */
const BELIEVED = /^$|^times beyond/;
/** Packets that claim to be shorter on the wire than captured, which we do not believe. */
const SHORT_ON_THE_WIRE = /aoe-oobr-1|pim_header_asan-2|rsvp-rsvp_obj_print-oobr/;
/** Simple packets have no time; we give them that of the packet before. capinfos prints fractions above a second oddly. */
const NO_TIME = /basic-test(007|010|011)|advanced-test|difficult-test|timestamp_invalid|\/malformed\//;

t.test('agrees with capinfos on every file it can read', { skip: lacks }, async (t) => {
  const files = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name))).sort();
  const facts = factsOf(files);
  const read: Record<string, Partial<Facts>> = {};
  const expected: Record<string, Partial<Facts>> = {};
  for (const file of files) {
    const { packets, inputs } = await readCapture([file]);
    const told = facts.get(file);
    if (told === undefined || !BELIEVED.test(inputs[0]?.error ?? '')) continue;
    const times = packets.map(({ timeUs }) => timeUs);
    const ours: Facts = {
      packets: packets.length,
      bytes: packets.reduce((sum, { wire }) => sum + wire, 0),
      firstUs: times.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
      lastUs: times.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
    };
    const timed = packets.length > 0 && !NO_TIME.test(file) && !Number.isNaN(told.firstUs);
    const sized = !SHORT_ON_THE_WIRE.test(file);
    const compared = ({ packets, bytes, firstUs, lastUs }: Facts) => ({
      packets,
      ...(sized ? { bytes } : {}),
      ...(timed ? { firstUs, lastUs } : {}),
    });
    read[file] = compared(ours);
    expected[file] = compared(told);
  }
  t.same(read, expected);
  t.ok(Object.keys(read).length > 300, `${Object.keys(read).length} files were compared`);
});

t.test('reads a folder of hundreds of files, good and broken, as one', { skip: lacks }, async (t) => {
  const { packets, inputs } = await readCapture([join(captures, 'third-party/malformed')]);
  t.ok(inputs.length > 200);
  t.equal(
    packets.length,
    inputs.reduce((sum, input) => sum + input.packets, 0),
  );
  t.ok(inputs.every(({ error, errorOffset }) => (error === '') === (errorOffset === -1)));
});

t.test('tshark knows the link types that are refused', { skip: lacks }, async (t) => {
  const file = join(captures, 'third-party/pcapng/tcpdump__LINKTYPE_PKTAP.pcap');
  const told = execFileSync('capinfos', ['-E', file], { encoding: 'utf8' });
  t.match(told, /pktap/i);
  t.match((await readCapture([file])).inputs[0]?.error, /^link type 258 \(Apple PKTAP\)/);
});
