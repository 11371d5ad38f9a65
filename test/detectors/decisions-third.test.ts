/** Decisions of cards about sessions, alarms, programs and Windows, each on both sides of its border (one detector alone). */
import t from 'tap';
import type { Link } from '../../src/detect.ts';
import { Bench, DAY_US, HOUR_US, linkOf, MINUTE_US, OUTSIDE, SECOND_US, verdictOf } from '../support/bench.ts';

const NURSE = 20_000;
const inward = linkOf(NURSE, 1);

t.test('RC-06 counts hours: one outside, four inside, and twelve are worse', (t) => {
  const open = (peer: number, hours: number): number[] =>
    new Bench('RC-06').tell('flowOpen', { stepSeconds: hours * 3600 }, linkOf(1, peer)).said;
  t.same(open(OUTSIDE, 1), [0.6]);
  t.same(open(OUTSIDE, 0.99), []);
  t.same(open(OUTSIDE, 11), [0.6]);
  t.same(open(OUTSIDE, 12), [0.8]);
  t.same(open(NURSE, 4), [0.3]);
  t.same(open(NURSE, 3.9), []);
  t.same(open(NURSE, 12), [0.5]);
  t.end();
});

t.test('RC-07 knows the hours of a week of 4096 sources after four weeks', (t) => {
  const ssh = (client: number): Link => linkOf(client, 1, { protocol: 'ssh', service: 'ssh' });
  const visit = (bench: Bench, client = NURSE): Bench =>
    bench.relation({ device: 1, peer: client, role: 'server' }, { accepted: true }, ssh(client));
  const after = (us: number, others = 0): number[] => {
    const bench = visit(new Bench('RC-07'));
    for (let i = 1; i <= others; i++) visit(bench, NURSE + i);
    return visit(bench.after(us)).said;
  };
  t.same(after(28 * DAY_US + HOUR_US), [0.4]);
  t.same(after(28 * DAY_US), [], 'the same hour');
  t.same(after(35 * DAY_US), [], 'of any week');
  t.same(after(28 * DAY_US + 84 * HOUR_US), [0.4], 'half a week later');
  const odd = (us: number): number[] => visit(visit(new Bench('RC-07')).after(us)).said;
  t.same(odd(27 * DAY_US), []);
  t.same(after(28 * DAY_US + HOUR_US, 4_095), [0.4]);
  t.same(after(28 * DAY_US + HOUR_US, 4_096), [], 'the oldest gives way');
  const used = new Bench('RC-07', { inClinicalUse: () => true });
  t.same(visit(used).said, [0.6]);
  t.end();
});

t.test('RC-10 is surer of more than three changes an hour, and of three devices within ten minutes', (t) => {
  const change = (bench: Bench, server = 1): Bench =>
    bench.tell('operation', { protocol: 'sdc', verb: 'SetAlertState' }, linkOf(NURSE, server));
  const changes = (us: number): number[] => {
    const bench = change(new Bench('RC-10')).after(us);
    return change(change(change(bench))).said;
  };
  t.same(changes(HOUR_US - 1), [0.7, 0.7, 0.7, 0.8]);
  t.same(changes(HOUR_US), [0.7, 0.7, 0.7, 0.7]);
  const devices = (us: number): number[] => {
    const bench = change(change(new Bench('RC-10'), 1), 2).after(us);
    return change(bench, 3).said;
  };
  t.same(devices(10 * MINUTE_US - 1), [0.7, 0.7, 0.8]);
  t.same(devices(10 * MINUTE_US), [0.7, 0.7, 0.7]);
  const three = change(change(new Bench('RC-10'), 1), 2);
  t.match(change(three, 3).reports.at(-1)?.sentences().happened, /the same on 3 devices/);
  t.notMatch(change(new Bench('RC-10')).reports[0]?.sentences().happened, /the same on/);
  t.end();
});

t.test('RC-10 remembers 1024 devices and kinds of changes; the oldest gives way', (t) => {
  const change = (bench: Bench, client: number, server: number, verb = 'alarm'): Bench =>
    bench.tell('operation', { protocol: 'sdc', verb }, linkOf(client, server));
  const others = (count: number): number | undefined => {
    const bench = new Bench('RC-10');
    for (let i = 0; i < 3; i++) change(bench, NURSE, 1);
    for (let i = 1; i <= count; i++) change(bench, NURSE + i, 1 + i);
    return change(bench, NURSE, 1).said.at(-1);
  };
  t.equal(others(1_023), 0.8);
  t.equal(others(1_024), 0.7);
  const kinds = (count: number): number | undefined => {
    const bench = change(change(new Bench('RC-10'), NURSE, 1), NURSE, 2);
    for (let i = 1; i <= count; i++) change(bench, NURSE, 3, `alarm ${i}`);
    return change(bench.after(HOUR_US / 12), NURSE, 4).said.at(-1);
  };
  t.equal(kinds(1_023), 0.8);
  t.equal(kinds(1_024), 0.7);
  const ward = (count: number): string | undefined => {
    const bench = new Bench('RC-10');
    for (let i = 1; i <= count; i++) change(bench, NURSE, i);
    return bench.reports.at(-1)?.sentences().happened;
  };
  t.match(ward(1_030), /the same on 1024 devices/);
  t.end();
});

t.test('RC-11 is surest of programs, and counts files above 64 kB', (t) => {
  const write = (fields: object, accepted = false): number[] =>
    new Bench('RC-11', { verdict: () => verdictOf({ accepted }) }).tell(
      'transfer',
      { verb: 'write', ...fields },
      inward,
    ).said;
  t.same(write({ content: 'elf' }), [0.8]);
  t.same(write({ content: 'elf' }, true), [0.3]);
  t.same(write({ bytes: 65_537 }), [0.5]);
  t.same(write({ bytes: 65_536 }), []);
  t.same(write({ content: 'elf', verb: 'read', bytes: 9 }), [], 'fetched by somebody else');
  const said = (bytes: number): string | undefined =>
    new Bench('RC-11').tell('transfer', { verb: 'write', content: 'elf', bytes }, inward).reports[0]?.sentences()
      .happened;
  t.match(said(1e6), / of 1\.0 MB /);
  t.match(said(1e6 - 1), / of 1000 kB /);
  t.notMatch(said(0), / of \d/);
  t.notMatch(said(-1), / of \d/);
  t.end();
});

t.test('RC-11 speaks of network folders of tiers 1 and 2', (t) => {
  const mount = (tier: number): number[] => {
    const bench = new Bench('RC-11');
    bench.facts.set(1, { tier });
    return bench.tell('message', { protocol: 'mount', kind: 'MNT' }, linkOf(1, NURSE)).said;
  };
  t.same(mount(2), [0.5]);
  t.same(mount(3), []);
  t.end();
});

t.test('RC-12 counts more than five hundred objects within a minute, a bulk request as ten', (t) => {
  const walk = (kind: string, count: number, us = 0, more = 1): number[] =>
    new Bench('RC-12')
      .tell('message', { protocol: 'snmp', kind, count }, inward)
      .after(us)
      .tell('message', { protocol: 'snmp', kind, count: more }, inward).said;
  t.same(walk('get-next-request', 500, MINUTE_US - 1), [0.4]);
  t.same(walk('get-next-request', 499), []);
  t.same(walk('get-next-request', 500, MINUTE_US), []);
  t.same(walk('get-next-request', 501), [0.4], 'once');
  t.same(walk('get-bulk-request', 50, 0, 1), [0.4]);
  t.same(walk('get-bulk-request', 49, 0, 1), []);
  t.end();
});

t.test('RC-12 counts five guesses within ten minutes, and a write at once', (t) => {
  const guess = (times: number, us: number): number[] => {
    const bench = new Bench('RC-12');
    const asked = { protocol: 'snmp', method: 'community' };
    for (let i = 0; i < times - 1; i++) bench.tell('login', asked, inward);
    return bench.after(us).tell('login', asked, inward).said;
  };
  t.same(guess(5, 10 * MINUTE_US - 1), [0.5]);
  t.same(guess(5, 10 * MINUTE_US), []);
  t.same(guess(4, 0), []);
  t.same(guess(12, 0), [0.5], 'once');
  t.same(new Bench('RC-12').tell('operation', { protocol: 'snmp', verb: 'set-request' }, inward).said, [0.7]);
  t.end();
});

t.test('RC-12 remembers 4096 pairs; the oldest gives way', (t) => {
  const others = (count: number): number[] => {
    const bench = new Bench('RC-12');
    const next = { protocol: 'snmp', kind: 'get-next-request' };
    bench.tell('message', { ...next, count: 500 }, inward);
    for (let i = 1; i <= count; i++) bench.tell('message', next, linkOf(NURSE + i, 1));
    return bench.tell('message', next, inward).said;
  };
  t.same(others(4_095), [0.4]);
  t.same(others(4_096), []);
  t.end();
});

t.test('RC-13 is surer within ten minutes of a visit to an administrative share', (t) => {
  const call = (bench: Bench, verb = 'CreateServiceW'): number[] =>
    bench.tell('operation', { protocol: 'dcerpc', verb }, inward).said;
  const visit = (content: string, us: number): number[] =>
    call(
      new Bench('RC-13')
        .tell('transfer', { protocol: 'smb', verb: 'write', share: 'ADMIN$', content }, inward)
        .after(us),
    );
  t.same(call(new Bench('RC-13')), [0.6]);
  t.same(call(new Bench('RC-13'), 'RemoteActivation'), [0.4]);
  t.same(visit('', 10 * MINUTE_US), [0.7]);
  t.same(visit('', 10 * MINUTE_US + 1), [0.6]);
  t.same(visit('pe', 10 * MINUTE_US), [0.8]);
  t.same(visit('pe', 10 * MINUTE_US + 1), [0.6]);
  const later = new Bench('RC-13')
    .tell('transfer', { protocol: 'smb', verb: 'write', share: 'C$', content: 'pe' }, inward)
    .after(5 * MINUTE_US)
    .tell('message', { protocol: 'smb', kind: 'TREE_CONNECT C$' }, inward);
  t.same(call(later.after(5 * MINUTE_US)), [0.8], 'the program was put there ten minutes ago');
  t.same(call(later.after(1)).slice(1), [0.7], 'a moment longer');
  t.end();
});

t.test('RC-13 remembers 4096 pairs; the oldest gives way', (t) => {
  const others = (count: number): number[] => {
    const bench = new Bench('RC-13');
    const share = { protocol: 'smb', kind: 'TREE_CONNECT ADMIN$' };
    for (let i = 0; i <= count; i++) bench.tell('message', share, linkOf(NURSE + i, 1));
    return bench.tell('operation', { protocol: 'dcerpc', verb: 'StartServiceW' }, inward).said;
  };
  t.same(others(4_095), [0.7]);
  t.same(others(4_096), [0.6]);
  t.end();
});

/** Somebody types for ten seconds in the given direction. */
function typed(toServer: boolean) {
  const way = toServer ? 'ToServer' : 'ToClient';
  const pace = { [`packets${way}`]: 40, durationUs: 10 * SECOND_US };
  for (const size of ['small', 'short']) {
    Object.assign(pace, { [`${size}Pairs${way}`]: 30, [`${size}InBand${way}`]: 25, [`${size}Variation${way}`]: 0.9 });
  }
  return pace;
}

t.test('RC-03 is surer in clear than inside of encryption, and leaves who leads to RC-04', (t) => {
  const types = (protocol: string, burstsByClient: number, burstsByServer: number): number[] =>
    new Bench('RC-03').tell(
      'rhythm',
      { ...typed(true), burstsByClient, burstsByServer },
      linkOf(NURSE, 1, { protocol, service: 'tcp/4711' }),
    ).said;
  t.same(types('', 5, 5), [0.7]);
  t.same(types('tls', 5, 5), [0.5]);
  t.same(types('', 5, 6), []);
  t.end();
});

t.test('RC-04 asks for three bursts and six in ten of the called end, and three bytes for one', (t) => {
  const leads = (fields: object): number[] =>
    new Bench('RC-04').tell(
      'rhythm',
      { ...typed(false), burstsByServer: 3, burstsByClient: 2, ...fields },
      linkOf(1, OUTSIDE, { protocol: '', service: 'tcp/4711' }),
    ).said;
  t.same(leads({}), [0.6]);
  t.same(leads({ burstsByClient: 3 }), []);
  t.same(leads({ burstsByServer: 2, burstsByClient: 0 }), []);
  t.same(leads({ ordersByServer: 3, payloadToClient: 100, payloadToServer: 301 }), [0.8]);
  t.same(leads({ ordersByServer: 3, payloadToClient: 100, payloadToServer: 300 }), [0.6]);
  t.same(leads({ ordersByServer: 2, payloadToClient: 100, payloadToServer: 301 }), [0.6]);
  t.end();
});
