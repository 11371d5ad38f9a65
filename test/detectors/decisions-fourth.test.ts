/** Decisions of cards about data on its way out, each on both sides of its border (one detector alone). */
import t from 'tap';
import type { Bin, Link } from '../../src/detect.ts';
import { Bench, DAY_US, HOUR_US, linkOf, MINUTE_US, OUTSIDE, verdictOf } from '../support/bench.ts';

const NURSE = 20_000;
const inward = linkOf(NURSE, 1);
const outward = linkOf(1, OUTSIDE);
const accepted = { verdict: () => verdictOf({ accepted: true }) };

t.test('EX-01 asks for two bins in a row with five megabytes', (t) => {
  const told = (fields: Partial<Bin>): number[] =>
    new Bench('EX-01').bin('bytes-out-external', 'hour', { run: 2, value: 5e6, usual: 1e3, limit: 1e5, ...fields })
      .said;
  t.same(told({}), [0.7]);
  t.same(told({ run: 1 }), []);
  t.same(told({ run: 3 }), [0.7]);
  t.same(told({ value: 5e6 - 1 }), []);
  t.same(told({ state: 'learn' }), []);
  t.end();
});

t.test('EX-01 has a ceiling of 100 MB an hour, of 1 MB for classes that have no partners outside', (t) => {
  const told = (value: number, limit = Number.NaN, external?: string[]): number[] => {
    const profile = external === undefined ? null : { class: 'x', tier: 3, initiator: 'device' as const, external };
    return new Bench('EX-01', { profile: () => profile }).bin('bytes-out-external', 'hour', { value, limit }).said;
  };
  t.same(told(1e8), [0.6]);
  t.same(told(1e8 - 1), []);
  t.same(told(1e8, 1e8), [], 'no more than what deviates');
  t.same(told(1e8, 1e8 - 1), [0.6]);
  t.same(told(1e6, Number.NaN, []), [0.6]);
  t.same(told(1e6 - 1, Number.NaN, []), []);
  t.same(told(1e6, Number.NaN, ['example.org']), []);
  t.end();
});

t.test('EX-01 writes sizes as people do', (t) => {
  const usual = (size: number): string | undefined =>
    new Bench('EX-01').bin('bytes-out-external', 'hour', { run: 2, value: 5e6, usual: size }).reports[0]?.sentences()
      .usual;
  t.match(usual(1e9), / 1\.0 GB /);
  t.match(usual(1e9 - 1), / 1000\.0 MB /);
  t.match(usual(1e5), / 0\.1 MB /);
  t.match(usual(1e5 - 1), / 100 kB /);
  t.end();
});

t.test('EX-02 asks for two hours in a row in which a receiver sends', (t) => {
  const hours = (count: number, now: number, usual: number, bytes = 1e6): number[] => {
    const bench = new Bench('EX-02');
    for (let i = 0; i < count; i++) bench.bin('bytes-in', 'hour', { balance: { now, usual, bytes } });
    return bench.said;
  };
  t.same(hours(2, 0.5, -0.25), [0.7]);
  t.same(hours(1, 0.5, -0.25), []);
  t.same(hours(3, 0.5, -0.25), [0.7, 0.7]);
  t.same(hours(2, 0.5, -0.25, 1e6 - 1), []);
  t.same(hours(2, 0.25, -0.25), [], 'half a balance');
  t.same(hours(2, 0, -0.75), [], 'as much in as out');
  t.same(hours(2, 0.75, 0), [], 'as much in as out, usually');
  t.end();
});

t.test('EX-02 remembers 16384 devices', (t) => {
  const balance = { now: 0.9, usual: -0.9, bytes: 1e6 };
  const last = (count: number): number[] => {
    const bench = new Bench('EX-02', { device: facts });
    for (let i = 0; i < count; i++) bench.bin('bytes-in', 'hour', { balance }, linkOf(i, OUTSIDE));
    return bench.bin('bytes-in', 'hour', { balance }, linkOf(count - 1, OUTSIDE)).said;
  };
  t.same(last(16_384), [0.7]);
  t.same(last(16_385), []);
  t.end();
});

/** All of them medical. */
function facts(number: number) {
  const rest = { class: '', tier: 3, zone: '', domain: '' };
  return { number, label: `${number}`, address: `${number}`, medical: true, external: number >= OUTSIDE, ...rest };
}

/** So many bytes on each of the days that follow each other. */
function days(bench: Bench, bytes: readonly number[], link = outward): Bench {
  for (const payloadToServer of bytes) bench.tell('flowUpdate', { payloadToServer }, link).after(DAY_US);
  return bench;
}

t.test('EX-04 counts more than 20 MB in seven days or 50 MB in thirty, on three days at least', (t) => {
  const sent = (bytes: readonly number[]): number[] => days(new Bench('EX-04'), bytes).said;
  t.same(sent([9e6, 1e6, 1e7 + 1]), [0.7]);
  t.same(sent([9e6, 1e6, 1e7]), []);
  t.same(sent([2e7, 2e7]), [], 'two days');
  const month = (last: number): number[] => {
    const bench = new Bench('EX-04');
    days(bench, [15e6]).after(6 * DAY_US);
    days(bench, [1e6, 14e6]).after(6 * DAY_US);
    return days(bench, [5e6, last]).said;
  };
  t.same(month(15e6 + 1), [0.7]);
  t.same(month(15e6), []);
  t.end();
});

t.test('EX-04 forgets what is thirty days old', (t) => {
  const sent = (gap: number): number[] =>
    days(days(days(new Bench('EX-04'), [19e6]).after(gap * DAY_US), [19e6]).after(7 * DAY_US), [19e6]).said;
  t.same(sent(20), [0.7]);
  t.same(sent(21), []);
  t.end();
});

t.test('EX-04 speaks of five steady days with 20 kB each', (t) => {
  const steady = (bytes: readonly number[]): number[] => days(new Bench('EX-04'), [...bytes, 1]).said;
  t.same(steady([2e4, 2e4, 2e4, 2e4, 2e4]), [0.7]);
  t.same(steady([2e4, 2e4, 2e4, 2e4]), []);
  t.same(steady([2e4, 2e4, 2e4, 2e4, 2e4 - 1]), []);
  t.same(steady([13e3, 27e3, 13e3, 27e3, 13e3, 27e3].map((one) => 2 * one)), [], 'a spread of 35 in 100');
  t.same(steady([15e3, 25e3, 15e3, 25e3, 15e3, 25e3].map((one) => 2 * one)), [0.7], 'of 25');
  t.same(steady([14e3, 26e3, 14e3, 26e3, 14e3, 26e3].map((one) => 2 * one)), [], 'of 30');
  t.end();
});

t.test('EX-04 says a partner again after a week', (t) => {
  const said = (count: number): number[] => days(new Bench('EX-04'), new Array<number>(count).fill(8e6)).said;
  t.same(said(9), [0.7]);
  t.same(said(10), [0.7, 0.7]);
  t.end();
});

t.test('EX-04 sums up what creeps', (t) => {
  const creep = (count: number, deviation: number, value = 5e6, usual = 1e6): number[] => {
    const bench = new Bench('EX-04');
    for (let i = 0; i < count; i++) bench.bin('bytes-out-external', 'day', { deviation, value, usual });
    return bench.said;
  };
  t.same(creep(2, 3), [0.7]);
  t.same(creep(1, 9), [], 'a burst');
  t.same(creep(5, 1.5), [0.7]);
  t.same(creep(4, 1.5), []);
  t.same(creep(20, 0.5), []);
  t.same(creep(2, 3, 5e6 - 1), []);
  t.same(creep(2, 3, 6e6, 4e6), [0.7]);
  t.same(creep(2, 3, 6e6 - 1, 4e6), []);
  t.end();
});

t.test('EX-06 counts twenty connections of a day without a question', (t) => {
  const quiet = (count: number, us: number): number[] => {
    const bench = new Bench('EX-06');
    const hello = { protocol: 'tls', serverName: '' };
    for (let i = 0; i < count - 1; i++) bench.tell('handshake', hello, outward);
    return bench.after(us).tell('handshake', hello, outward).said;
  };
  t.same(quiet(20, DAY_US), [0.4]);
  t.same(quiet(19, DAY_US), []);
  t.same(quiet(20, DAY_US - 1), []);
  t.same(new Bench('EX-06').tell('lookup', { name: 'example.org' }, outward).said, [0.6]);
  t.end();
});

/** Whoever asks has been accepted to ask, not to ask for everything. */
const acquainted = { verdict: ({ verb }: { verb: string }) => verdictOf({ accepted: verb === '' }) };

t.test('EX-09 counts broad questions of ten minutes and answers of an hour', (t) => {
  const ask = (count: number, us: number): number[] => {
    const bench = new Bench('EX-09', acquainted);
    const question = { broad: true, verb: 'C-FIND-RQ' };
    for (let i = 0; i < count - 1; i++) bench.tell('query', question, inward);
    return bench.after(us).tell('query', question, inward).said;
  };
  t.same(ask(3, 10 * MINUTE_US), [0.6]);
  t.same(ask(3, 10 * MINUTE_US + 1), []);
  t.same(ask(2, 0), []);
  t.same(ask(9, 0), [0.6]);
  const answer = (count: number, us: number): number[] => {
    const bench = new Bench('EX-09');
    const given = { verb: 'C-FIND-RSP', fromClient: false };
    for (let i = 0; i < count - 1; i++) bench.tell('dimse', given, inward);
    return bench.after(us).tell('dimse', given, inward).said;
  };
  t.same(answer(500, HOUR_US), [0.7]);
  t.same(answer(500, HOUR_US + 1), []);
  t.same(answer(499, 0), []);
  const others = (count: number): number[] => {
    const bench = new Bench('EX-09', acquainted);
    const question = { broad: true, verb: 'C-FIND-RQ' };
    bench.tell('query', question, inward).tell('query', question, inward);
    for (let i = 1; i <= count; i++) bench.tell('query', question, linkOf(NURSE + i, 1));
    return bench.tell('query', question, inward).said;
  };
  t.same(others(4_095), [0.6]);
  t.same(others(4_096), []);
  t.end();
});

t.test('EX-11 is surer of places outside, and remembers 4096 pairs', (t) => {
  const store = (bench: Bench, server: number): Bench => bench.tell('dimse', { verb: 'C-STORE-RQ' }, linkOf(1, server));
  t.same(store(new Bench('EX-11'), 2).said, [0.6]);
  t.same(store(new Bench('EX-11'), OUTSIDE).said, [0.9]);
  t.same(store(new Bench('EX-11', { mayTalk: () => false }), 2).said, [0.9]);
  t.same(store(new Bench('EX-11', { verdict: () => verdictOf({ count: 1 }) }), 2).said, []);
  const again = (others: number): number => {
    const bench = new Bench('EX-11');
    for (let i = 0; i <= others; i++) store(bench, 2 + i);
    return store(bench, 2).said.length - others;
  };
  t.equal(again(4_095), 1);
  t.equal(again(4_096), 2);
  t.end();
});

/** Images of so many studies, that the client fetches. */
function fetch(bench: Bench, studies: number, bytes = 1, link: Link = inward): Bench {
  for (let studyHash = 1; studyHash <= studies; studyHash++) {
    bench.tell('instance', { fromClient: false, studyHash, bytes }, link);
  }
  return bench;
}

t.test('EX-10 counts more than twenty studies or two gigabytes an hour, eight times the usual', (t) => {
  t.same(new Bench('EX-10').tell('dimse', { verb: 'C-MOVE-RQ', moveDestination: 'X' }, inward).said, [0.8]);
  t.same(fetch(new Bench('EX-10'), 21).said, [0.7]);
  t.same(fetch(new Bench('EX-10'), 40).said, [0.7], 'once');
  t.same(fetch(new Bench('EX-10'), 20).said, []);
  t.same(fetch(new Bench('EX-10'), 1, 2e9 + 1).said, [0.7]);
  t.same(fetch(new Bench('EX-10'), 1, 2e9).said, []);
  const usual = (before: number, studies: number, bytes = 1, now = 1): number[] =>
    fetch(fetch(new Bench('EX-10'), before, bytes).after(HOUR_US), studies, now).said;
  t.same(usual(3, 24), []);
  t.same(usual(3, 25), [0.7]);
  t.same(usual(1, 1, 3e8, 24e8), []);
  t.same(usual(1, 1, 3e8, 24e8 + 1), [0.7]);
  const hour = (us: number): number[] => fetch(fetch(new Bench('EX-10'), 1, 1e9).after(us), 1, 1e9 + 1).said;
  t.same(hour(HOUR_US - 1), [0.7]);
  t.same(hour(HOUR_US), []);
  const known = (hours: number): number[] => {
    const bench = new Bench('EX-10', accepted);
    for (let i = 0; i < hours; i++) fetch(bench, 1).after(HOUR_US);
    return fetch(bench, 21).said;
  };
  t.same(known(24), [0.7]);
  t.same(known(23), []);
  t.end();
});

t.test('EX-13 counts more than two thousand reads an hour, eight times the usual', (t) => {
  const reads = (bench: Bench, count: number): Bench =>
    bench.tell('message', { protocol: 'fhir', kind: 'read', count }, inward);
  t.same(reads(new Bench('EX-13'), 2_001).said, [0.6]);
  t.same(reads(reads(new Bench('EX-13'), 2_001), 1).said, [0.6], 'once');
  t.same(reads(new Bench('EX-13'), 2_000).said, []);
  const usual = (count: number): number[] => reads(reads(new Bench('EX-13'), 300).after(HOUR_US), count).said;
  t.same(usual(2_401), [0.6]);
  t.same(usual(2_400), []);
  const hour = (us: number): number[] => reads(reads(new Bench('EX-13'), 1).after(us), 2_000).said;
  t.same(hour(HOUR_US - 1), [0.6]);
  t.same(hour(HOUR_US), []);
  const known = (hours: number): number[] => {
    const bench = new Bench('EX-13', accepted);
    for (let i = 0; i < hours; i++) reads(bench, 1).after(HOUR_US);
    return reads(bench, 2_001).said;
  };
  t.same(known(24), [0.6]);
  t.same(known(23), []);
  const all = { isRequest: true, method: 'GET', pathClass: '/$export' };
  t.same(new Bench('EX-13').tell('httpMessage', all, inward).said, [0.8]);
  t.end();
});

t.test('EX-14 speaks of a pair once a day, and remembers 4096', (t) => {
  const send = (bench: Bench, server: number): Bench => bench.tell('hl7Message', { type: 'ORU' }, linkOf(1, server));
  const again = (us: number): number[] => send(send(new Bench('EX-14'), OUTSIDE).after(us), OUTSIDE).said;
  t.same(again(DAY_US - 1), [0.9]);
  t.same(again(DAY_US), [0.9, 0.9]);
  const spoken = (others: number): number => {
    const bench = new Bench('EX-14');
    for (let i = 0; i <= others; i++) send(bench, OUTSIDE + i);
    return send(bench, OUTSIDE).said.length - others;
  };
  t.equal(spoken(4_095), 1);
  t.equal(spoken(4_096), 2);
  const zones = new Bench('EX-14', { mayTalk: () => false });
  zones.facts.set(1, { zone: 'a' }).set(2, { zone: 'b' });
  t.same(send(zones, 2).said, [0.6]);
  t.end();
});

t.test('EX-16 counts a megabyte of a day, of tiers 1 to 3, and watches 2048 pairs', (t) => {
  const bench = (tier = 3): Bench => {
    const one = new Bench('EX-16', {}, { places: 'files.example.org' });
    one.facts.set(OUTSIDE, { domain: 'files.example.org' }).set(1, { tier });
    return one;
  };
  const send = (one: Bench, payloadToServer: number, client = 1): Bench => {
    one.facts.set(client, { tier: 3, ...one.facts.get(client) });
    return one.tell('flowUpdate', { payloadToServer }, linkOf(client, OUTSIDE));
  };
  t.same(send(bench(), 1e6).said, [0.7]);
  t.same(send(bench(), 1e6 - 1).said, []);
  t.same(send(bench(4), 1e6).said, []);
  t.same(send(send(bench(), 999_999).after(DAY_US), 1).said, [0.7]);
  t.same(send(send(bench(), 999_999).after(DAY_US + 1), 1).said, []);
  const others = (count: number): number[] => {
    const one = send(bench(), 999_999);
    for (let i = 1; i <= count; i++) send(one, 1, 1 + i);
    return send(one, 1).said;
  };
  t.same(others(2_047), [0.7]);
  t.same(others(2_048), []);
  t.end();
});
