/** What cards about data on its way out remember, and for how long (one detector alone). */
import t from 'tap';
import { Bench, DAY_US, HOUR_US, linkOf, OUTSIDE } from '../support/bench.ts';

const NURSE = 20_000;
const outward = linkOf(1, OUTSIDE);

function days(bench: Bench, bytes: readonly number[], link = outward): Bench {
  for (const payloadToServer of bytes) bench.tell('flowUpdate', { payloadToServer }, link).after(DAY_US);
  return bench;
}

t.test('EX-04 watches 4096 pairs; the oldest gives way', (t) => {
  const others = (count: number): number[] => {
    const bench = days(new Bench('EX-04'), [9e6, 1e6]);
    for (let i = 1; i <= count; i++) bench.tell('flowUpdate', { payloadToServer: 1 }, linkOf(1, OUTSIDE + i));
    return days(bench, [1e7 + 1]).said;
  };
  t.same(others(4_095), [0.7]);
  t.same(others(4_096), []);
  t.end();
});

t.test('EX-04 judges a day that is over, when something is sent again', (t) => {
  const five = [2e4, 2e4, 2e4, 2e4, 2e4];
  const zero = days(new Bench('EX-04'), five).tell('flowUpdate', { payloadToServer: 0 }, outward);
  t.same(zero.said, [], 'nothing was sent');
  t.same(zero.tell('flowUpdate', { payloadToServer: 1 }, outward).said, [0.7]);
  const inward = linkOf(OUTSIDE, 1);
  const other = new Bench('EX-04');
  for (const payloadToClient of five) other.tell('flowUpdate', { payloadToClient }, inward).after(DAY_US);
  t.same(other.tell('flowUpdate', { payloadToServer: 1 }, inward).said, []);
  t.same(other.tell('flowUpdate', { payloadToClient: 1 }, inward).said, [0.7]);
  const same = days(new Bench('EX-04'), [2e4, 2e4, 2e4, 2e4]);
  same.tell('flowUpdate', { payloadToServer: 2e4 }, outward).tell('flowUpdate', { payloadToServer: 1 }, outward);
  t.same(same.said, [], 'the fifth day goes on');
  t.end();
});

t.test('EX-04 forgets what was sent on this day thirty days ago, and says on how many days it was', (t) => {
  const bench = days(new Bench('EX-04'), [19e6]).after(21 * DAY_US);
  days(days(bench, [19e6]).after(DAY_US), [1e6]).after(5 * DAY_US);
  t.same(days(bench, [19e6]).said, []);
  const three = days(new Bench('EX-04'), [9e6, 9e6, 9e6]);
  t.match(three.reports[0]?.sentences().happened, /on 3 of the last 7 days: 27\.0 MB/);
  t.end();
});

/** All of them medical. */
function facts(number: number) {
  const rest = { class: '', tier: 3, zone: '', domain: '' };
  return { number, label: `${number}`, address: `${number}`, medical: true, external: number >= OUTSIDE, ...rest };
}

t.test('EX-04 sums up what creeps of 16384 devices', (t) => {
  const last = (count: number): number[] => {
    const bench = new Bench('EX-04', { device: facts });
    const day = { deviation: 3, value: 5e6, usual: 1e6 };
    for (let i = 0; i < count; i++) bench.bin('bytes-out-external', 'day', day, linkOf(i, OUTSIDE));
    return bench.bin('bytes-out-external', 'day', day, linkOf(count - 1, OUTSIDE)).said;
  };
  t.same(last(16_384), [0.7]);
  t.same(last(16_385), []);
  t.end();
});

t.test('EX-06 knows of 4096 devices when they asked, and how often they did not', (t) => {
  const hello = { protocol: 'tls', serverName: '' };
  const call = (bench: Bench, count: number, client = 1): Bench => {
    for (let i = 0; i < count; i++) bench.tell('handshake', hello, linkOf(client, OUTSIDE));
    return bench;
  };
  const ask = (bench: Bench, client = 1): Bench => bench.tell('lookup', { name: 'example.org' }, linkOf(client, NURSE));
  t.same(call(call(ask(new Bench('EX-06')), 19).after(DAY_US), 1).said, [0.4], 'it asked at the very beginning');
  t.same(call(ask(call(new Bench('EX-06'), 19).after(1)).after(DAY_US), 1).said, [], 'it asked since');
  const asked = (others: number): number[] => {
    const bench = ask(call(new Bench('EX-06'), 19).after(1));
    for (let i = 1; i <= others; i++) ask(bench, 1 + i);
    return call(bench.after(DAY_US), 1).said;
  };
  t.same(asked(4_095), []);
  t.same(asked(4_096), [0.4]);
  const silent = (others: number): number[] => {
    const bench = call(new Bench('EX-06'), 19);
    for (let i = 1; i <= others; i++) call(bench, 1, 1 + i);
    return call(bench.after(DAY_US), 1).said;
  };
  t.same(silent(4_095), [0.4]);
  t.same(silent(4_096), []);
  t.end();
});

function fetch(bench: Bench, from: number, to: number, client = NURSE): Bench {
  for (let studyHash = from; studyHash < to; studyHash++) {
    bench.tell('instance', { fromClient: false, studyHash, bytes: 1 }, linkOf(client, 1));
  }
  return bench;
}

t.test('EX-10 remembers 512 pairs, 4096 studies and 168 hours', (t) => {
  const others = (count: number): number[] => {
    const bench = fetch(new Bench('EX-10'), 1, 21);
    for (let i = 1; i <= count; i++) fetch(bench, 1, 2, NURSE + i);
    return fetch(bench, 21, 22).said;
  };
  t.same(others(511), [0.7]);
  t.same(others(512), []);
  const many = fetch(new Bench('EX-10'), 1, 4_099);
  t.match(many.reports[0]?.sentences().happened, /had 4096 studies/);
  // The older half took four studies an hour, the newer half one: the middle tells how many hours are known.
  const hours = (old: number, young: number): number[] => {
    const bench = new Bench('EX-10');
    for (let i = 0; i < old + young; i++) fetch(bench, 1, i < old ? 5 : 2).after(HOUR_US);
    return fetch(bench, 1, 25).said;
  };
  t.same(hours(84, 84), []);
  t.same(hours(84, 85), [0.7]);
  t.end();
});

t.test('EX-10 remembers 1024 requesters by their AE title', (t) => {
  const sent = (others: number): number[] => {
    const bench = new Bench('EX-10');
    const ask = (client: number, callingAe: string): void => {
      const link = linkOf(client, 1);
      bench.tell('association', { callingAe }, link).tell('dimse', { verb: 'C-MOVE-RQ' }, link);
    };
    for (let i = 0; i <= others; i++) ask(NURSE + i, `AE${i}`);
    const third = linkOf(1, NURSE + 9_000);
    bench.tell('dimse', { verb: 'C-STORE-RQ', moveOriginator: 'AE0' }, third);
    for (let studyHash = 1; studyHash < 22; studyHash++) bench.tell('instance', { studyHash, bytes: 1 }, third);
    return bench.said;
  };
  t.same(sent(1_023), [0.7]);
  t.same(sent(1_024), []);
  t.end();
});

t.test('EX-13 remembers 1024 pairs and 168 hours', (t) => {
  const read = (bench: Bench, count: number, client = NURSE): Bench =>
    bench.tell('message', { protocol: 'fhir', kind: 'read', count }, linkOf(client, 1));
  const others = (count: number): number[] => {
    const bench = read(new Bench('EX-13'), 2_000);
    for (let i = 1; i <= count; i++) read(bench, 1, NURSE + i);
    return read(bench, 1).said;
  };
  t.same(others(1_023), [0.6]);
  t.same(others(1_024), []);
  const hours = (old: number, young: number): number[] => {
    const bench = new Bench('EX-13');
    for (let i = 0; i < old + young; i++) read(bench, i < old ? 300 : 1).after(HOUR_US);
    return read(bench, 2_001).said;
  };
  t.same(hours(84, 84), []);
  t.same(hours(84, 85), [0.6]);
  t.end();
});
