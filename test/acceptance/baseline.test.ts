/**
 * What was learnt is the same bytes however the packets came: in one run or in two, with several workers, at any
 * speed, and also when the run was killed and repeated.
 */
import t from 'tap';
import type { ReplayOptions } from '../../src/pipeline/replay.ts';
import { Store } from '../../src/store/store.ts';
import { run } from '../support/cli.ts';
import { labPath, lacksLab, replayFile } from '../support/replayed.ts';
import { temporaryFolder } from '../support/temporary.ts';

const first = labPath('p01_dicom_dcmtk_benign.pcap');
const second = labPath('p05_hl7_benign.pcap');
const third = labPath('p12_remote_control.pcap');

async function learnt(
  store: Store,
  inputs: readonly string[],
  name: string,
  over: Partial<ReplayOptions> = {},
): Promise<string> {
  await replayFile(inputs, { store, run: name, ...over });
  return JSON.stringify(store.baselines.read(name));
}

t.test('two captures one after the other teach what the two together teach', { skip: lacksLab }, async (t) => {
  const store = Store.open(temporaryFolder(t));
  t.teardown(() => store.close());
  const together = await learnt(store, [first, second, third], 'together');
  t.ok(together.length > 10_000);
  await learnt(store, [first], 'first');
  await learnt(store, [second], 'second', { baselineFrom: 'first' });
  t.ok((await learnt(store, [third], 'third', { baselineFrom: 'second' })) === together);
});

t.test('workers, speed and a repetition do not matter', { skip: lacksLab }, async (t) => {
  const store = Store.open(temporaryFolder(t));
  t.teardown(() => store.close());
  const wanted = await learnt(store, [third], 'one');
  t.ok((await learnt(store, [third], 'two', { workers: 2 })) === wanted, 'two workers');
  t.ok((await learnt(store, [third], 'fast', { speed: 500 })) === wanted, 'at 500 times its own speed');
  const stopped = AbortSignal.timeout(150);
  await t.rejects(replayFile([first, second, third], { store, run: 'one', speed: 1, signal: stopped }));
  t.ok((await learnt(store, [third], 'one')) === wanted, 'after an interrupted run of that name');
});

t.test('a run cannot begin with what no run has learnt', { skip: lacksLab }, async (t) => {
  const folder = temporaryFolder(t);
  const { status, stderr } = await run(['replay', first, '--into', folder, '--baseline-from', 'march']);
  t.equal(status, 1);
  t.match(stderr, /--baseline-from march: this store has no baseline of such a run/);
});
