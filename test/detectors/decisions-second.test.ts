/** Decisions of cards about guessing, scans and pings, each on both sides of its border (one detector alone). */
import t from 'tap';
import { Bench, DAY_US, HOUR_US, linkOf, MINUTE_US, SECOND_US } from '../support/bench.ts';

const NURSE = 20_000;
const ftp = (client: number, server: number) => linkOf(client, server, { protocol: 'ftp', service: 'ftp' });

function fail(bench: Bench, times: number, client = NURSE, server = 1): Bench {
  for (let i = 0; i < times; i++) bench.tell('login', { outcome: 'failure' }, ftp(client, server));
  return bench;
}

t.test('RC-08 counts twenty failures of a quarter of an hour, once', (t) => {
  t.same(fail(fail(new Bench('RC-08'), 19).after(15 * MINUTE_US), 1).said, [0.6]);
  t.same(fail(fail(new Bench('RC-08'), 19).after(15 * MINUTE_US + 1), 1).said, []);
  t.same(fail(new Bench('RC-08'), 19).said, []);
  t.same(fail(new Bench('RC-08'), 39).said, [0.6]);
  t.end();
});

t.test('RC-08 takes a success within a quarter of an hour after five failures for a guess', (t) => {
  const after = (failures: number, us: number): number[] =>
    fail(new Bench('RC-08'), failures).after(us).tell('login', { outcome: 'success' }, ftp(NURSE, 1)).said;
  t.same(after(5, 15 * MINUTE_US), [0.9]);
  t.same(after(5, 15 * MINUTE_US + 1), []);
  t.same(after(4, 0), []);
  t.end();
});

t.test('RC-08 counts three devices with at most three tries each, within a quarter of an hour', (t) => {
  const spray = (tries: number, us: number): number[] =>
    fail(fail(fail(new Bench('RC-08'), tries, NURSE, 1), 1, NURSE, 2).after(us), 1, NURSE, 3).said;
  t.same(spray(3, 15 * MINUTE_US), [0.6]);
  t.same(spray(3, 15 * MINUTE_US + 1), []);
  t.same(spray(4, 0), []);
  t.same(fail(fail(new Bench('RC-08'), 1, NURSE, 1), 1, NURSE, 2).said, []);
  t.end();
});

t.test('RC-08 takes SSH connections of up to 4290 bytes for refused, the ninth speaks', (t) => {
  const ssh = linkOf(NURSE, 1, { protocol: 'ssh', service: 'ssh' });
  const tried = (times: number, bytes: number): number[] => {
    const bench = new Bench('RC-08');
    for (let i = 0; i < times; i++) bench.tell('flowEnd', { payloadToClient: bytes }, ssh);
    return bench.said;
  };
  t.same(tried(9, 4_290), [0.6]);
  t.same(tried(9, 4_291), []);
  t.same(tried(8, 4_290), []);
  t.end();
});

t.test('RC-08 remembers 4096 pairs, sources and open SSH connections', (t) => {
  const others = (count: number, from: number, to: number): number[] => {
    const bench = fail(new Bench('RC-08'), from, NURSE, 1);
    for (let i = 1; i <= count; i++) fail(bench, 1, NURSE + i, 2);
    return fail(bench, to, NURSE, 1).said;
  };
  t.same(others(4_095, 19, 1), [0.6]);
  t.same(others(4_096, 19, 1), []);
  const sprayed = (count: number): number[] => {
    const bench = fail(fail(new Bench('RC-08'), 1, NURSE, 1), 1, NURSE, 2);
    for (let i = 1; i <= count; i++) fail(bench, 1, NURSE + i, 2);
    return fail(bench, 1, NURSE, 3).said;
  };
  t.same(sprayed(4_095), [0.6]);
  t.same(sprayed(4_096), []);
  const open = (count: number): number[] => {
    const ssh = linkOf(NURSE, 1, { protocol: 'ssh', service: 'ssh' });
    const bench = new Bench('RC-08');
    for (let i = 0; i < 8; i++) bench.tell('flowEnd', { flow: 9_999 }, ssh);
    for (let flow = 1; flow <= count; flow++) bench.tell('flowUpdate', { flow, payloadToClient: 1 }, ssh);
    bench.tell('flowUpdate', { flow: 0, payloadToClient: 5_000 }, ssh);
    return bench.tell('flowEnd', { flow: 0 }, ssh).said;
  };
  t.same(open(4_095), [0.9], 'let in');
  t.same(open(4_096), [0.6], 'its first bytes are not known');
  t.end();
});

t.test('RC-08 remembers 256 targets of one source; the oldest gives way, and nobody hides behind them', (t) => {
  const targets = (tried: number): number[] => {
    const bench = new Bench('RC-08');
    for (let i = 0; i < tried; i++) fail(bench, 4, NURSE, 10 + i);
    for (let i = 0; i < 3; i++) fail(bench, 1, NURSE, 1 + i);
    return bench.said;
  };
  t.same(targets(253), [0.6]);
  t.same(targets(5_000), [0.6]);
  t.end();
});

/** Echoes whose fillers change, so that size alone is to be judged. */
function ping(bench: Bench, count: number, bytes: number, server = 2, from = 0): Bench {
  for (let i = from; i < from + count; i++) {
    bench.tell('echo', { question: i, payloadBytes: bytes, fillerHash: 1 + i }, linkOf(1, server));
  }
  return bench;
}

t.test('EX-07 counts more than fifty kilobytes of ten minutes', (t) => {
  t.same(ping(new Bench('EX-07'), 500, 100).said, []);
  t.same(ping(new Bench('EX-07'), 501, 100).said, [0.7]);
  t.same(ping(ping(new Bench('EX-07'), 19, 200).after(10 * MINUTE_US), 1, 200, 2, 19).said, [0.7]);
  t.same(ping(ping(new Bench('EX-07'), 19, 200).after(10 * MINUTE_US + 1), 1, 200, 2, 19).said, []);
  t.end();
});

t.test('EX-07 watches 1024 pairs; the oldest gives way', (t) => {
  const others = (count: number): number[] => {
    const bench = ping(new Bench('EX-07'), 19, 200);
    for (let i = 0; i < count; i++) ping(bench, 1, 56, 100 + i);
    return ping(bench, 1, 200, 2, 19).said;
  };
  t.same(others(1_023), [0.7]);
  t.same(others(1_024), []);
  t.end();
});

t.test('EX-07 waits for the replies to the last eight requests', (t) => {
  const late = (requests: number): number[] => {
    const bench = new Bench('EX-07');
    for (let i = 0; i < 24; i++) {
      const question = i % requests;
      bench.tell('echo', { question, payloadBytes: 200, payloadHash: 1, fillerHash: 7 }, linkOf(1, 2));
    }
    const reply = { question: 24 % requests, isRequest: false, payloadBytes: 200, payloadHash: 2, fillerHash: 7 };
    return bench.tell('echo', reply, linkOf(1, 2)).said;
  };
  t.same(late(8), [0.9]);
  t.same(late(9), []);
  t.end();
});

const tcp = (server: number, port = 23, startUs = 1e15, client = NURSE) =>
  linkOf(client, server, { serverPort: port, established: false, protocol: '', service: `tcp/${port}`, startUs });

function door(bench: Bench, server: number, port = 23, client = NURSE): Bench {
  return bench.tell('flowEnd', { how: 'reset' }, tcp(server, port, bench.nowUs, client));
}

t.test('BL-07 counts four first contacts in a row that fail within an hour of each other', (t) => {
  const doors = (us: number): number[] => {
    const bench = new Bench('BL-07');
    for (let i = 0; i < 4; i++) door(bench.after(us), i);
    return bench.said;
  };
  t.same(doors(HOUR_US), [0.7]);
  t.same(doors(HOUR_US + 1), []);
  t.end();
});

t.test('BL-07 speaks at the very threshold, and counts no more than 512 partners', (t) => {
  const threshold = Math.log((1 - 0.2) / (1 - 0.8));
  t.same(door(new Bench('BL-07', {}, { threshold }), 1).said, [0.7]);
  const bench = meet(new Bench('BL-07', {}, { partners: 512 }), 1);
  t.same(meet(bench.after(7 * DAY_US), 600).said, []);
  t.end();
});

t.test('BL-07 counts a machine that was told of before it said anything', (t) => {
  const bench = new Bench('BL-07');
  for (let i = 0; i < 4; i++) {
    const link = tcp(i);
    bench.tell('flowUpdate', {}, link).tell('flowEnd', { how: 'reset' }, link);
  }
  t.same(bench.said, [0.7]);
  t.end();
});

t.test('BL-07 steps back as far for a success as it steps up for a failure', (t) => {
  const bench = new Bench('BL-07');
  let server = 0;
  for (const letter of 'fffsfsfsf') {
    if (letter === 'f') door(bench, server++);
    else bench.tell('flowEstablished', {}, linkOf(NURSE, server++));
  }
  t.same(bench.said, []);
  t.same(door(bench, server).said, [0.7]);
  t.end();
});

t.test('BL-07 takes a contact for failed three seconds after it began, and an opened one for none', (t) => {
  const ends = (us: number, rttUs = -1): number[] => {
    const bench = new Bench('BL-07');
    for (let i = 0; i < 4; i++) bench.tell('flowEnd', { how: 'timeout', rttUs, timeUs: 1e15 + us }, tcp(i));
    return bench.said;
  };
  t.same(ends(3 * SECOND_US), [0.7]);
  t.same(ends(3 * SECOND_US - 1), []);
  t.same(ends(3 * SECOND_US, 0), [], 'opened at once');
  t.end();
});

t.test('BL-07 counts ten ports within a minute, once', (t) => {
  const ports = (count: number, us: number): number[] => {
    const bench = new Bench('BL-07');
    door(bench, 1, 98);
    bench.after(3 * SECOND_US);
    for (let i = 1; i < count - 1; i++) door(bench, 1, 100 + i);
    return door(bench.after(us - 3 * SECOND_US), 1, 99).said;
  };
  t.same(ports(10, MINUTE_US), [0.7]);
  t.same(ports(10, MINUTE_US + 1), []);
  t.same(ports(9, 4 * SECOND_US), []);
  t.same(ports(80, 4 * SECOND_US), [0.7]);
  t.end();
});

t.test('BL-07 counts five ports within two seconds, and ten after them', (t) => {
  const ports = (count: number, us: number): number[] => {
    const bench = new Bench('BL-07');
    for (let i = 0; i < count - 1; i++) door(bench, 1, 100 + i);
    return door(bench.after(us), 1, 99).said;
  };
  t.same(ports(5, 2 * SECOND_US), [0.7]);
  t.same(ports(5, 2 * SECOND_US + 1), []);
  t.same(ports(4, 0), []);
  t.same(ports(9, 0), [0.7]);
  t.same(ports(10, MINUTE_US), [0.7, 0.7]);
  t.end();
});

t.test('BL-07 watches 2048 machines, and remembers 512 partners of each', (t) => {
  const others = (count: number): number[] => {
    const bench = new Bench('BL-07');
    for (let i = 0; i < 3; i++) door(bench, i);
    for (let i = 1; i <= count; i++) door(bench, 9, 23, NURSE + i);
    return door(bench, 3).said;
  };
  t.same(others(2_047), [0.7]);
  t.same(others(2_048), []);
  const again = (partners: number): number[] => {
    const bench = new Bench('BL-07');
    for (let i = 0; i <= partners; i++) bench.tell('flowEstablished', {}, linkOf(NURSE, 10 + i));
    for (let i = 0; i < 3; i++) door(bench, i < 1 ? 10 : i);
    return door(bench, 3).said;
  };
  t.same(again(511), [], 'the first one is still known');
  t.same(again(512), [0.7], 'it is not');
  t.end();
});

/** A machine that has met so many partners in each of its windows, then after some days so many at once. */
function meet(bench: Bench, count: number, from = 1): Bench {
  for (let i = 0; i < count; i++) bench.tell('flowEstablished', {}, linkOf(NURSE, from + i));
  return bench;
}

t.test('BL-07 counts partners of ten minutes after a week, more than twenty and ten times the usual', (t) => {
  const sudden = (usual: number, us: number, count: number): number[] => {
    const bench = meet(new Bench('BL-07'), usual);
    return meet(bench.after(us), count).said;
  };
  t.same(sudden(1, 7 * DAY_US, 21), [0.5]);
  t.same(sudden(1, 7 * DAY_US, 40), [0.5], 'once');
  t.same(sudden(1, 7 * DAY_US, 20), []);
  t.same(sudden(1, 7 * DAY_US - 1, 21), []);
  t.same(sudden(3, 7 * DAY_US, 30), []);
  t.same(sudden(3, 7 * DAY_US, 31), [0.5]);
  const split = (us: number): number[] => {
    const bench = meet(meet(new Bench('BL-07'), 1).after(7 * DAY_US), 11);
    return meet(bench.after(us), 10, 100).said;
  };
  t.same(split(10 * MINUTE_US - 1), [0.5]);
  t.same(split(10 * MINUTE_US), []);
  t.end();
});

t.test('BL-07 knows what was usual by the last 256 windows', (t) => {
  const usual = (first: number, then: number, partners = 1): number[] => {
    const bench = new Bench('BL-07');
    for (let i = 0; i < first + then; i++) meet(bench, i < first ? partners : 4 - partners).after(HOUR_US);
    return meet(bench, 30).said;
  };
  t.same(usual(128, 127), [0.5]);
  t.same(usual(129, 127), [0.5]);
  t.same(usual(129, 128), [], 'the first is forgotten');
  t.same(usual(128, 128, 3), [], 'the first is still known');
  t.end();
});
