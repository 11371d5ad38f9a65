import t from 'tap';
import { createDtls } from '../../protocols/dtls/decoder.ts';
import { createStun, stunOverTcp } from '../../protocols/stun/decoder.ts';
import { limits } from '../../src/limits.ts';
import { NO, YES } from '../../src/protocol.ts';
import { knows, odd, refusesOthers, sameForEveryCut, survivesDamage, survivesNoise } from '../support/conversations.ts';
import { clientHelloBody, serverNameExtension } from '../support/hello.ts';
import { identities, messages } from '../support/names.ts';
import { bytes, type Content, u16, u24, u32 } from '../support/packet.ts';
import { converse, type Heard, segment } from '../support/protocol.ts';

const stun = createStun({ dtls: createDtls({ limits, isInside: true }) });

function attribute(type: number, value: Content): Uint8Array {
  const length = bytes(value).length;
  return bytes(u16(type), u16(length), value, new Uint8Array(-length & 3));
}
function message(type: number, ...attributes: Uint8Array[]): Uint8Array {
  return bytes(u16(type), u16(bytes(...attributes).length), u32(0x2112a442), new Uint8Array(12).fill(9), ...attributes);
}
const binding = message(0x0001, attribute(0x8022, 'ice4j.org'), attribute(6, 'CANARY-USER'));
const allocated = message(0x0103, attribute(0x8022, 'Coturn-4.5'), attribute(0x16, new Uint8Array(8)));
const classic = bytes(u16(1), u16(8), new Uint8Array(16).fill(3), u16(3), u16(4), [0, 0, 0, 6]);
const told = (datagram: Uint8Array): Heard[] => converse(stun, [{ toServer: true, bytes: datagram }]);

t.test('method and class are the kind of message', (t) => {
  for (const [type, kind] of [
    [0x0001, 'Binding request'],
    [0x0011, 'Binding indication'],
    [0x0101, 'Binding success response'],
    [0x0111, 'Binding error response'],
    [0x0003, 'Allocate request'],
    [0x0016, 'Send indication'],
    [0x0109, 'ChannelBind success response'],
    [0x0200, 'GOOG-PING request'],
    [0x03ef, 'other'],
  ] as const)
    t.same(messages(told(message(type))), [kind]);
  t.same(messages(told(classic)), ['Binding request']);
  t.end();
});

t.test('both sides say which software they are, and no names are told', (t) => {
  t.same(identities(told(binding)), ['user-agent ice4j.org by STUN SOFTWARE']);
  t.same(identities(told(allocated)), ['server-software Coturn-4.5 by STUN SOFTWARE']);
  t.notMatch(JSON.stringify(told(binding)), /CANARY/);
  t.end();
});

t.test('media on the same flow pass unseen; a broken message does not', (t) => {
  t.same(told(bytes([0x80, 0x60], new Uint8Array(40))), []);
  t.same(odd(told(binding.subarray(0, -1))), ['stun_broken_message']);
  t.end();
});

const channel = bytes(u16(0x4001), u16(5), 'media', [0, 0, 0]);
t.test('over TCP message by message, between channel data, wherever it is cut', (t) => {
  const turns = [
    { toServer: true, bytes: bytes(binding, channel, binding) },
    { toServer: false, bytes: bytes(allocated, channel) },
  ];
  t.same(messages(sameForEveryCut(t, stunOverTcp, turns)), [
    'Binding request',
    'Binding request',
    'Allocate success response',
  ]);
  t.end();
});

t.test('over TCP the next message behind a gap is found', (t) => {
  const turns = [
    { toServer: true, bytes: binding.subarray(0, 10) },
    { toServer: true, gap: 12 },
    { toServer: true, bytes: bytes(binding.subarray(22), binding) },
  ];
  t.same(messages(sameForEveryCut(t, stunOverTcp, turns)), ['Binding request']);
  t.end();
});

t.test('over TCP something else is an oddity', (t) => {
  t.same(odd(converse(stunOverTcp, [{ toServer: true, bytes: bytes(binding, new Uint8Array(9)) }])), [
    'stun_broken_message',
  ]);
  t.end();
});

t.test('is known by its cookie; the older form on its port', (t) => {
  for (const toServer of [true, false]) {
    for (const one of [binding, allocated]) t.equal(stun.recognises(segment(one, { toServer })), YES);
    t.equal(stun.recognises(segment(binding.subarray(0, -4), { toServer })), NO);
    t.equal(stun.recognises(segment(classic, { toServer, serverPort: 3478 })), YES);
    t.equal(stun.recognises(segment(classic, { toServer, serverPort: 3479 })), NO);
  }
  knows(t, stunOverTcp, binding);
  refusesOthers(t, stun);
  refusesOthers(t, stunOverTcp, 'dicom request');
  for (const one of [binding, classic]) survivesDamage(t, stun, one);
  survivesNoise(t, stunOverTcp, [{ toServer: true, bytes: bytes(binding, channel) }]);
  t.end();
});

t.test('DTLS in the flow of a call is told, and the flow keeps its name; media pass', (t) => {
  const hello = clientHelloBody([serverNameExtension('call.hosp.test')], 0xfefd, [0]);
  const message = bytes([1], u24(hello.length), u16(0), u24(0), u24(hello.length), hello);
  const record = bytes([22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0], u16(message.length), message);
  const list = converse(stun, [
    { toServer: true, bytes: binding },
    { toServer: false, bytes: record },
    { toServer: true, bytes: bytes([0x80, 0x60, 1, 2], new Uint8Array(40)) },
  ]);
  t.match(
    list.filter((one) => one.kind === 'handshake').map(({ record }) => record),
    [{ fromClient: false, protocol: 'dtls', serverName: 'call.hosp.test' }],
  );
  t.same(
    list.filter((one) => one.kind === 'flowProtocol'),
    [],
  );
  t.same(odd(list), []);
  t.end();
});
