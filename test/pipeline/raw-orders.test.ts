/** Break-glass from the order to the opened file, with its audit: a golden case, and twins in which nothing is captured. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Batch } from '../../src/bytes/batch.ts';
import { limits } from '../../src/limits.ts';
import { openSealed } from '../../src/output/sealed-file.ts';
import {
  giveOrder,
  problemOfOrder,
  type RawAudit,
  type RawOrder,
  RawOrders,
  rawFolder,
  stopOrder,
} from '../../src/pipeline/raw-orders.ts';
import { RawTap } from '../../src/pipeline/raw-tap.ts';
import { temporaryFolder } from '../support/temporary.ts';

const NOW_US = Date.UTC(2026, 2, 2, 12) * 1000;
const MINUTE_US = 60e6;
const DAY_US = 86_400e6;
const key = new Uint8Array(32).fill(9);

const order: RawOrder = {
  id: 'one',
  user: 'biomed',
  reason: 'infusion pump 7 stops by itself',
  addresses: ['10.1.0.30'],
  orderedUs: NOW_US,
  untilUs: NOW_US + 30 * MINUTE_US,
  keepUntilUs: NOW_US + 7 * DAY_US,
};

/** A UDP datagram over Ethernet from one address to another. */
function packet(source: readonly number[], target: readonly number[], text: string): Uint8Array {
  const payload = Buffer.from(text);
  const bytes = Buffer.alloc(42 + payload.length);
  bytes.writeUInt16BE(0x0800, 12);
  bytes[14] = 0x45;
  bytes.writeUInt16BE(28 + payload.length, 16);
  bytes[22] = 64;
  bytes[23] = 17;
  bytes.set(source, 26);
  bytes.set(target, 30);
  bytes.writeUInt16BE(4000, 34);
  bytes.writeUInt16BE(4001, 36);
  bytes.writeUInt16BE(8 + payload.length, 38);
  payload.copy(bytes, 42);
  return bytes;
}

function hear(tap: RawTap, timeUs: number, bytes: Uint8Array): void {
  const batch = new Batch(bytes);
  batch.count = 1;
  batch.offset[0] = 0;
  batch.captured[0] = bytes.length;
  batch.wire[0] = bytes.length;
  batch.timeUs[0] = timeUs;
  batch.link[0] = 1;
  tap.process(batch, 0, 1);
}

const PUMP = [10, 1, 0, 30];
const PATIENT = packet(PUMP, [10, 1, 0, 20], 'PATIENT-CANARY^DOE');
const OTHER = packet([10, 1, 0, 31], [10, 1, 0, 20], 'another device');

/** A sensor in miniature: packets go to the tap, what it copies to the desk. */
function sensor(folder: string) {
  const audit: string[] = [];
  const tap = new RawTap(limits);
  const note = ({ action, user, target, detail }: RawAudit): void => {
    audit.push(`${action} ${target} by ${user}: ${detail}`);
  };
  const desk = new RawOrders(folder, key, note, (scopes) => tap.order(scopes));
  const wire = (timeUs: number, bytes: Uint8Array): void => {
    hear(tap, timeUs, bytes);
    for (const [id, packets] of tap.take()) desk.hear(id, packets, timeUs);
  };
  return { audit, desk, wire };
}

t.test('from the order to the opened file, and every step in the audit', (t) => {
  const folder = temporaryFolder(t);
  const { audit, desk, wire } = sensor(folder);
  wire(NOW_US - 1, PATIENT);
  giveOrder(folder, order);
  wire(NOW_US, PATIENT);
  desk.look(NOW_US + 1e6);
  wire(NOW_US + 2e6, PATIENT);
  wire(NOW_US + 3e6, OTHER);
  wire(NOW_US + 4e6, packet([10, 1, 0, 20], PUMP, 'answer'));
  wire(order.untilUs, PATIENT);
  desk.look(order.untilUs);
  const file = join(rawFolder(folder), 'one.wwraw');
  t.notMatch(readFileSync(file, 'latin1'), /CANARY/, 'nobody reads it on the disk');
  const { plain, head, isWhole } = openSealed(file, key);
  const text = Buffer.from(plain).toString('latin1');
  t.equal(text.split('PATIENT-CANARY').length - 1, 1, 'only what came after the order and before its end');
  t.match(text, /answer/);
  t.notMatch(text, /another device/);
  t.match(head, { user: 'biomed', reason: order.reason });
  t.ok(isWhole);
  desk.look(order.keepUntilUs - 1);
  t.ok(existsSync(file));
  desk.look(order.keepUntilUs);
  t.notOk(existsSync(file));
  const scope = '10.1.0.30 until 2026-03-02T12:30:00.000000Z: infusion pump 7 stops by itself';
  t.strictSame(audit, [
    `raw-capture ordered one by biomed: ${scope}`,
    `raw-capture began one by biomed: ${scope}`,
    'raw-capture ended one by biomed: its time is over; 2 packets, 108 bytes',
    'raw-capture removed one by biomed: its time is over',
  ]);
  t.end();
});

t.test('without an order nothing is copied, and nothing is noted', (t) => {
  const folder = temporaryFolder(t);
  const { audit, desk, wire } = sensor(folder);
  desk.look(NOW_US);
  wire(NOW_US, PATIENT);
  desk.close(NOW_US + 1);
  t.notOk(existsSync(rawFolder(folder)));
  t.strictSame(audit, []);
  t.end();
});

t.test('a person ends it, the sensor ends it: the file is whole all the same', (t) => {
  for (const [how, why] of [
    ['stop', 'stopped by a person'],
    ['close', 'the sensor was stopped'],
  ] as const) {
    const folder = temporaryFolder(t);
    const { audit, desk, wire } = sensor(folder);
    giveOrder(folder, order);
    desk.look(NOW_US);
    wire(NOW_US + 1, PATIENT);
    if (how === 'stop') stopOrder(folder, 'one');
    if (how === 'stop') desk.look(NOW_US + 2);
    else desk.close(NOW_US + 2);
    wire(NOW_US + 3, PATIENT);
    t.equal(audit.at(-1), `raw-capture ended one by biomed: ${why}; 1 packets, 60 bytes`);
    t.ok(openSealed(join(rawFolder(folder), 'one.wwraw'), key).isWhole);
    t.strictSame(readdirSync(rawFolder(folder)), ['one.wwraw']);
  }
  t.throws(() => stopOrder(temporaryFolder(t), 'one'), /no order one/);
  t.end();
});

t.test('an order without a reason, an end or a device is none', (t) => {
  const wrong: readonly [Partial<RawOrder>, RegExp][] = [
    [{ reason: 'because' }, /a reason of at least ten/],
    [{ user: ' ' }, /nobody has ordered/],
    [{ addresses: [] }, /1 to 16 addresses/],
    [{ addresses: ['everything'] }, /no address/],
    [{ untilUs: NOW_US }, /have ended already/],
    [{ untilUs: NOW_US + 25 * 60 * MINUTE_US }, /24 hours at most/],
    [{ keepUntilUs: NOW_US + 1 }, /removed before it ends/],
    [{ keepUntilUs: NOW_US + 31 * DAY_US }, /30 days at most/],
    [{ id: '../one' }, /not allowed/],
  ];
  for (const [changes, message] of wrong) t.match(problemOfOrder({ ...order, ...changes }), message);
  t.equal(problemOfOrder(order), '');
  t.end();
});

t.test('an order that was forged or came too late is refused, and that is noted', (t) => {
  const folder = temporaryFolder(t);
  const { audit, desk, wire } = sensor(folder);
  giveOrder(folder, order);
  const put = (name: string, text: string): void => writeFileSync(join(rawFolder(folder), name), text);
  put('order-two.json', JSON.stringify({ ...order, id: 'two', reason: '' }));
  put('order-three.json', 'no JSON');
  put('order-four.json', JSON.stringify(order));
  desk.look(order.untilUs);
  wire(order.untilUs, PATIENT);
  t.strictSame(audit.sort(), [
    'raw-capture refused four by biomed: its name is another',
    'raw-capture refused one by biomed: its time was over before a sensor saw it',
    'raw-capture refused three by : it cannot be read',
    'raw-capture refused two by biomed: a reason of at least ten characters is needed',
  ]);
  t.strictSame(readdirSync(rawFolder(folder)), []);
  t.end();
});

t.test('what cannot be noted does not happen', (t) => {
  const folder = temporaryFolder(t);
  const scopes: unknown[] = [];
  const fail = (): void => {
    throw new Error('disk full');
  };
  const desk = new RawOrders(folder, key, fail, (told) => scopes.push(...told));
  giveOrder(folder, order);
  t.throws(() => desk.look(NOW_US), /disk full/);
  t.strictSame(scopes, []);
  t.notOk(existsSync(join(rawFolder(folder), 'one.wwraw')));
  t.end();
});
