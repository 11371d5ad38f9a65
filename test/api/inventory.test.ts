import t from 'tap';
import { ForeignCollector } from '../../src/foreign/collector.ts';
import { noticesIn } from '../../src/inventory/notice-desk.ts';
import { limits } from '../../src/limits.ts';
import { Store } from '../../src/store/store.ts';
import { apiUnderTest } from '../support/api.ts';
import { eveLine } from '../support/eve.ts';
import { sampleStoreFolder } from '../support/store.ts';

const csv = (text: string) => ({ raw: Buffer.from(text), headers: { 'content-type': 'text/csv' } });

/** A store into which the sensor has put more. */
function folderWith(t: { teardown(action: () => unknown): unknown }, fill: (store: Store) => void): string {
  const folder = sampleStoreFolder((action) => t.teardown(action));
  const store = Store.open(folder);
  fill(store);
  store.close();
  return folder;
}

t.test('an equipment list is imported, compared and exported', async (t) => {
  const { ask, errors } = await apiUnderTest(t, {
    change: ({ site }) => site.zones.push({ name: 'ward', networks: ['10.20.0.0/16'], mayTalkTo: [] }),
  });
  const url = '/api/v1/inventory';
  t.same((await ask({ url })).json(), { list: null });
  t.equal((await ask({ url: `${url}/reconciliation` })).status, 404);
  const list = 'No;MAC;Zone\nA1;00:00:00:00:00:01;ward\nA2;no mac;\nA3;00:00:00:00:00:aa;\n';
  const post = { method: 'POST', url: `${url}?name=list.csv&columns=asset%3DNo`, ...csv(list) } as const;
  t.equal((await ask(post)).status, 401);
  t.equal((await ask({ ...post, as: 'viewer' })).status, 403);
  const made = await ask({ ...post, as: 'engineer' });
  t.equal(made.status, 201, made.text);
  t.match(made.json(), {
    list: { file: 'list.csv', user: 'engineer', rows: 3, problems: 2, columns: { asset: ['No'], mac: ['MAC'] } },
    problems: ['line 3: "no" is no mac', 'line 3: "mac" is no mac'],
  });
  t.match((await ask({ url })).json(), { list: { rows: 3 } });
  const found = await ask({ url: `${url}/reconciliation?days=1` });
  t.match(found.json(), {
    run: 'march',
    days: 1,
    counts: { listed: 3, paired: 1, notListed: 2, notSeen: 1, mismatches: 0, notFindable: 1, duplicates: 1 },
    paired: [{ row: { asset: 'A1', line: 2 }, device: '00:00:00:00:00:01', by: 'mac' }],
  });

  const file = await ask({ url: `${url}/export?format=csv` });
  t.match(file.headers, { 'content-type': 'text/csv; charset=utf-8', 'content-disposition': /devices\.csv/ });
  t.match(file.text, /^asset,name,[\s\S]*\r\nA1,ct-1,/);
  const bom = await ask({ url: `${url}/export?format=cyclonedx` });
  t.match(JSON.parse(bom.text), { bomFormat: 'CycloneDX', components: { length: 3 } });
  t.match((await ask({ url: `${url}/export?format=reconciliation` })).text, /^what,line,asset/);
  t.equal((await ask({ url: `${url}/export?format=exe` })).status, 400);
  t.same(errors, []);
});

t.test('what is no list is refused with a sentence, and takes nothing with it', async (t) => {
  const { ask, errors } = await apiUnderTest(t);
  const post = { method: 'POST', url: '/api/v1/inventory', as: 'engineer' } as const;
  const wrong = await ask({ ...post, ...csv('Ding,Zahl\nx,1\n') });
  t.match({ status: wrong.status, body: wrong.json() }, { status: 422, body: { detail: /no column holds mac/ } });
  t.equal((await ask({ ...post, ...csv('') })).status, 422);
  t.equal((await ask({ ...post, raw: Buffer.from('x') })).status, 415);
  t.equal((await ask({ ...post, body: { a: 1 } })).status, 415);
  t.equal((await ask({ ...post, ...csv('x'.repeat(limits.equipmentBytesMax + 1)) })).status, 413);
  t.same((await ask({ url: '/api/v1/inventory' })).json(), { list: null });
  t.same(errors, []);
});

t.test('matches with recalls are listed and decided, and every decision is kept', async (t) => {
  const recall = {
    cfres_id: '1',
    product_res_number: 'Z-1',
    recalling_firm: 'Example Imaging, Inc.',
    product_description: 'Scanner 1',
    code_info: 'Serial numbers: 100-199',
    reason_for_recall: 'It may <b>move</b>.',
  };
  const folder = folderWith(t, (store) => {
    const notices = noticesIn(JSON.stringify({ results: [recall] }), 'recall.json', limits);
    store.lists.replaceNotices(1, { folder: 'x', files: 1, notices: 1, problems: ['a.json: is no JSON'] }, notices);
  });
  const { ask, errors } = await apiUnderTest(t, { folder });
  const url = '/api/v1/recalls';
  const one = { device: '00:00:00:00:00:01', notice: 'openfda:Z-1' };
  t.match((await ask({ url })).json(), {
    total: 3,
    notices: 1,
    troubles: ['a.json: is no JSON'],
    counts: { confirmed: 3, possible: 0, dismissed: 0 },
    recalls: [
      {
        ...one,
        state: 'confirmed',
        by: 'wardwatch',
        units: '100 to 199',
        hazard: 'It may <b>move</b>.',
        decided: null,
      },
    ],
  });
  const decision = { method: 'POST', url: `${url}/decisions` } as const;
  const body = { ...one, state: 'dismissed', reason: 'updated in May' };
  t.equal((await ask({ ...decision, body })).status, 401);
  t.equal((await ask({ ...decision, body, as: 'viewer' })).status, 403);
  t.equal((await ask({ ...decision, body: { ...body, reason: ' ' }, as: 'engineer' })).status, 422);
  t.equal((await ask({ ...decision, body: { ...body, notice: 'x' }, as: 'engineer' })).status, 409);
  t.equal((await ask({ ...decision, body: { ...body, state: 'gone' }, as: 'engineer' })).status, 400);
  const made = await ask({ ...decision, body, as: 'engineer' });
  t.match({ status: made.status, body: made.json() }, { status: 201, body: { ...body, user: 'engineer' } });
  t.match((await ask({ url: `${url}?state=dismissed` })).json(), {
    total: 1,
    counts: { confirmed: 2, dismissed: 1 },
    recalls: [{ ...one, by: 'engineer', reason: 'updated in May' }],
  });
  t.match((await ask({ url: `${url}?device=00:00:00:00:00:02&limit=1` })).json(), { total: 1 });
  t.match((await ask({ url: `${url}/decisions?device=${one.device}` })).json(), { decisions: [body] });
  t.match((await ask({ url: '/api/v1/audit', as: 'administrator' })).text, /decideRecall/);
  t.same(errors, []);
});

t.test('alerts of Suricata are listed, of all devices or of one, and are not among ours', async (t) => {
  const folder = folderWith(t, (store) => {
    const collector = new ForeignCollector(limits);
    collector.line(eveLine({ src_ip: '192.0.2.1', alert: { signature: '<script>alert(1)</script>' } }));
    collector.line(eveLine({ src_ip: '192.0.2.1', dest_ip: '192.0.2.2' }));
    const { rows } = store.devices('march', { limit: 1 });
    store.foreign.put('march', collector.take(rows));
  });
  const { ask } = await apiUnderTest(t, { folder });
  const url = '/api/v1/foreign-alerts';
  t.match((await ask({ url })).json(), { total: 2, devices: { '00:00:00:00:00:01': 1 }, alerts: { length: 2 } });
  const own = await ask({ url: `${url}?device=00:00:00:00:00:01` });
  t.match(own.json(), { total: 1, alerts: [{ source: 'suricata', text: '<script>alert(1)</script>', count: 1 }] });
  t.match(own.headers, { 'content-type': /^application\/json/ });
  t.notMatch((await ask({ url: '/api/v1/alerts' })).text, /script/);
});
