/** Masked packets that a live sensor keeps: bounded, masked, and put together from several workers. */
import { existsSync, readdirSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openCapture } from '../../src/capture/open.ts';
import { limits as usual } from '../../src/limits.ts';
import type { FindingRow, IncidentRow } from '../../src/model.ts';
import { evidenceFolder, LiveSlices, SliceOrders } from '../../src/pipeline/live-slices.ts';
import { PacketKeeper } from '../../src/pipeline/packet-keeper.ts';
import { replayFile } from '../support/replayed.ts';
import { sampleFinding } from '../support/store.ts';
import { temporaryFolder } from '../support/temporary.ts';

const CAPTURE = 'captures/demo';
const CANARY = /canary/i;

async function kept(keeper: PacketKeeper): Promise<PacketKeeper> {
  const capture = await openCapture([CAPTURE], { limits: usual, made: new Map() });
  for (let range = await capture.next(); range !== null; range = await capture.next()) {
    keeper.process(range.batch, range.from, range.to);
  }
  await capture.close();
  return keeper;
}

/** Conversations that findings of the demo name. */
async function named(): Promise<string[]> {
  const { report } = await replayFile([CAPTURE], { learnUntil: { afterUs: 60e6 } });
  return [...new Set(report.alerts.flatMap(({ evidence }) => evidence.flows))];
}

t.test('of every conversation the first packets, of those that are named the last ones too', async (t) => {
  const flows = await named();
  t.ok(flows.length > 0);
  const early = await kept(new PacketKeeper(usual, 64));
  const first = early.take(flows);
  t.equal(first.size, flows.length);
  for (const { packets } of first.values()) t.ok(packets.length <= usual.evidenceFirstPackets);
  const wanting = new PacketKeeper(usual, 64);
  t.equal(wanting.take(flows).size, 0, 'of the future');
  const later = (await kept(wanting)).take(flows);
  const count = (all: typeof first): number => [...all.values()].reduce((sum, { packets }) => sum + packets.length, 0);
  t.ok(count(later) > count(first), `${count(later)} > ${count(first)}`);
  for (const { packets } of later.values()) t.ok(packets.length <= 2 * usual.evidenceFlowPackets);
  const all = [...first.values(), ...later.values()].flatMap(({ packets }) => packets);
  t.notMatch(Buffer.concat(all.map(({ bytes }) => bytes)).toString('latin1'), CANARY);
});

t.test('the pool is bounded, and the oldest that nobody has asked for gives way', async (t) => {
  const flows = await named();
  const small = await kept(new PacketKeeper(usual, 0.3));
  t.ok(small.evicted > 0);
  const whole = await kept(new PacketKeeper(usual, 64));
  t.equal(whole.evicted, 0);
  const [lost = ''] = flows.filter((flow) => !small.take([flow]).has(flow));
  const asked = new PacketKeeper(usual, 0.3);
  asked.take([lost]);
  await kept(asked);
  t.ok(asked.evicted > 0);
  t.ok(asked.take([lost]).has(lost), 'what was asked for stays');
});

t.test('a slice is due when its incident is new or has grown, and only then', (t) => {
  const orders = new SliceOrders();
  const finding: FindingRow = sampleFinding('f1', { count: 1, evidence: { packets: [], flows: ['1:abc='] } });
  const incident = { id: 'i1', device: 'd', alerts: ['f1'] } as unknown as IncidentRow;
  const due = (count: number): number => orders.due([incident], [{ ...finding, count }]).length;
  t.strictSame([due(1), due(1), due(2)], [1, 0, 1]);
  t.equal(orders.due([{ ...incident, id: 'i2' }], [{ ...finding, evidence: { packets: [], flows: [] } }]).length, 0);
  t.end();
});

t.test('packets of several workers are one slice in the order of time, and the oldest files give way', async (t) => {
  const folder = temporaryFolder(t);
  const flows = (await named()).slice(0, 2);
  const taken = (await kept(new PacketKeeper(usual, 64))).take(flows);
  const slices = new LiveSlices(folder, 'live', 2, (line) => t.fail(line));
  const order = (name: string) => ({ name, kind: 'incident' as const, device: 'd', findings: [], flows });
  const hear = (name: string): void => {
    const { request } = slices.ask([order(name)], 2);
    const [one = '', two = ''] = flows;
    slices.hear(request, new Map([[two, taken.get(two) ?? { packets: [], leftOut: 0 }]]));
    t.notOk(existsSync(join(evidenceFolder(folder), `${name}.pcapng`)), 'one worker has not answered');
    slices.hear(request, new Map([[one, taken.get(one) ?? { packets: [], leftOut: 0 }]]));
  };
  hear('a1');
  await slices.settled(1_000);
  const report = JSON.parse(readFileSync(join(evidenceFolder(folder), 'a1.masking.json'), 'utf8'));
  t.equal(
    report.packets,
    [...taken.values()].reduce((sum, { packets }) => sum + packets.length, 0),
  );
  t.notMatch(readFileSync(join(evidenceFolder(folder), 'a1.pcapng'), 'latin1'), CANARY);
  utimesSync(join(evidenceFolder(folder), 'a1.pcapng'), 1, 1);
  hear('b2');
  hear('c3');
  const names = readdirSync(evidenceFolder(folder)).filter((name) => name.endsWith('.pcapng'));
  t.strictSame(names.sort(), ['b2.pcapng', 'c3.pcapng']);
});

t.test('the end does not wait for a worker that never answers', async (t) => {
  const slices = new LiveSlices(temporaryFolder(t), 'live', 2, (line) => t.fail(line));
  slices.ask([], 1);
  await slices.settled(10);
  t.pass('over');
});
