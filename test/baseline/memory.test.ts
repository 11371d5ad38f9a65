import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { Baseline } from '../../src/baseline/baseline.ts';
import type { DeviceBaseline } from '../../src/baseline/device-baseline.ts';
import { type Metric, metrics, type Relation } from '../../src/detect.ts';
import { limits } from '../../src/limits.ts';

const HOUR_US = 3600e6;
const USUAL: readonly Metric[] = ['bytes-out-internal', 'bytes-in', 'flows', 'hl7-messages'];

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What was measured stays until the end: freed between two looks, it would count below nothing. */
const kept: Baseline[] = [];

function memory(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** A device with some relations and verbs, rhythms of some of them, and these quantities in all their bins. */
function device(b: Baseline, number: number, relations: number, wanted: readonly Metric[]): DeviceBaseline {
  const subject = { number, id: `02:00:00:00:${number >> 8}:${number & 255}`, firstSeenUs: 0 };
  for (let at = 0; at < relations; at++) {
    const relation: Relation = { device: number, peer: at, role: 'client', service: `service-${at % 40}`, verb: '' };
    b.observe(subject, relation, `peer-${at}`, false, 6 * 65_536 + at);
    if (at % 2 === 0) b.observe(subject, { ...relation, verb: `verb ${at}` }, `peer-${at}`, false);
  }
  const made = b.of(subject);
  for (const metric of wanted) if (metric !== 'peers') made.quantity.add(metric, 5_000);
  for (let at = 0; at < Math.min(relations, 64); at++) made.quantity.addPeer(at);
  const asked = new Set(metrics);
  for (let day = 0; day < 3; day++) {
    for (const span of ['minutes', 'hour', 'day'] as const) {
      for (const metric of wanted) if (metric !== 'peers') made.quantity.add(metric, 5_000_000);
      made.quantity.close(span, (day + 1) * HOUR_US, day, true, asked, () => {});
    }
  }
  for (let key = 0; key < Math.min(relations, 32); key++) made.rhythms.beat('said', key, 1e6, 0);
  return made;
}

function baseline(): Baseline {
  return new Baseline({ limits, on: true, structureDays: 14, laterDays: 7, acceptDays: 3, learnUntilUs: null });
}

t.test('ten thousand usual devices fit into a gigabyte', (t) => {
  const before = memory();
  const b = baseline();
  kept.push(b);
  const COUNT = 10_000;
  for (let number = 0; number < COUNT; number++) device(b, number, 8, USUAL);
  const each = (memory() - before) / COUNT;
  t.comment(
    `${(each / 1000).toFixed(1)} kB for a usual device, ${((each * COUNT) / 2 ** 20).toFixed(0)} MiB for ${COUNT}`,
  );
  t.ok(each <= 40_000, 'at most 40 kB each');
  t.ok(each * COUNT <= 2 ** 30);
  t.equal(b.devices.size, COUNT);
  t.end();
});

t.test('a device at all its caps takes at most 170 kB, 70 kB of them what is measured of it', (t) => {
  const before = memory();
  const b = baseline();
  kept.push(b);
  const COUNT = 200;
  for (let number = 0; number < COUNT; number++) device(b, number, 512, metrics);
  const each = (memory() - before) / COUNT;
  const one = b.devices.get(0);
  const measured = (one?.quantity.bytes ?? 0) + (one?.rhythms.bytes ?? 0);
  t.comment(`${(measured / 1000).toFixed(1)} kB of rings for a device at its caps`);
  t.comment(`${(each / 1000).toFixed(1)} kB with 512 relations and 256 verbs`);
  t.ok(measured <= 70_000);
  t.ok(each <= 170_000);
  t.end();
});
