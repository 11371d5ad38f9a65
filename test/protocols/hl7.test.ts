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

t.test('nothing of a patient is told, whatever segment and field it stands in', (t) => {
  const list = converse(hl7, [
    turn(full(), frame(header('ADT^A01', 'C2'), ...patient), message([header('MDM^T02', 'C3'), ...patient])),
    reply(acknowledgement()),
    reply(frame(header('ACK', 'R2'), 'MSA|CANARYMSA|C2', 'ERR|PID^1^5^CANARYERR', 'ERR|||CANARYERR^CANARYTEXT')),
    turn(frame(header('CANARY NAME^CANARY ROOM^CANARY BED', 'C4')), 'CANARY junk', patient.join('\r'), VT, 'CANARY'),
  ]);
  t.equal(messages(list).length, 6);
  t.notMatch(JSON.stringify(list), /CANARY/);
  t.end();
});

t.test('it does not matter where the stream is cut', (t) => {
  const conversation = [turn(full(), frame(header('RGV^O15^RGV_O15', 'C2'))), reply(acknowledgement())];
  const whole = JSON.stringify(converse(hl7, conversation));
  for (let cut = 1; cut < (conversation[0]?.bytes?.length ?? 0); cut++)
    if (JSON.stringify(converse(hl7, conversation, { cuts: [cut] })) !== whole) t.fail(`cut at ${cut}`);
  for (const pieceBytes of [1, 2, 3, 7, 100])
    t.equal(JSON.stringify(converse(hl7, conversation, { pieceBytes })), whole, `pieces of ${pieceBytes}`);
  t.end();
});

t.test('whatever the pieces are, and wherever they are cut, the same is told', (t) => {
  const piece = fc.constantFrom(
    ...[
      '\x0b',
      '\x1c',
      '\r',
      '\n',
      '\x1c\r',
      '\x0b\x06\x1c\r',
      '\x0bD22\r',
      'OBX|1|ST',
      '|',
      '^MDC|',
      '12345678',
      'MSH|',
    ],
    ...['MSH|^~\\&|A|B|C|D|20261123101500+0000||ADT^A01|7', 'MSA|AA|7', 'FHS|^~\\&|', 'BTS|1', 'FTS', 'PID|1|', 'x\0y'],
    ...['OBX|2|ST|67880^^MDC||Acme^M7', 'ERR|||207', 'M\0S\0H\0'],
  );
  const noise = fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
  const texts = fc.array(fc.oneof({ weight: 5, arbitrary: piece }, { arbitrary: noise, weight: 1 }), { maxLength: 30 });
  fc.assert(
    fc.property(texts, fc.array(fc.nat(400), { maxLength: 5 }), fc.boolean(), (parts, cuts, midstream) => {
      const turns = [turn(parts.join('')), reply(acknowledgement('7'))];
      const whole = JSON.stringify(converse(hl7, turns, {}, { midstream }));
      return (
        JSON.stringify(converse(hl7, turns, { cuts }, { midstream })) === whole &&
        JSON.stringify(converse(hl7, turns, { pieceBytes: 1 }, { midstream })) === whole
      );
    }),
    { numRuns: 300 },
  );
  t.end();
});

t.test('noise is told as nothing but oddities, and never fails', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(40), fc.boolean(), (bytes, gap, midstream) => {
      hl7.recognises(segment(bytes, { midstream }));
      const list = converse(hl7, [turn(bytes), { toServer: true, gap }, turn(VT, bytes)], {}, { midstream });
      return list.every((entry) => entry.kind === 'oddity');
    }),
    { numRuns: 300 },
  );
  t.end();
});

const lines = [header(), 'EVN|A01', 'PID|1'];
const text = message(lines);
for (const [name, parts, framing] of [
  ['a block', [VT, text, FS], ['mllp']],
  ['an end block without its CR', [VT, text, [0x1c], VT, text, [0x1c]], ['mllp', 'mllp']],
  ['CR and LF behind the end block', [VT, text, FS, '\n', VT, text, FS], ['mllp', 'mllp']],
  ['FF behind the end block', [VT, text, FS, '\f', VT, text, FS], ['mllp', 'mllp']],
  ['several blocks in one segment', [VT, text, FS, VT, text, FS, VT, text, FS], ['mllp', 'mllp', 'mllp']],
  ['no start block', [text, FS, VT, text, FS], ['none', 'mllp']],
  ['no end block', [VT, text, VT, text], ['none', 'none']],
  ['no end block once', [VT, text, VT, text, FS], ['none', 'mllp']],
  ['no frame at all', [text, text], ['none', 'none']],
  ['two messages in one block', [VT, text, text, FS], ['none', 'none']],
  ['empty lines before the header', [VT, '\r\n', text, FS], ['mllp']],
  ['a message without its last CR', [VT, lines.join('\r'), FS], ['mllp']],
] as const) {
  t.test(`${name} is told as ${framing.join(', ')}`, (t) => {
    t.same(framings(hear(...parts)), framing);
    t.end();
  });
}

for (const [name, separator] of [
  ['LF', '\n'],
  ['CR LF', '\r\n'],
  ['FF', '\f'],
] as const) {
  t.test(`${name} ends segments as well as CR does`, (t) => {
    const list = hear(VT, message([header('ORU^R01'), 'PID|1', 'OBX|1', 'OBX|2'], separator), FS);
    t.match(messages(list), [{ type: 'ORU', segments: 4, observations: 2 }]);
    t.same(oddities(list), []);
    t.end();
  });
}

t.test('separators are those that the header declares', (t) => {
  const list = hear(
    VT,
    'MSH#^~\\&#A#B#C#D#20261123101500##ADT^A01^ADT_A01#1#P#2.5\rPID#1\rMSA#AA#9\r',
    FS,
    VT,
    'MSH|@~\\&|A@B|C|||20261123101500||ADT@A01@ADT_A01|2|P@T|2.5@X\r',
    FS,
    VT,
    'MSH|^~\\&#|A|C|||20261123101500||ADT^A04|3|P|2.7\r',
    FS,
  );
  t.match(messages(list), [
    { type: 'ADT', trigger: 'A01', usualSeparators: true, segments: 3, acknowledgement: 'AA', receivingFacility: 'D' },
    {
      type: 'ADT',
      trigger: 'A01',
      structure: 'ADT_A01',
      usualSeparators: false,
      sendingApplication: 'A',
      version: '2.5',
    },
    { type: 'ADT', trigger: 'A04', structure: '', usualSeparators: true, version: '2.7' },
  ]);
  t.same(oddities(list), []);
  t.end();
});

t.test('a header with too few encoding characters is read as far as it goes, and named', (t) => {
  const list = hear(VT, 'MSH|^|A|B|C|D|||ADT^A01|1\r', FS, VT, 'MSH||A|B|C|D|||ADT^A01|1\r', FS);
  t.match(messages(list), [
    { type: 'ADT', trigger: 'A01', usualSeparators: true },
    { type: '?', trigger: '', usualSeparators: false, sendingApplication: 'A' },
  ]);
  t.same(oddities(list), ['hl7_encoding_characters']);
  t.end();
});

t.test('escape sequences for separators become the separators, others stay', (t) => {
  const list = hear(VT, 'MSH|^~\\&|A \\F\\ \\S\\\\T\\\\R\\\\E\\ Z|\\H\\B\\X41\\|""|D|||ADT^A01|1\r', FS);
  t.match(messages(list), [
    { sendingApplication: 'A | ^&~\\ Z', sendingFacility: '\\H\\B\\X41\\', receivingApplication: '' },
  ]);
  t.end();
});

t.test('text is harmless and of bounded length', (t) => {
  const list = hear(VT, `MSH|^~\\&|caf\xe9\x01\tx|${'F'.repeat(300)}|||||ADT^A01|1\r`, FS);
  const [told] = messages(list);
  t.equal(told?.sendingApplication, 'caf???x');
  t.equal(String(told?.sendingFacility).length, limits.hl7FieldCharactersMax);
  t.end();
});

t.test('a batch is told at its end with the number of its messages', (t) => {
  const batch = message([
    'FHS|^~\\&|B',
    'BHS|^~\\&|B',
    header('ORU^R01'),
    'OBX|1',
    header('ORU^R01'),
    'OBX|1',
    'BTS|2',
    'FTS|1',
  ]);
  for (const [parts, framing] of [
    [[VT, batch, FS], 'mllp'],
    [[batch], 'none'],
  ] as const) {
    const list = hear(...parts);
    t.match(
      list.filter((entry) => entry.kind.startsWith('hl7')).map((entry) => entry.kind),
      ['hl7Message', 'hl7Message', 'hl7Batch'],
    );
    t.match(messages(list), [
      { inBatch: true, framing, segments: 2, observations: 1 },
      { inBatch: true, framing, segments: 2 },
    ]);
    t.match(of(list, 'hl7Batch'), [{ messages: 2, fromClient: true }]);
  }
  t.end();
});

t.test('commit blocks of MLLP release 2 are no messages; a refusal is named', (t) => {
  const accepted = converse(hl7, [turn(full()), reply(bytesOf(VT, [0x06], FS, acknowledgement()))]);
  t.equal(messages(accepted).length, 2);
  t.same(oddities(accepted), []);
  const refused = converse(hl7, [turn(full()), reply(bytesOf(VT, [0x15], FS))]);
  t.same(oddities(refused), ['hl7_commit_refused']);
  t.end();
});

t.test('HLLP is read like MLLP and named', (t) => {
  const list = hear(VT, 'D22\r', text, '00123045', FS);
  t.match(messages(list), [{ type: 'ADT', segments: 3, framing: 'mllp' }]);
  t.same(oddities(list), ['hl7_hllp']);
  t.end();
});

t.test('a message in 16-bit characters is named, and the next one read', (t) => {
  for (const encoding of ['utf16le', 'big'] as const) {
    const wide = Buffer.from(text, 'utf16le');
    const list = hear(VT, encoding === 'big' ? wide.swap16() : wide, FS, VT, text, FS);
    t.same(oddities(list), ['hl7_utf16']);
    t.same(framings(list), ['mllp']);
  }
  t.end();
});

t.test('bytes between blocks are skipped and named once', (t) => {
  const list = hear('\r\n\0junk', VT, text, FS, 'more junk', VT, text, FS, '\r\n');
  t.same(framings(list), ['mllp', 'mllp']);
  t.same(oddities(list), ['hl7_between_blocks']);
  t.end();
});

t.test('a block that is no HL7 is named and left alone', (t) => {
  const list = hear(VT, 'HELLO\rMSH in words\r', FS, VT, text, FS);
  t.same(framings(list), ['mllp']);
  t.same(oddities(list), ['hl7_no_header']);
  t.end();
});

t.test('a line end inside of a text is no segment', (t) => {
  const list = hear(VT, header(), '\rNTE|1||first\nsecond line\nMSH| third\rPV1|1\r', FS);
  t.match(messages(list), [{ segments: 3 }]);
  t.same(oddities(list), ['hl7_segment_name']);
  t.end();
});

t.test('a message that lost bytes is not told; the next one is', (t) => {
  const list = converse(hl7, [
    turn(VT, header('ADT^A01', 'C1'), '\rPID|1'),
    { toServer: true, gap: 100 },
    turn('|x\rPV1|1\rMSH|^~\\&|not|a|start\r', FS, VT, header('ADT^A02', 'C2'), '\r', FS),
  ]);
  t.match(messages(list), [{ trigger: 'A02' }]);
  t.same(oddities(list), ['hl7_gap']);
  t.end();
});

t.test('a loss between two blocks costs nothing', (t) => {
  const list = converse(hl7, [turn(VT, text, FS), { toServer: true, gap: 100 }, turn(VT, text, FS)]);
  t.same(framings(list), ['mllp', 'mllp']);
  t.same(oddities(list), []);
  t.end();
});

t.test('a feed without blocks ends with a loss, and a batch with a loss has no end', (t) => {
  const list = converse(hl7, [turn(text), { toServer: true, gap: 9 }, turn(text, text)]);
  t.same(messages(list), []);
  const batch = converse(hl7, [
    turn(VT, 'FHS|^~\\&|B\r', text),
    { toServer: true, gap: 9 },
    turn(text, 'FTS\r', FS, VT, text, FS),
  ]);
  t.same(of(batch, 'hl7Batch'), []);
  t.match(messages(batch), [{ inBatch: false, framing: 'mllp' }]);
  t.end();
});

t.test('a connection picked up in the middle begins with its next block', (t) => {
  const list = converse(hl7, [turn('NTE|1||x\rMSH|^~\\&|no|start\r', FS, VT, text, FS)], {}, { midstream: true });
  t.same(framings(list), ['mllp']);
  t.same(oddities(list), []);
  t.end();
});

t.test('a header that is cut off by the end of the connection is not told', (t) => {
  const state = hl7.open();
  const { records, list } = heard();
  const cut = bytesOf(VT, 'MSH|^~\\&|A|B|C|D|||ADT^A0');
  hl7.decode(state, segment(cut), records);
  hl7.close?.(state, segment(new Uint8Array()), 'reset', records);
  t.same(messages(list), []);
  t.end();
});

t.test('acknowledgements are timed against the message with their control id', (t) => {
  const list = converse(hl7, [
    { ...turn(frame(header('ADT^A01', 'C1')), frame(header('ADT^A02', 'C2'))), timeUs: 1_000 },
    { ...turn(message([header('ADT^A03', 'C3')])), timeUs: 2_000 },
    { ...reply(acknowledgement('C2')), timeUs: 5_000 },
    { ...reply(acknowledgement('C1')), timeUs: 7_000 },
    { ...reply(acknowledgement('C3')), timeUs: 9_000 },
    { ...reply(acknowledgement('C1')), timeUs: 11_000 },
    { ...reply(acknowledgement('')), timeUs: 12_000 },
  ]);
  const times = messages(list).filter((record) => record.fromClient === false);
  t.same(
    times.map((record) => record.latencyUs),
    [4_000, 6_000, 7_000, -1, -1],
  );
  t.end();
});

t.test('a hundred messages may wait, and each finds its acknowledgement', (t) => {
  const ids = Array.from({ length: 100 }, (_, i) => `C${i}`);
  const sent = ids.map((id, i) => ({ ...turn(frame(header('ADT^A01', id))), timeUs: i }));
  const answers = ids.map((id, i) => ({ ...reply(acknowledgement(id)), timeUs: 1_000 + 3 * i }));
  const times = messages(converse(hl7, [...sent, ...answers])).filter((record) => record.fromClient === false);
  t.same(
    times.map((record) => record.latencyUs),
    ids.map((_, i) => 1_000 + 2 * i),
  );
  t.end();
});

t.test('of messages without answer only the newest are remembered', (t) => {
  const few = createHl7({ limits: { ...limits, hl7PendingMax: 2 } });
  const sent = ['C1', 'C2', 'C3'].map((id) => frame(header('ADT^A01', id)));
  const list = converse(few, [turn(...sent), ...['C1', 'C2', 'C3'].map((id) => reply(acknowledgement(id)))]);
  const times = messages(list).filter((record) => record.fromClient === false);
  t.same(
    times.map((record) => Number(record.latencyUs) > 0),
    [false, true, true],
  );
  t.end();
});

for (const [lines, acknowledged, error] of [
  [['MSA|AE|1'], 'AE', ''],
  [['MSA|CR|1', 'ERR|||101^Required field missing'], 'CR', '101'],
  [['MSA|AR|1', 'ERR|PID^1^5^102&Data type error&HL70357'], 'AR', '102'],
  [['MSA|AE|1', 'ERR|||207', 'ERR|||100'], 'AE', '207'],
  [['MSA|ZZ|1', 'ERR|||patient not found'], 'other', 'other'],
] as const) {
  t.test(`${lines.join(' ')} is ${acknowledged} ${error}`, (t) => {
    t.match(messages(hear(frame(header('ACK'), ...lines))), [{ acknowledgement: acknowledged, errorCode: error }]);
    t.end();
  });
}

const identities = (list: readonly Heard[]): string[] =>
  of(list, 'identity').map((record) => `${record.attribute} ${record.value} ${record.source} ${record.confidence}`);

t.test('a sender says what it is, once', (t) => {
  const device = frame(
    'MSH|^~\\&|PumpCo^0011223344556677^EUI-64|ICU^x|E|H|20261123101500+0000||ORU^R01|1|P|2.6',
    ...observations,
    'OBX|5|ST|67880^MDC_ATTR_ID_MODEL^MDC||Acme^M9|',
    'OBX|6|ST|531976^MDC_ID_PROD_SPEC_FW^MDC||4.2.1',
    'OBX|7|ST|67972^MDC_ATTR_SYS_ID^MDC||0011223344556677',
    'OBX|8|ST|67972^MDC_ATTR_SYS_ID^MDC||CANARYNOEUI',
    'PRT|1|AD||AUT|CANARYWHO|||||CANARYDEVICE',
    'PRT|1|AD||EQUIP||||||SN-1^^^',
    'EQU|SN-1^EQ',
  );
  t.same(identities(converse(hl7, [turn(device, device)])).slice(0, 11), [
    'application PumpCo HL7 MSH-3 0.6',
    'device-uid 0011223344556677 HL7 MSH-3 0.7',
    'facility ICU HL7 MSH-4 0.6',
    'model M7 & more HL7 OBX-5 (MDC 531969) 0.8',
    'device-uid 0009FBFFFE200311 HL7 OBX-18 0.2',
    'serial SN-4711 HL7 OBX-18 0.6',
    'model M9 HL7 OBX-5 (MDC 67880) 0.2',
    'manufacturer Acme HL7 OBX-5 (MDC 67880) 0.8',
    'software 4.2.1 HL7 OBX-5 (MDC 531976) 0.8',
    'device-uid 0011223344556677 HL7 OBX-5 (MDC 67972) 0.2',
    'serial SN-1 HL7 PRT-10 0.2',
  ]);
  const plain = frame(header(), 'OBX|1|ST|531972^^MDC||SN-9');
  t.equal(identities(converse(hl7, [turn(plain, plain, plain)])).length, 3);
  t.end();
});

t.test('equipment that takes part says its unique device identifier; a person that does says nothing', (t) => {
  const list = converse(hl7, [
    turn(
      frame(
        header('RGV^O15^RGV_O15').replace(/IHE_PCD_001\^IHE PCD/, '^'),
        'PRT|1|UC||EQUIP||||||||||||04012345678901||||SN-77',
        'PRT|2|UC||AUT||||||||||||CANARYUDI||||CANARYSERIAL',
      ),
    ),
  ]);
  t.same(identities(list).slice(2), ['udi 04012345678901 HL7 PRT-16 0.8', 'serial SN-77 HL7 PRT-20 0.8']);
  t.match(of(list, 'operation'), [{ verb: 'RGV^O15' }]);
  t.match(of(list, 'hl7Message'), [{ profile: '1.3.6.1.4.1.19376.1.6.1.1.1' }]);
  t.notMatch(JSON.stringify(list), /CANARY/);
  t.end();
});

t.test('an instance that repeats is news again when another one came between', (t) => {
  const first = 'OBX|1|NM|1^^MDC||5|||||||||||||SN-1^^0009FBFFFE200311^EUI-64';
  const lines = [
    first,
    first,
    first,
    'OBX|1|ST|531972^^MDC||SN-2',
    first,
    'OBX|1|NM|1^^MDC||5|||||||||||||SN-3',
    first,
  ];
  const told = identities(converse(hl7, [turn(frame(header(), ...lines))])).slice(2);
  t.same(
    told.map((one) => one.split(' ').slice(0, 2).join(' ')),
    ['device-uid 0009FBFFFE200311', 'serial SN-1', 'serial SN-2', 'serial SN-1', 'serial SN-3', 'serial SN-1'],
  );
  t.end();
});

t.test('the same bytes in another message are read with the separators of that message', (t) => {
  const line = 'OBX|1|NM|1^^MDC||5|||||||||||||SN-1^SN-2@SN-3';
  const other = frame(header().replace('|^~\\&|', '|@~\\&|'), line);
  const told = identities(converse(hl7, [turn(frame(header(), line, line), other)]));
  t.same(
    told.filter((one) => one.startsWith('serial')).map((one) => one.split(' ')[1]),
    ['SN-1', 'SN-1^SN-2'],
  );
  t.end();
});

t.test('a gateway makes a bounded number of statements', (t) => {
  const many = Array.from({ length: 100 }, (_, i) => frame(header('ORU^R01', `C${i}`, `DEVICE${i}`)));
  t.equal(identities(converse(hl7, [turn(...many)])).length, limits.hl7IdentitiesMax);
  t.end();
});

for (const [type, verb] of [
  ['RGV^O15^RGV_O15', 'RGV^O15'],
  ['OMP^O09', 'OMP^O09'],
  ['RDE^O11', 'RDE^O11'],
  ['RDS^O13', 'RDS^O13'],
  ['EAC^U07', 'EAC^U07'],
  ['TCU^U10', 'TCU^U10'],
  ['MFN^M01', 'MFN^M01'],
  ['ORU^R01', ''],
  ['RRG^O16', ''],
  ['ADT^A01', ''],
] as const) {
  t.test(`${type} is ${verb === '' ? 'no operation' : `the operation ${verb}`}`, (t) => {
    const list = of(hear(frame(header(type))), 'operation');
    t.match(list, verb === '' ? [] : [{ protocol: 'hl7', verb, fromClient: true }]);
    t.equal(list.length, verb === '' ? 0 : 1);
    t.end();
  });
}

t.test('a message beyond the limit is counted and named, and the next one read', (t) => {
  const small = createHl7({ limits: { ...limits, hl7MessageBytesMax: 1_000 } });
  const large = frame(header('MDM^T02'), `OBX|1|ED|${'QUJD'.repeat(500)}`, 'OBX|2|TX', 'OBX|3|TX');
  const list = converse(small, [turn(large, frame(header()))], { pieceBytes: 97 });
  t.match(messages(list), [{ type: 'MDM', bytes: large.length - 3 }, { type: 'ADT' }]);
  t.same(oddities(list), ['hl7_message_too_long']);
  t.end();
});

t.test('the beginning of a segment beyond the limit is read', (t) => {
  const long = frame(`${header()}|${'x'.repeat(5_000)}`, `OBX|1|ED|||${'QUJD'.repeat(5_000)}`, 'MSA|AA|1');
  for (const cut of [{}, { pieceBytes: 1448 }, { pieceBytes: 1 }]) {
    const list = converse(hl7, [turn(long)], cut);
    t.match(messages(list), [
      { type: 'ADT', profile: 'IHE_PCD_001', segments: 3, acknowledgement: 'AA', bytes: long.length - 3 },
    ]);
    t.same(oddities(list), ['hl7_segment_too_long']);
  }
  t.end();
});

for (const [field, skewSeconds] of [
  ['20261123101500+0000', 0],
  ['20261123111500+0100', 0],
  ['20261123094500-0030', 0],
  ['20261123101500.25+0000', 0.25],
  ['20261123101503.1234+0000^S', 3.1234],
  ['20261123101500', Number.NaN],
  ['202611231015+0000', Number.NaN],
  ['20261323101500+0000', Number.NaN],
  ['2026112310150X+0000', Number.NaN],
  ['20261123101500.+0000', Number.NaN],
  ['20261123101500+9900', Number.NaN],
  ['', Number.NaN],
] as const) {
  t.test(`MSH-7 ${field} is ${skewSeconds} s from the capture clock`, (t) => {
    const timeUs = Date.UTC(2026, 10, 23, 10, 15) * 1000;
    const list = converse(hl7, [{ ...turn(frame(`MSH|^~\\&|A|B|C|D|${field}||ADT^A01|1`)), timeUs }]);
    t.same(messages(list)[0]?.clockSkewUs, Number.isNaN(skewSeconds) ? Number.NaN : Math.round(skewSeconds * 1e6));
    const isLocal = field === '20261123101500';
    t.same(messages(list)[0]?.localClockSkewUs, isLocal ? 0 : Number.NaN, 'local time is told apart');
    t.end();
  });
}

for (const [bytes, answer, midstream] of [
  [bytesOf(VT, 'MSH|^~\\&|'), YES, false],
  [bytesOf(VT, 'MSH#'), YES, false],
  [bytesOf(VT, 'FHS|^~'), YES, false],
  [bytesOf(VT, 'BHS|'), YES, false],
  [bytesOf('MSH|^~\\&|A'), YES, false],
  [bytesOf('BHS$%~?&$'), YES, false],
  [bytesOf(VT, [0x06], FS), YES, false],
  [bytesOf(VT, [0x15], FS), YES, false],
  [bytesOf(VT, 'D22\rMSH'), YES, false],
  [bytesOf(VT, Buffer.from('MSH|', 'utf16le')), YES, false],
  [bytesOf(VT, [0xfe, 0xff], Buffer.from('MSH|', 'utf16le').swap16()), YES, false],
  [bytesOf('\r\n\0junk', VT, 'MSH|'), YES, false],
  [bytesOf('|F\rOBX|2|NM', FS, VT, 'MSH|^~'), YES, true],
  [bytesOf('x'.repeat(900), VT, 'MSH|^~'), YES, true],
  [bytesOf(VT), MAYBE, false],
  [bytesOf(VT, 'M'), MAYBE, false],
  [bytesOf(VT, 'MSH'), MAYBE, false],
  [bytesOf(VT, [0x06, 0x1c]), MAYBE, false],
  [bytesOf(VT, 'D2'), MAYBE, false],
  [bytesOf('MS'), MAYBE, false],
  [bytesOf('MSH|^~'), MAYBE, false],
  [bytesOf('\r\n'), MAYBE, false],
  [bytesOf('x'.repeat(900), VT, 'MSH|^~'), NO, false],
  [bytesOf(VT, 'MSHA'), NO, false],
  [bytesOf(VT, 'PID|'), NO, false],
  [bytesOf('MSH|is a name'), NO, false],
  [bytesOf('GET / HTTP/1.1\r\n'), NO, false],
  [bytesOf(VT, 'DAY\r'), NO, false],
  [bytesOf('|F\rOBX|2|NM'), NO, true],
] as const) {
  const shown = JSON.stringify(Buffer.from(bytes.subarray(-20)).toString('latin1'));
  t.test(`${shown}${midstream ? ' in the middle' : ''} is ${['not HL7', 'perhaps HL7', 'HL7'][answer]}`, (t) => {
    t.equal(hl7.recognises(segment(bytes, { midstream })), answer);
    t.end();
  });
}

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
