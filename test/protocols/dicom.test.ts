import fc from 'fast-check';
import t from 'tap';
import { dicom } from '../../protocols/dicom/index.ts';
import { GIVE_UP } from '../../src/protocol.ts';
import {
  abort,
  associateAccept,
  associateRequest,
  CT_IMAGE,
  ctImage,
  dataSet,
  EXPLICIT,
  fragments,
  item,
  pdu,
  pdv,
  reject,
  releaseReply,
  releaseRequest,
  request,
  response,
  STUDY_ROOT_FIND,
  session,
  storeRequest,
  syntaxes,
  VERIFICATION,
} from '../support/dicom.ts';
import { bytesOf, converse, type Heard, heard, segment, type Turn } from '../support/protocol.ts';

const client = (...parts: Uint8Array[]): Turn => ({ toServer: true, bytes: bytesOf(...parts) });
const server = (...parts: Uint8Array[]): Turn => ({ toServer: false, bytes: bytesOf(...parts) });
const opening = [client(associateRequest()), server(associateAccept())];
const closing = [client(releaseRequest()), server(releaseReply())];
const store = (id = 1, pixels = 600): Uint8Array =>
  bytesOf(
    ...fragments(3, true, storeRequest({ id })),
    ...fragments(3, false, dataSet(ctImage(new Uint8Array(pixels)), EXPLICIT)),
  );

const of = (list: readonly Heard[], kind: string): Record<string, unknown>[] =>
  list.filter((entry) => entry.kind === kind).map((entry) => entry.record);
const oddities = (list: readonly Heard[]): unknown[] => of(list, 'oddity').map((entry) => entry.name);
const verbs = (list: readonly Heard[]): unknown[] => of(list, 'dimse').map((entry) => entry.verb);
const endings = (list: readonly Heard[]): unknown[] => of(list, 'associationEnd').map((entry) => entry.how);

/** A record without its moment, as text. */
function plain({ kind, record }: Heard): string {
  const { timeUs, flow, packet, latencyUs, durationUs, ...rest } = record;
  return JSON.stringify([kind, rest]);
}
const plains = (list: readonly Heard[]): string[] => list.map(plain);

t.test('an association tells who asks whom and what both agree on', (t) => {
  const list = converse(dicom, [
    client(
      associateRequest({
        callingAe: ' CT_ROOM1 ',
        user: [
          item(0x54, bytesOf([0, CT_IMAGE.length], CT_IMAGE, [0, 1])),
          item(0x54, bytesOf([0, VERIFICATION.length], VERIFICATION, [1, 0])),
          item(0x58, bytesOf([2, 1, 0, 6], 'CANARY', [0, 6], 'CANARY')),
        ],
      }),
    ),
    server(associateAccept({ maxPduBytes: 32_768, version: 'PACS_2' }, { 3: 0, 5: 4, 7: 3 })),
    ...closing,
  ]);
  const [association] = of(list, 'association');
  t.match(association, {
    fromClient: true,
    callingAe: 'CT_ROOM1',
    calledAe: 'ARCHIVE',
    contextsProposed: 6,
    maxPduBytes: 16_384,
    implementationUid: '1.2.276.0.7230010.3.0.3.6.7',
    implementationVersion: 'TESTING_1',
    userIdentity: 2,
    roles: CT_IMAGE,
    midstream: false,
  });
  t.match(of(list, 'associationAnswer')[0], {
    contextsAccepted: 4,
    maxPduBytes: 32_768,
    implementationVersion: 'PACS_2',
    sopClasses: `${VERIFICATION} ${CT_IMAGE} ${STUDY_ROOT_FIND}`,
    transferSyntaxes: '1.2.840.10008.1.2 1.2.840.10008.1.2.1',
  });
  t.match(of(list, 'associationEnd'), [{ how: 'released', instances: 0, result: -1, reason: -1, durationUs: 3_000 }]);
  const told = of(list, 'identity').map((one) => `${one.ofClient} ${one.attribute} ${one.value} ${one.confidence}`);
  t.same(told, [
    'true ae-title CT_ROOM1 0.9',
    'true dicom-implementation TESTING_1 0.5',
    'false ae-title ARCHIVE 0.9',
    'false dicom-implementation PACS_2 0.5',
  ]);
  t.notMatch(JSON.stringify(list), /CANARY/);
  t.end();
});

t.test('lists of names are the same whoever associated before', (t) => {
  const contexts = (count: number, from: number): { id: number; abstractSyntax: string }[] =>
    Array.from({ length: count }, (_, i) => ({ id: 2 * i + 1, abstractSyntax: `1.2.840.${from + (i % 90)}` }));
  const talks = [128, 3, 128, 127, 3].map((count, turn) => contexts(count, turn % 2 === 0 ? 100 : 300));
  for (const proposed of [...talks, ...talks]) {
    const list = converse(dicom, [
      client(associateRequest({ contexts: proposed })),
      server(associateAccept({ contexts: proposed }, { 3: 1 })),
    ]);
    const accepted = proposed.filter(({ id }) => id !== 3).map(({ abstractSyntax }) => abstractSyntax);
    t.match(of(list, 'associationAnswer')[0], {
      contextsAccepted: accepted.length,
      sopClasses: [...new Set(accepted)].sort().join(' '),
      transferSyntaxes: '1.2.840.10008.1.2',
    });
  }
  t.end();
});

t.test('a session is told message by message', (t) => {
  const list = converse(dicom, session());
  t.same(oddities(list), []);
  t.same(verbs(list), [
    'C-ECHO-RQ',
    'C-ECHO-RSP',
    ...syntaxes.flatMap(() => ['C-STORE-RQ', 'C-STORE-RSP']),
    'C-FIND-RQ',
    'C-FIND-RSP',
    'C-FIND-RSP',
    'C-FIND-RSP',
  ]);
  const instances = of(list, 'instance');
  t.same(
    instances.map((one) => [one.transferSyntax, one.modality, one.sopClass, one.bytes]),
    syntaxes.map(([, syntax]) => [syntax, 'CT', CT_IMAGE, dataSet(ctImage(), syntax).length]),
  );
  t.equal(new Set(instances.map((one) => one.studyHash)).size, 1, 'the same study in every encoding');
  t.not(instances[0]?.studyHash, 0);
  t.match(of(list, 'query'), [{ verb: 'C-FIND-RQ', level: 'STUDY', broad: true, sopClass: STUDY_ROOT_FIND }]);
  t.match(of(list, 'associationEnd'), [{ how: 'released', instances: 4 }]);
  const devices = of(list, 'identity').filter((one) => `${one.source}`.includes('('));
  t.same(
    devices.map((one) => [one.attribute, one.value, one.source, one.ofClient, one.confidence]),
    [
      ['modality', 'CT', 'DICOM (0008,0060)', true, 0.8],
      ['manufacturer', 'SIEMENS', 'DICOM (0008,0070)', true, 0.8],
      ['name', 'CTAWP1', 'DICOM (0008,1010)', true, 0.8],
      ['model', 'SOMATOM', 'DICOM (0008,1090)', true, 0.8],
      ['serial', 'SN66012', 'DICOM (0018,1000)', true, 0.8],
      ['software', 'VA48A', 'DICOM (0018,1020)', true, 0.8],
    ],
    'each attribute once per association',
  );
  t.notMatch(JSON.stringify(list), /CANARY|19700101|1\.2\.3\.4/, 'no patient, no instance, no study');
  t.end();
});

t.test('says the same wherever TCP cuts the stream', (t) => {
  const whole = plains(converse(dicom, session()));
  t.same(plains(converse(dicom, session(), { pieceBytes: 1 })), whole, 'byte by byte');
  const longest = Math.max(...session().map((turn) => turn.bytes?.length ?? 0));
  const wrong: number[] = [];
  for (let cut = 1; cut < longest; cut++) {
    const list = plains(converse(dicom, session(), { cuts: [cut] }));
    if (list.join() !== whole.join()) wrong.push(cut);
  }
  t.same(wrong, []);
  t.end();
});

t.test('says the same however the sender cuts its fragments', (t) => {
  const whole = plains(converse(dicom, session(1_000_000)));
  for (const bytes of [1, 7, 100]) t.same(plains(converse(dicom, session(bytes))), whole, `${bytes} bytes each`);
  t.end();
});

t.test('several PDVs share a PDU', (t) => {
  const image = dataSet(ctImage(), EXPLICIT);
  const together = pdu(
    4,
    bytesOf(
      pdv(3, 3, storeRequest()),
      pdv(3, 0, image.subarray(0, 333)),
      pdv(3, 0, new Uint8Array()),
      pdv(3, 2, image.subarray(333)),
    ),
  );
  const list = converse(dicom, [...opening, client(together), ...closing]);
  t.same(oddities(list), []);
  t.match(of(list, 'instance'), [{ bytes: image.length, modality: 'CT' }]);
  t.end();
});

t.test('pixels are dropped unseen, and a data set ends when its last byte has passed', (t) => {
  const flow = dicom.open();
  const { records, of } = heard();
  for (const { toServer, bytes } of opening) dicom.decode(flow, segment(bytes ?? bytesOf(), { toServer }), records);
  const message = store(1, 500_000);
  const start = message.subarray(0, 2_000);
  const image = dataSet(ctImage(new Uint8Array(500_000)), EXPLICIT).length;
  const used = dicom.decode(flow, segment(start), records);
  const [command = bytesOf()] = fragments(3, true, storeRequest());
  t.equal(used, command.length + 12 + 4_096 - 1, 'to the last byte of the first PDU');
  t.equal(of('instance').length, 0);
  t.equal(of('identity').filter((one) => one.attribute === 'model').length, 1);
  let at = used;
  let offered = 0;
  while (at < message.length) {
    const piece = message.subarray(at, at + 1_460);
    offered++;
    at += dicom.decode(flow, segment(piece), records);
  }
  t.ok(offered <= Math.ceil(image / 4_096) + 1, 'each further PDU is offered once');
  t.match(of('instance'), [{ bytes: image }]);
  t.end();
});

t.test('who keeps images of others is told apart from who makes them', (t) => {
  const image = fragments(3, false, dataSet(ctImage(), EXPLICIT));
  const moved = fragments(3, true, storeRequest({ originator: 'WORKSTATION' }));
  const list = converse(dicom, [
    ...opening,
    client(...moved, ...image),
    server(...fragments(3, true, storeRequest()), ...image),
    ...closing,
  ]);
  const models = of(list, 'identity').filter((one) => one.attribute === 'model');
  t.same(
    models.map((one) => [one.ofClient, one.confidence]),
    [
      [true, 0.2],
      [false, 0.2],
    ],
  );
  t.match(of(list, 'dimse')[0], { moveOriginator: 'WORKSTATION' });
  t.end();
});

t.test('C-MOVE tells where the images go and how far it came', (t) => {
  const sop = '1.2.840.10008.5.1.4.1.2.2.2';
  const list = converse(dicom, [
    ...opening,
    client(...fragments(9, true, request(0x0021, 7, sop, true, [[0x0600, 'ROGUE ']]))),
    client(...fragments(9, false, dataSet([{ tag: 0x0020_000d, vr: 'UI', value: '1.2.3' }], '1.2.840.10008.1.2'))),
    server(
      ...fragments(
        9,
        true,
        response(0x0021, 7, 0xff00, false, sop, [
          [0x1020, 3],
          [0x1021, 2],
          [0x1022, 1],
          [0x1023, 0],
        ]),
      ),
    ),
    server(...fragments(9, true, response(0x0021, 7, 0xa801, false, sop))),
  ]);
  t.match(of(list, 'dimse'), [
    { verb: 'C-MOVE-RQ', moveDestination: 'ROGUE', messageId: 7, status: -1, latencyUs: -1, hasDataSet: true },
    { verb: 'C-MOVE-RSP', status: 0xff00, remaining: 3, completed: 2, failed: 1, warning: 0, latencyUs: 2_000 },
    { verb: 'C-MOVE-RSP', status: 0xa801, remaining: -1, completed: -1, latencyUs: 3_000, fromClient: false },
  ]);
  t.match(of(list, 'query'), [{ verb: 'C-MOVE-RQ', broad: false, level: '' }]);
  t.same(endings(list), ['dropped']);
  t.end();
});

const writes: readonly [field: number, verb: string, operation: string | null][] = [
  [0x0100, 'N-EVENT-REPORT-RQ', null],
  [0x0110, 'N-GET-RQ', null],
  [0x0120, 'N-SET-RQ', 'N-SET 1.2.3'],
  [0x0130, 'N-ACTION-RQ', 'N-ACTION 1.2.3'],
  [0x0140, 'N-CREATE-RQ', 'N-CREATE 1.2.3'],
  [0x0150, 'N-DELETE-RQ', 'N-DELETE 1.2.3'],
  [0x0010, 'C-GET-RQ', null],
  [0x0fff, 'C-CANCEL-RQ', null],
  [0x0abc, '0x0abc', null],
];
for (const [field, verb, operation] of writes) {
  t.test(`${verb} ${operation === null ? 'changes nothing' : 'is an operation'}`, (t) => {
    const list = converse(dicom, [
      ...opening,
      client(...fragments(9, true, request(field, 5, '1.2.3', false, [[0x1008, 2]]))),
    ]);
    t.match(of(list, 'dimse'), [{ verb, sopClass: '1.2.3', typeId: 2 }]);
    t.same(
      of(list, 'operation').map((one) => one.verb),
      operation === null ? [] : [operation],
    );
    t.end();
  });
}

t.test('a rejection names result, source and reason, and no title of the called side', (t) => {
  const list = converse(dicom, [client(associateRequest()), server(reject(1, 1, 7))]);
  t.match(of(list, 'associationEnd'), [{ how: 'rejected', result: 1, source: 1, reason: 7 }]);
  t.same(
    of(list, 'identity').filter((one) => one.ofClient === false),
    [],
  );
  t.end();
});

t.test('an abort names source and reason, and what was on its way still counts as said', (t) => {
  const list = converse(dicom, [...opening, server(abort(2, 6)), client(store()), client(abort(0, 0))]);
  t.match(of(list, 'associationEnd'), [{ how: 'aborted', result: -1, source: 2, reason: 6 }]);
  t.same(verbs(list), ['C-STORE-RQ']);
  t.equal(of(list, 'association').length, 1);
  t.end();
});

t.test('several associations share a connection', (t) => {
  const list = converse(dicom, [...session(), ...session()]);
  const once = converse(dicom, session());
  t.same(plains(list), [...plains(once), ...plains(once)]);
  t.end();
});

t.test('an answer that overtakes its request waits for it', (t) => {
  const [ask, accept] = opening as [Turn, Turn];
  const list = converse(dicom, [accept, ask, ...closing]);
  t.same(
    list.filter(({ kind }) => kind.startsWith('association')).map(({ kind }) => kind),
    ['association', 'associationAnswer', 'associationEnd'],
  );
  t.match(of(list, 'association'), [{ callingAe: 'CT_ROOM1', midstream: false }]);
  t.match(of(list, 'associationAnswer'), [{ contextsAccepted: 6 }]);
  const refused = converse(dicom, [server(reject(2, 3, 1)), ask]);
  t.match(of(refused, 'association'), [{ callingAe: 'CT_ROOM1' }]);
  t.same(endings(refused), ['rejected']);
  t.end();
});

t.test('a release reply that overtakes its request waits for the last messages', (t) => {
  const [ask, reply] = closing as [Turn, Turn];
  const list = converse(dicom, [...opening, reply, client(store()), ask]);
  t.match(of(list, 'associationEnd'), [{ how: 'released', instances: 1 }]);
  t.same(endings(converse(dicom, [...opening, reply])), ['released'], 'also when the request never comes');
  t.end();
});

t.test('a mirror of one side tells what that side said', (t) => {
  const answers = session().filter((turn) => !turn.toServer);
  const list = converse(dicom, answers);
  t.match(of(list, 'association'), [{ midstream: true, callingAe: '', calledAe: '' }]);
  t.match(of(list, 'associationAnswer'), [{ contextsAccepted: 6 }]);
  t.equal(verbs(list).length, 8);
  t.same(endings(list), ['released']);
  const questions = converse(
    dicom,
    session().filter((turn) => turn.toServer),
  );
  t.equal(of(questions, 'instance').length, 4);
  t.same(endings(questions), ['dropped'], 'nobody saw the reply');
  t.end();
});

t.test('the end of the capture leaves an association open', (t) => {
  const flow = dicom.open();
  const { records, of } = heard();
  dicom.decode(flow, segment(associateRequest()), records);
  dicom.close?.(flow, segment(bytesOf()), 'open', records);
  t.match(of('associationEnd'), [{ how: 'open' }]);
  t.end();
});

t.test('a lost PDU costs its message, never invents one, and is said', (t) => {
  const turns = session();
  const whole = new Set(plains(converse(dicom, turns)));
  const isMeasure = (line: string) => /^\["(association|oddity)/.test(line);
  for (const [lost, { toServer, bytes = bytesOf() }] of turns.entries()) {
    const rest = turns.map((turn, i) => (i === lost ? { toServer, gap: bytes.length } : turn));
    const list = converse(dicom, rest);
    const invented = plains(list).filter((line) => !whole.has(line) && !isMeasure(line) && !isUnnamed(line));
    t.same(invented, [], `without PDU ${lost}`);
    t.same(
      oddities(list).filter((name) => name !== 'dicom_gap'),
      [],
      `PDU ${lost} is only missing`,
    );
    t.equal(of(list, 'associationEnd').length, of(list, 'association').length);
    t.ok(verbs(list).length >= 11, `PDU ${lost}: most is still told`);
  }
  t.end();
});

/** Without the answer nobody knows the transfer syntax of an instance: everything else must agree. */
function isUnnamed(line: string): boolean {
  return line.includes('"transferSyntax":""');
}

t.test('a loss inside the pixels costs nothing, one among the attributes costs the instance', (t) => {
  const message = store(1, 3_000);
  const command = bytesOf(...fragments(3, true, storeRequest())).length;
  const lose = (at: number, bytes: number): Heard[] =>
    converse(dicom, [
      ...opening,
      client(message.subarray(0, at)),
      { toServer: true, gap: bytes },
      client(message.subarray(at + bytes)),
      client(store(2)),
      ...closing,
    ]);
  t.equal(of(lose(command + 1_000, 1_460), 'instance').length, 2);
  const cut = lose(command + 100, 200);
  t.equal(of(cut, 'instance').length, 1);
  t.same(verbs(cut), ['C-STORE-RQ', 'C-STORE-RQ']);
  t.same(endings(cut), ['released']);
  t.end();
});

t.test('picked up anywhere in the middle: nothing is invented', (t) => {
  const turns = session();
  const whole = new Set(plains(converse(dicom, turns)));
  const sides = [true, false].map((toServer) =>
    bytesOf(...turns.filter((turn) => turn.toServer === toServer).map((turn) => turn.bytes ?? bytesOf())),
  );
  const known = new Set([...whole].map((line) => line.replace(/"transferSyntax":"[^"]*"/, '"transferSyntax":""')));
  // A deflated data set cannot be told from noise without its transfer syntax.
  for (const line of [...known]) known.add(line.replace('"CT"', '""').replace(/"studyHash":\d+/, '"studyHash":0'));
  const invented = new Set<string>();
  for (const [side, bytes] of sides.entries()) {
    for (let from = 1; from < bytes.length; from++) {
      const list = converse(dicom, [{ toServer: side === 0, bytes: bytes.subarray(from) }], {}, { midstream: true });
      for (const line of plains(list)) if (!known.has(line) && !/^\["association/.test(line)) invented.add(line);
      const midstream = of(list, 'association').filter((one) => one.midstream).length;
      if (midstream > 1) invented.add(`${midstream} associations from ${from}`);
    }
  }
  t.same([...invented], []);
  t.end();
});

t.test('picked up at a message: the rest is told, with the syntax found out from the bytes', (t) => {
  for (const [context, syntax] of syntaxes.filter(([, one]) => !one.endsWith('.99'))) {
    const message = bytesOf(
      ...fragments(context, true, storeRequest()),
      ...fragments(context, false, dataSet(ctImage(), syntax)),
    );
    const list = converse(dicom, [client(message), ...closing], {}, { midstream: true });
    t.match(of(list, 'instance'), [{ modality: 'CT', transferSyntax: '' }], syntax);
    t.match(of(list, 'association'), [{ midstream: true }]);
    t.same(endings(list), ['released']);
    t.same(oddities(list), []);
  }
  t.end();
});

t.test('any bytes at all: never throws, never goes backwards, never depends on the cuts', (t) => {
  const cuts = fc.array(fc.nat(600), { maxLength: 6 });
  const noise = fc.uint8Array({ maxLength: 300 });
  fc.assert(
    fc.property(noise, cuts, fc.boolean(), fc.boolean(), (bytes, anyCuts, honest, toServer) => {
      const turns = [...(honest ? opening : []), { toServer, bytes }, client(store())];
      if (dicom.decode(dicom.open(), segment(bytes), heard().records) < GIVE_UP) return false;
      return plains(converse(dicom, turns, { cuts: anyCuts })).join() === plains(converse(dicom, turns)).join();
    }),
    { numRuns: 300 },
  );
  t.end();
});

t.test('a session with any byte changed: never throws and never runs away', (t) => {
  const stream = session().filter((turn) => turn.toServer);
  const bytes = bytesOf(...stream.map((turn) => turn.bytes ?? bytesOf()));
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
      const list = converse(dicom, [{ toServer: true, bytes: bytes.with(at, value) }]);
      return list.length < 200 && of(list, 'associationEnd').length === of(list, 'association').length;
    }),
    { numRuns: 1_000 },
  );
  t.end();
});
