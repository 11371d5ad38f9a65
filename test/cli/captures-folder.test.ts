/** Captures that come in at the same time keep the bounds that one keeps, and leave nothing half behind. */
import { existsSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { CapturesFolder } from '../../src/cli/api/captures-folder.ts';
import { temporaryFolder } from '../support/temporary.ts';

t.test('many captures at once keep the bound of all of them, and of one name only one comes', async (t) => {
  const path = temporaryFolder(t);
  const folder = new CapturesFolder(path, 1);
  const head = Buffer.from('d4c3b2a1', 'hex');
  async function* slowly(bytes: number): AsyncGenerator<Uint8Array> {
    yield head;
    for (let sent = 4; sent < bytes; sent += 100_000) {
      await new Promise((go) => setImmediate(go));
      yield Buffer.alloc(Math.min(100_000, bytes - sent));
    }
  }
  const states = async (names: readonly string[], bytes: number): Promise<string> =>
    (await Promise.allSettled(names.map((name) => folder.take(name, slowly(bytes)))))
      .map(({ status }) => status[0])
      .sort()
      .join('');
  writeFileSync(join(path, '.old.pcap.1.1.part'), head);
  utimesSync(join(path, '.old.pcap.1.1.part'), 1, 1);
  t.equal(await states(['a.pcap', 'a.pcap'], 900_000), 'fr', 'one of a name');
  t.notOk(existsSync(join(path, '.old.pcap.1.1.part')), 'what was left behind long ago is gone');
  t.equal(await states(['b.pcap', 'c.pcap', 'd.pcap', 'e.pcap', 'f.pcap'], 900_000), 'ffffr', 'four at once');
  t.equal(
    await states(['g.pcap', 'h.pcap', 'i.pcap', 'j.pcap'], 900_000),
    'fffr',
    'no more than eight times the size of one: the ninth has no room',
  );
  const all = readdirSync(path).map((name) => statSync(join(path, name)).size);
  t.ok(all.reduce((sum, one) => sum + one, 0) <= 8_000_000);
  t.equal(all.length, 8, 'no halves are left');
  folder.remove('b.pcap');
  t.equal(await states(['k.pcap'], 900_000), 'f');
});
