/**
 * Real software in the lab: what an independent parser found in each capture is what a replay says, to the last
 * message. Variants that lose nothing say exactly what their base says.
 */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { Compile } from 'typebox/compile';
import {
  type Hl7Wire,
  isNear,
  type LabCapture,
  type Label,
  labCaptures,
  lacksLab,
  type Replayed,
  replayFile,
  type WireAssociation,
  withoutTimes,
} from '../support/replayed.ts';

type Counted = Record<string, number>;

const captures = labCaptures();
/** The document that is published, not the code that it is written from. */
const schema = Compile(JSON.parse(readFileSync('docs/replay.schema.json', 'utf8')));
/** One replay per capture, shared by the sentences about it. */
const replays = new Map<string, Promise<Replayed>>();

function replayed({ name, path }: LabCapture): Promise<Replayed> {
  let result = replays.get(name);
  if (result === undefined) {
    result = replayFile(path);
    replays.set(name, result);
  }
  return result;
}

/** Variants whose label promises the same counts as their base. */
function isLossless({ expectation }: Label): boolean {
  return /^(same|identical)/i.test(expectation ?? '');
}

t.test('there are captures to compare with', { skip: lacksLab }, (t) => {
  t.ok(captures.length >= 40);
  t.ok(captures.filter(({ label }) => label.dicom_wire_associations !== undefined).length >= 10);
  t.ok(captures.filter(({ label }) => label.expected?.hl7_wire !== undefined).length >= 10);
  t.ok(captures.filter(({ label }) => label.variant_of !== undefined && isLossless(label)).length >= 9);
  t.end();
});

for (const capture of captures) {
  t.test(`${capture.name} has the packets of its label, and nothing failed on the way`, async (t) => {
    const { report, inputs, failures, readable } = await replayed(capture);
    t.equal(report.packets, capture.label.packets);
    t.same(failures, []);
    t.ok(readable);
    const cut = capture.name === 'v05_hl7_cutfile';
    t.match(inputs[0]?.error, cut ? /cut short/ : /^$/);
  });
}

for (const capture of captures) {
  t.test(`${capture.name} keeps to the published schema, word for word`, async (t) => {
    const { report } = await replayed(capture);
    // As a reader gets it: what JSON does not carry would not be there.
    t.same(schema.Errors(JSON.parse(JSON.stringify(report))), []);
    t.ok(JSON.stringify(report) === JSON.stringify(withSortedKeys(report)), 'keys are sorted');
  });
}

for (const capture of captures) {
  const wire = capture.label.dicom_wire_associations;
  if (wire === undefined) continue;
  t.test(`${capture.name} has the associations, messages and images of its label`, async (t) => {
    const { dicom } = (await replayed(capture)).report;
    t.same(outcomes(dicom), wantedOutcomes(wire), 'associations and how they ended');
    t.same(pairsOf(dicom.pairs), wantedPairs(wire), 'who called whom, with which titles');
    const { messages, statuses } = wantedMessages(wire);
    t.same(dicom.messages, messages, 'messages');
    t.same(dicom.statuses, statuses, 'statuses');
    t.equal(dicom.instances, messages['C-STORE-RQ'] ?? 0, 'every image arrived whole');
    const [least, most] = imageBytesBetween(wire);
    t.ok(dicom.instanceBytes >= least && dicom.instanceBytes <= most, `${dicom.instanceBytes} of ${least} to ${most}`);
  });
}

for (const capture of captures) {
  const { label } = capture;
  const wire = label.expected?.hl7_wire;
  if (label.variant_of !== undefined) continue;
  t.test(`${capture.name} has the HL7 messages of its label`, async (t) => {
    const { hl7 } = (await replayed(capture)).report;
    const wanted = wantedHl7(wire);
    t.same(shortKeys(hl7.messages), wanted.messages, 'messages');
    t.same(hl7.otherSeparators, wanted.otherSeparators, 'messages with separators of their own');
    t.equal(hl7.batches.frames, wanted.batches, 'batches');
    t.same(hl7.acks, wire?.acks ?? {}, 'acknowledgements');
  });
}

for (const capture of captures) {
  const { label, name } = capture;
  const base = captures.find((one) => one.label.file === label.variant_of);
  if (base === undefined || !isLossless(label)) continue;
  t.test(`${name} says what ${base.name} says`, async (t) => {
    const [ours, theirs] = await Promise.all([replayed(capture), replayed(base)]);
    t.same(ours.report.hl7, theirs.report.hl7);
    t.same(ours.report.dicom, theirs.report.dicom);
    t.equal(ours.report.flows, theirs.report.flows);
    t.same(ours.report.protocols, theirs.report.protocols);
    const left = leaveOut(name);
    const [devices, wanted] = [withoutTimes(left(ours.report)), withoutTimes(left(theirs.report))];
    t.same(devices.plain, wanted.plain);
    t.ok(isNear(devices.timesUs, wanted.timesUs, MOVED_US[name] ?? 0), 'first and last times');
    t.equal(ours.report.gapBytes, 0);
    const twice = name === 'v05_hl7_dup';
    if (twice) t.equal(ours.report.duplicates, base.label.packets);
    else t.equal(ours.report.duplicates, theirs.report.duplicates);
  });
}

/** Copies come 15 µs later, and neighbours that changed places took each other's time. */
const MOVED_US: Readonly<Record<string, number>> = { v05_hl7_dup: 15, v05_hl7_reorder: 100 };

/**
 * In v12_remote_vlan the tool that added the tags also wrote a part of the multicast address over the source MAC
 * of the one IPv6 frame, so that its sender is not to be known: neither it nor the pump it was is compared.
 */
function leaveOut(name: string): (report: Replayed['report']) => Replayed['report']['devices'] {
  const damaged = name === 'v12_remote_vlan' ? ['fe80::2d0:75ff:fe20:411', '10.20.4.11'] : [];
  return ({ devices }) => devices.filter(({ addresses }) => !addresses.some((one) => damaged.includes(one)));
}

function outcomes(dicom: Replayed['report']['dicom']): Counted {
  const { associations, accepted, released, rejected, aborted, dropped, open } = dicom;
  return { associations, accepted, released, rejected, aborted, over: dropped + open };
}

function wantedOutcomes(wire: readonly WireAssociation[]): Counted {
  const ended = (...how: string[]): number => wire.filter(({ outcome }) => how.includes(outcome)).length;
  return {
    associations: wire.length,
    accepted: wire.filter((one) => one.max_pdu_acceptor !== undefined).length,
    released: ended('released'),
    rejected: ended('rejected'),
    aborted: ended('aborted'),
    over: ended('open', 'reset'),
  };
}

function pairsOf(pairs: Replayed['report']['dicom']['pairs']): Counted {
  return Object.fromEntries(
    pairs.map(({ client, server, callingAe, calledAe, associations }) => [
      [client, server, callingAe, calledAe].join(' '),
      associations,
    ]),
  );
}

function wantedPairs(wire: readonly WireAssociation[]): Counted {
  const pairs: Counted = {};
  for (const { src_ip, dst_ip, calling, called } of wire) {
    add(pairs, [src_ip, dst_ip, calling.trim(), called.trim()].join(' '), 1);
  }
  return pairs;
}

function wantedMessages(wire: readonly WireAssociation[]): { messages: Counted; statuses: Counted } {
  const messages: Counted = {};
  const statuses: Counted = {};
  for (const { dimse_sent, dimse_received } of wire) {
    for (const [key, count] of [...Object.entries(dimse_sent), ...Object.entries(dimse_received)]) {
      const [verb = '', status] = key.split(':0x');
      add(messages, verb, count);
      if (status !== undefined) add(statuses, `${verb} ${status}`, count);
    }
  }
  return { messages, statuses };
}

/**
 * The label counts the bytes of every data set, we those of images: the same where an association carried nothing
 * but images; elsewhere the label is an upper bound, and queries are small.
 */
function imageBytesBetween(wire: readonly WireAssociation[]): [number, number] {
  const QUERY_BYTES_MAX = 2_000;
  let least = 0;
  let most = 0;
  for (const { dimse_sent, dimse_received, dataset_bytes_sent, dataset_bytes_received } of wire) {
    for (const [counts, bytes] of [
      [dimse_sent, dataset_bytes_sent],
      [dimse_received, dataset_bytes_received],
    ] as const) {
      const others = Object.entries(counts).filter(([key]) => !/^C-(STORE|ECHO)/.test(key));
      const queries = others.reduce((sum, [, count]) => sum + count, 0);
      most += counts['C-STORE-RQ'] === undefined ? 0 : bytes;
      least += counts['C-STORE-RQ'] === undefined ? 0 : Math.max(0, bytes - queries * QUERY_BYTES_MAX);
    }
  }
  return [least, most];
}

/** `TYPE^TRIGGER` of the label's `TYPE^TRIGGER^STRUCTURE`; other separators apart; `FHS` is a frame with a batch. */
function wantedHl7(wire: Hl7Wire | undefined): { messages: Counted; otherSeparators: Counted; batches: number } {
  const messages: Counted = {};
  const otherSeparators: Counted = {};
  let batches = 0;
  for (const [key, count] of Object.entries(wire?.messages ?? {})) {
    const [, type = '', separator = '', trigger = ''] = /^(\w+)(?:(\W)(\w+))?/.exec(key) ?? [];
    if (type === 'FHS' || type === 'BHS') batches += count;
    else add(separator === '^' ? messages : otherSeparators, `${type}^${trigger}`, count);
  }
  return { messages, otherSeparators, batches };
}

function shortKeys(counts: Counted): Counted {
  const short: Counted = {};
  for (const [key, count] of Object.entries(counts)) add(short, key.split('^').slice(0, 2).join('^'), count);
  return short;
}

function withSortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withSortedKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, withSortedKeys(inner)]));
}

function add(counts: Counted, key: string, count: number): void {
  counts[key] = (counts[key] ?? 0) + count;
}
