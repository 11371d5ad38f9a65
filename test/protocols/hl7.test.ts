import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import { createHl7, hl7 } from '../../protocols/hl7/decoder.ts';
import { limits } from '../../src/limits.ts';
import { MAYBE, NO, YES } from '../../src/protocol.ts';
import { bytesOf, converse, type Heard, heard, segment, type Turn } from '../support/protocol.ts';
import { reassemble } from '../support/reassemble.ts';

const VT = [0x0b];
const FS = [0x1c, 0x0d];

const header = (type = 'ADT^A01^ADT_A01', id = 'C1', sender = 'MONITOR', zone = '+0100'): string =>
  `MSH|^~\\&|${sender}|WARD 3|ENGINE|HOSPITAL|20261123101500${zone}|CANARYSECURITY|${type}|${id}|P|2.6||||||UNICODE UTF-8|||IHE_PCD_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO`;

const patient = [
  'PID|1|CANARYID|CANARYMRN^^^H^MR|CANARYALT|CANARYNAME^CANARYGIVEN|CANARYMOTHER|19700101|F|||CANARYSTREET^^CANARYTOWN||CANARYPHONE|||||CANARYACCOUNT|CANARYSSN',
  'NK1|1|CANARYKIN^CANARYKINGIVEN|SPO|CANARYKINSTREET',
  'PV1|1|I|CANARYROOM||||CANARYDOCTOR|||||||||||CANARYVISIT',
  'ORC|RE|CANARYORDER|||||||||CANARYORDERER',
  'OBR|1|CANARYPLACER|CANARYFILLER|CANARYTEST|||||||||||||CANARYPROVIDER',
  'NTE|1||CANARYNOTE',
  'DG1|1||CANARYDIAGNOSIS',
  'AL1|1|DA|CANARYALLERGY',
  'ZZZ|CANARYLOCAL',
];

const observations = [
  'OBX|1|ST|531969^MDC_ID_MODEL_NUMBER^MDC|1.0.0.0|M7 \\T\\ more||||||F||||CANARYWHO|CANARYBY',
  'OBX|2|NM|147842^MDC_ECG_HEART_RATE^MDC|1.7.4.1|CANARYVALUE|CANARYUNIT|||||R|||20261123101500||||SN-4711^^0009FBFFFE200311^EUI-64',
  'OBX|3|TX|CANARYCODE^CANARYLOINC^LN||CANARYTEXT~CANARYMORE||||||F',
  'OBX|4|ST|67880^MDC_ATTR_ID_MODEL^L||CANARYNOTMDC||||||F',
];

const message = (lines: readonly string[], separator = '\r'): string => lines.map((line) => line + separator).join('');
const frame = (...lines: string[]): Uint8Array => bytesOf(VT, message(lines), FS);
const acknowledgement = (id = 'C1', code = 'AA'): Uint8Array =>
  frame(
    'MSH|^~\\&|ENGINE|HOSPITAL|MONITOR|WARD 3|20261123101501||ACK^A01^ACK|R1|P|2.6',
    `MSA|${code}|${id}|CANARYACKTEXT`,
    'ERR||PID^1^5|207^Application internal error^HL70357|E||||CANARYERRTEXT',
  );

const full = (): Uint8Array => frame(header('ORU^R01^ORU_R01'), ...patient, ...observations);
const turn = (...parts: (string | readonly number[] | Uint8Array)[]): Turn => ({
  toServer: true,
  bytes: bytesOf(...parts),
});
const reply = (bytes: Uint8Array): Turn => ({ toServer: false, bytes });
const of = (list: readonly Heard[], kind: string): Record<string, unknown>[] =>
  list.filter((entry) => entry.kind === kind).map((entry) => entry.record);
const messages = (list: readonly Heard[]): Record<string, unknown>[] => of(list, 'hl7Message');
const framings = (list: readonly Heard[]): unknown[] => messages(list).map((record) => record.framing);
const oddities = (list: readonly Heard[]): unknown[] => of(list, 'oddity').map((record) => record.name);
const hear = (...parts: (string | readonly number[] | Uint8Array)[]): Heard[] => converse(hl7, [turn(...parts)]);

t.test('a message and its acknowledgement are told with the fields of their headers', (t) => {
  const list = converse(hl7, [
    { ...turn(full()), timeUs: 10_000_000 },
    { ...reply(acknowledgement()), timeUs: 10_250_000 },
  ]);
  const [sent, answered] = messages(list);
  t.match(sent, {
    fromClient: true,
    type: 'ORU',
    trigger: 'R01',
    structure: 'ORU_R01',
    sendingApplication: 'MONITOR',
    sendingFacility: 'WARD 3',
    receivingApplication: 'ENGINE',
    receivingFacility: 'HOSPITAL',
    version: '2.6',
    processingId: 'P',
    profile: 'IHE_PCD_001',
    characterSet: 'UNICODE UTF-8',
    framing: 'mllp',
    inBatch: false,
    usualSeparators: true,
    acknowledgement: '',
    errorCode: '',
    latencyUs: -1,
    segments: 14,
    observations: 4,
    bytes: full().length - 3,
    clockSkewUs: Date.UTC(2026, 10, 23, 9, 15) * 1000 - 10_000_000,
  });
  t.match(answered, {
    fromClient: false,
    type: 'ACK',
    acknowledgement: 'AA',
    errorCode: '207',
    latencyUs: 250_000,
    clockSkewUs: Number.NaN,
  });
  t.equal(messages(list).length, 2);
  t.same(oddities(list), []);
  t.end();
});

const shared = process.env.WARDWATCH_SHARED ?? '../shared';
const folder = `${shared}/captures/lab/public`;

/** Counts as the labels have them: in the message's own separators, batches as `FHS`. */
function counts(name: string): { messages: Record<string, number>; acks: Record<string, number>; canaries: boolean } {
  const found: Record<string, number> = {};
  const acks: Record<string, number> = {};
  const everything: Heard[] = [];
  const count = (map: Record<string, number>, key: string): void => {
    map[key] = (map[key] ?? 0) + 1;
  };
  for (const stream of reassemble(`${folder}/${name}.pcap`)) {
    const first = stream.turns.find((each) => each.bytes !== undefined);
    if (first?.bytes === undefined) continue;
    const { midstream } = stream;
    let begin = bytesOf(first.bytes);
    for (const each of stream.turns) {
      if (each === first || each.toServer !== first.toServer || begin.length > 64) continue;
      begin = bytesOf(begin, each.bytes ?? []);
    }
    if (hl7.recognises(segment(begin, { midstream })) !== YES) continue;
    const list = converse(hl7, stream.turns, {}, { midstream });
    everything.push(...list);
    for (const record of messages(list)) {
      if (record.framing !== 'mllp' || record.inBatch) continue;
      const parts = [record.type, record.trigger, record.structure].filter((part) => part !== '');
      count(found, parts.join(record.usualSeparators ? '^' : '@'));
      if (record.acknowledgement !== '') count(acks, String(record.acknowledgement));
    }
    for (const _ of of(list, 'hl7Batch')) count(found, 'FHS');
  }
  return { messages: found, acks, canaries: JSON.stringify(everything).includes('CANARY') };
}

for (const name of [
  'p05_hl7_benign',
  'p06_hl7_edge',
  'p15_exfil_uploads_contec',
  'p16_default_creds_control',
  'p18_l2_identity_anomalies',
  'p30_shift_ssh_http_exfil',
  'p31_shift_reverse_shell',
  'p51_ipv6',
]) {
  const missing = existsSync(`${folder}/${name}.pcap`) ? false : `${folder}/${name}.pcap is not here`;
  t.test(`${name}: messages and acknowledgements are those of the label`, { skip: missing }, (t) => {
    const label = JSON.parse(readFileSync(`${folder}/${name}.json`, 'utf8')).expected.hl7_wire;
    const ours = counts(name);
    t.strictSame(ours.messages, label.messages);
    t.strictSame(ours.acks, label.acks);
    t.notOk(ours.canaries, 'no word of a patient field is told');
    t.end();
  });
}
