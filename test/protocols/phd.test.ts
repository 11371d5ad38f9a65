import t from 'tap';
import { createPhd } from '../../protocols/phd/decoder.ts';
import { limits } from '../../src/limits.ts';
import { MAYBE, NO, YES } from '../../src/protocol.ts';
import { knows, odd, refusesOthers, sameForEveryCut, survivesNoise } from '../support/conversations.ts';
import { action, apdu, attributes, data, event, refusal, request, response, u16 } from '../support/phd.ts';
import { bytesOf, converse, type Heard, segment, type Turn } from '../support/protocol.ts';

const phd = createPhd({ limits });
const say = (toServer: boolean, ...parts: readonly Uint8Array[]): Turn => ({ toServer, bytes: bytesOf(...parts) });

const of = (all: readonly Heard[], kind: string): Record<string, unknown>[] =>
  all.filter((one) => one.kind === kind).map((one) => one.record);
const kinds = (all: readonly Heard[]): unknown[] =>
  of(all, 'message').map((one) => `${one.fromClient ? '>' : '<'} ${one.kind}`);
const operations = (all: readonly Heard[]): unknown[] =>
  of(all, 'operation').map((one) => `${one.fromClient ? '>' : '<'} ${one.verb} ${one.object} ${one.outcome}`);
const identities = (all: readonly Heard[]): unknown[] =>
  of(all, 'identity').map((one) => `${one.ofClient ? 'client' : 'server'} ${one.attribute}=${one.value} ${one.source}`);

const MEASUREMENT = 3357;
const SET_TIME = 3095;

t.test('a pulse oximeter associates, is asked who it is, measures and leaves', (t) => {
  const all = sameForEveryCut(t, phd, [
    say(true, request(0x190)),
    say(false, response(3)),
    say(true, event(1, 3356, [0x40, 0, 0, 0, 0, 0])),
    say(false, data(1, 0x0201, u16(0), [0, 0, 0, 0], u16(3356), u16(0)), data(2, 0x0103, u16(0), [0, 0, 0, 0])),
    say(true, attributes(2), event(3, MEASUREMENT, 'CANARY 98%'), event(4, MEASUREMENT, 'CANARY 97%')),
    say(true, apdu(0xe400, u16(0))),
    say(false, apdu(0xe500, u16(0))),
  ]);
  t.same(kinds(all), [
    '> AARQ',
    '< AARE accepted',
    '> configuration report',
    '< event report response',
    '< get',
    '> get response',
    '> measurement report',
    '> measurement report',
    '> RLRQ',
    '< RLRE',
  ]);
  t.same(identities(all), [
    'client device-uid=001C0501006510A1 IEEE 11073 system-id',
    'client specialisation=pulse oximeter IEEE 11073 dev-config-id',
    'server device-uid=0011223344556677 IEEE 11073 system-id',
    'client manufacturer=Signove Ltd IEEE 11073 System-Model',
    'client model=PulseOx 3000 IEEE 11073 System-Model',
    'client serial=SN-3000-77 IEEE 11073 Production-Specification',
    'client software=FW 1.4 IEEE 11073 Production-Specification',
    'client specialisation=pulse oximeter IEEE 11073 System-Type-Spec-List',
  ]);
  t.same([operations(all), odd(all)], [[], []]);
  t.notMatch(JSON.stringify(all), /CANARY/);
  t.end();
});

t.test('what a manager sets and orders is an operation, with its end; what it fetches is none', (t) => {
  const all = sameForEveryCut(t, phd, [
    say(true, request(0x4000)),
    say(false, response(0), action(1, SET_TIME)),
    say(true, data(1, 0x0207, u16(0), u16(SET_TIME), u16(0))),
    say(false, data(2, 0x0105, u16(12), 'CANARY')),
    say(true, data(2, 0x0300, u16(0), u16(0))),
    say(false, action(3, 3084, 7), action(4, 3085), action(5, 3099), action(6, 3100), data(7, 0x0106, u16(1), u16(9))),
    say(true, data(99, 0x0207, u16(0))),
    say(true, data(7, 0x0400, u16(1))),
    say(true, event(8, 3361), event(9, 3400), apdu(0xe600, u16(2))),
  ]);
  t.same(operations(all), [
    '< Set-Time MDS asked',
    '< Set-Time MDS done',
    '< Set handle 12 asked',
    '< Set handle 12 failed',
    '< Clear-Segments handle 7 asked',
    '< Action handle 1 asked',
    '< Action handle 1 failed',
  ]);
  t.same(kinds(all).slice(-3), ['> segment data', '> event report', '> ABRT']);
  t.match(of(all, 'transfer'), [{ protocol: 'phd', verb: 'read', fromClient: false }]);
  t.notMatch(JSON.stringify(all), /CANARY/);
  t.end();
});

t.test('a manager that refuses', (t) => {
  t.same(kinds(sameForEveryCut(t, phd, [say(true, request(0x190)), say(false, refusal(7))])), [
    '> AARQ',
    '< AARE rejected',
  ]);
  t.end();
});

const oddities: readonly [string, ...Turn[]][] = [
  ['phd_bad_choice', say(true, request(0x190), bytesOf([0xe8, 0, 0, 0])), say(true, request(0x190))],
  ['phd_bad_choice', say(true, request(0x190), bytesOf([0xe7, 0, 0xff, 0xff]))],
  ['phd_bad_length', say(true, request(0x190)), say(false, response(0)), say(true, apdu(0xe700, u16(3), [0, 1]))],
  [
    'phd_bad_length',
    say(true, request(0x190)),
    say(false, response(0), apdu(0xe700, u16(9), u16(1), u16(0x103), u16(2), [0, 0])),
  ],
  ['phd_data_before_association', say(true, event(1, MEASUREMENT), event(2, MEASUREMENT))],
];
for (const [name, ...turns] of oddities) {
  t.test(name, (t) => {
    t.same(odd(sameForEveryCut(t, phd, turns)), [name]);
    t.end();
  });
}

t.test('after lost bytes the next APDU is found', (t) => {
  const all = converse(phd, [
    say(true, request(0x190)),
    say(false, response(0)),
    { toServer: true, gap: 20 },
    say(true, bytesOf('rest of a report')),
    say(true, event(5, MEASUREMENT)),
  ]);
  t.same([kinds(all), odd(all)], [['> AARQ', '< AARE accepted', '> measurement report'], []]);
  t.end();
});

t.test('is recognised by its nested lengths, from either side, also in the middle', (t) => {
  knows(t, phd, request(0x190));
  knows(t, phd, response(0));
  knows(t, phd, refusal(7));
  knows(t, phd, event(1, MEASUREMENT));
  t.equal(phd.recognises(segment(event(1, MEASUREMENT), { midstream: true })), YES);
  t.equal(phd.recognises(segment(bytesOf())), MAYBE);
  for (const bytes of [
    apdu(0xe400, u16(0)),
    apdu(0xe300, u16(9), u16(0), u16(0)),
    apdu(0xe200, u16(1)),
    bytesOf([0xe7, 1]),
  ])
    t.equal(phd.recognises(segment(bytes)), NO);
  refusesOthers(t, phd);
  t.end();
});

t.test('noise', (t) => {
  survivesNoise(t, phd, [say(true, request(0x190)), say(false, response(0)), say(true, attributes(2))]);
  t.end();
});
