import t from 'tap';
import type { Echo } from '../../src/records.ts';
import { tell } from '../support/tell.ts';
import { TestWard } from '../support/ward.ts';

const NURSE = '10.1.0.66';
const SERVER = '10.1.0.9';

interface Pings {
  readonly count: number;
  readonly minutesApart?: number;
  readonly request: (i: number) => Partial<Echo>;
  readonly reply?: (i: number) => Partial<Echo>;
}

/** An ordinary ping: the time of sending changes, the filler does not. */
const ordinary = (bytes: number) => (i: number) => ({ payloadBytes: bytes, payloadHash: i, fillerHash: 7 });

function ping({ count, minutesApart = 1 / 60, request, reply = request }: Pings): TestWard {
  const w = new TestWard();
  const flow = w.connect(NURSE, SERVER, 0);
  for (let i = 0; i < count; i++) {
    w.at(20 + i * minutesApart);
    tell(w, 'echo', flow, { question: i, ...request(i) });
    tell(w, 'echo', flow, { question: i, isRequest: false, fromClient: false, ...reply(i) });
  }
  return w;
}

const speaks = (pings: Pings): boolean => ping(pings).said('EX-07').length > 0;

t.test('EX-07 speaks when answers differ from their question and sizes change, from the twentieth echo on', (t) => {
  const tunnel = (count: number): Pings => ({
    count,
    request: (i) => ({ payloadBytes: 60 + i, payloadHash: i, fillerHash: 7 }),
    reply: (i) => ({ payloadBytes: 60 + i, payloadHash: 1000 + i, fillerHash: 7 }),
  });
  t.ok(speaks(tunnel(10)));
  t.notOk(speaks(tunnel(9)));
  const [finding] = ping(tunnel(10)).findings.filter(({ detector }) => detector === 'EX-07');
  t.match(finding, { deviceAddress: NURSE, peerAddress: SERVER, confidence: 0.9, severity: 'medium', count: 1 });
  t.match(finding?.happened, /10 of 10 answers did not repeat/);
  t.end();
});

t.test('EX-07 speaks while learning', (t) => {
  const w = new TestWard({ learnUntilMinutes: null });
  const flow = w.connect(NURSE, SERVER, 0);
  for (let i = 0; i < 20; i++) tell(w, 'echo', flow, { question: i, payloadBytes: 200, fillerHash: i + 1 });
  t.equal(w.said('EX-07').length, 1);
  t.end();
});

t.test('EX-07 is silent about ten thousand ordinary pings', (t) => {
  for (const bytes of [32, 56]) t.notOk(speaks({ count: 10_000, minutesApart: 1 / 600, request: ordinary(bytes) }));
  t.end();
});

t.test('EX-07 is silent about large pings of filler and about probes of the largest packet', (t) => {
  t.notOk(speaks({ count: 200, request: ordinary(8_972) }));
  t.notOk(speaks({ count: 40, request: (i) => ({ ...ordinary(1_400 + i)(i), fillerHash: 7 }) }));
  t.end();
});

t.test('EX-07 counts eight fillers, and a payload above 128 bytes that no ping program sends', (t) => {
  const changing = (fillers: number, bytes: number): Pings => ({
    count: 20,
    request: (i) => ({ payloadBytes: bytes, payloadHash: i, fillerHash: 1 + (i % fillers) }),
  });
  t.ok(speaks(changing(8, 129)));
  t.notOk(speaks(changing(7, 129)));
  t.notOk(speaks(changing(8, 128)));
  t.equal(ping(changing(8, 129)).findings.find(({ detector }) => detector === 'EX-07')?.confidence, 0.7);
  t.end();
});

t.test('EX-07 counts eight sizes, fifty kilobytes, and payload that looks random', (t) => {
  const sized = (sizes: number): Pings => ({
    count: 20,
    request: (i) => ({ payloadBytes: 60 + (i % sizes), payloadHash: i, fillerHash: 1 + i }),
  });
  t.ok(speaks(sized(8)));
  t.notOk(speaks(sized(7)));
  const heavy = (count: number): Pings => ({
    count,
    request: (i) => ({ payloadBytes: 64, payloadHash: i, fillerHash: 1 + i }),
  });
  t.ok(speaks({ ...heavy(391), minutesApart: 1 / 60 }));
  t.notOk(speaks({ ...heavy(390), minutesApart: 1 / 60 }));
  const random = (bits: number): Pings => ({
    count: 20,
    request: (i) => ({ payloadBytes: 300, payloadHash: i, fillerHash: 7, bitsPerByte: bits }),
  });
  t.ok(speaks(random(7.3)));
  t.notOk(speaks(random(7.29)));
  t.end();
});

t.test('EX-07 allows one answer in twenty to differ, and compares only what was captured whole', (t) => {
  const damaged = (differing: number, isWhole = true): Pings => ({
    count: 100,
    minutesApart: 1 / 600,
    request: (i) => ({ payloadBytes: 200, payloadHash: i, fillerHash: 7, isWhole }),
    reply: (i) => ({ payloadBytes: 200, payloadHash: i < 100 - differing ? i : 9_999, fillerHash: 7, isWhole }),
  });
  t.ok(speaks(damaged(6)));
  t.notOk(speaks(damaged(5)));
  t.notOk(speaks(damaged(100, false)));
  t.end();
});

t.test('EX-07 begins anew after ten minutes', (t) => {
  const slow = (minutesApart: number): Pings => ({
    count: 10,
    minutesApart,
    request: (i) => ({ payloadBytes: 200, payloadHash: i, fillerHash: 1 + i }),
    reply: () => ({ payloadBytes: 200, payloadHash: 9_999, fillerHash: 7 }),
  });
  t.ok(speaks(slow(10 / 9)));
  t.notOk(speaks(slow(10.1 / 9)));
  t.end();
});
