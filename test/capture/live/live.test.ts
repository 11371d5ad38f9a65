import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { LiveCapture, type LiveOptions, Ring, runRing } from '../../../src/capture/live/live.ts';
import { cableLab, ip, labHere, runInside, sendFrames, TAP } from '../../support/namespace.ts';

const options: LiveOptions = {
  interfaces: [TAP],
  fanoutGroups: null,
  blockBytes: 1024 * 1024,
  blocks: 16,
  snapBytes: 65_535,
};

function frame(seed: number): Uint8Array {
  const made = new Uint8Array(100).fill(seed);
  made.set([0x02, 0, 0, 0, 0, 2, 0x02, 0, 0, 0, 0, 1, 0x88, 0xb5]);
  return made;
}

/** Waits until it holds, at most ten seconds. */
async function until(holds: () => boolean): Promise<boolean> {
  for (let i = 0; i < 1_000 && !holds(); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  return holds();
}

const lab = labHere();
if (lab === null) {
  await runInside(t, import.meta.filename, cableLab, 'tcpreplay');
} else {
  t.test('at a stop everything that had come is handed on', async (t) => {
    const capture = LiveCapture.open(options);
    const stop = new AbortController();
    let count = 0;
    const done = capture.run(
      (_batch, from, to) => {
        count += to - from;
      },
      stop.signal,
      () => {},
    );
    // The kernel has not handed this block over when the stop comes.
    sendFrames(
      lab.client,
      Array.from({ length: 500 }, (_, i) => frame(i)),
    );
    stop.abort();
    await done;
    t.equal(count, 500);
    t.match(capture.statistics(), [{ interface: TAP, state: 'up', packets: 500, drops: 0 }]);
    capture.close();
  });

  t.test('time goes on without packets, and no packet is older than the time that was told', async (t) => {
    const ring = Ring.open({ ...options, interface: TAP, fanoutGroup: null, promiscuous: true });
    const stop = new AbortController();
    const told: number[] = [];
    let packets = 0;
    let early = 0;
    const done = runRing(
      ring,
      (batch) => {
        packets += batch.count;
        for (let row = 0; row < batch.count; row++) if (batch.timeUs[row]! < (told.at(-1) ?? 0)) early++;
      },
      stop.signal,
      (nowUs) => told.push(nowUs),
    );
    t.ok(await until(() => told.length >= 5), 'told five times');
    for (let i = 0; i < 20; i++) {
      sendFrames(lab.client, [frame(i), frame(i)]);
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    t.ok(await until(() => packets === 40));
    stop.abort();
    await done;
    t.equal(early, 0);
    t.strictSame(
      told,
      told.toSorted((a, b) => a - b),
      'time does not go back',
    );
    ring.close();
  });

  t.test('packets of several interfaces come in the order of their times', async (t) => {
    ip('link', 'add', 'left', 'arp', 'off', 'type', 'veth', 'peer', 'name', 'right', 'arp', 'off');
    for (const end of ['left', 'right']) ip('link', 'set', end, 'arp', 'off', 'up');
    const capture = LiveCapture.open({ ...options, interfaces: [TAP, 'right'] });
    const stop = new AbortController();
    const times: number[] = [];
    const seeds: number[] = [];
    const done = capture.run(
      (batch, from, to) => {
        for (let row = from; row < to; row++) {
          times.push(batch.timeUs[row]!);
          seeds.push(batch.bytes[batch.offset[row]! + 20]!);
        }
      },
      stop.signal,
      () => {},
    );
    const sent: number[] = [];
    for (let seed = 1; seed <= 12; seed += 3) {
      sendFrames(lab.client, [frame(seed), frame(seed + 1)]);
      sendFrames(lab.sensor, [frame(seed + 2)], 'left');
      sent.push(seed, seed + 1, seed + 2);
      if (seed > 6) await new Promise((resolve) => setTimeout(resolve, 120));
    }
    t.ok(await until(() => seeds.length === sent.length));
    stop.abort();
    await done;
    t.strictSame(seeds, sent);
    t.strictSame(
      times,
      times.toSorted((a, b) => a - b),
    );
    capture.close();
    ip('link', 'del', 'left');
  });

  t.test('an interface that cannot be opened leaves none of the others open', (t) => {
    t.throws(() => LiveCapture.open({ ...options, interfaces: [TAP, 'no-such-card'] }), { name: 'CaptureError' });
    t.end();
  });

  t.test('a worker thread has its own ring, hears a stop, and ends', async (t) => {
    const live = new URL('../../../src/capture/live/live.ts', import.meta.url).href;
    const script = `
      import { parentPort, workerData } from 'node:worker_threads';
      const { LiveCapture } = await import('${live}');
      const capture = LiveCapture.open(workerData);
      const stop = new AbortController();
      parentPort.once('message', () => stop.abort());
      parentPort.postMessage('open');
      let count = 0;
      await capture.run((batch, from, to) => { count += to - from; }, stop.signal, () => {});
      capture.close();
      parentPort.postMessage(count);
    `;
    const start = (): Worker =>
      new Worker(new URL(`data:text/javascript,${encodeURIComponent(script)}`), {
        workerData: { ...options, fanoutGroups: [815] },
      });
    const workers = [start(), start()];
    await Promise.all(workers.map((worker) => once(worker, 'message')));
    sendFrames(
      lab.client,
      Array.from({ length: 300 }, (_, i) => frame(i)),
    );
    const counts = workers.map((worker) => once(worker, 'message'));
    const exits = workers.map((worker) => once(worker, 'exit'));
    for (const worker of workers) worker.postMessage('stop');
    const [first, second] = (await Promise.all(counts)).map(([count]) => Number(count));
    t.equal((first ?? 0) + (second ?? 0), 300);
    t.strictSame(await Promise.all(exits), [[0], [0]]);
  });

  t.test('a reader that is killed leaves nothing that hinders the next', async (t) => {
    const count = new URL('../../bench/ring-count.ts', import.meta.url).pathname;
    const start = async (): Promise<ReturnType<typeof spawn>> => {
      const child = spawn(process.execPath, [count, TAP], { stdio: ['ignore', 'pipe', 'inherit'] });
      await once(child.stdout, 'data');
      return child;
    };
    const killed = await start();
    sendFrames(lab.client, [frame(1)]);
    const gone = once(killed, 'exit');
    killed.kill('SIGKILL');
    await gone;
    const next = await start();
    sendFrames(lab.client, [frame(2), frame(3)]);
    const said = next.stdout === null ? null : once(next.stdout, 'data');
    next.kill('SIGTERM');
    t.match(JSON.parse(String((await said)?.[0])), { packets: 2, drops: 0 });
  });
}
