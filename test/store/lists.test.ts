import t from 'tap';
import { Store } from '../../src/store/store.ts';
import { START_US, sampleStoreFolder } from '../support/store.ts';

t.test('a list is taken over whole, with what is said about it', (t) => {
  const folder = sampleStoreFolder((action) => t.teardown(action));
  const store = Store.open(folder);
  t.equal(store.lists.about('equipment'), null);
  store.lists.replaceEquipment(1, { file: 'a.csv' }, [{ asset: 'A1' }, { asset: 'A2' }]);
  store.lists.replaceEquipment(2, { file: 'b.csv' }, [{ asset: 'A3' }]);
  t.same(store.lists.equipment(), [{ asset: 'A3' }]);
  t.same(store.lists.about('equipment'), { timeUs: 2, about: { file: 'b.csv' } });
  store.lists.replaceNotices(3, { files: 1 }, [{ id: 'b' }, { id: 'a' }]);
  t.same(store.lists.notices(), [{ id: 'a' }, { id: 'b' }]);
  store.lists.addDecision({ device: 'd', notice: 'a', timeUs: 4 });
  store.lists.addDecision({ device: 'd', notice: 'a', timeUs: 5 });
  t.match(store.lists.decisions(), [{ timeUs: 4 }, { timeUs: 5 }]);
  t.equal(store.lists.decisionCount(), 2);
  store.close();

  const again = Store.open(folder, { readOnly: true });
  t.same(again.lists.equipment(), [{ asset: 'A3' }], 'it is there the next time');
  t.ok(again.sizes().some(({ table, rows }) => table === 'notice_decisions' && rows === 2));
  again.close();
  t.end();
});

t.test('alerts of others are found by either end, go with their run, and have a cap', (t) => {
  const folder = sampleStoreFolder((action) => t.teardown(action));
  const cap = { rows: 2, days: 1000, megabytes: 100 };
  const many = { rows: 100, days: 1000, megabytes: 100 };
  const retention = { points: many, alerts: cap, held: many, posture: many, devices: many, evidence: many, runs: many };
  const store = Store.open(folder, { retention });
  const row = (id: string, device: string, peer: string, lastUs: number) => ({
    id,
    device,
    peer,
    lastUs: START_US + lastUs,
  });
  store.foreign.put('march', [row('1', 'a', 'b', 1), row('2', 'b', '', 2), row('3', 'c', '', 3)]);
  store.foreign.put('march', [row('1', 'a', 'b', 9)]);
  const found = store.foreign.of<{ id: string }>('march', { device: 'b', limit: 10, offset: 0 });
  t.same([found.total, found.rows.map(({ id }) => id)], [2, ['1', '2']]);
  t.same([...store.foreign.counts('march')].sort(), [
    ['a', 1],
    ['b', 2],
    ['c', 1],
  ]);
  store.prune(START_US + 1000);
  t.same(
    store.foreign.of<{ id: string }>('march', { limit: 10, offset: 0 }).rows.map(({ id }) => id),
    ['1', '3'],
  );
  t.match(store.pruned(), [{ table: 'foreign_alerts', reason: 'rows', rows: 1 }]);
  store.beginRun({ name: 'march', kind: 'replay', inputs: [], startedUs: 0 });
  t.equal(store.foreign.of('march', { limit: 10, offset: 0 }).total, 0);
  store.close();
  t.end();
});
