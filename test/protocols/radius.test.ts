import t from 'tap';
import { radius } from '../../protocols/radius/decoder.ts';
import { NO, YES } from '../../src/protocol.ts';
import { odd, refusesOthers, survivesDamage } from '../support/conversations.ts';
import { identities, messages } from '../support/names.ts';
import { bytes, type Content, u16 } from '../support/packet.ts';
import { converse, type Heard, segment, type Turn } from '../support/protocol.ts';

const attribute = (type: number, value: Content): Uint8Array => bytes([type, 2 + bytes(value).length], value);
function packet(code: number, id: number, ...attributes: Uint8Array[]): Uint8Array {
  const length = 20 + bytes(...attributes).length;
  return bytes([code, id], u16(length), new Uint8Array(16).fill(7), ...attributes);
}
const user = attribute(1, 'CANARY-USER');
const station = attribute(31, 'CANARY-STATION');
const byPassword = packet(1, 5, user, attribute(2, new Uint8Array(16)), station, attribute(32, 'ap-ward-7'));
const byEap = packet(1, 6, user, attribute(79, 'CANARY'), station);

const toServer = (sent: Uint8Array): Turn => ({ toServer: true, bytes: sent });
const toClient = (sent: Uint8Array): Turn => ({ toServer: false, bytes: sent });
const told = (...turns: Turn[]): Heard[] => converse(radius, turns);
const decisions = (list: readonly Heard[]): string[] =>
  list
    .filter(({ kind }) => kind === 'login')
    .map(({ record }) => `${record.fromClient} ${record.method} ${record.outcome} ${record.isClear}`);
const changes = (list: readonly Heard[]): string[] =>
  list
    .filter(({ kind }) => kind === 'operation')
    .map(({ record }) => `${record.fromClient} ${record.verb} ${record.outcome}`);

t.test('somebody is let in by password, somebody else is not by EAP', (t) => {
  const list = told(toServer(byPassword), toServer(byEap), toClient(packet(2, 5, user)), toClient(packet(3, 6)));
  t.same(messages(list), ['Access-Request', 'Access-Request', 'Access-Accept', 'Access-Reject']);
  t.same(decisions(list), ['true password success false', 'true eap failure false']);
  t.same(decisions(told(toClient(packet(2, 9)))), ['true  success false'], 'whose request was not seen');
  t.end();
});

t.test('the device that asks says its name; nobody else is named', (t) => {
  t.same(identities(told(toServer(byPassword))), ['name ap-ward-7 by RADIUS NAS-Identifier']);
  t.notMatch(JSON.stringify(told(toServer(byPassword), toServer(byEap), toClient(packet(2, 5, user)))), /CANARY/);
  t.end();
});

t.test('a session is ended or changed', (t) => {
  t.same(changes(told(toServer(packet(40, 1, user)), toClient(packet(41, 1)))), [
    'true Disconnect-Request asked',
    'true Disconnect-Request done',
  ]);
  t.same(changes(told(toServer(packet(43, 1, user)), toClient(packet(45, 1)))), [
    'true CoA-Request asked',
    'true CoA-Request failed',
  ]);
  t.end();
});

t.test('lengths that do not fit are an oddity', (t) => {
  for (const broken of [byEap.subarray(0, -1), packet(99, 1), packet(1, 1, bytes([1, 0])), byEap.subarray(0, 19)])
    t.same(odd(told(toServer(broken))), ['radius_broken_packet']);
  t.end();
});

t.test('is known by its attributes, or by its port', (t) => {
  for (const way of [true, false]) {
    t.equal(radius.recognises(segment(byPassword, { toServer: way, serverPort: 9 })), YES);
    t.equal(radius.recognises(segment(packet(3, 6), { toServer: way, serverPort: 1812 })), YES);
    t.equal(radius.recognises(segment(packet(3, 6), { toServer: way, serverPort: 9 })), NO);
    t.equal(radius.recognises(segment(bytes(byPassword, [0]), { toServer: way, serverPort: 1812 })), NO);
  }
  refusesOthers(t, radius);
  survivesDamage(t, radius, byPassword);
  survivesDamage(t, radius, packet(40, 1));
  t.end();
});
