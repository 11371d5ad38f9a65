/**
 * tshark is asked the same questions about the same captures: conversations, DICOM units and commands, HL7 messages.
 * Where the answers differ, the difference stands here by name, with the reason.
 */
import { spawn, spawnSync } from 'node:child_process';
import t, { type Test } from 'tap';
import { type LabCapture, labCaptures, lacksLab, type Replayed, replayFile } from '../support/replayed.ts';

type Counted = Record<string, number>;

/** What one pass of tshark over a capture has found. */
interface Seen {
  conversations: number;
  /** DICOM protocol data units by type. */
  units: Counted;
  /** `CALLING CALLED` of association requests. */
  titles: Counted;
  /** PDVs that complete a command. */
  commands: number;
  hl7: Counted;
}

const hasTshark = spawnSync('tshark', ['--version']).status === 0;
const skip = hasTshark ? lacksLab : 'needs tshark';

/** The wholes: damaged variants are compared with them in variants.test.ts. */
const captures = hasTshark ? labCaptures().filter(({ label }) => label.variant_of === undefined) : [];

/** Ports of the labels: tshark believes in ports, so it is told all of them. */
const HL7_PORTS = [2575, 2576, 6661, 6662];

/**
 * Segments that came out of order are put in order before they are decoded; as it comes, tshark loses such streams.
 * Its SNMP decoder starts another conversation for every answer and is not wanted.
 */
const SETTINGS = ['-n', '-o', 'tcp.reassemble_out_of_order:TRUE', '--disable-protocol', 'snmp'];
const FIELDS = [
  'tcp.stream',
  'udp.stream',
  'dicom.pdu.type',
  'dicom.assoc.ae.calling',
  'dicom.assoc.ae.called',
  'dicom.pdv.flags',
  'hl7.message.type',
  'hl7.event.type',
];
const COMMAND_AND_LAST = '0x03';

/** Lines of standard output. */
async function tshark(capture: LabCapture, ...args: string[]): Promise<string[]> {
  const decodeAs = [
    ...dicomPorts(capture).map((port) => `tcp.port==${port},dicom`),
    ...HL7_PORTS.map((port) => `tcp.port==${port},hl7`),
  ].flatMap((rule) => ['-d', rule]);
  const all = ['-r', capture.path, ...SETTINGS, ...decodeAs, ...args];
  const child = spawn('tshark', all, { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  const status = await new Promise((resolve) => child.on('close', resolve));
  if (status !== 0) throw new Error(`tshark ${all.join(' ')} ended with ${status}`);
  return text.split('\n').filter((line) => line !== '');
}

function dicomPorts({ label }: LabCapture): number[] {
  return [...new Set((label.dicom_wire_associations ?? []).map(({ port }) => port))];
}

async function seenIn(capture: LabCapture): Promise<Seen> {
  // An ICMP error quotes a packet of another conversation, which tshark would count again.
  const filter = '(tcp || udp || sctp) && !icmp && !icmpv6';
  const lines = await tshark(capture, '-Y', filter, '-T', 'fields', ...FIELDS.flatMap((field) => ['-e', field]));
  const conversations = new Set<string>();
  const seen: Seen = { conversations: 0, units: {}, titles: {}, commands: 0, hl7: {} };
  for (const line of lines) {
    const [tcp, udp, types = '', calling = '', called = '', flags = '', kinds = '', events = ''] = line.split('\t');
    conversations.add(`${tcp} ${udp}`);
    for (const type of listOf(types)) add(seen.units, type);
    if (types === '0x01') add(seen.titles, `${calling.trim()} ${called.trim()}`);
    seen.commands += listOf(flags).filter((flag) => flag === COMMAND_AND_LAST).length;
    const triggers = listOf(events);
    listOf(kinds).forEach((kind, i) => {
      add(seen.hl7, `${kind}^${triggers[i] ?? ''}`);
    });
  }
  seen.conversations = conversations.size;
  return seen;
}

function listOf(field: string): string[] {
  return field === '' ? [] : field.split(',');
}

/** Types of protocol data units (PS3.8, chapter 9.3) and the count of the report that they are. */
const units = [
  ['0x01', 'associations'],
  ['0x02', 'accepted'],
  ['0x03', 'rejected'],
  ['0x06', 'released'],
  ['0x07', 'aborted'],
] as const;

/** HL7 messages that tshark does not find, and why. */
const missed: Readonly<Record<string, readonly (readonly [why: string, messages: Counted])[]>> = {
  p06_hl7_edge: [
    ['the frame ends without a carriage return: tshark waits for it', { 'ADT^A01': 2 }],
    ['junk stands before the first frame: tshark gives the stream up', { 'ADT^A01': 1, 'ADT^A08': 1 }],
  ],
};

for (const capture of captures) {
  t.test(`${capture.name} holds what tshark sees in it`, { skip }, async (t) => {
    const [{ report }, seen] = [await replayFile(capture.path), await seenIn(capture)];
    t.equal(report.flows, seen.conversations, 'conversations of TCP, UDP and SCTP');
    await compareDicom(t, capture, report, seen);
    const wanted = { ...seen.hl7 };
    for (const [, messages] of missed[capture.name] ?? []) {
      for (const [key, count] of Object.entries(messages)) add(wanted, key, count);
    }
    // Whatever separates the components, tshark shows them alike.
    const ours: Counted = { ...report.hl7.messages };
    for (const [key, count] of Object.entries(report.hl7.otherSeparators)) add(ours, key, count);
    t.same(ours, wanted, 'HL7 messages');
  });
}

async function compareDicom(t: Test, capture: LabCapture, report: Replayed['report'], seen: Seen): Promise<void> {
  const { dicom } = report;
  for (const [type, counted] of units) t.equal(dicom[counted], seen.units[type] ?? 0, counted);
  const titles: Counted = {};
  for (const { callingAe, calledAe, associations } of dicom.pairs) {
    add(titles, `${callingAe} ${calledAe}`, associations);
  }
  t.same(titles, seen.titles, 'AE titles');
  const commands = Object.values(dicom.messages).reduce((sum, count) => sum + count, 0);
  t.equal(commands, seen.commands, 'commands');
  if (commands === 0) return;
  const named: Counted = {};
  for (const line of await tshark(capture, '-Y', 'dicom', '-V', '-O', 'dicom')) {
    const name = /^ +\(0000,0100\) .*Command Field +(\S+)/.exec(line)?.[1];
    if (name !== undefined) add(named, name);
  }
  // Commands are always uncompressed and implicit; tshark reads them by the transfer syntax of their context and
  // leaves some without a name. Those it names must be ours, and those it does not must be what is missing.
  const nameless = Object.entries(dicom.messages).filter(([name, count]) => (named[name] ?? 0) !== count);
  t.same(
    Object.keys(named).filter((name) => (named[name] ?? 0) > (dicom.messages[name] ?? 0)),
    [],
    'none is invented',
  );
  const isOdd = capture.name === 'p01_dicom_dcmtk_benign' || capture.name === 'p02_dicom_orthanc';
  t.same(
    nameless.map(([name]) => name),
    isOdd ? ['C-STORE-RSP'] : [],
    'commands by name',
  );
}

function add(counts: Counted, key: string, count = 1): void {
  counts[key] = (counts[key] ?? 0) + count;
}
