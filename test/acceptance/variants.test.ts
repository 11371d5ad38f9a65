/**
 * One capture, told in many ways. Ways that lose nothing (tags, formats, copies, neighbours out of order) change
 * nothing of what is said. Ways that lose something never make anything up, and the report says that it is missing.
 */
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { folderOf, pcapBytes, pcapngBytes, type ReadPacket, readPackets } from '../support/capture.ts';
import { isNear, labPath, lacksLab, type Replayed, replayFile, withoutTimes } from '../support/replayed.ts';

type Report = Replayed['report'];
type Counted = Readonly<Record<string, number>>;

/** DICOM, HL7, remote control, and all of it over IPv6. */
const bases = ['p01_dicom_dcmtk_benign', 'p05_hl7_benign', 'p12_remote_control', 'p51_ipv6'];

/** Everything is watched from the first packet. */
const WATCH = { learnUntil: { afterUs: -1 } };

async function said(t: Test, file: Uint8Array, name: string): Promise<Report> {
  const folder = folderOf(t, { [name]: file });
  const { report, failures } = await replayFile(join(folder, name), WATCH);
  t.same(failures, [], 'no decoder failed');
  return report;
}

// What loses nothing.

interface Telling {
  readonly what: string;
  readonly file: (packets: readonly ReadPacket[]) => Uint8Array;
  readonly name?: string;
  /** By how much times may move, because the packets' own did. */
  readonly movedUs?: number;
  readonly twice?: boolean;
  /** Ids of findings are made of their first time, which has moved. */
  readonly otherIds?: boolean;
}

const VLAN = Uint8Array.of(0x81, 0x00, 0x00, 0x7a);
const SERVICE_VLAN = Uint8Array.of(0x88, 0xa8, 0x03, 0xe8);
const MACS_BYTES = 12;
const COPY_US = 15;

const lossless: readonly Telling[] = [
  { what: 'with a VLAN tag', file: (packets) => pcapBytes(tagged(packets, VLAN)) },
  { what: 'with two VLAN tags', file: (packets) => pcapBytes(tagged(packets, SERVICE_VLAN, VLAN)) },
  { what: 'as pcapng', file: (packets) => pcapngBytes(packets), name: 'capture.pcapng' },
  {
    what: 'as pcapng of a big-endian machine',
    file: (packets) => pcapngBytes(packets, { bigEndian: true, resolution: 9 }),
  },
  { what: 'with nanoseconds', file: (packets) => pcapBytes(packets, { nanosecond: true }) },
  { what: 'from a big-endian machine', file: (packets) => pcapBytes(packets, { bigEndian: true }) },
  { what: 'compressed', file: (packets) => gzipSync(pcapBytes(packets)), name: 'capture.pcap.gz' },
  { what: 'seen twice', file: (packets) => pcapBytes(doubled(packets)), movedUs: COPY_US, twice: true, otherIds: true },
  {
    what: 'with neighbours out of order',
    file: (packets) => pcapBytes(swapped(packets)),
    movedUs: 1e6,
    otherIds: true,
  },
];

function tagged(packets: readonly ReadPacket[], ...tags: Uint8Array[]): ReadPacket[] {
  return packets.map((packet) => {
    const bytes = Buffer.concat([packet.bytes.subarray(0, MACS_BYTES), ...tags, packet.bytes.subarray(MACS_BYTES)]);
    return { ...packet, bytes, wire: bytes.length };
  });
}

function doubled(packets: readonly ReadPacket[]): ReadPacket[] {
  const copies = packets.map((packet) => ({ ...packet, timeUs: packet.timeUs + COPY_US }));
  return [...packets, ...copies].sort((a, b) => a.timeUs - b.timeUs);
}

/** Every tenth packet changes places with the next; the times stay where they were. */
function swapped(packets: readonly ReadPacket[]): ReadPacket[] {
  const all = packets.map((packet) => ({ ...packet }));
  for (let i = 5; i + 1 < all.length; i += 10) {
    const [one, other] = [all[i]!, all[i + 1]!];
    [one.timeUs, other.timeUs] = [other.timeUs, one.timeUs];
    [all[i], all[i + 1]] = [other, one];
  }
  return all;
}

for (const base of bases) {
  for (const telling of lossless) {
    t.test(`${base} ${telling.what} is the same`, { skip: lacksLab }, async (t) => {
      const path = labPath(`${base}.pcap`);
      const { report: wanted } = await replayFile(path, WATCH);
      const got = await said(t, telling.file(await readPackets(path)), telling.name ?? 'capture.pcap');
      t.equal(got.files[0]?.error, null);
      t.same(got.dicom, wanted.dicom);
      t.same(got.hl7, wanted.hl7);
      t.equal(got.flows, wanted.flows);
      t.same(got.protocols, wanted.protocols);
      t.equal(got.duplicates, telling.twice === true ? wanted.packets + wanted.duplicates : wanted.duplicates);
      for (const part of ['devices', 'alerts', 'held', 'posture', 'incidents'] as const) {
        const [ours, theirs] = [got[part], wanted[part]].map((rows) => comparable(rows, telling.otherIds === true));
        t.same(ours?.plain, theirs?.plain, part);
        t.ok(isNear(ours?.timesUs ?? [], theirs?.timesUs ?? [], telling.movedUs ?? 0), `times of ${part}`);
      }
    });
  }
}

/** Without the numbers of packets, which are others when packets come twice, and without ids where they must differ. */
function comparable(rows: readonly object[], otherIds: boolean): ReturnType<typeof withoutTimes> {
  const told = rows.map((row): [string, unknown] => {
    const plain: unknown = JSON.parse(JSON.stringify(row), (key, value) => {
      if (key === 'packet') return 0;
      if (!otherIds) return value;
      return key === 'alerts' ? value.length : key === 'id' && /^[0-9a-f]{16}$/.test(value) ? '' : value;
    });
    return [JSON.stringify(withoutTimes(plain).plain), plain];
  });
  if (otherIds) told.sort(([a], [b]) => (a < b ? -1 : 1));
  return withoutTimes(told.map(([, plain]) => plain));
}

// What loses something.

interface Loss {
  readonly what: string;
  readonly file: Uint8Array;
  /** Nobody can miss it: only TCP counts its bytes, and who answers no datagram may have nothing to say. */
  readonly unseen?: boolean;
}

function lossesOf(packets: readonly ReadPacket[]): Loss[] {
  const whole = pcapBytes(packets);
  const keep = (what: string, test: (packet: ReadPacket, i: number) => boolean): Loss => ({
    what,
    file: pcapBytes(packets.filter(test)),
  });
  const cutAt = (snaplen: number): Loss => ({
    what: `cut to ${snaplen} bytes a packet`,
    file: pcapBytes(packets.map((packet) => ({ ...packet, bytes: packet.bytes.subarray(0, snaplen) }))),
  });
  return [
    ...senders(packets).map((mac) => ({
      ...keep(`without what ${mac} sent`, (packet) => senderOf(packet) !== mac),
      unseen: !packets.some((packet) => senderOf(packet) === mac && hasTcpPayload(packet)),
    })),
    cutAt(96),
    cutAt(300),
    { what: 'cut off in the middle of a record', file: whole.subarray(0, Math.floor(whole.length * 0.6)) },
    keep('without its first half', (_packet, i) => i >= packets.length / 2),
    ...[1, 2, 3, 4, 5].map((seed) => {
      const random = randomly(seed);
      return keep(`without a fifth of its packets (${seed})`, () => random() >= 0.2);
    }),
    keep('without every tenth packet', (_packet, i) => i % 10 !== 9),
  ];
}

function senderOf({ bytes }: ReadPacket): string {
  return Buffer.from(bytes.subarray(6, MACS_BYTES)).toString('hex');
}

/** Of plain Ethernet frames, as they are in the captures here. */
function hasTcpPayload({ bytes }: ReadPacket): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const network = MACS_BYTES + 2;
  if (view.getUint16(MACS_BYTES) === 0x86dd) {
    const transport = network + 40;
    return view.getUint8(network + 6) === 6 && view.getUint16(network + 4) > 4 * (view.getUint8(transport + 12) >> 4);
  }
  if (view.getUint16(MACS_BYTES) !== 0x0800 || view.getUint8(network + 9) !== 6) return false;
  const headerBytes = 4 * (view.getUint8(network) & 15);
  const transport = network + headerBytes;
  return view.getUint16(network + 2) > headerBytes + 4 * (view.getUint8(transport + 12) >> 4);
}

function senders(packets: readonly ReadPacket[]): string[] {
  return [...new Set(packets.map(senderOf))].sort();
}

/** Numbers from 0 to 1 that are the same in every run (mulberry32). */
function randomly(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

for (const base of bases) {
  t.test(`${base} with losses makes nothing up and says that something is missing`, { skip: lacksLab }, async (t) => {
    const path = labPath(`${base}.pcap`);
    const { report: whole } = await replayFile(path, WATCH);
    t.ok(whole.devices.length > 2 && whole.alerts.length > 2, 'there is something to lose');
    for (const loss of lossesOf(await readPackets(path))) {
      await t.test(loss.what, async (t) => {
        const got = await said(t, loss.file, 'capture.pcap');
        t.same(invented(got, whole), [], 'nothing is made up');
        if (loss.unseen !== true) t.ok(saysWhatIsMissing(got), got.coverage.verdict);
      });
    }
  });
}

/** One sentence for every thing that is there and is not in the whole capture, or more often. */
function invented(got: Report, whole: Report): string[] {
  return [
    ...more('dicom', endings(got), endings(whole)),
    ...more('dicom message', got.dicom.messages, whole.dicom.messages),
    ...more('dicom status', got.dicom.statuses, whole.dicom.statuses),
    ...more('hl7 message', hl7Messages(got), hl7Messages(whole)),
    ...more('hl7 structure', got.hl7.structures, whole.hl7.structures),
    ...more('hl7 acknowledgement', got.hl7.acks, whole.hl7.acks),
    ...more('flows', { all: got.flows, ...flowsOf(got) }, { all: whole.flows, ...flowsOf(whole) }),
    ...more('operation', got.operations, whole.operations),
    ...others('dicom pair', dicomPairs(got), [...dicomPairs(whole), ...nameless(whole)]),
    ...others('hl7 pair', hl7Pairs(got), hl7Pairs(whole)),
    ...others('device', deviceIds(got), deviceIds(whole)),
    ...others('alert', alertKeys(got), alertKeys(whole)),
    ...others('held', heldKeys(got), heldKeys(whole)),
  ];
}

function more(what: string, got: Counted, whole: Counted): string[] {
  return Object.entries(got)
    .filter(([key, count]) => count > (whole[key] ?? 0))
    .map(([key, count]) => `${what} ${key}: ${count} of ${whole[key] ?? 0}`);
}

function others(what: string, got: readonly string[], whole: readonly string[]): string[] {
  return got.filter((key) => !whole.includes(key)).map((key) => `${what} ${key}`);
}

function endings({ dicom }: Report): Counted {
  const { associations, accepted, released, rejected, aborted, instances, instanceBytes } = dicom;
  return { associations, accepted, released, rejected, aborted, instances, instanceBytes };
}

function hl7Messages({ hl7 }: Report): Counted {
  const all: Record<string, number> = {};
  for (const counts of [hl7.messages, hl7.unframed, hl7.otherSeparators, hl7.batches.messages]) {
    for (const [key, count] of Object.entries(counts)) all[key] = (all[key] ?? 0) + count;
  }
  return { ...all, 'in batches': hl7.batches.frames };
}

function flowsOf({ protocols }: Report): Counted {
  return Object.fromEntries(Object.entries(protocols).map(([name, { flows }]) => [name, flows]));
}

function dicomPairs({ dicom }: Report): string[] {
  return dicom.pairs.map(({ client, server, callingAe, calledAe }) => [client, server, callingAe, calledAe].join(' '));
}

/** What an association looks like whose request, with its titles, is missing. */
function nameless({ dicom }: Report): string[] {
  return dicom.pairs.map(({ client, server }) => [client, server, '', ''].join(' '));
}

function hl7Pairs({ hl7 }: Report): string[] {
  return hl7.pairs.map(({ client, server, sender, receiver }) => [client, server, sender, receiver].join(' '));
}

function deviceIds({ devices }: Report): string[] {
  return devices.map(({ id }) => id);
}

/** BL-03 is about the service, whoever asked for it first. */
function alertKeys({ alerts }: Report): string[] {
  return alerts.map(({ detector, deviceAddress, peerAddress, service }) =>
    [detector, deviceAddress, detector === 'BL-03' ? 'anybody' : peerAddress, service].join(' '),
  );
}

function heldKeys({ held }: Report): string[] {
  return held.map(({ card, deviceAddress, peerAddress, service, verb }) =>
    [card, deviceAddress, peerAddress, service, verb].join(' '),
  );
}

function saysWhatIsMissing({ coverage, files, oddities }: Report): boolean {
  const { percent, oneWayPercent, truncatedPercent } = coverage;
  const isDamaged = files.some(({ error }) => error !== null) || (oddities.tcp_midstream ?? 0) > 0;
  return percent < 100 || oneWayPercent > 0 || truncatedPercent > 0 || isDamaged;
}
