/** A sensor on a mirror port, from its start to its end, with everything that can happen between. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { type Ended, type Running, run, start } from '../support/cli.ts';
import {
  CLIENT_ADDRESS,
  counter,
  ip,
  labHere,
  mirrorLab,
  runInside,
  SERVER_ADDRESS,
  TAP,
} from '../support/namespace.ts';
import { devicesOf, eventually, fetched, imagesAt, type SeenDevice, Storage } from '../support/sensor.ts';
import { temporaryFolder } from '../support/temporary.ts';

const PORT = 11_112;
const API = '127.0.0.1:8470';

const lab = labHere();
if (lab === null) {
  await runInside(t, import.meta.filename, mirrorLab, 'storescu', 'storescp', 'dump2dcm', 'setpriv');
} else {
  const folder = temporaryFolder(t);
  const config = join(folder, 'ward.yaml');
  writeFileSync(config, 'intervalSeconds: 2\n');
  const storage = await Storage.start(t, {
    client: lab.client,
    server: lab.server,
    address: SERVER_ADDRESS,
    port: PORT,
    folder,
  });
  const sent = (): number => counter(lab.sensor, TAP, 'tx_packets');

  const sensors: Running[] = [];
  t.teardown(() => Promise.all(sensors.map((sensor) => end(sensor, 'SIGKILL'))));
  const watch = async (into: string, ...more: string[]): Promise<Running> => {
    const sensor = start(['watch', '--interface', TAP, '--into', into, '--config', config, ...more]);
    sensors.push(sensor);
    await sensor.said(/^listening to tap0/);
    return sensor;
  };

  /** The two machines in the store, as soon as they are there with so many images at each end. */
  const both = async (into: string, instances: number): Promise<SeenDevice[]> => {
    await eventually(`two devices with ${instances} images in ${into}`, async () =>
      [CLIENT_ADDRESS, SERVER_ADDRESS].every((address) => imagesAt(into, address) >= instances) ? true : null,
    );
    return ends((await devicesOf(into)).devices);
  };

  t.test('what two machines do is in the API and in the store, survives kill -9, and adds up after it', async (t) => {
    const into = join(folder, 'store');
    const first = await watch(into, '--listen', API);
    storage.store(3);
    const before = await both(into, 3);
    t.same(before.map(images), [3, 3], 'each image once at each end');
    const asked = await fetched<{ run: string; devices: SeenDevice[] }>(`http://${API}/api/v1/devices`);
    t.equal(asked.run, 'live');
    t.same(ends(asked.devices).map(lasting), before.map(lasting));
    t.match(await fetched(`http://${API}/api/v1/health`), { status: 'ok', latestRun: 'live' });

    await end(first, 'SIGKILL');
    t.same(ends((await devicesOf(into)).devices).map(lasting), before.map(lasting), 'what was committed is there');
    const second = await watch(into);
    t.same(
      ends((await devicesOf(into)).devices).map(lasting),
      before.map(lasting),
      'also when the store is open again',
    );

    storage.store(2);
    const after = await both(into, 5);
    t.same(after.map(images), [5, 5], 'what came after the restart adds up');
    t.same(
      after.map(({ id, firstSeen }) => ({ id, firstSeen })),
      before.map(({ id, firstSeen }) => ({ id, firstSeen })),
      'the same devices, first seen when they were first seen',
    );
    for (const [i, one] of after.entries()) t.ok(one.lastSeen > (before[i]?.lastSeen ?? ''));
    const { run: only, devices } = await devicesOf(into);
    t.equal(only, 'live');
    t.equal(devices.length, 2);

    storage.store(4);
    const ended = await end(second, 'SIGTERM');
    t.match(ended, { status: 0, stdout: '', stderr: /^stopped: \d+ packets decoded, 0 dropped by the kernel/m });
    t.same((await devicesOf(into)).devices.map(images), [9, 9], 'what was on the wire before SIGTERM is in the store');
    t.equal(sent(), 0, 'the mirror port stayed silent');
  });

  t.test('an interface that goes down and comes up again is said, and watched on', async (t) => {
    const into = join(folder, 'down');
    const sensor = await watch(into);
    storage.store(1);
    await both(into, 1);
    ip('link', 'set', TAP, 'down');
    await sensor.said(/^tap0 is down/);
    ip('link', 'set', TAP, 'up');
    await sensor.said(/^tap0 is up/);
    storage.store(2);
    t.same((await both(into, 3)).map(images), [3, 3]);
    t.match(await end(sensor, 'SIGINT'), { status: 0 });
    t.equal(sent(), 0);
  });

  t.test('two workers see what one sees', async (t) => {
    const one = join(folder, 'one');
    const two = join(folder, 'two');
    const alone = await watch(one);
    const pair = await watch(two, '--workers', '2');
    for (let i = 0; i < 6; i++) storage.store(2);
    const [a, b] = [await both(one, 12), await both(two, 12)];
    const seen = (devices: SeenDevice[]): unknown[] => devices.map((one) => ({ id: one.id, images: images(one) }));
    t.same(seen(b), seen(a));
    t.match(await end(alone, 'SIGTERM'), { status: 0 });
    t.match(await end(pair, 'SIGTERM'), { status: 0 });
    t.equal(sent(), 0);
  });

  t.test('a second sensor on the same folder is refused, and the first goes on', async (t) => {
    const into = join(folder, 'shared');
    const sensor = await watch(into);
    const second = await run(['watch', '--interface', TAP, '--into', into]);
    t.match(second, { status: 1, stdout: '', stderr: /^wardwatch: store .*another wardwatch.*is writing to it\n$/ });
    t.match(second.stderr, new RegExp(`process ${sensor.child.pid}`), 'it says which');
    storage.store(1);
    await both(into, 1);
    t.match(await end(sensor, 'SIGTERM'), { status: 0 });
  });

  t.test('a listen port in use ends the sensor with one line, and the store stays as it was', async (t) => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    t.teardown(() => server.close());
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const args = ['watch', '--interface', TAP, '--into', join(folder, 'shared'), '--listen', `127.0.0.1:${port}`];
    const { status, stdout, stderr } = await run(args);
    t.match({ status, stdout }, { status: 1, stdout: '' });
    t.match(stderr, new RegExp(`^wardwatch: cannot listen on 127\\.0\\.0\\.1:${port}: address already in use$`, 'm'));
    t.equal(stderr.trimEnd().split('\n').length, 1, stderr);
    t.same((await devicesOf(join(folder, 'shared'))).devices.map(images), [1, 1]);
  });

  t.test('an interface that does not exist is one line that names those that do', async (t) => {
    const { status, stdout, stderr } = await run(['watch', '--interface', 'tap9', '--into', join(folder, 'none')]);
    t.match({ status, stdout }, { status: 1, stdout: '' });
    t.match(stderr, /^wardwatch: interface tap9 does not exist; there are: .*tap0.*\n$/);
    t.equal(stderr.trimEnd().split('\n').length, 1);
  });

  t.test('without CAP_NET_RAW there is one line that says how to get it', async (t) => {
    const mine = join(folder, 'mine');
    mkdirSync(mine, { mode: 0o777 });
    const rights = ['setpriv', '--bounding-set=-net_raw', '--inh-caps=-net_raw'];
    const { status, stdout, stderr } = await run(['watch', '--interface', TAP, '--into', mine], { rights });
    t.match({ status, stdout }, { status: 1, stdout: '' }, stderr);
    t.match(stderr, /^wardwatch: no permission to capture on tap0: run once "sudo setcap cap_net_raw/);
    t.equal(stderr.trimEnd().split('\n').length, 1);
  });

  t.test('a folder that may not be written is one line', async (t) => {
    const closed = join(folder, 'closed');
    mkdirSync(closed, { mode: 0o555 });
    const rights = ['setpriv', '--reuid=65534', '--clear-groups'];
    const { status, stdout, stderr } = await run(['watch', '--interface', TAP, '--into', closed], { rights });
    t.match({ status, stdout }, { status: 1, stdout: '' }, stderr);
    t.match(stderr, /^wardwatch: store .*closed/);
    t.equal(stderr.trimEnd().split('\n').length, 1, stderr);
  });
}

/** Client and server among the devices, each there once. */
function ends(devices: readonly SeenDevice[]): SeenDevice[] {
  return [CLIENT_ADDRESS, SERVER_ADDRESS].map((address) => {
    const [found, ...more] = devices.filter((one) => one.addresses.includes(address));
    if (found === undefined || more.length > 0) throw new Error(`${address} is not one device`);
    return found;
  });
}

function images(device: SeenDevice): number {
  return device.utilisation.instances;
}

/** What must not change while nobody stores images; a host may ask for addresses at any time. */
function lasting({ id, firstSeen, utilisation }: SeenDevice): unknown {
  return { id, firstSeen, instances: utilisation.instances, instanceBytes: utilisation.instanceBytes };
}

function end(sensor: Running, signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<Ended> {
  sensor.child.kill(signal);
  return sensor.ended;
}
