import { once } from 'node:events';
import { appendFileSync, existsSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import t from 'tap';
import type { ForeignAlertRow } from '../../src/foreign/collector.ts';
import { limits } from '../../src/limits.ts';
import { EveSocket, EveTail } from '../../src/pipeline/eve-source.ts';
import { Suricata } from '../../src/pipeline/suricata.ts';
import { Store } from '../../src/store/store.ts';
import { eveLine } from '../support/eve.ts';
import { sampleDevice, sampleStoreFolder } from '../support/store.ts';
import { temporaryFolder } from '../support/temporary.ts';

t.test('a file is followed through rotation, cutting and a restart; nothing twice, nothing missed', (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'eve.json');
  const position = join(folder, 'suricata.position');
  const heard: string[] = [];
  const follow = (tail: EveTail): string[] => {
    heard.length = 0;
    while (tail.read((line) => heard.push(line)));
    return [...heard];
  };
  const tail = new EveTail(file, position, limits);
  t.throws(() => follow(tail), { code: 'ENOENT' }, 'it is not there yet');
  writeFileSync(file, 'before\n');
  t.same(follow(tail), [], 'what was there before anybody listened is not news');
  appendFileSync(file, 'one\ntw');
  t.same(follow(tail), ['one']);
  appendFileSync(file, 'o\n');
  t.same(follow(tail), ['two']);

  appendFileSync(file, 'last of the old\n');
  renameSync(file, join(folder, 'eve.json.1'));
  writeFileSync(file, 'first of the new\n');
  t.same(follow(tail), ['last of the old', 'first of the new']);
  truncateSync(file, 0);
  t.same(follow(tail), []);
  appendFileSync(file, 'cut\nhal');
  t.same(follow(tail), ['cut']);
  tail.keep();
  tail.close();

  appendFileSync(file, 'f\nmeanwhile\n');
  const again = new EveTail(file, position, limits);
  t.same(follow(again), ['half', 'meanwhile'], 'half a line is begun anew');
  again.keep();
  again.close();
  renameSync(file, join(folder, 'eve.json.2'));
  writeFileSync(file, 'another file\n');
  const later = new EveTail(file, position, limits);
  t.same(follow(later), ['another file'], 'rotated while nobody listened');
  later.close();

  writeFileSync(position, 'rubbish');
  const lost = new EveTail(file, position, { ...limits, foreignReadBytes: 4 });
  t.same(follow(lost), []);
  appendFileSync(file, 'in small pieces\nto the end\n');
  t.same(follow(lost), ['in small pieces', 'to the end']);
  lost.close();
  t.end();
});

t.test('a socket takes lines, and gives way to nothing that is no socket', async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 's.sock');
  const heard: string[] = [];
  const warned: string[] = [];
  const open = () =>
    new EveSocket(
      path,
      limits,
      (line) => heard.push(line),
      (line) => warned.push(line),
    );
  const first = open();
  await until(() => existsSync(path));
  const client = connect(path);
  await once(client, 'connect');
  client.write('one\ntw');
  client.end('o\nthree');
  await once(client, 'close');
  await until(() => heard.length === 3);
  t.same(heard, ['one', 'two', 'three']);
  first.close();
  await wait(20);
  open().close();
  await wait(20);
  t.same(warned, []);
  writeFileSync(path, 'a file of somebody');
  const wrong = open();
  await until(() => warned.length > 0);
  t.match(warned[0], /inputs\.suricata\.socket .*EADDRINUSE/);
  wrong.close();
});

t.test('alerts of a live sensor are attached, counted on after a restart, and stay whose they are', (t) => {
  const folder = sampleStoreFolder((action) => t.teardown(action));
  const store = Store.open(folder);
  t.teardown(() => store.close());
  const file = join(folder, 'eve.json');
  writeFileSync(file, '');
  const warned: string[] = [];
  const devices = [sampleDevice('00:00:00:00:00:01')];
  const kept = () => store.foreign.of<ForeignAlertRow>('march', { limit: 10, offset: 0 }).rows;
  const listen = () => {
    const one = new Suricata('march', limits, (line) => warned.push(line));
    one.listen({ file, socket: null }, store, folder);
    return one;
  };
  const before = store.alerts('march').total;
  const first = listen();
  appendFileSync(file, `${eveLine()}\nrubbish\n${eveLine()}\n`);
  first.commit(store, () => []);
  t.match(kept(), [{ device: '', count: 2 }], 'nobody is known by this address yet');
  first.commit(store, () => devices);
  t.match(kept(), [{ device: '00:00:00:00:00:01', by: 'address', source: 'suricata', count: 2 }]);
  first.close();
  appendFileSync(file, `${eveLine()}\n`);
  const second = listen();
  second.commit(store, () => devices);
  t.match(kept(), [{ count: 3 }]);
  t.equal(store.alerts('march').total, before, 'none became one of ours');
  second.close();
  const none = new Suricata('march', limits, (line) => warned.push(line));
  none.listen({ file: join(folder, 'none.json'), socket: null }, store, folder);
  none.commit(store, () => devices);
  t.match(warned, [/inputs\.suricata\.file: ENOENT/], 'said once');
  none.close();
  t.end();
});

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !holds(); i++) await wait(10);
}
