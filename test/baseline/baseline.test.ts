import t from 'tap';
import { Baseline, type BaselineSettings } from '../../src/baseline/baseline.ts';
import type { Relation } from '../../src/detect.ts';
import { limits } from '../../src/limits.ts';

const DAY_US = 86_400e6;
const device = { number: 3, id: 'three', firstSeenUs: 0 };
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

/** Some days of use: each device is seen in its relations on each of the days, and the day ends. */
function use(
  b: Baseline,
  days: number,
  relations: readonly Relation[],
  over: { device?: typeof device; everyDays?: number; sessions?: number; neverSilent?: boolean } = {},
): void {
  const { everyDays = 1, sessions = 6, neverSilent = false } = over;
  const first = Math.floor(b.nowUs / DAY_US);
  for (let day = first; day < first + days; day++) {
    b.tick(day * DAY_US);
    if (day % everyDays !== 0) continue;
    for (let session = 0; session < sessions; session++) {
      b.nowUs = day * DAY_US + (session + 1) * 3600e6;
      for (const one of relations) b.observe(over.device ?? device, one, 'p', neverSilent);
    }
  }
  b.tick((first + days) * DAY_US);
}

const services = ['dicom', 'dns', 'ntp'].map((service): Relation => ({ ...relation, service }));

t.test('a device in daily use is learnt, then settles, then is watched', (t) => {
  const b = baseline();
  t.equal(b.state(device), 'discover');
  const states: string[] = [];
  for (let day = 0; day < 24; day++) {
    use(b, 1, services);
    states.push(b.state(device));
  }
  t.strictSame(
    states
      .map((state, day) => (state === states[day - 1] ? '' : `${state} after day ${day + 1}`))
      .filter((text) => text !== ''),
    ['learn after day 1', 'settle after day 14', 'watch after day 21'],
  );
  t.equal(b.reason(device, 'structure'), '');
  t.end();
});

t.test('a device that appears later is learnt for a shorter time', (t) => {
  const b = baseline();
  b.nowUs = 30 * DAY_US;
  const later = { number: 8, id: 'eight', firstSeenUs: 30 * DAY_US };
  use(b, 6, services, { device: later });
  t.equal(b.state(later), 'learn');
  use(b, 1, services, { device: later });
  t.equal(b.state(later), 'settle');
  t.end();
});

t.test('a device that is used once a month stays in learning and says why', (t) => {
  const b = baseline();
  use(b, 60, services, { everyDays: 30 });
  t.equal(b.state(device), 'learn');
  t.equal(b.reason(device, 'structure'), 'in use on 2 days only, 7 are needed');
  t.end();
});

t.test('a device that still does new things every day stays in learning and says why', (t) => {
  const b = baseline();
  for (let day = 0; day < 20; day++) use(b, 1, [...services, { ...relation, service: `tcp/${day}` }]);
  t.equal(b.state(device), 'learn');
  t.match(b.reason(device, 'structure'), /^still sees new things: 25.0 % is taken to be unseen/);
  t.end();
});

t.test('a day with many signals is no quiet day: settling takes one day longer', (t) => {
  const b = baseline();
  use(b, 14, services);
  b.signal(device);
  b.signal(device);
  use(b, 7, services);
  t.equal(b.state(device), 'settle');
  t.equal(b.reason(device, 'structure'), 'settles: 1 more quiet day of use');
  use(b, 1, services);
  t.equal(b.state(device), 'watch');
  t.end();
});

t.test('a relation is accepted by rule when it was seen on three different days in five sessions', (t) => {
  const b = baseline();
  const accepted = [0, 0.1, 0.2, 1, 1.5, 2].map((day) => {
    b.nowUs = day * DAY_US;
    b.observe(device, relation, 'p', false);
    return b.verdict(device, relation, 'p').accepted;
  });
  t.strictSame(accepted, [false, false, false, false, false, true]);
  t.end();
});

t.test('with few sessions a relation is accepted when enough devices of its kind have it', (t) => {
  const b = baseline();
  b.groupOf = () => 'pumps';
  const pumps = [10, 11, 12, 13, 14].map((number) => ({ number, id: `pump ${number}`, firstSeenUs: 0 }));
  for (let day = 0; day < 3; day++) {
    b.tick(day * DAY_US);
    for (const pump of pumps) b.observe(pump, relation, 'p', false);
  }
  t.match(b.verdict({ number: 10, id: 'pump 10', firstSeenUs: 0 }, relation, 'p'), {
    accepted: true,
    groupSize: 5,
    groupKnowing: 5,
  });
  t.end();
});

t.test('a relation that one device of five has is held, however often it repeats', (t) => {
  const b = baseline();
  b.groupOf = () => 'pumps';
  const pumps = [10, 11, 12, 13, 14].map((number) => ({ number, id: `pump ${number}`, firstSeenUs: 0 }));
  for (let day = 0; day < 30; day++) {
    b.tick(day * DAY_US);
    for (const pump of pumps) b.observe(pump, relation, 'p', false);
    for (let i = 0; i < 5 && day > 0; i++)
      b.observe({ number: 10, id: 'pump 10', firstSeenUs: 0 }, { ...relation, service: 'smb' }, 'q', false);
  }
  t.match(b.verdict({ number: 10, id: 'pump 10', firstSeenUs: 0 }, { ...relation, service: 'smb' }, 'q'), {
    accepted: false,
    isHeld: true,
  });
  t.end();
});

t.test('while the sensor cannot see nothing is learnt, and the layer says that it is blind', (t) => {
  const b = baseline();
  use(b, 14, services);
  b.isBlind = true;
  b.observe(device, { ...relation, service: 'ssh' }, 'p', false);
  t.equal(b.verdict(device, { ...relation, service: 'ssh' }, 'p').count, 0);
  t.equal(b.shown(device, 'structure'), 'blind');
  t.equal(b.state(device), 'settle');
  t.end();
});

t.test('a peer that is called otherwise stays the same peer', (t) => {
  const b = baseline({ learnUntilUs: 100 });
  b.observe(device, relation, '10.0.0.5', false);
  b.renamePeer('10.0.0.5', '00:1b:21:00:00:05');
  t.match(b.verdict(device, relation, '00:1b:21:00:00:05'), { accepted: true, count: 1, peerPrevalence: 1 });
  b.observe(device, relation, '10.0.0.6', false);
  b.renamePeer('10.0.0.6', '00:1b:21:00:00:05');
  t.match(b.verdict(device, relation, '00:1b:21:00:00:05'), { accepted: true, count: 2 });
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
  b.observe({ number: 9, id: 'nine', firstSeenUs: 0 }, relation, 'p', false);
  b.merge(9, device);
  t.match(b.verdict(device, relation, 'p'), { accepted: true, count: 1 });
  t.end();
});
