import t from 'tap';
import type { FlowEnd } from '../../src/records.ts';
import { tell } from '../support/tell.ts';
import { TestWard, withOptions } from '../support/ward.ts';

const NURSE = '10.1.0.66';
const target = (i: number): string => `10.1.1.${i + 1}`;

/** Somebody tries a door; nobody opens. */
function tryDoor(w: TestWard, server: string, port = 23, end: Partial<FlowEnd> = {}, from = NURSE): void {
  const flow = w.begin(from, server, port);
  tell(w, 'flowEnd', flow, { how: 'reset', packetsToServer: 1, ...end });
}

function scans(count: number, end: Partial<FlowEnd> = {}, secondsApart = 1): string[] {
  const w = new TestWard();
  for (let i = 0; i < count; i++) tryDoor(w.at(20 + (i * secondsApart) / 60), target(i), 23, end);
  return w.said('BL-07');
}

t.test('BL-07 speaks at the fourth failed first contact', (t) => {
  t.same(scans(4), [`${NURSE} < ${target(3)} scan`]);
  t.same(scans(3), []);
  t.same(scans(4, {}, 3600), [`${NURSE} < ${target(3)} scan`]);
  t.same(scans(4, {}, 3601), [], 'an hour apart');
  t.end();
});

t.test('BL-07 speaks while learning', (t) => {
  const w = new TestWard({ learnUntilMinutes: null });
  for (let i = 0; i < 4; i++) tryDoor(w, target(i));
  t.equal(w.said('BL-07').length, 1);
  t.equal(w.findings[0]?.confidence, 0.7);
  t.end();
});

t.test('BL-07 counts first contacts only, and one that succeeds is a step back', (t) => {
  const w = new TestWard().at(20);
  for (let i = 0; i < 20; i++) tryDoor(w, target(i % 3));
  t.same(w.said('BL-07'), []);
  const mixed = (failuresAfter: number): string[] => {
    const other = new TestWard().at(20);
    for (let i = 0; i < 3; i++) tryDoor(other, target(i));
    other.connect(NURSE, target(50), 80, 'http');
    for (let i = 0; i < failuresAfter; i++) tryDoor(other, target(3 + i));
    return other.said('BL-07');
  };
  t.equal(mixed(1).length, 0);
  t.equal(mixed(2).length, 1);
  t.end();
});

t.test('BL-07 takes an unanswered contact for failed after three seconds, an opened one for none', (t) => {
  const unanswered = (seconds: number): string[] => {
    const w = new TestWard();
    for (let i = 0; i < 4; i++) {
      const flow = w.at(20 + i).begin(NURSE, target(i), 23);
      tell(w.at(20 + i + seconds / 60), 'flowEnd', flow, { how: 'timeout' });
    }
    return w.said('BL-07');
  };
  t.equal(unanswered(3).length, 1);
  t.equal(unanswered(2.9).length, 0);
  t.same(scans(9, { rttUs: 500 }), []);
  t.same(scans(9, { payloadToServer: 10 }), [], 'only one direction is seen');
  t.end();
});

t.test('BL-07 is silent where an earlier interval showed one direction of the conversation', (t) => {
  const w = new TestWard();
  for (let i = 0; i < 4; i++) {
    const flow = w.at(20 + i).begin(NURSE, target(i), 23);
    tell(w, 'flowUpdate', flow, { payloadToServer: 10 });
    tell(w, 'flowEnd', flow, { how: 'reset' });
  }
  t.same(w.said('BL-07'), []);
  t.end();
});

t.test('BL-07 speaks of ten ports of one machine within a minute', (t) => {
  const ports = (count: number, seconds: number): string[] => {
    const w = new TestWard();
    for (let i = 0; i < count; i++) tryDoor(w.at(20 + (i * seconds) / 60 / (count - 1)), target(0), 100 + i);
    return w.said('BL-07');
  };
  t.same(ports(10, 60), [`${NURSE} < ${target(0)} scan`]);
  t.same(ports(9, 60), []);
  t.same(ports(10, 61), []);
  t.end();
});

t.test('BL-07 speaks of far more partners than usual, after a week', (t) => {
  const day = 24 * 60;
  const sudden = (partners: number, days: number, usual = 2): string[] => {
    const w = new TestWard();
    for (let minute = 0; minute < 60; minute += 10) {
      w.at(20 + minute);
      for (let i = 0; i < usual; i++) w.connect(NURSE, target(i), 80, 'http');
    }
    w.at(20 + days * day);
    for (let i = 0; i < partners; i++) w.connect(NURSE, target(i), 80, 'http');
    return w.said('BL-07');
  };
  t.equal(sudden(21, 7).length, 1);
  t.equal(sudden(20, 7).length, 0);
  t.equal(sudden(21, 6.9).length, 0);
  t.equal(sudden(30, 7, 3).length, 0);
  t.equal(sudden(31, 7, 3).length, 1);
  t.end();
});

t.test('BL-07 is silent about a machine that may scan', (t) => {
  const w = new TestWard({ settings: { detectors: [withOptions('BL-07', { scanners: `10.0.0.1 ${NURSE}` })] } }).at(20);
  for (let i = 0; i < 9; i++) tryDoor(w, target(i));
  t.same(w.said('BL-07'), []);
  t.end();
});

t.test('BL-07 speaks of five ports of one machine within two seconds', (t) => {
  const ports = (count: number, seconds: number): string | undefined => {
    const w = new TestWard();
    for (let i = 0; i < count; i++) tryDoor(w.at(20 + (i * seconds) / 60 / (count - 1)), target(0), 100 + i);
    return w.findings.find(({ detector }) => detector === 'BL-07')?.happened;
  };
  t.match(ports(5, 2), /tried 5 ports .* within two seconds/);
  t.equal(ports(4, 1), undefined);
  t.equal(ports(5, 2.1), undefined);
  t.end();
});
