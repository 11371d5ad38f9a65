import t from 'tap';
import { Baseline } from '../../src/baseline/baseline.ts';
import { type Decision, decide } from '../../src/baseline/decisions.ts';
import { difference } from '../../src/baseline/difference.ts';
import type { Relation } from '../../src/detect.ts';
import { limits } from '../../src/limits.ts';

const DAY_US = 86_400e6;
const ct = { number: 3, id: '00:00:00:00:00:03', firstSeenUs: 0 };
const mr = { number: 5, id: '00:00:00:00:00:05', firstSeenUs: 0 };
const relation: Relation = { device: 3, peer: 4, role: 'client', service: 'dicom', verb: '' };
const settings = { limits, on: true, structureDays: 14, laterDays: 7, acceptDays: 3, learnUntilUs: null };
const ids = new Map([ct, mr].map(({ number, id }) => [number, id]));
const idOf = (number: number): string => ids.get(number) ?? '';

function fresh(): Baseline {
  const made = new Baseline(settings);
  made.groupOf = () => 'modality||';
  return made;
}

/** Days on which both devices were in use, the first of them in one more relation each day. */
function use(b: Baseline, fromDay: number, toDay: number): void {
  for (let day = fromDay; day < toDay; day++) {
    b.tick(day * DAY_US);
    for (let hour = 8; hour < 14; hour++) {
      b.nowUs = day * DAY_US + hour * 3600e6;
      for (const device of [ct, mr]) {
        b.observe(device, relation, 'pacs', false);
        b.observe(device, { ...relation, verb: 'C-STORE-RQ 1.2' }, 'pacs', false);
      }
      if (day % 4 === 0) b.observe(ct, { ...relation, service: 'ssh', role: 'server' }, 'laptop', true);
    }
  }
  b.tick(toDay * DAY_US);
}

const bytes = (b: Baseline): string => JSON.stringify(b.document(idOf));

function decision(over: Partial<Decision>): Decision {
  const none = { layer: '', role: '', peer: '', service: '', verb: '', untilUs: 0 } as const;
  return { action: 'accept', timeUs: 1, user: 'biomed', reason: 'service contract', device: ct.id, ...none, ...over };
}

t.test('learnt in one go or stored and continued on any day, the baseline is the same bytes', (t) => {
  const whole = fresh();
  use(whole, 0, 30);
  for (const day of [1, 2, 7, 14, 15, 21, 22, 29]) {
    const first = fresh();
    use(first, 0, day);
    const second = fresh();
    second.restore(JSON.parse(bytes(first)));
    use(second, day, 30);
    t.equal(bytes(second), bytes(whole), `stored after day ${day}`);
  }
  t.end();
});

t.test('a device that is not seen again keeps what was learnt of it', (t) => {
  const first = fresh();
  use(first, 0, 10);
  const second = fresh();
  second.restore(JSON.parse(bytes(first)));
  t.equal(bytes(second), bytes(first));
  second.observe({ ...ct, number: 44 }, relation, 'pacs', false);
  t.equal(second.verdict({ ...ct, number: 44 }, relation, 'pacs').count, first.verdict(ct, relation, 'pacs').count + 1);
  t.equal(second.verdict(ct, relation, 'pacs').peerPrevalence, 2, 'the device is counted once, under its new number');
  t.end();
});

t.test('a rollback gives the bytes of the version it goes back to', (t) => {
  const b = fresh();
  use(b, 0, 20);
  const version = bytes(b);
  use(b, 20, 25);
  decide(b, decision({ action: 'sign-off', device: '' }), idOf);
  t.not(bytes(b), version);
  b.restore(JSON.parse(version), (id) => [ct, mr].find((device) => device.id === id)?.number ?? -1);
  t.equal(bytes(b), version);
  t.equal(b.state(ct), 'settle');
  t.end();
});

t.test('what is never accepted silently is accepted by a person, for as long as the person says', (t) => {
  const b = fresh();
  use(b, 0, 20);
  const ssh: Relation = { ...relation, service: 'ssh', role: 'server' };
  t.match(b.verdict(ct, ssh, 'laptop'), { accepted: false, isHeld: true });
  t.equal(decide(b, decision({ peer: 'laptop', service: 'ssh', untilUs: 30 * DAY_US }), idOf), '');
  t.match(b.verdict(ct, ssh, 'laptop'), { accepted: true });
  b.nowUs = 30 * DAY_US;
  t.match(b.verdict(ct, ssh, 'laptop'), { accepted: false }, 'the date is over');
  t.end();
});

t.test('what a person rejects no rule accepts again', (t) => {
  const b = fresh();
  use(b, 0, 20);
  t.match(b.verdict(ct, relation, 'pacs'), { accepted: true });
  t.equal(decide(b, decision({ action: 'reject', peer: 'pacs', service: 'dicom' }), idOf), '');
  use(b, 20, 30);
  t.match(b.verdict(ct, relation, 'pacs'), { accepted: false, rejected: true });
  t.end();
});

t.test('accepted for the group, a relation is accepted on devices of the kind that never had it', (t) => {
  const b = fresh();
  use(b, 0, 20);
  const ssh: Relation = { ...relation, service: 'ssh', role: 'server' };
  decide(b, decision({ action: 'accept-group', peer: 'laptop', service: 'ssh' }), idOf);
  t.match(b.verdict(mr, ssh, 'laptop'), { accepted: true, count: 0 });
  t.end();
});

t.test('one layer of one device learns again, the others go on', (t) => {
  const b = fresh();
  use(b, 0, 30);
  decide(b, decision({ action: 'restart', layer: 'semantics', timeUs: 30 * DAY_US }), idOf);
  t.equal(b.state(ct, 'semantics'), 'relearn');
  t.equal(b.state(ct), 'watch');
  t.equal(b.state(mr, 'semantics'), 'watch');
  use(b, 30, 37);
  t.equal(b.state(ct, 'semantics'), 'settle', 'after the days of a later device');
  t.end();
});

t.test('a decision about something that is not there says so and changes nothing', (t) => {
  const b = fresh();
  use(b, 0, 5);
  const before = bytes(b);
  t.equal(decide(b, decision({ device: 'nobody' }), idOf), 'no device nobody is known to the baseline');
  t.equal(decide(b, decision({ peer: 'x', service: 'y' }), idOf), `device ${ct.id} has no such relation`);
  t.equal(
    decide(b, decision({ action: 'sign-off', device: 'nobody' }), idOf),
    'no device nobody is known to the baseline',
  );
  t.equal(bytes(b), before);
  t.end();
});

t.test('two versions are compared: what was added, what disappeared, which layers went on', (t) => {
  const b = fresh();
  use(b, 0, 14);
  const before = b.document(idOf);
  decide(b, decision({ peer: 'laptop', service: 'ssh' }), idOf);
  decide(b, decision({ action: 'reject', peer: 'pacs', service: 'dicom', device: mr.id }), idOf);
  use(b, 14, 15);
  const found = difference(before, b.document(idOf));
  t.match(found, [
    { device: ct.id, change: 'changed', added: [{ service: 'ssh', peer: 'laptop' }], removed: [] },
    { device: mr.id, change: 'changed', added: [], removed: [{ service: 'dicom', peer: 'pacs' }] },
  ]);
  t.same(difference(before, before), []);
  t.same(
    difference({ ...before, devices: [] }, before).map(({ change }) => change),
    ['new', 'new'],
  );
  t.end();
});
