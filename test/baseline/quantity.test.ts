import t from 'tap';
import { DeviceBaseline } from '../../src/baseline/device-baseline.ts';
import { deviceDocument, deviceFrom } from '../../src/baseline/document.ts';
import { Names } from '../../src/baseline/names.ts';
import { Quantity } from '../../src/baseline/quantity.ts';
import { Rhythms } from '../../src/baseline/rhythm.ts';
import type { Judged } from '../../src/baseline/series.ts';
import { type Metric, metrics, type Span } from '../../src/detect.ts';
import { hourOf } from '../../src/statistics/rings.ts';

const MONDAY = hourOf(Date.UTC(2026, 2, 2) * 1000);
const HOUR_US = 3600e6;
const all: ReadonlySet<Metric> = new Set(metrics);
const OUT: Metric = 'bytes-out-external';

/** Ends a bin in which so much was sent. */
function bin(quantity: Quantity, span: Span, hour: number, bytes: number, isLearnt = true): Judged | undefined {
  let found: Judged | undefined;
  quantity.add(OUT, bytes);
  quantity.close(span, (hour + 1) * HOUR_US, hour, isLearnt, all, (metric, judged) => {
    if (metric === OUT) found = judged;
  });
  return found;
}

/** Weeks in which every hour carries ten megabytes, give or take. */
function weeks(quantity: Quantity, count: number, isLearnt = true): number {
  let hour = MONDAY;
  for (; hour < MONDAY + count * 168; hour++) bin(quantity, 'hour', hour, 10e6 * (1 + (hour % 5) / 20), isLearnt);
  return hour;
}

t.test('an hour deviates when it lies five spreads above the same hours of other weeks', (t) => {
  const quantity = new Quantity();
  const hour = weeks(quantity, 5);
  t.match(bin(quantity, 'hour', hour, 12e6), { run: 0 });
  t.match(bin(quantity, 'hour', hour + 1, 200e6), { run: 1 });
  t.match(bin(quantity, 'hour', hour + 2, 200e6), { run: 2 });
  t.match(bin(quantity, 'hour', hour + 3, 10e6), { run: 0 });
  t.end();
});

t.test('the threshold is five spreads: a little below is usual, a little above is not', (t) => {
  const flat = () => {
    const quantity = new Quantity();
    for (let hour = MONDAY; hour < MONDAY + 5 * 168; hour++) bin(quantity, 'hour', hour, 10e6);
    return quantity;
  };
  const hour = MONDAY + 5 * 168;
  // Steady traffic has the smallest spread, 0.1: five of them are a factor of 1.649.
  t.match(bin(flat(), 'hour', hour, 10e6 * Math.exp(0.49)), { run: 0 });
  t.match(bin(flat(), 'hour', hour, 10e6 * Math.exp(0.51)), { run: 1 });
  t.end();
});

t.test('before there are enough hours nobody can say what is usual', (t) => {
  const quantity = new Quantity();
  for (let at = 0; at < 47; at++) bin(quantity, 'hour', MONDAY + at, 10e6, false);
  t.ok(Number.isNaN(bin(quantity, 'hour', MONDAY + 47, 9e9, false)?.limit));
  t.match(bin(quantity, 'hour', MONDAY + 48, 9e9, false), { run: 1 });
  t.end();
});

t.test('days deviate from four spreads on, after fourteen of them', (t) => {
  const quantity = new Quantity();
  for (let day = 0; day < 13; day++) bin(quantity, 'day', MONDAY + day * 24, 40e6);
  t.match(bin(quantity, 'day', MONDAY + 13 * 24, 4e9), { run: 0 });
  t.match(bin(quantity, 'day', MONDAY + 14 * 24, 40e6 * Math.exp(0.39)), { run: 0 });
  t.match(bin(quantity, 'day', MONDAY + 15 * 24, 40e6 * Math.exp(0.41)), { run: 1 });
  t.end();
});

t.test('five minutes deviate from six spreads on, and from what is rare at most', (t) => {
  const quantity = new Quantity();
  const close = (bytes: number) => bin(quantity, 'minutes', MONDAY, bytes);
  for (let at = 0; at < 60; at++) close(5e6);
  t.match(close(5e6 * Math.exp(0.59)), { run: 0 });
  t.match(close(5e6 * Math.exp(0.61)), { run: 1 });
  t.end();
});

t.test('who feeds a device slowly does not move its threshold by more than half a week', (t) => {
  const quantity = new Quantity();
  let hour = weeks(quantity, 8);
  const limits: number[] = [];
  for (let week = 0; week < 6; week++) {
    for (let at = 0; at < 168; at++, hour++) {
      const judged = bin(quantity, 'hour', hour, 10e6 * 3 ** (week + 1));
      if (at === 10) limits.push(judged?.limit ?? Number.NaN);
    }
  }
  for (let at = 1; at < limits.length; at++) {
    t.ok((limits[at] ?? 0) - (limits[at - 1] ?? 0) <= Math.log(1.5) + 1e-6, `week ${at}`);
  }
  t.ok((limits.at(-1) ?? 0) > (limits[0] ?? 0) + Math.log(1.4), 'it does rise');
  const held = bin(quantity, 'hour', hour, 1)?.limit ?? Number.NaN;
  quantity.forgive();
  t.ok((bin(quantity, 'hour', hour, 1)?.limit ?? 0) > held + Math.log(1.5), 'a person had it learnt again');
  t.end();
});

t.test('hours of an incident are kept, do not become usual, and count when a person releases them', (t) => {
  const quantity = new Quantity();
  const start = weeks(quantity, 3);
  quantity.maskedUntilUs = (start + 168) * HOUR_US;
  for (let hour = start; hour < start + 168; hour++) bin(quantity, 'hour', hour, 500e6);
  const during = quantity.known(OUT)?.weeks?.slot(5).length;
  t.equal(during, 3);
  quantity.release(start, start + 168);
  t.equal(quantity.known(OUT)?.weeks?.slot(5).length, 4);
  t.end();
});

t.test('a bin that was not seen is not a silent one', (t) => {
  const quantity = new Quantity();
  const hour = weeks(quantity, 1);
  const before = quantity.known(OUT)?.weeks?.all().length;
  quantity.add(OUT, 5e9);
  quantity.skip('hour');
  t.equal(quantity.known(OUT)?.weeks?.all().length, before);
  t.match(bin(quantity, 'hour', hour, 0), { run: 0 });
  t.end();
});

t.test('partners are counted once an hour and once a day', (t) => {
  const quantity = new Quantity();
  const told: string[] = [];
  for (let at = 0; at < 90; at++) quantity.addPeer(at % 30);
  for (const span of ['minutes', 'hour', 'day'] as const) {
    quantity.close(span, HOUR_US, 0, false, all, (metric, { log }) =>
      told.push(`${span} ${metric} ${Math.round(Math.expm1(log))}`),
    );
  }
  t.same(told, ['minutes peers 0', 'hour peers 30', 'day peers 30']);
  t.end();
});

t.test('the balance of giving and taking, now and usually', (t) => {
  const quantity = new Quantity();
  for (let week = 0; week < 4; week++) {
    const hour = MONDAY + week * 168;
    quantity.add('bytes-in', 3e6);
    quantity.add('bytes-out-internal', 1e6);
    quantity.close('hour', (hour + 1) * HOUR_US, hour, false, all, () => {});
  }
  const next = MONDAY + 4 * 168;
  t.equal(Math.round(quantity.usualBalance(next) * 100), -50);
  t.ok(Number.isNaN(quantity.usualBalance(next + 1)));
  quantity.add('bytes-out-internal', 4e6);
  t.same(quantity.balance(), { ratio: 1, bytes: 4e6 });
  t.end();
});

t.test('a relation that beats every minute is regular; the longest gap of eight days is known', (t) => {
  const rhythms = new Rhythms();
  for (let minute = 0; minute < 100; minute++) {
    rhythms.beat('said', 7, minute * 60e6, 60e6);
    rhythms.beat('said', 7, minute * 60e6 + 1e6, 60e6);
  }
  const one = rhythms.of('said', 7);
  t.match(one?.rhythm(), { period: 60, jitter: 0, isRegular: true, gaps: 64 });
  t.equal(one?.longestSeconds(), 60);
  rhythms.beat('said', 7, 200 * 60e6, 60e6);
  t.equal(one?.longestSeconds(), 6060);
  for (let day = 1; day < 10; day++) rhythms.beat('said', 7, day * 86_400e6, 60e6);
  t.equal(one?.longestSeconds(), 86_400);
  t.end();
});

t.test('thirty-two rhythms of a device are kept; who was silent for a day gives way', (t) => {
  const rhythms = new Rhythms();
  for (let key = 0; key < 33; key++) rhythms.beat('start', key, 1e6, 0);
  t.equal(rhythms.of('start', 32), undefined);
  t.equal(rhythms.refused, 1);
  rhythms.beat('start', 32, 86_402e6, 0);
  t.ok(rhythms.of('start', 32));
  t.equal(rhythms.of('start', 0), undefined);
  rhythms.move(32, 99);
  t.ok(rhythms.of('start', 99));
  t.end();
});

t.test('measured or restored from its document: the same document', (t) => {
  const names = new Names();
  const device = new DeviceBaseline(3, 0);
  weeks(device.quantity, 2);
  bin(device.quantity, 'minutes', MONDAY, 3e6);
  bin(device.quantity, 'day', MONDAY, 3e6);
  device.quantity.add('flows', 3);
  for (let at = 0; at < 100; at++) device.quantity.addPeer(at * 2 ** 24);
  device.rhythms.active(5 * HOUR_US);
  const key = names.keyOf('client', 'pacs', 'dicom', '');
  for (let at = 0; at < 20; at++) device.rhythms.beat('start', key, at * 7e6, 0);
  const text = JSON.stringify(deviceDocument(device, 'ct', names));
  const again = deviceFrom(JSON.parse(text), 9, new Names());
  t.equal(JSON.stringify(deviceDocument(again, 'ct', names)), text);
  t.match(bin(again.quantity, 'hour', MONDAY + 400, 5e6), bin(device.quantity, 'hour', MONDAY + 400, 5e6) ?? {});
  const { quantity, rhythm, ...old } = JSON.parse(text);
  t.ok(quantity && rhythm && deviceFrom(old, 1, names), 'documents of older versions have none');
  t.end();
});

t.test('what another record of the same device has measured is kept', (t) => {
  const [one, other] = [new DeviceBaseline(1, 0), new DeviceBaseline(2, 0)];
  weeks(other.quantity, 1);
  other.quantity.addPeer(5);
  other.rhythms.beat('start', 4, 1e6, 0);
  one.quantity.addPeer(6);
  one.absorb(other);
  t.equal(one.quantity.known(OUT)?.weeks?.all().length, 168);
  t.ok(one.rhythms.of('start', 4));
  t.end();
});
