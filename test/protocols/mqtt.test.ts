import t from 'tap';
import { createMqtt } from '../../protocols/mqtt/decoder.ts';
import { limits } from '../../src/limits.ts';
import { MAYBE, NO, YES } from '../../src/protocol.ts';
import { details, knows, odd, refusesOthers, sameForEveryCut, survivesNoise } from '../support/conversations.ts';
import { connack, connect, packet, publish, subscribe, text } from '../support/mqtt.ts';
import { bytesOf, converse, type Heard, segment, type Turn } from '../support/protocol.ts';

const mqtt = createMqtt({ limits: { ...limits, mqttHeadBytesMax: 300 } });
const say = (toServer: boolean, ...parts: readonly Uint8Array[]): Turn => ({ toServer, bytes: bytesOf(...parts) });
const ping = packet(0xc0);

const of = (all: readonly Heard[], kind: string): Record<string, unknown>[] =>
  all.filter((one) => one.kind === kind).map((one) => one.record);
const kinds = (all: readonly Heard[]): unknown[] =>
  of(all, 'message').map((one) => `${one.fromClient ? '>' : '<'} ${one.kind}`);
const logins = (all: readonly Heard[]): unknown[] =>
  of(all, 'login').map((one) => [one.fromClient, one.method, one.outcome, one.isClear, one.weakness].join(' '));
const operations = (all: readonly Heard[]): unknown[] =>
  of(all, 'operation').map((one) => `${one.fromClient ? '>' : '<'} ${one.verb} ${one.object}`);

t.test('a monitor connects, tells, listens and leaves', (t) => {
  const all = sameForEveryCut(t, mqtt, [
    say(
      true,
      connect({ id: 'CANARY-name', user: 'CANARYUSER', password: 'CANARYPASSWORD', will: ['CANARY/gone', 'CANARY'] }),
    ),
    say(false, connack(0)),
    say(true, publish('ward/CANARY/heart-rate', 'CANARY'.repeat(90), 2), subscribe('CANARY/+/state')),
    say(false, packet(0x50, [0, 1]), packet(0x90, [0, 1, 0])),
    say(true, packet(0x62, [0, 1]), ping),
    say(false, packet(0x70, [0, 1]), packet(0xd0), publish('$SYS/broker/uptime', '7')),
    say(true, packet(0xa2, [0, 2], text('CANARY')), packet(0xe0)),
    say(false, packet(0xb0, [0, 2]), publish('x', '', 3), packet(0x40, [0, 9])),
  ]);
  t.same(kinds(all), [
    '> CONNECT',
    '< CONNACK accepted',
    '> PUBLISH',
    '> SUBSCRIBE',
    '< PUBREC',
    '< SUBACK',
    '> PUBREL',
    '> PINGREQ',
    '< PUBCOMP',
    '< PINGRESP',
    '< PUBLISH $SYS',
    '> UNSUBSCRIBE',
    '> DISCONNECT',
    '< UNSUBACK',
    '< PUBLISH',
    '< PUBACK',
  ]);
  t.same(logins(all), ['true password asked true ', 'true password success true ']);
  t.same(details(all), ['MQTT 3.1.1']);
  t.same([odd(all), operations(all), of(all, 'identity')], [[], [], []]);
  t.notMatch(JSON.stringify(all), /CANARY/);
  t.end();
});

const passwords: readonly [string | undefined, string | undefined, string][] = [
  ['u', 'admin', 'password asked true default'],
  ['u', 'xq7-42', 'password asked true short'],
  ['u', '', 'password asked true empty'],
  ['u', undefined, 'password asked false '],
  [undefined, undefined, 'none asked false '],
];
for (const [user, password, wanted] of passwords) {
  for (const level of [3, 4, 5]) {
    t.test(`level ${level}, password ${password ?? 'not given'}: ${wanted}`, (t) => {
      const options = {
        level,
        id: 'a',
        ...(user === undefined ? {} : { user }),
        ...(password === undefined ? {} : { password }),
      };
      const all = sameForEveryCut(t, mqtt, [
        say(true, connect({ ...options, will: ['a', 'b'] })),
        say(false, connack(level === 5 ? 0x87 : 5, level)),
      ]);
      t.same(logins(all), [`true ${wanted}`, `true ${wanted.replace('asked', 'failure')}`]);
      t.same(kinds(all), ['> CONNECT', '< CONNACK refused']);
      t.end();
    });
  }
}

const ids: readonly [string, string][] = [
  ['pump-00:1b:21:20:06:1A', '00:1b:21:20:06:1a'],
  ['DVES_001B2120061A', '001b2120061a'],
  ['6f0e8dd0-3c9e-4e5c-8a53-0a3a7c0f9e11', '6f0e8dd0-3c9e-4e5c-8a53-0a3a7c0f9e11'],
  ['somebody-at-home', ''],
  ['patient-123456789012', ''],
  ['', ''],
];
for (const [id, wanted] of ids) {
  t.test(`of the client id "${id}" ${wanted === '' ? 'nothing' : wanted} is told`, (t) => {
    const all = sameForEveryCut(t, mqtt, [say(true, connect({ id, level: 5 }))]);
    t.same(
      of(all, 'identity').map(({ value }) => value),
      wanted === '' ? [] : [wanted],
    );
    t.same(details(all), ['MQTT 5']);
    t.end();
  });
}

t.test('orders to devices are operations of who publishes them; everything may be listened to', (t) => {
  const all = sameForEveryCut(t, mqtt, [
    say(
      true,
      connect(),
      publish('ward/3/lamp/set', 'CANARY'),
      publish('cmd'),
      publish('ward/offset', ''),
      subscribe('a', '#'),
    ),
    say(false, connack(0), publish('ward/3/lamp/set', 'CANARY')),
  ]);
  t.same(operations(all), ['> PUBLISH set', '> PUBLISH cmd']);
  t.equal(kinds(all)[4], '> SUBSCRIBE #');
  t.end();
});

t.test('the payload of a large message passes unseen', (t) => {
  const large = publish('a', new Uint8Array(70_000).fill(0x30));
  const all = converse(mqtt, [say(true, connect(), large, ping)], { pieceBytes: 1_000 });
  t.same(kinds(all), ['> CONNECT', '> PUBLISH', '> PINGREQ']);
  t.end();
});

const oddities: readonly [string, ...Turn[]][] = [
  ['mqtt_bad_length', say(true, connect(), bytesOf([0x30, 255, 255, 255, 255, 1]))],
  ['mqtt_bad_type', say(true, connect(), bytesOf([0, 0]), ping)],
  ['mqtt_bad_type', say(true, connect(), bytesOf([0xf0, 0]), ping)],
  ['mqtt_bad_flags', say(true, connect(), packet(0x80, [0, 1]), packet(0x80, [0, 1]))],
  ['mqtt_bad_quality', say(true, connect(), publish('a', '', 6))],
  ['mqtt_before_connect', say(true, publish('a'), connect())],
];
for (const [name, ...turns] of oddities) {
  t.test(name, (t) => {
    t.same(odd(sameForEveryCut(t, mqtt, turns)), [name]);
    t.end();
  });
}

t.test('after lost bytes the next packet is found', (t) => {
  const all = converse(mqtt, [
    say(true, connect()),
    { toServer: true, gap: 9 },
    say(true, bytesOf([0, 1])),
    say(true, ping),
  ]);
  t.same([kinds(all), odd(all)], [['> CONNECT', '> PINGREQ'], []]);
  t.end();
});

t.test('is recognised by CONNECT on any port; all else needs the port', (t) => {
  knows(t, mqtt, connect({ id: 'a' }));
  knows(t, mqtt, connect({ id: 'a', level: 3 }));
  const port = { serverPort: 1883 };
  t.equal(mqtt.recognises(segment(connack(0))), NO);
  t.equal(mqtt.recognises(segment(connack(0), port)), YES);
  t.equal(mqtt.recognises(segment(connack(0).subarray(0, 2), port)), MAYBE);
  t.equal(mqtt.recognises(segment(publish('ward/1'), port)), YES);
  t.equal(mqtt.recognises(segment(ping, port)), YES);
  for (const bytes of [ping, publish('a')]) t.equal(mqtt.recognises(segment(bytes)), NO);
  for (const bytes of [publish('\x01'), bytesOf([0xc0, 5]), bytesOf([0, 0]), bytesOf([0x30, 200, 200, 200, 200])])
    t.equal(mqtt.recognises(segment(bytes, port)), NO);
  t.equal(mqtt.recognises(segment(bytesOf(), port)), MAYBE);
  refusesOthers(t, mqtt, 'mqtt connect');
  t.end();
});

t.test('noise', (t) => {
  survivesNoise(t, mqtt, [
    say(true, connect({ id: 'a', password: 'b', user: 'c' })),
    say(false, connack(0)),
    say(true, publish('a')),
  ]);
  t.end();
});
