import t from 'tap';
import { geUnity } from '../../protocols/ge-unity/decoder.ts';
import { addressText } from '../../src/bytes/address.ts';
import { NO, YES } from '../../src/protocol.ts';
import { odd, refusesOthers, survivesDamage } from '../support/conversations.ts';
import { bytesOf, type Heard, heard, segment } from '../support/protocol.ts';

const u16 = (...values: number[]): Uint8Array => bytesOf(values.flatMap((value) => [value >> 8, value & 255]));
const rwhat = bytesOf(
  [1, 4, 0, 0, 126, 1, 2, 3, 0x5c, 0xce, 1, 2],
  'ICU|BED7\0\0\0\0\0\0\0\0',
  'CANARY,NAME\0\0\0',
  u16(2, 3, 2000, 19, 3000),
  new Uint8Array(36),
);
const other = (code: number, sub: number, count = 4, origin = 'ICU|BED7'): Uint8Array =>
  bytesOf(
    new Uint8Array(12),
    u16(code, sub, 0, 0, 0, 0),
    origin.padEnd(32, '\0'),
    u16(0, count),
    new Uint8Array(count),
  );

function talk(...all: Uint8Array[]): Heard[] {
  const { records, list } = heard();
  const state = geUnity.open();
  for (const bytes of all) geUnity.decode(state, segment(bytes, { serverPort: 7000 }), records);
  return list;
}
const kinds = (list: readonly Heard[]): unknown[] =>
  list.filter(({ kind }) => kind === 'message').map(({ record }) => record.kind);

t.test('a monitor says where it stands and which ports it has, never who lies there', (t) => {
  const list = talk(rwhat, rwhat);
  t.same(kinds(list), ['RWhat', 'RWhat']);
  t.match(
    list.filter(({ kind }) => kind === 'identity').map(({ record }) => record),
    [{ attribute: 'name', value: 'ICU|BED7', ofClient: true }],
  );
  t.same(
    list
      .filter(({ kind }) => kind === 'expectation')
      .map(({ record }) => `${addressText(String(record.server))}:${record.serverPort}`),
    ['126.1.2.3:2000', '126.1.2.3:3000'],
  );
  t.notMatch(JSON.stringify(list), /CANARY/);
  t.end();
});

t.test('alarms, updates and requests are told apart', (t) => {
  const list = talk(
    other(201, 4),
    other(201, 20),
    other(202, 35),
    other(202, 96),
    other(202, 33),
    other(201, 99),
    other(202, 1),
  );
  t.same(kinds(list), [
    'alarm',
    'parameter update',
    'parameter request',
    'vital signs request',
    'waveform request',
    'other data',
    'other request',
  ]);
  t.same(odd(list), []);
  t.end();
});

t.test('ge_unity_unknown_function, once', (t) => {
  const list = talk(other(207, 4), other(207, 4), bytesOf('waves'));
  t.same(kinds(list), ['unknown function', 'unknown function', 'other']);
  t.same(odd(list), ['ge_unity_unknown_function']);
  t.end();
});

t.test('is recognised by what it is, requests by their port as well', (t) => {
  for (const toServer of [true, false]) {
    t.equal(geUnity.recognises(segment(rwhat, { toServer })), YES);
    t.equal(geUnity.recognises(segment(other(201, 20), { toServer })), YES);
    t.equal(geUnity.recognises(segment(other(202, 96), { toServer, serverPort: 2000 })), YES);
  }
  t.equal(geUnity.recognises(segment(other(202, 96))), NO);
  t.equal(geUnity.recognises(segment(other(201, 20, 4, 'none'))), NO);
  t.equal(geUnity.recognises(segment(rwhat.with(80, 1))), NO);
  refusesOthers(t, geUnity);
  t.end();
});

t.test('damage and noise', (t) => {
  survivesDamage(t, geUnity, rwhat);
  survivesDamage(t, geUnity, other(201, 20));
  t.end();
});
