/** Decisions of cards about the baseline and the sensor, each on both sides of its border (one detector alone). */
import t from 'tap';
import type { Link, LongTerm, RelationRhythm, Verdict } from '../../src/detect.ts';
import { Bench, DAY_US, linkOf, MINUTE_US, OUTSIDE, SECOND_US } from '../support/bench.ts';

const NURSE = 20_000;
const inward = linkOf(NURSE, 1);

t.test('BL-03 is surer of a service with a name', (t) => {
  const offers = (service: string): number[] =>
    new Bench('BL-03').relation({ device: 1, peer: NURSE, role: 'server', service }, {}, inward).said;
  t.same(offers('ssh'), [0.5]);
  t.same(offers('tcp/8081'), [0.4]);
  t.end();
});

t.test('BL-03 is silent about a service that was heard to answer when nobody was heard to ask', (t) => {
  const heard = (payloadToClient: number, fields: Partial<Link> = {}, service = 'dicom'): number[] => {
    const half = linkOf(OUTSIDE, 1, { established: false, ...fields });
    const bench = new Bench('BL-03').tell('flowUpdate', { payloadToClient }, half);
    return bench.relation({ device: 1, peer: NURSE, role: 'server', service }, {}, inward).said;
  };
  t.same(heard(1), []);
  t.same(heard(0), [0.5], 'it did not answer');
  t.same(heard(1, { protocol: '', service: 'tcp/104' }, 'tcp/104'), [0.4], 'nobody knows what it said');
  t.same(heard(1, {}, 'ssh'), [0.5], 'another service');
  t.same(
    new Bench('BL-03')
      .tell('associationAnswer', {}, linkOf(OUTSIDE, 1, { established: false }))
      .relation({ device: 1, peer: NURSE, role: 'server', service: 'dicom' }, {}, inward).said,
    [],
  );
  t.end();
});

t.test('BL-04 asks for five of a kind, and for a relation of one in twenty, thirty days young', (t) => {
  const unlike = (verdict: Partial<Verdict>, us = 0): number[] => {
    const bench = new Bench('BL-04');
    const firstSeenUs = bench.nowUs;
    return bench.after(us).relation({}, { groupSize: 5, firstSeenUs, ...verdict }, linkOf(1, 2)).said;
  };
  t.same(unlike({}), [0.5]);
  t.same(unlike({ firstSeenUs: 0 }), [0.5], 'never seen before');
  t.same(unlike({ groupSize: 4 }), []);
  t.same(unlike({ groupKnowing: 1 }), [], 'another one has it');
  t.same(unlike({ groupKnowing: 1, count: 1 }), [0.5], 'it is the device itself');
  t.same(unlike({ groupSize: 40, groupKnowing: 1 }), [0.5], 'two of forty');
  t.same(unlike({ groupSize: 39, groupKnowing: 1 }), []);
  t.same(unlike({ groupKnowing: 1, count: 1 }, 30 * DAY_US), [0.5]);
  t.same(unlike({ groupKnowing: 1, count: 1 }, 30 * DAY_US + 1), []);
  t.end();
});

const quiet: LongTerm = {
  reference: Number.NaN,
  lastDays: [],
  middle: 0,
  groupMiddle: 0,
  groupDeviation: 0,
  groupSize: 5,
  accepted: 0,
  acceptedAtReference: -1,
};

t.test('BL-04 asks for more than five spreads, and says it again after thirty days', (t) => {
  const far = (longTerm: Partial<LongTerm>): number[] =>
    new Bench('BL-04').bin('flows', 'day', { longTerm: { ...quiet, ...longTerm } }).said;
  t.same(far({ groupDeviation: 5.1 }), [0.5]);
  t.same(far({ groupDeviation: -5.1 }), [0.5]);
  t.same(far({ groupDeviation: 5 }), []);
  t.same(far({ groupDeviation: 9, groupSize: 4 }), []);
  const again = (us: number): number[] => {
    const longTerm = { ...quiet, groupDeviation: 6 };
    return new Bench('BL-04').bin('flows', 'day', { longTerm }).after(us).bin('flows', 'day', { longTerm }).said;
  };
  t.same(again(30 * DAY_US - 1), [0.5]);
  t.same(again(30 * DAY_US), [0.5, 0.5]);
  t.end();
});

const told = (server: number, serverPort = 104) => linkOf(NURSE, server, { serverPort, protocol: '', service: 'x' });

t.test('BL-05 speaks at the second connection, or at ten kilobytes of the first', (t) => {
  const wrong = (protocol: string, count: number, bytes = 0): number[] => {
    const bench = new Bench('BL-05');
    const link = told(1);
    for (let i = 0; i < count; i++) bench.tell('flowProtocol', { protocol }, link);
    return bench.tell('flowUpdate', { payloadToServer: bytes }, link).said;
  };
  t.same(wrong('ssh', 2), [0.7]);
  t.same(wrong('tls', 2), [0.3]);
  t.same(wrong('ssh', 1), []);
  t.same(wrong('ssh', 1, 10_000), [0.7]);
  t.same(wrong('ssh', 1, 9_999), []);
  t.end();
});

t.test('BL-05 knows a port after a week with ten connections of one protocol', (t) => {
  const other = (count: number, us: number): number[] => {
    const bench = new Bench('BL-05');
    for (let i = 0; i < count; i++) bench.tell('flowProtocol', { protocol: 'http' }, told(1, 8_081));
    bench.after(us);
    for (let i = 0; i < 2; i++) bench.tell('flowProtocol', { protocol: 'ssh' }, told(1, 8_081));
    return bench.said;
  };
  t.same(other(10, 7 * DAY_US), [0.7]);
  t.same(other(9, 7 * DAY_US), []);
  t.same(other(10, 7 * DAY_US - 1), []);
  t.end();
});

t.test('BL-05 watches 8192 ports with eight protocols each', (t) => {
  const others = (count: number): number[] => {
    const bench = new Bench('BL-05').tell('flowProtocol', { protocol: 'ssh' }, told(1));
    for (let i = 1; i <= count; i++) bench.tell('flowProtocol', { protocol: 'http' }, told(1, 20_000 + i));
    return bench.tell('flowProtocol', { protocol: 'ssh' }, told(1)).said;
  };
  t.same(others(8_191), [0.7]);
  t.same(others(8_192), []);
  const kinds = (count: number): number[] => {
    const bench = new Bench('BL-05');
    for (let i = 0; i < count; i++) bench.tell('flowProtocol', { protocol: `p${i}` }, told(1));
    return bench.tell('flowProtocol', { protocol: `p${count - 1}` }, told(1)).said;
  };
  t.same(kinds(8), [0.7]);
  t.same(kinds(9), []);
  t.end();
});

const rhythm = (days: number): RelationRhythm => ({
  periodSeconds: 60,
  jitter: 0,
  isRegular: true,
  gaps: 100,
  longestSeconds: 100,
  firstUs: 1e15 - days * DAY_US,
  lastUs: 1e15,
  recentGaps: () => [],
});

t.test('BL-06 waits for five usual gaps, twice the longest, of a relation that is known for a day', (t) => {
  const silent = (known: RelationRhythm, us: number, aliveUs = us): number[] => {
    const bench = new Bench('BL-06', { rhythm: (_, beat) => (beat === 'said' ? known : null) });
    const link = linkOf(1, NURSE);
    bench.tell('flowUpdate', { packetsToServer: 1, payloadToServer: 9 }, link);
    bench.after(aliveUs).tell('flowUpdate', { packetsToServer: 1 }, link);
    return bench.after(us - aliveUs).tick().said;
  };
  const one = rhythm(1);
  t.same(silent(one, 300 * SECOND_US + 1), [0.7]);
  t.same(silent(one, 300 * SECOND_US), []);
  t.same(silent({ ...one, longestSeconds: 200 }, 400 * SECOND_US + 1), [0.7]);
  t.same(silent({ ...one, longestSeconds: 200 }, 400 * SECOND_US), []);
  t.same(silent({ ...one, firstUs: one.firstUs + 1 }, 300 * SECOND_US + 1), [], 'a moment less than a day');
  t.same(silent(one, 500 * SECOND_US, 350 * SECOND_US), [0.7]);
  t.same(silent(one, 500 * SECOND_US, 350 * SECOND_US - 1), [], 'gone for 150 seconds');
  t.same(silent(one, 140 * SECOND_US, 0), []);
  t.end();
});

t.test('BL-06 waits for 64 services between two devices; the oldest gives way', (t) => {
  const others = (count: number): number[] => {
    const ssh = 'tcp/1';
    const isSsh = ({ service }: { readonly service: string }): boolean => service === ssh;
    const bench = new Bench('BL-06', { rhythm: (of, beat) => (beat === 'said' && isSsh(of) ? rhythm(1) : null) });
    const speak = (service: string): void => {
      bench.tell('flowUpdate', { packetsToServer: 1, payloadToServer: 9 }, linkOf(1, NURSE, { service }));
    };
    speak(ssh);
    for (let port = 2; port < 2 + count; port++) speak(`tcp/${port}`);
    bench.after(350 * SECOND_US).tell('flowUpdate', { packetsToServer: 1 }, linkOf(1, NURSE));
    return bench.tick().said;
  };
  t.same(others(63), [0.7]);
  t.same(others(64), []);
  t.end();
});

t.test('BL-06 looks at the pace of each sixteenth conversation', (t) => {
  const paced = (starts: number, gap: number, days = 1, before = 16): number[] => {
    const gaps = [...new Array<number>(before).fill(100), ...new Array<number>(16).fill(gap)];
    const bench = new Bench('BL-06', {
      rhythm: (_, beat) => (beat === 'start' ? { ...rhythm(days), recentGaps: () => gaps } : null),
    });
    const link = linkOf(1, NURSE);
    bench.tell('flowUpdate', { packetsToServer: 1, payloadToServer: 9 }, link);
    for (let i = 0; i < starts; i++) bench.relation({}, {}, link);
    return bench.said;
  };
  t.same(paced(16, 151), [0.7]);
  t.same(paced(31, 151), [0.7]);
  t.same(paced(15, 151), []);
  t.same(paced(16, 150), []);
  t.same(paced(16, 49), [0.7]);
  t.same(paced(16, 151, 0.99), []);
  t.same(paced(16, 151, 1, 15), [], 'what was usual is not known');
  t.end();
});

const mac = (last: number): string => String.fromCharCode(0x0200, 0, last);

t.test('BL-08 counts three changes of hands within ten minutes, once a day', (t) => {
  const claim = (bench: Bench, last: number, how = 'arp-request'): Bench =>
    bench.tell('neighbour', { address: String.fromCharCode(0x0a00, 1), mac: mac(last), how }, linkOf(1, 1));
  const turns = (count: number, us: number): number[] => {
    const bench = claim(new Bench('BL-08'), 1);
    for (let i = 1; i < count; i++) claim(bench, 1 + (i % 2));
    return claim(bench.after(us), 1 + (count % 2)).said;
  };
  t.same(turns(3, 10 * MINUTE_US), [0.7]);
  t.same(turns(3, 10 * MINUTE_US + 1), []);
  t.same(turns(2, 0), []);
  const again = (us: number): number => {
    const bench = claim(new Bench('BL-08'), 1);
    for (let i = 1; i < 4; i++) claim(bench, 1 + (i % 2));
    bench.after(us);
    for (let i = 0; i < 4; i++) claim(bench, 1 + (i % 2));
    return bench.said.length;
  };
  t.equal(again(DAY_US - 1), 1);
  t.equal(again(DAY_US), 2);
  const replies = (count: number, us: number): number[] => {
    const bench = claim(new Bench('BL-08'), 1);
    for (let i = 1; i < count; i++) claim(bench, 2, 'arp-reply');
    return claim(bench.after(us), 2, 'arp-reply').said;
  };
  t.same(replies(11, MINUTE_US), [0.7]);
  t.same(replies(11, MINUTE_US + 1), []);
  t.same(replies(10, 0), []);
  t.end();
});

t.test('BL-08 takes one name on two machines within ten minutes for a clash', (t) => {
  const named = (bench: Bench, client: number, value = 'S1'): Bench =>
    bench.tell('identity', { attribute: 'serial', value, source: 'test' }, linkOf(client, 3));
  t.same(named(named(new Bench('BL-08'), 1).after(10 * MINUTE_US), 2).said, [0.5]);
  t.same(named(named(new Bench('BL-08'), 1).after(10 * MINUTE_US + 1), 2).said, []);
  const others = (count: number): number[] => {
    const bench = named(new Bench('BL-08'), 1);
    for (let i = 0; i < count; i++) named(bench, 1, `T${i}`);
    return named(bench, 2).said;
  };
  t.same(others(8_191), [0.5]);
  t.same(others(8_192), []);
  t.end();
});

t.test('BL-08 watches 8192 addresses; the oldest gives way', (t) => {
  const others = (count: number): number[] => {
    const bench = new Bench('BL-08');
    const claim = (number: number, last: number): void => {
      bench.tell('neighbour', { address: String.fromCharCode(0x0a00, number), mac: mac(last) }, linkOf(1, 1));
    };
    for (const last of [1, 2, 1]) claim(0, last);
    for (let i = 1; i <= count; i++) claim(i, 1);
    claim(0, 2);
    return bench.said;
  };
  t.same(others(8_191), [0.7]);
  t.same(others(8_192), []);
  t.end();
});

t.test('BL-09 asks for four times as much or as little, and twice each day', (t) => {
  const drift = (reference: number, lastDays: number[], more: Partial<LongTerm> = {}): number[] =>
    new Bench('BL-09').bin('bytes-out-external', 'day', { longTerm: { ...quiet, reference, lastDays, ...more } }).said;
  const week = (early: number, late: number): number[] => [early, early, early, early, late, late, late];
  t.same(drift(1e6, week(3e6, 4e6 + 1)), [0.7]);
  t.same(drift(1e6, week(3e6, 4e6)), []);
  t.same(drift(1e6, [3e6, 3e6, 3e6, 3e6, 5e6, 5e6, 3e6]), [0.7], 'the middle of three days');
  t.same(drift(1e6, week(2e6, 5e6)), []);
  t.same(drift(1e6, week(2e6 + 1, 5e6)), [0.7]);
  t.same(drift(1e5, week(9e5, 1e6)), [0.7]);
  t.same(drift(1e5, week(9e5, 1e6 - 1)), []);
  t.same(drift(1e6, week(4e5, 25e4 - 1)), [0.7]);
  t.same(drift(1e6, week(4e5, 25e4)), []);
  t.same(drift(1e6, week(5e5, 1e5)), []);
  t.same(drift(1e6 - 1, week(4e5, 1e5)), []);
  t.same(drift(1e6, [5e6, 5e6, 5e6, 5e6, 5e6, 5e6]), [], 'six days');
  t.same(drift(0, week(5e6, 5e6)), []);
  const grown = (accepted: number, acceptedAtReference: number): number[] =>
    drift(Number.NaN, [], { accepted, acceptedAtReference });
  t.same(grown(3, 0), [0.7]);
  t.same(grown(2, 0), []);
  t.same(grown(16, 12), [0.7]);
  t.same(grown(15, 12), []);
  t.same(grown(20, -1), []);
  t.end();
});

t.test('ME-01 speaks after three silent minutes that follow half a busy hour', (t) => {
  const silence = (seconds: number, busy: number, pause = 60): number[] => {
    const bench = new Bench('ME-01');
    const begin = bench.nowUs;
    for (let at = 0; at < busy; at += pause) bench.tell('flowUpdate', { timeUs: begin + at * SECOND_US }, inward);
    bench.tell('flowUpdate', { timeUs: begin + busy * SECOND_US }, inward);
    return bench.after((busy + seconds) * SECOND_US).tick().said;
  };
  t.same(silence(180, 1_800), [0.9]);
  t.same(silence(179, 1_800), []);
  t.same(silence(180, 1_799), []);
  t.same(silence(180, 1_800, 90), [0.9]);
  t.same(silence(180, 1_820, 91), []);
  t.end();
});

t.test('ME-02 believes entries of 180 days, and is surer after 25 MB', (t) => {
  const contact = (ageDays: number, bytes = 0): number[] => {
    const addedUs = 1e15 - ageDays * DAY_US;
    const bench = new Bench('ME-02', {
      indicator: (kind) => (kind === 'name' ? { kind, value: 'bad.example.org', source: 'x', addedUs } : null),
    });
    const link = linkOf(1, OUTSIDE);
    bench.tell('lookup', { name: 'bad.example.org' }, link);
    return bench
      .tell('flowUpdate', { payloadToServer: bytes }, link)
      .tell('flowUpdate', { payloadToServer: 1 }, link)
      .said.map((one) => Math.round(one * 100) / 100);
  };
  t.same(contact(180), [0.7]);
  t.same(contact(181), [0.4]);
  t.same(contact(0, 25e6 - 1), [0.7, 0.85]);
  t.same(contact(0, 25e6), [0.7, 0.85], 'once');
  t.same(contact(0, 25e6 - 2), [0.7]);
  t.end();
});

t.test('EX-08 asks for twelve calls within a day, six hours apart, once an hour', (t) => {
  const calls = (count: number, everyUs: number): number[] => {
    const bench = new Bench('EX-08');
    for (let i = 0; i < count; i++) {
      bench.relation({}, {}, linkOf(1, OUTSIDE, { startUs: bench.nowUs, payload: 500 }), i).after(everyUs);
    }
    return bench.said;
  };
  t.same(calls(200, 5 * MINUTE_US), [0.7]);
  t.same(calls(287, 5 * MINUTE_US), [0.7], 'once a day');
  t.same(calls(72, 5 * MINUTE_US), [], 'a moment less than six hours');
  t.end();
});
