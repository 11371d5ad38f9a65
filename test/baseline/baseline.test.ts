import t from 'tap';
import { Baseline, type BaselineSettings } from '../../src/baseline/baseline.ts';
import type { Relation } from '../../src/detect.ts';
import { limits } from '../../src/limits.ts';

const DAY_US = 86_400e6;
const device = { number: 3, firstSeenUs: 0 };
const relation: Relation = { device: 3, peer: 4, role: 'client', service: 'dicom', verb: '' };

function baseline(over: Partial<BaselineSettings> = {}): Baseline {
  return new Baseline({
    limits,
    on: true,
    structureDays: 14,
    laterDays: 7,
    acceptDays: 3,
    learnUntilUs: null,
    ...over,
  });
}

t.test('a device is learnt, then settles, then is watched, by packet time', (t) => {
  const b = baseline();
  const states = [0, 13, 14, 20, 21, 400].map((day) => {
    b.nowUs = day * DAY_US;
    return b.state(device);
  });
  t.strictSame(states, ['learn', 'learn', 'settle', 'settle', 'watch', 'watch']);
  t.end();
});

t.test('a device that appears later is learnt for a shorter time', (t) => {
  const b = baseline();
  const later = { number: 8, firstSeenUs: 30 * DAY_US };
  b.nowUs = 36 * DAY_US;
  t.equal(b.state(later), 'learn');
  b.nowUs = 37 * DAY_US;
  t.equal(b.state(later), 'settle');
  t.end();
});

t.test('a relation is accepted by rule when it was seen on three different days, not three times', (t) => {
  const b = baseline();
  const accepted = [0, 0.1, 0.2, 1, 1.5, 2].map((day) => {
    b.nowUs = day * DAY_US;
    b.observe(device, relation, 'p', false);
    return b.verdict(device, relation, 'p').accepted;
  });
  t.strictSame(accepted, [false, false, false, false, false, true]);
  t.end();
});

t.test('what must never be accepted silently is not, however often it comes', (t) => {
  const b = baseline();
  for (let day = 0; day < 100; day++) {
    b.nowUs = day * DAY_US;
    b.observe(device, relation, 'p', true);
  }
  t.match(b.verdict(device, relation, 'p'), { accepted: false, count: 100 });
  t.end();
});

t.test('what came before the sign-off is accepted, what comes after it is not', (t) => {
  const b = baseline({ learnUntilUs: 100 });
  b.nowUs = 99;
  b.observe(device, relation, 'p', true);
  b.nowUs = 100;
  b.observe(device, { ...relation, service: 'ssh' }, 'p', false);
  t.match(b.verdict(device, relation, 'p'), { state: 'watch', accepted: true, acceptedCount: 1 });
  t.match(b.verdict(device, { ...relation, service: 'ssh' }, 'p'), { accepted: false });
  t.end();
});

t.test('role, peer, service and verb each make another relation', (t) => {
  const b = baseline();
  b.observe(device, relation, 'p', false);
  const others: [Relation, string][] = [
    [{ ...relation, role: 'server' }, 'p'],
    [relation, 'q'],
    [{ ...relation, service: 'hl7' }, 'p'],
    [{ ...relation, verb: 'C-MOVE to X' }, 'p'],
  ];
  for (const [other, peer] of others) t.equal(b.verdict(device, other, peer).count, 0);
  t.equal(b.verdict(device, relation, 'p').count, 1);
  t.end();
});

t.test('the sets of a device are bounded, and what found no room is counted', (t) => {
  const b = baseline({ limits: { ...limits, tuplesPerDeviceMax: 10 } });
  for (let i = 0; i < 50; i++) b.observe(device, { ...relation, service: `tcp/${i}` }, 'p', false);
  t.equal(b.refused, 40);
  t.end();
});

t.test('a record that proves to be another device brings along what was learnt', (t) => {
  const b = baseline({ learnUntilUs: 100 });
  b.observe({ number: 9, firstSeenUs: 0 }, relation, 'p', false);
  b.merge(9, 3);
  t.match(b.verdict(device, relation, 'p'), { accepted: true, count: 1 });
  t.end();
});
