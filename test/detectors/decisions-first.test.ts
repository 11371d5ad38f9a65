/** Decisions of cards about access, new partners and files, each on both sides of its border (one detector alone). */
import t from 'tap';
import { Bench, DAY_US, HOUR_US, linkOf, MINUTE_US, OUTSIDE, verdictOf } from '../support/bench.ts';

const NURSE = 20_000;
const link = linkOf(1, 2);
const outward = linkOf(1, OUTSIDE);

t.test('RC-09 is less sure of a source that gave other commands', (t) => {
  const after = (acceptedCount: number): number[] =>
    new Bench('RC-09', { verdict: () => verdictOf({ acceptedCount }) }).tell(
      'operation',
      { protocol: 'modbus', verb: 'write' },
      linkOf(NURSE, 1),
    ).said;
  t.same(after(0), [0.8]);
  t.same(after(1), [0.6]);
  t.end();
});

t.test('RC-01 is surer of anybody than of a jump host', (t) => {
  const from = (listed: boolean): number[] =>
    new Bench('RC-01', { isJumpHost: () => listed }).relation(
      { device: 1, peer: NURSE, role: 'server' },
      {},
      linkOf(NURSE, 1, { protocol: 'ssh' }),
    ).said;
  t.same(from(false), [0.8]);
  t.same(from(true), [0.5]);
  t.end();
});

/** Questions of one device for so many new names. */
function ask(bench: Bench, from: number, to: number, name = (i: number) => `x${i}.example.org`, type = 'A'): Bench {
  for (let i = from; i < to; i++) bench.tell('lookup', { name: name(i), type }, link);
  return bench;
}

t.test('EX-05 counts the names of one day, each threshold once', (t) => {
  t.same(ask(new Bench('EX-05'), 0, 499).said, [0.5]);
  t.same(ask(new Bench('EX-05'), 0, 501).said, [0.5, 0.9]);
  t.same(ask(ask(new Bench('EX-05'), 0, 99).after(DAY_US), 99, 100).said, [0.5]);
  t.same(ask(ask(new Bench('EX-05'), 0, 99).after(DAY_US + 1), 99, 100).said, []);
  const many = ask(new Bench('EX-05'), 0, 1_101);
  t.match(many.reports.at(-1)?.sentences().happened, /asked for 1100 names/, 'no more are remembered');
  t.end();
});

t.test('EX-05 counts 4096 letters of new names', (t) => {
  const name = (i: number): string => `${'a'.repeat(30)}${10 + i}.${'b'.repeat(31)}.example.org`;
  t.same(ask(new Bench('EX-05'), 0, 64, name).said, [0.7]);
  t.same(ask(new Bench('EX-05'), 0, 64, (i) => (i === 0 ? name(i).slice(1) : name(i))).said, []);
  t.end();
});

t.test('EX-05 asks for more than four in five questions of types that carry data', (t) => {
  const bench = new Bench('EX-05');
  ask(bench, 0, 20, () => 'same.example.org');
  ask(bench, 0, 20, () => 'same.example.org', 'TXT');
  ask(bench, 0, 60, undefined, 'TXT');
  t.same(bench.said, [], 'four in five');
  t.same(ask(bench, 60, 61, undefined, 'TXT').said, [0.7]);
  t.same(ask(new Bench('EX-05'), 0, 49, undefined, 'TXT').said, []);
  t.end();
});

t.test('EX-05 counts fifty long names of many domains within an hour, the last label too', (t) => {
  const name = (i: number): string => `${'c'.repeat(47)}${10 + i}.d${i}.example${i}.org`;
  t.same(ask(new Bench('EX-05'), 0, 49, name).said, []);
  t.same(ask(new Bench('EX-05'), 0, 52, name).said, [0.7], 'once');
  t.same(ask(ask(new Bench('EX-05'), 0, 49, name).after(HOUR_US), 49, 50, name).said, [0.7]);
  t.same(ask(ask(new Bench('EX-05'), 0, 49, name).after(HOUR_US + 1), 49, 50, name).said, []);
  const last = (i: number): string => `a${i}.b${i}.${'c'.repeat(49)}`;
  t.same(ask(new Bench('EX-05'), 0, 50, last).said, [0.7]);
  t.end();
});

t.test('EX-05 leaves long names of fewer than five domains to their domains', (t) => {
  const of = (domains: number): number[] =>
    ask(new Bench('EX-05'), 0, 60, (i) => `${'c'.repeat(47)}${10 + i}.example${i % domains}.org`).said;
  t.same(of(4), []);
  t.same(of(5), [0.7]);
  t.end();
});

t.test('EX-05 counts a question whether an address is listed as the four letters that it carries', (t) => {
  const listed = (i: number): string => `${i % 256}.${i >> 8}.0.10.zen.example.org`;
  t.same(ask(new Bench('EX-05'), 0, 1_023, listed).said, []);
  t.same(ask(new Bench('EX-05'), 0, 1_024, listed).said, [0.7]);
  const mixed = ask(new Bench('EX-05'), 0, 99);
  t.same(ask(mixed, 0, 200, listed).said, [], 'beside names that are made up');
  t.same(ask(mixed, 99, 100).said, [0.5]);
  t.end();
});

t.test('EX-05 watches 2048 domains; the oldest gives way', (t) => {
  const others = (count: number): number[] => {
    const bench = ask(new Bench('EX-05'), 0, 99);
    ask(bench, 0, count, (i) => `www.other${i}.org`);
    return ask(bench, 99, 100).said;
  };
  t.same(others(2_047), [0.5]);
  t.same(others(2_048), []);
  t.end();
});

t.test('EX-15 speaks of a pair once a day', (t) => {
  const again = (us: number): number[] => {
    const bench = new Bench('EX-15');
    const lpd = linkOf(1, OUTSIDE, { serverPort: 515 });
    return bench.tell('flowStart', {}, lpd).after(us).tell('flowStart', {}, lpd).said;
  };
  t.same(again(DAY_US - 1), [0.7]);
  t.same(again(DAY_US), [0.7, 0.7]);
  t.end();
});

t.test('EX-15 remembers 4096 pairs; the oldest gives way', (t) => {
  const spoken = (others: number): number => {
    const bench = new Bench('EX-15');
    const lpd = (server: number) => linkOf(1, server, { serverPort: 515 });
    for (let i = 0; i <= others; i++) bench.tell('flowStart', {}, lpd(OUTSIDE + i));
    return bench.tell('flowStart', {}, lpd(OUTSIDE)).said.length - others;
  };
  t.equal(spoken(4_095), 1);
  t.equal(spoken(4_096), 2);
  t.end();
});

t.test('EX-15 speaks of files inside from tiers 1 and 2 only, and of laboratories', (t) => {
  const sends = (tier: number, name = ''): number[] => {
    const bench = new Bench('EX-15');
    bench.facts.set(1, { tier, class: name });
    return bench.tell('transfer', { protocol: 'ftp', verb: 'write' }, link).said;
  };
  t.same(sends(2), [0.7]);
  t.same(sends(3), []);
  t.same(sends(4, 'lab-analyser'), [0.7]);
  t.end();
});

t.test('EX-12 is surest of receivers outside and in zones that may not be talked to', (t) => {
  const sends = (to: number, mayTalk: boolean): number[] =>
    new Bench('EX-12', { mayTalk: () => mayTalk }).tell('hl7Message', { type: 'ORU' }, linkOf(1, to)).said;
  t.same(sends(2, true), [0.6]);
  t.same(sends(2, false), [0.9]);
  t.same(sends(OUTSIDE, true), [0.9]);
  const known = new Bench('EX-12', { verdict: ({ verb }) => verdictOf({ accepted: verb === '' }) });
  t.same(known.tell('hl7Message', { type: 'ORU' }, link).said, [0.4]);
  const seen = new Bench('EX-12', { verdict: ({ verb }) => verdictOf({ accepted: verb === '', count: 1 }) });
  t.same(seen.tell('hl7Message', { type: 'ORU' }, link).said, []);
  t.end();
});

t.test('RC-02 is surer of a session than of a name', (t) => {
  t.same(new Bench('RC-02').tell('message', { protocol: 'anydesk', kind: 'session' }, outward).said, [0.8]);
  t.same(new Bench('RC-02').tell('lookup', { name: 'router7.teamviewer.com' }, outward).said, [0.4]);
  t.end();
});

t.test('BL-01 adds up what makes it surer', (t) => {
  const sure = (peerPrevalence: number, mayTalk = true, forbidden = false): number[] =>
    new Bench('BL-01', {
      mayTalk: () => mayTalk,
      allows: () => (forbidden ? 'forbidden' : 'unknown'),
    }).relation({}, { peerPrevalence }, linkOf(1, NURSE)).said;
  t.same(sure(1), [0.4]);
  t.same(sure(0), [0.6]);
  t.same(sure(1, false), [0.6]);
  t.same(sure(1, true, true), [0.6]);
  t.same(sure(0, false, true), [1]);
  t.end();
});

t.test('BL-02 adds up what makes it surer', (t) => {
  const sure = (peerPrevalence: number, domain: string): number[] => {
    const bench = new Bench('BL-02');
    bench.facts.set(OUTSIDE, { domain });
    return bench.relation({}, { peerPrevalence }, outward).said;
  };
  t.same(sure(1, 'example.org'), [0.5]);
  t.same(sure(0, 'example.org'), [0.65]);
  t.same(sure(1, ''), [0.7]);
  t.same(sure(9, 'example.org'), [0.5]);
  t.same(sure(10, 'example.org'), [0.35]);
  t.end();
});

t.test('EX-03 counts one day from the first contact, to the byte', (t) => {
  const sent = (bytes: number, us: number): number[] =>
    new Bench('EX-03').relation({}, {}, outward).after(us).tell('flowUpdate', { payloadToServer: bytes }, outward).said;
  t.same(sent(5_000_000, DAY_US), [0.9]);
  t.same(sent(5_000_000, DAY_US + 1), []);
  t.same(sent(4_999_999, MINUTE_US), []);
  t.end();
});

t.test('EX-03 watches 4096 young partners; the oldest gives way', (t) => {
  const sent = (others: number): number[] => {
    const bench = new Bench('EX-03');
    bench.facts.set(OUTSIDE, { domain: 'example.org' });
    for (let i = 0; i <= others; i++) bench.relation({}, {}, linkOf(1, OUTSIDE + i));
    return bench.tell('flowUpdate', { payloadToServer: 5e6 }, outward).said;
  };
  t.same(sent(4_095), [0.9]);
  t.same(sent(4_096), []);
  t.end();
});
