import t from 'tap';
import { mindray } from '../../protocols/mindray/decoder.ts';
import { addressText } from '../../src/bytes/address.ts';
import { NO, YES } from '../../src/protocol.ts';
import { odd, refusesOthers, survivesDamage } from '../support/conversations.ts';
import { bytesOf, type Heard, heard, segment } from '../support/protocol.ts';

const address = ((10 * 256 + 20) * 256 + 3) * 256 + 13;
const notification = (id: string, server = `&&${address}&4601`): Uint8Array =>
  bytesOf(
    `\x0bMSH|^~\\&|Mindray||||20260101||ADT^A01|${id}|P|2.3.1|\rEVN||\rPID|||CANARYID||CANARY^NAME\r`,
    `PV1||I|CANARYWARD^^BED7${server}^x|\r\x1c\r`,
  ).with(0, 0x0b);
const port = { serverPort: 4600 };

function talk(...all: Uint8Array[]): Heard[] {
  const { records, list } = heard();
  const state = mindray.open();
  for (const bytes of all) mindray.decode(state, segment(bytes, port), records);
  return list;
}

t.test('a monitor says that it is there, and where', (t) => {
  // MSH-10 is the tenth field: the bar behind MSH is the first.
  const list = talk(notification('1'), notification('1'), notification('204'), notification('103', ''));
  t.same(
    list.filter(({ kind }) => kind === 'message').map(({ record }) => record.kind),
    ['online notification', 'online notification', 'periodic vital signs', 'patient information'],
  );
  const expected = list.filter(({ kind }) => kind === 'expectation').map(({ record }) => record);
  t.match(expected, [{ protocol: 'hl7', serverPort: 4601 }]);
  t.equal(expected.length, 1);
  t.equal(addressText(String(expected[0]?.server)), '10.20.3.13');
  t.notMatch(JSON.stringify(list), /CANARY/);
  t.end();
});

t.test('mindray_no_header', (t) => {
  t.same(odd(talk(bytesOf('\x0bFHS|'))), ['mindray_no_header']);
  t.end();
});

t.test('is recognised on its ports, in a block', (t) => {
  t.equal(mindray.recognises(segment(notification('1'), port)), YES);
  t.equal(mindray.recognises(segment(notification('1'), { clientPort: 4620, toServer: false })), YES);
  t.equal(mindray.recognises(segment(notification('1'))), NO);
  t.equal(mindray.recognises(segment(bytesOf('\x0bMSG|'), port)), NO);
  refusesOthers(t, mindray);
  t.end();
});

t.test('damage and noise', (t) => {
  survivesDamage(t, mindray, notification('1'));
  t.end();
});
