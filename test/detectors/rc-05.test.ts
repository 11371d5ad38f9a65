import t from 'tap';
import { tellRhythm, typedToServer } from '../support/rhythm.ts';
import { prefixes, TestWard } from '../support/ward.ts';

const CT = '10.1.0.11';
const PACS = '10.1.0.20';
const DESK = '10.1.0.66';
const NURSE = '10.1.0.67';

function ward(jumpHosts: string[] = []): TestWard {
  const w = new TestWard({ settings: { jumpHosts: prefixes(...jumpHosts) } });
  w.store(CT, PACS);
  return w;
}

/** Idle times that end at these milliseconds after now. */
function idle(w: TestWard, flow: number, atMs: readonly number[]): void {
  const [firstMs = 0] = atMs;
  const idleEnds = String.fromCharCode(...atMs.map((ms) => (ms - firstMs) / 2));
  tellRhythm(w, flow, { ...typedToServer, idleEnds, idleEndsFromUs: w.nowUs + firstMs * 1000 });
}

const typed = [0, 1_000, 3_000, 4_400, 7_000, 9_000] as const;
const later = (ms: number): number[] => typed.map((at) => at + ms);

interface Chain {
  readonly ends: readonly number[];
  readonly first?: readonly number[];
  readonly from?: string;
  readonly to?: string;
  readonly jumpHosts?: string[];
}

/** Somebody at the desk types into the nurse's station, which talks to the scanner. */
function said({ ends, first = typed, from = NURSE, to = CT, jumpHosts = [] }: Chain): string[] {
  const w = ward(jumpHosts).at(20);
  const outer = w.connect(DESK, NURSE, 22, 'ssh');
  const inner = w.connect(from, to, 23, 'telnet');
  idle(w, outer, first);
  idle(w, inner, ends);
  return w.said('RC-05');
}

t.test('RC-05 speaks when the same rhythm leaves the machine toward a device', (t) => {
  t.same(said({ ends: later(40) }), [`${CT} < ${NURSE} telnet`]);
  t.end();
});

t.test('RC-05 counts idle times as ending together up to 80 ms', (t) => {
  t.equal(said({ ends: later(80) }).length, 1);
  t.equal(said({ ends: later(82) }).length, 0);
  t.equal(said({ ends: later(-80) }).length, 1);
  t.end();
});

t.test('RC-05 is silent about another rhythm of the same pace', (t) => {
  t.same(said({ ends: [500, 2_000, 3_700, 5_500, 8_000, 9_600] }), []);
  t.end();
});

t.test('RC-05 needs 30% of the idle times, two in a row, and four in all', (t) => {
  const apart = (...kept: number[]): number[] => typed.map((at, i) => (kept.includes(i) ? at : at + 300));
  t.equal(said({ ends: apart(2, 3) }).length, 1, 'a third, in a row');
  t.equal(said({ ends: apart(1, 3) }).length, 0, 'a third, not in a row');
  const seven = [...typed, 11_000];
  const ends = seven.map((at, i) => (i === 2 || i === 3 ? at : at + 300));
  t.equal(said({ ends, first: seven }).length, 0, 'two of seven');
  t.equal(said({ ends: later(40).slice(0, 4) }).length, 1);
  t.equal(said({ ends: later(40).slice(0, 3) }).length, 0);
  t.end();
});

t.test('RC-05 asks for one more in a row when there are a hundred idle times', (t) => {
  const run = (count: number, kept: number): number => {
    const first = Array.from({ length: count }, (_, i) => i * 1_000);
    // Two of three coincide: pairs in a row, never more than `kept`.
    const ends = first.map((at, i) => (i % (kept + 1) < kept ? at : at + 300));
    return said({ first, ends }).length;
  };
  t.equal(run(99, 2), 1);
  t.equal(run(100, 2), 0);
  t.equal(run(100, 3), 1);
  t.end();
});

t.test('RC-05 is silent when the sessions do not meet, come back, pass a jump host, or reach no device', (t) => {
  t.same(said({ ends: later(40), from: '10.1.0.68' }), []);
  t.same(said({ ends: later(40), to: DESK }), []);
  t.same(said({ ends: later(40), to: '10.1.0.69' }), []);
  t.same(said({ ends: later(40), jumpHosts: ['10.1.0.67/32'] }), []);
  t.end();
});

t.test('RC-05 speaks of a device that is the stepping stone itself', (t) => {
  const w = ward().at(20);
  const outer = w.connect(DESK, CT, 22, 'ssh');
  const inner = w.connect(CT, '10.1.0.69', 22, 'ssh');
  idle(w, outer, typed);
  idle(w, inner, later(40));
  t.same(w.said('RC-05'), [`${CT} < ${DESK} ssh`]);
  t.end();
});

t.test('RC-05 is silent when both relations are accepted, not when one is', (t) => {
  const chain = (known: readonly boolean[]): string[] => {
    const w = ward();
    if (known[0]) w.connect(DESK, NURSE, 22, 'ssh');
    if (known[1]) w.connect(NURSE, CT, 23, 'telnet');
    w.at(20);
    const outer = w.connect(DESK, NURSE, 22, 'ssh');
    const inner = w.connect(NURSE, CT, 23, 'telnet');
    idle(w, inner, later(40));
    idle(w, outer, typed);
    return w.said('RC-05');
  };
  t.equal(chain([true, true]).length, 0);
  t.equal(chain([true, false]).length, 1);
  t.equal(chain([false, true]).length, 1);
  t.end();
});

t.test('RC-05 puts together what is told in several intervals, and forgets a flow whose number is used again', (t) => {
  const w = ward().at(20);
  const outer = w.connect(DESK, NURSE, 22, 'ssh');
  const inner = w.connect(NURSE, CT, 23, 'telnet');
  idle(w, outer, typed.slice(0, 3));
  idle(w, inner, later(40).slice(0, 3));
  t.same(w.said('RC-05'), []);
  idle(w, outer, typed.slice(3));
  idle(w, inner, later(40).slice(3));
  t.equal(w.said('RC-05').length, 1);
  t.end();
});

t.test('RC-05 is silent about sessions in which nobody types', (t) => {
  const w = ward().at(20);
  const outer = w.connect(DESK, NURSE, 22, 'ssh');
  const inner = w.connect(NURSE, CT, 502, 'modbus');
  idle(w, outer, typed);
  const steady = { ...typedToServer, smallVariationToServer: 0.02, idleEnds: '\0\u01f4\u05dc\u0898\u0dac' };
  tellRhythm(w, inner, { ...steady, idleEndsFromUs: w.nowUs });
  t.same(w.said('RC-05'), []);
  t.end();
});
