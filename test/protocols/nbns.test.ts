import t from 'tap';
import { createNbns } from '../../protocols/nbns/decoder.ts';
import { limits } from '../../src/limits.ts';
import { NO, YES } from '../../src/protocol.ts';
import { odd, refusesOthers, survivesDamage } from '../support/conversations.ts';
import { domain, header, identities, lookups, messages, netbios, question, record, toFirst } from '../support/names.ts';
import { bytes, u16 } from '../support/packet.ts';
import { converse, type Heard, segment } from '../support/protocol.ts';

const nbns = createNbns({ limits });
const told = (datagram: Uint8Array): Heard[] => converse(nbns, [{ toServer: true, bytes: datagram }]);

const NB = 0x20;
const NBSTAT = 0x21;
const GROUP = 0x8000;
const registration = (name: string, suffix: number, flags = 0): Uint8Array =>
  bytes(
    header(0x2910, 1, 0, 0, 1),
    question(netbios(name, suffix), NB),
    record(toFirst, NB, bytes(u16(flags), [10, 1, 0, 9])),
  );
const query = bytes(header(0x0110, 1, 0, 0, 0), question(netbios('PACS', 0x20), NB));
const answer = bytes(
  header(0x8500, 0, 1, 0, 0),
  record(netbios('PACS', 0x20), NB, bytes(u16(0), [10, 1, 0, 7], u16(0), [10, 1, 0, 8])),
);
const entry = (name: string, suffix: number, flags: number): Uint8Array => bytes(name.padEnd(15), [suffix], u16(flags));
const status = bytes(
  header(0x8400, 0, 1, 0, 0),
  record(
    netbios('*', 0),
    NBSTAT,
    bytes(
      [4],
      entry('MONITOR-3', 0, 0x0400),
      entry('RADIOLOGY', 0, GROUP),
      entry('CANARY-PERSON', 3, 0x0400),
      entry('MONITOR-3', 0x20, 0x0400),
      new Uint8Array(46),
    ),
  ),
);

t.test('a name is asked for and answered with all its addresses', (t) => {
  t.same(lookups(told(query)), ['query PACS NB']);
  t.same(lookups(told(answer)), ['answer PACS NB 10.1.0.7', 'answer PACS NB 10.1.0.8']);
  t.end();
});

t.test('a machine registers its name', (t) => {
  t.same(lookups(told(registration('US-1', 0))), ['announcement US-1 NB 10.1.0.9']);
  t.same(identities(told(registration('US-1', 0))), ['name US-1 by NBNS registration']);
  t.end();
});

t.test('the name of a group is its domain, and nobody is called by it', (t) => {
  t.same(lookups(told(registration('RADIOLOGY', 0, GROUP))), ['announcement RADIOLOGY NB']);
  t.same(identities(told(registration('RADIOLOGY', 0, GROUP))), ['domain RADIOLOGY by NBNS registration']);
  t.end();
});

t.test('the status of a machine tells its names', (t) => {
  t.same(lookups(told(status)), ['answer * NBSTAT']);
  t.same(identities(told(status)), [
    'name MONITOR-3 by NBNS node status',
    'domain RADIOLOGY by NBNS node status',
    'name MONITOR-3 by NBNS node status',
  ]);
  t.end();
});

t.test('a name of the messenger service may be a person, and is never told', (t) => {
  for (const one of [status, registration('CANARY-PERSON', 3)]) t.notMatch(JSON.stringify(told(one)), /CANARY/i);
  t.end();
});

t.test('the rest is counted', (t) => {
  const named = (flags: number): Uint8Array => bytes(header(flags, 1, 0, 0, 0), question(netbios('US-1', 0), NB));
  t.same(messages(told(named(0x3000))), ['release']);
  t.same(messages(told(named(0xb000))), ['release answer']);
  t.same(messages(told(named(0xad00))), ['registration answer']);
  t.same(messages(told(named(0xb800))), ['wait']);
  t.end();
});

t.test('everything broken has one name', (t) => {
  const broken = [
    query.subarray(0, 11),
    bytes(header(0x0110, 1, 0, 0, 0), question(domain('pacs.test'), NB)),
    bytes(header(0x0110, 1, 0, 0, 0), question(netbios('PACS', 0), 1)),
    registration('US-1', 0).subarray(0, -1),
    bytes(header(0x8400, 0, 1, 0, 0), record(netbios('*', 0), NBSTAT, [9, 1])),
    bytes(header(0x1000, 1, 0, 0, 0), question(netbios('PACS', 0), NB)),
  ];
  for (const datagram of broken) t.same(odd(told(datagram)), ['nbns_broken_message']);
  t.end();
});

t.test('a question that calls itself an answer has no addresses, whatever the answer before it had', (t) => {
  const flags = 0x8500;
  for (const type of [NB, NBSTAT]) {
    told(answer);
    told(status);
    const short = bytes(header(flags, 1, 0, 0, 0), question(netbios('PACS', 0x20), type));
    t.same(lookups(told(short)), [`answer PACS ${type === NB ? 'NB' : 'NBSTAT'}`]);
  }
  t.end();
});

t.test('is known by its encoded name, from either side and on any port', (t) => {
  for (const toServer of [true, false]) {
    for (const one of [query, answer, status]) t.equal(nbns.recognises(segment(one, { toServer })), YES);
    t.equal(nbns.recognises(segment(bytes(header(0x0110, 1, 0, 0, 0), question(domain('pacs'), 1)), { toServer })), NO);
  }
  refusesOthers(t, nbns);
  for (const one of [query, answer, status]) survivesDamage(t, nbns, one);
  t.end();
});
