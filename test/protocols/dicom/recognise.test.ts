import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { dicom } from '../../../protocols/dicom/index.ts';
import { MAYBE, NO, YES } from '../../../src/protocol.ts';
import { conversations } from '../../support/clean-capture.ts';
import {
  abort,
  associateAccept,
  associateRequest,
  ctImage,
  dataSet,
  fragments,
  pdu,
  reject,
  releaseReply,
  releaseRequest,
  response,
  storeRequest,
} from '../../support/dicom.ts';
import { bytesOf, segment } from '../../support/protocol.ts';

const asked = (bytes: Uint8Array, midstream = false): number => dicom.recognises(segment(bytes, { midstream }));
const [command = bytesOf()] = fragments(3, true, storeRequest());
const [answer = bytesOf()] = fragments(3, true, response(1, 1, 0));
const [data = bytesOf()] = fragments(3, false, dataSet(ctImage()));

const openings: readonly [name: string, bytes: Uint8Array, needs: number][] = [
  ['A-ASSOCIATE-RQ', associateRequest(), 99],
  ['A-ASSOCIATE-AC', associateAccept(), 99],
  ['A-ASSOCIATE-RJ', reject(1, 1, 7), 10],
];
for (const [name, bytes, needs] of openings) {
  t.test(`${name} opens a conversation, told from ${needs} bytes`, (t) => {
    for (let have = 0; have < needs; have++) t.equal(asked(bytes.subarray(0, have)), MAYBE, `${have} bytes`);
    t.equal(asked(bytes.subarray(0, needs)), YES);
    t.equal(asked(bytes), YES);
    t.end();
  });
}

const middles: readonly [name: string, bytes: Uint8Array, needs: number][] = [
  ['a command', command, 28],
  ['a response', answer, 28],
  ['A-RELEASE-RQ', releaseRequest(), 10],
  ['A-RELEASE-RP', releaseReply(), 10],
  ['A-ABORT', abort(2, 1), 10],
];
for (const [name, bytes, needs] of middles) {
  t.test(`${name} is told in the middle, and only there, from ${needs} bytes`, (t) => {
    for (let have = 1; have < needs; have++) t.equal(asked(bytes.subarray(0, have), true), MAYBE, `${have} bytes`);
    t.equal(asked(bytes, true), YES);
    t.equal(asked(bytes), NO);
    t.end();
  });
}

t.test('a title that nobody can print does not hide a request', (t) => {
  t.equal(asked(associateRequest({ callingAe: '\xff\xfe\x01' })), YES);
  t.end();
});

const others: readonly [name: string, bytes: Uint8Array][] = [
  ['HTTP', bytesOf('GET / HTTP/1.1\r\nHost: pacs\r\n\r\n')],
  ['TLS ClientHello', bytesOf([22, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3], new Uint8Array(194))],
  ['SSH', bytesOf('SSH-2.0-OpenSSH_9.2\r\n')],
  ['HL7', bytesOf('\x0bMSH|^~\\&|A|B|C|D|20200101||ADT^A01|1|P|2.5\r')],
  ['zeros', new Uint8Array(200)],
  ['Modbus', bytesOf([0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 10])],
  ['a data fragment alone', data],
  ['a release with more behind it', bytesOf(releaseRequest(), [0])],
  ['a rejection with a reason that does not exist', reject(1, 1, 9)],
  ['a request without room for its titles', pdu(1, new Uint8Array(67))],
  ['a request of a megabyte and more', pdu(1, new Uint8Array(200), 1024 * 1024 + 1)],
  ['a request without application context', pdu(1, new Uint8Array(200))],
  ['an even presentation context', command.with(10, 4)],
  ['a control header with reserved bits', command.with(11, 7)],
  ['a PDV longer than its PDU', command.with(8, 0xff)],
];
for (const [name, bytes] of others) {
  t.test(`${name} is something else`, (t) => {
    t.equal(asked(bytes, true), NO);
    t.equal(asked(bytes, false), NO);
    t.end();
  });
}

t.test('noise is never DICOM, nor noise behind a PDU header', (t) => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 100, maxLength: 200 }),
      fc.nat(8),
      fc.boolean(),
      (bytes, type, midstream) =>
        asked(bytes, midstream) === NO && asked(pdu(type, bytes), midstream) === (type === 9 ? YES : NO),
    ),
  );
  t.end();
});

const shared = join(process.env.WARDWATCH_SHARED ?? '../shared', 'captures/third-party');
const skip = existsSync(shared) ? false : `needs ${shared}`;
t.test("no conversation in other people's captures is taken for DICOM", { skip }, (t) => {
  let asks = 0;
  const taken: string[] = [];
  for (const entry of readdirSync(shared, { recursive: true, encoding: 'utf8' })) {
    if (!entry.endsWith('.pcap') || /dicom/i.test(entry)) continue;
    for (const { pieces, client, server } of conversations(join(shared, entry))) {
      for (const { bytes, toServer } of pieces) {
        asks++;
        if (dicom.recognises(segment(bytes, { toServer, midstream: true })) === YES) {
          taken.push(`${entry} ${client} ${server}`);
        }
      }
    }
  }
  t.same(taken, []);
  t.ok(asks > 1_000, `${asks} pieces were asked about`);
  t.end();
});
