import t from 'tap';
import type { FindingRow, HeldRow, IncidentRow, PostureRow } from '../../src/model.ts';
import {
  continueCounts,
  continueDevices,
  continueHeld,
  continuePosture,
  heldKey,
  postureKey,
  Written,
} from '../../src/pipeline/continuation.ts';
import { START_US, sampleDevice } from '../support/store.ts';

const held = (device: string, count: number): HeldRow => ({
  card: 'EX-10',
  device,
  deviceAddress: '10.1.0.1',
  peer: 'p',
  peerAddress: '10.1.0.2',
  service: 'tcp/104',
  verb: 'C-MOVE',
  firstSeenUs: START_US + count,
  count,
});
const weak = (device: string, count: number): PostureRow =>
  ({ device, rule: 'telnet-in-use', peer: 'p', firstSeenUs: START_US, count }) as PostureRow;
const finding = (id: string): FindingRow => ({ id }) as FindingRow;
const incident = (id: string): IncidentRow => ({ id }) as IncidentRow;

t.test('a device goes on: sums add up, names and addresses join, the first time stays', (t) => {
  const before = sampleDevice('a', { firstSeenUs: 100, lastSeenUs: 200, addresses: ['10.0.0.1'], names: ['old'] });
  const now = sampleDevice('a', { firstSeenUs: 300, lastSeenUs: 400, addresses: ['10.0.0.2'], names: ['new'] });
  const [row] = continueDevices(new Map([['a', before]]), [now]);
  t.match(row, { firstSeenUs: 100, lastSeenUs: 400, addresses: ['10.0.0.1', '10.0.0.2'], names: ['new', 'old'] });
  for (const [name, sum] of Object.entries(now.utilisation)) {
    t.equal(row?.utilisation[name as keyof typeof now.utilisation], 2 * sum, name);
  }
  t.end();
});

t.test('what was known of a device is not forgotten because today nobody said it', (t) => {
  const before = sampleDevice('a', { class: 'ct', tier: 2, medical: true, model: 'Scanner 1', serial: '123' });
  const now = sampleDevice('a', { class: '', tier: 3, medical: false, model: '', serial: '' });
  const [row] = continueDevices(new Map([['a', before]]), [now]);
  t.match(row, { class: 'ct', tier: 2, medical: true, model: 'Scanner 1', serial: '123' });
  t.end();
});

t.test('a device that is new stays as it is', (t) => {
  const now = sampleDevice('b');
  t.strictSame(continueDevices(new Map([['a', sampleDevice('a')]]), [now]), [now]);
  t.end();
});

t.test('held entries and counts add up', (t) => {
  const before = held('a', 2);
  t.match(continueHeld(new Map([[heldKey(before), before]]), [held('a', 3), held('b', 1)]), [
    { device: 'a', count: 5, firstSeenUs: START_US + 2 },
    { device: 'b', count: 1 },
  ]);
  const weakness = weak('a', 2);
  t.match(continuePosture(new Map([[postureKey(weakness), weakness]]), [weak('a', 3), weak('b', 1)]), [
    { device: 'a', count: 5 },
    { device: 'b', count: 1 },
  ]);
  t.strictSame(continueCounts({ x: 1, y: 2 }, { y: 3, z: 4 }), { x: 1, y: 5, z: 4 });
  t.end();
});

t.test('rows that nobody stands for any more have gone, once, and none that was there before', (t) => {
  const written = new Written(
    new Map([['old', sampleDevice('old')]]),
    new Map([[heldKey(held('old', 1)), held('old', 1)]]),
    new Map([[postureKey(weak('old', 1)), weak('old', 1)]]),
  );
  const nothing = { devices: [], findings: [], incidents: [], held: [], posture: [] };
  const first = [sampleDevice('10.0.0.1'), sampleDevice('old')];
  t.strictSame(
    written.replace(
      first,
      [finding('f1')],
      [incident('i1')],
      [held('10.0.0.1', 1), held('old', 2)],
      [weak('10.0.0.1', 1)],
    ),
    nothing,
  );
  const second = [sampleDevice('08:00:06:00:00:11')];
  t.match(written.replace(second, [finding('f2')], [incident('i2')], [held('08:00:06:00:00:11', 1)], []), {
    devices: ['10.0.0.1'],
    findings: ['f1'],
    incidents: ['i1'],
    held: [{ device: '10.0.0.1' }],
    posture: [{ device: '10.0.0.1' }],
  });
  t.strictSame(written.replace(second, [finding('f2')], [incident('i2')], [held('08:00:06:00:00:11', 2)], []), nothing);
  t.end();
});
