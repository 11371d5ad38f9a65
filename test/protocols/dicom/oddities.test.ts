import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { dicom } from '../../../protocols/dicom/index.ts';
import { limits } from '../../../src/limits.ts';
import {
  associateAccept,
  associateRequest,
  CT_IMAGE,
  commandSet,
  ctImage,
  dataSet,
  EXPLICIT,
  fragments,
  IMPLICIT,
  item,
  NO_DATA,
  pdu,
  pdv,
  releaseReply,
  releaseRequest,
  request,
  storeRequest,
  VERIFICATION,
} from '../../support/dicom.ts';
import { bytesOf, converse, type Heard, type Turn } from '../../support/protocol.ts';

const client = (...parts: Uint8Array[]): Turn => ({ toServer: true, bytes: bytesOf(...parts) });
const server = (...parts: Uint8Array[]): Turn => ({ toServer: false, bytes: bytesOf(...parts) });
const accept = server(associateAccept());
const opening = [client(associateRequest()), accept];

const echo = request(0x0030, 1, VERIFICATION, false);
const [echoPdu = bytesOf()] = fragments(11, true, echo);
const store = fragments(3, true, storeRequest());
const image = dataSet(ctImage(), EXPLICIT);
/** One PDU with a single PDV in it. */
const one = (context: number, control: number, fragment: Uint8Array): Uint8Array =>
  pdu(4, pdv(context, control, fragment));
const bare = (element: number, length: number, value: Uint8Array): Uint8Array =>
  bytesOf([0, 0, element & 255, element >> 8, length, 0, 0, 0], value);
/** Its own user information, so that the item stands last. */
const withUser = (...user: Uint8Array[]): Turn => client(associateRequest({ user }));

const cases: readonly [name: string, what: string, turns: readonly Turn[]][] = [
  ['dicom_unknown_pdu', 'type 8', [...opening, client(pdu(8, new Uint8Array(4)))]],
  ['dicom_unknown_pdu', 'type 0', [...opening, client(pdu(0, new Uint8Array(4)))]],
  ['dicom_pdu_too_long', 'a data PDU', [...opening, client(pdu(4, new Uint8Array(4), 0xffff_ffff))]],
  ['dicom_pdu_too_long', 'a request', [client(pdu(1, new Uint8Array(90), limits.dicomControlPduBytesMax + 1))]],
  ['dicom_pdu_too_long', 'a release', [...opening, client(pdu(5, new Uint8Array(4), 400))]],
  ['dicom_short_associate', 'a request', [client(pdu(1, new Uint8Array(67)))]],
  ['dicom_wrong_pdu_length', 'a release', [...opening, client(pdu(5, new Uint8Array(6)))]],
  ['dicom_wrong_pdu_length', 'an abort', [...opening, client(pdu(7, new Uint8Array()))]],
  ['dicom_empty_pdu', 'a data PDU', [...opening, client(pdu(4, new Uint8Array()))]],
  ['dicom_pdu_over_maximum', 'more than was agreed', [...opening, client(one(11, 1, new Uint8Array(17_000)))]],
  ['dicom_pdv_short', 'bytes behind the last PDV', [...opening, client(pdu(4, bytesOf(pdv(11, 3, echo), [0, 0])))]],
  ['dicom_pdv_short', 'a length below two', [...opening, client(pdu(4, bytesOf([0, 0, 0, 1, 3, 3])))]],
  ['dicom_pdv_overrun', 'a PDV longer than its PDU', [...opening, client(pdu(4, bytesOf([0, 0, 9, 0, 3, 3], echo)))]],
  ['dicom_bad_control', 'reserved bits', [...opening, client(one(11, 0x43, echo))]],
  ['dicom_unknown_context', 'never proposed', [...opening, client(one(77, 3, echo))]],
  [
    'dicom_unknown_context',
    'refused',
    [...opening.slice(0, 1), server(associateAccept({}, { 11: 3 })), client(echoPdu)],
  ],
  ['dicom_context_changed', 'between command and data', [...opening, client(...store, one(1, 2, image))]],
  ['dicom_data_set_missing', 'a command instead', [...opening, client(...store, echoPdu)]],
  ['dicom_data_without_command', 'data first', [...opening, client(one(3, 2, image))]],
  ['dicom_command_unfinished', 'data instead', [...opening, client(one(3, 1, echo), one(3, 2, image))]],
  [
    'dicom_command_too_long',
    'a comment',
    [...opening, client(one(11, 1, new Uint8Array(16_300)), one(11, 3, new Uint8Array(100)))],
  ],
  [
    'dicom_command_overrun',
    'a value',
    [...opening, client(one(11, 3, commandSetWith(bare(0x0902, 40, bytesOf('short')))))],
  ],
  [
    'dicom_command_overrun',
    'a rest',
    [...opening, client(one(11, 3, bytesOf(commandSet([[0x0100, 0x30]], 13), [1, 2, 3])))],
  ],
  [
    'dicom_command_wrong_length',
    'its group length',
    [...opening, client(one(11, 3, commandSet([[0x0100, 0x30]], 99)))],
  ],
  ['dicom_command_without_length', 'no group length', [...opening, client(one(11, 3, echo.subarray(12)))]],
  ['dicom_command_without_field', 'no command field', [...opening, client(one(11, 3, commandSet([[0x0110, 1]])))]],
  [
    'dicom_foreign_command_element',
    'group 0008',
    [...opening, client(one(11, 3, commandSetWith([8, 0, 0x60, 0, 0, 0, 0, 0])))],
  ],
  ['dicom_bad_uid', 'text in its place', [...opening, client(one(11, 3, request(0x30, 1, 'CANARY^NAME', false)))]],
  ['dicom_bad_uid', 'in an item', [client(associateRequest({ contexts: [{ id: 1, abstractSyntax: 'CANARY' }] }))]],
  ['dicom_bad_data_set', 'text', [...opening, client(...store, one(3, 2, bytesOf('CANARY^NAME CANARY^NAME')))]],
  ['dicom_bad_deflate', 'not deflated', [...opening, client(...fragments(5, true, storeRequest()), one(5, 2, image))]],
  ['dicom_wrong_syntax', 'implicit', [...opening, client(...store, one(3, 2, dataSet(ctImage(), IMPLICIT)))]],
  ['dicom_deep_nesting', 'sequences', [...opening, client(...store, one(3, 2, nested(limits.dicomNestingMax + 1)))]],
  ['dicom_bad_ae_title', 'control characters', [client(associateRequest({ callingAe: 'EVIL\x01\xff' }))]],
  ['dicom_version', 'not version 1', [client(associateRequest().with(7, 2))]],
  ['dicom_bad_context_id', 'even', [client(associateRequest({ contexts: [{ id: 2, abstractSyntax: CT_IMAGE }] }))]],
  [
    'dicom_bad_context_id',
    'twice',
    [client(associateRequest({ contexts: [1, 1].map((id) => ({ id, abstractSyntax: CT_IMAGE })) }))],
  ],
  ['dicom_item_overrun', 'an item longer than its parent', [withUser(item(0x53, new Uint8Array(4), 4_000))]],
  ['dicom_item_overrun', 'a UID longer than its item', [withUser(item(0x54, bytesOf([0, 99, 0, 0])))]],
  ['dicom_item_short', 'no room for roles', [withUser(item(0x54, bytesOf([0, 0])))]],
  ['dicom_request_in_association', 'a second request', [...opening, client(associateRequest())]],
  ['dicom_second_answer', 'a second answer', [...opening, accept]],
  ['dicom_answer_from_requestor', 'who asked', [...opening.slice(0, 1), client(associateAccept())]],
  ['dicom_gap', 'lost bytes', [...opening, { toServer: true, gap: 10 }]],
];

for (const [name, what, turns] of cases) {
  t.test(`${name}: ${what}`, (t) => {
    for (const pieceBytes of [1, 100_000]) {
      const list = converse(dicom, turns, { pieceBytes });
      t.ok(oddities(list).includes(name), `in pieces of ${pieceBytes}: ${oddities(list)}`);
      t.notMatch(JSON.stringify(list), /CANARY/);
    }
    t.end();
  });
}

t.test('after bad PDVs and foreign bytes the conversation goes on at the next PDU', (t) => {
  const bad = [
    pdu(4, bytesOf([0, 0, 9, 0, 3, 3], echo)),
    pdu(4, bytesOf([0, 0, 0, 0, 3, 3], echo)),
    one(77, 3, new Uint8Array(40)),
    pdu(9, new Uint8Array(300)),
    bytesOf('GET / HTTP/1.1\r\n\r\n'),
  ];
  for (const bytes of bad) {
    const list = converse(dicom, [
      ...opening,
      client(bytes),
      client(echoPdu),
      client(releaseRequest()),
      server(releaseReply()),
    ]);
    t.match(
      list.filter(({ kind }) => kind === 'dimse').map(({ record }) => record.verb),
      ['C-ECHO-RQ'],
    );
    t.match(list.at(-1), { kind: 'associationEnd', record: { how: 'released' } });
  }
  t.end();
});

t.test('real software has none of them: a command without data set, an empty last fragment', (t) => {
  const finished = bytesOf(one(3, 0, image), one(3, 2, new Uint8Array()));
  const list = converse(dicom, [...opening, client(echoPdu, ...store, finished)]);
  t.same(oddities(list), []);
  t.match(
    list.filter(({ kind }) => kind === 'instance').map(({ record }) => record.bytes),
    [image.length],
  );
  t.end();
});

t.test('each oddity has a case here and a line in the documentation', (t) => {
  const folder = new URL('../../../protocols/dicom/', import.meta.url);
  const documentation = readFileSync(new URL('../../../docs/oddities.md', import.meta.url), 'utf8');
  const names = new Set<string>();
  for (const file of readdirSync(folder).filter((file) => file.endsWith('.ts'))) {
    for (const [, name = ''] of readFileSync(new URL(file, folder), 'utf8').matchAll(/'(dicom_\w+)'/g)) names.add(name);
  }
  const tested = new Set(cases.map(([name]) => name));
  t.same(
    [...names].filter((name) => !tested.has(name)),
    [],
    'tested',
  );
  t.same(
    [...names].filter((name) => !documentation.includes(`| \`${name}\` |`)),
    [],
    'documented',
  );
  t.end();
});

function oddities(list: readonly Heard[]): unknown[] {
  return list.filter(({ kind }) => kind === 'oddity').map(({ record }) => record.name);
}

function commandSetWith(more: readonly number[] | Uint8Array): Uint8Array {
  const plain = commandSet([
    [0x0100, 0x30],
    [0x0800, NO_DATA],
  ]);
  return bytesOf(plain.with(8, (plain[8] ?? 0) + more.length), more);
}

function nested(depth: number): Uint8Array {
  let value: Parameters<typeof dataSet>[0] = [];
  for (let i = 0; i < depth; i++) value = [{ tag: 0x0008_1140, vr: 'SQ', value: [value], undefinedLength: true }];
  return dataSet(value);
}
