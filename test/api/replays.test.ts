/** Captures that people hand in, replays of them, what changes when a setting or the baseline does, and the packets behind it. */
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type ApiUnderTest, apiUnderTest } from '../support/api.ts';
import { listenTo } from '../support/events.ts';

const gzip = readFileSync(new URL('../../captures/demo/p12_remote_control.pcap.gz', import.meta.url));
const as = 'engineer';

const handIn = ({ ask }: ApiUnderTest, name = 'ward.pcap.gz', raw: Buffer = gzip) =>
  ask({ method: 'POST', url: `/api/v1/captures?name=${encodeURIComponent(name)}`, as, raw });

/** The job when it has come to its end. */
async function replay(
  under: ApiUnderTest,
  body: Record<string, unknown>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Record<string, unknown>> {
  const listening = await listenTo(under.api, '', headers);
  const begun = await under.ask({ method: 'POST', url: '/api/v1/replays', as, body });
  if (begun.status !== 202) throw new Error(begun.text);
  const { id } = begun.json() as { id: string };
  const isOver = ({ event, data }: { event: string; data: Readonly<Record<string, unknown>> }): boolean =>
    event === 'replay' && data.id === id && data.ended !== null;
  const { data } = await listening.until(isOver);
  listening.leave();
  return data;
}

t.test('a capture is handed in, replayed as a run of its own, and looked at', async (t) => {
  const under = await apiUnderTest(t);
  const { ask, api, store, errors } = under;
  const made = await handIn(under);
  t.match(
    { status: made.status, body: made.json() },
    { status: 201, body: { name: 'ward.pcap.gz', bytes: gzip.length } },
  );
  t.equal((await handIn(under)).status, 409, 'nobody writes over a capture');
  t.match((await ask({ url: '/api/v1/captures' })).json(), { captures: [{ name: 'ward.pcap.gz' }] });

  const listening = await listenTo(api);
  const job = await replay(under, { capture: 'ward.pcap.gz', run: 'tuesday', learnUntil: '+0s' });
  t.match(job, { state: 'done', percent: 100, user: 'engineer', error: '' });
  const told = listening.heard.filter(({ event }) => event === 'replay').map(({ data }) => data.state);
  t.same([told[0], told.at(-1)], ['waiting', 'done'], 'its progress came as news');
  listening.leave();

  const run = '?run=tuesday';
  t.ok(((await ask({ url: `/api/v1/devices${run}` })).json() as { total: number }).total > 3);
  const { incidents } = (await ask({ url: `/api/v1/incidents${run}` })).json() as { incidents: { id: string }[] };
  t.ok(incidents.length > 0);
  t.match((await ask({ url: '/api/v1/runs' })).json(), { runs: [{ apart: false }, { name: 'tuesday', apart: true }] });
  t.equal(store.hasRun('tuesday'), false, 'the store of the sensor has heard nothing of it');
  t.equal(((await ask({ url: '/api/v1/devices' })).json() as { run: string }).run, 'march', 'nor is it the usual run');

  const url = `/api/v1/evidence/${incidents[0]?.id}${run}`;
  const file = await ask({ url, as });
  t.match(file.headers, {
    'content-type': 'application/x-pcapng',
    'content-disposition': /^attachment; filename="[\w.-]+\.pcapng"$/,
  });
  t.equal(Buffer.from(file.text, 'latin1').readUInt32BE(0), 0x0a0d0d0a);
  t.equal((await ask({ url: `${url}&format=report`, as })).status, 200);
  const { audit = [] } = (await ask({ url: '/api/v1/audit', as: 'administrator' })).json() as {
    audit?: { action: string; target: string; user: string }[];
  };
  t.match(
    audit.filter(({ action }) => action === 'getEvidence'),
    [{ user: 'engineer', target: `tuesday ${incidents[0]?.id}` }],
    'who took packets is written down',
  );
  t.equal((await ask({ url, as: 'viewer' })).status, 403);

  t.equal((await ask({ method: 'DELETE', url: '/api/v1/runs/march', as })).status, 409, "the sensor's own stays");
  t.equal((await ask({ method: 'DELETE', url: '/api/v1/runs/tuesday', as })).status, 204);
  t.equal((await ask({ url: `/api/v1/devices${run}` })).status, 404);
  t.equal((await ask({ method: 'DELETE', url: '/api/v1/captures/ward.pcap.gz', as })).status, 204);
  t.same(errors, []);
});

t.test('what if: another setting, or another baseline, and which alerts that makes or saves', async (t) => {
  const under = await apiUnderTest(t);
  const { ask } = under;
  await handIn(under);
  await replay(under, { capture: 'ward.pcap.gz', run: 'before', learnUntil: '+0s' });
  const { detector } = (await ask({ url: '/api/v1/alerts/counts?run=before' })).json() as {
    detector: Record<string, number>;
  };
  const [[loudest = '', alerts = 0] = []] = Object.entries(detector).sort(([, a], [, b]) => b - a);
  t.ok(alerts > 0);

  const settings = { detectors: { [loudest]: { enabled: false } } };
  const quiet = await replay(under, {
    ofRun: 'before',
    run: 'quiet',
    compareWith: 'before',
    learnUntil: '+0s',
    settings,
  });
  t.match(quiet, { state: 'done', changed: [`detectors.${loudest}`] });
  const { difference } = (await ask({ url: `/api/v1/replays/${quiet.id}` })).json() as {
    difference: { added: unknown[]; removed: { detector: string }[]; complete: boolean };
  };
  t.same([difference.added.length, difference.complete], [0, true]);
  t.ok(difference.removed.length > 0 && difference.removed.every((one) => one.detector === loudest));
  t.same((await ask({ url: '/api/v1/runs/quiet/difference?from=before' })).json(), difference);

  const learnt = await replay(under, { ofRun: 'before', run: 'learnt', baselineFrom: 'before', compareWith: 'before' });
  t.match(learnt, { state: 'done', baselineFrom: 'before' });
  t.ok((await ask({ url: `/api/v1/replays/${learnt.id}` })).text.includes('"difference":{'));

  t.match((await ask({ url: '/api/v1/audit', as: 'administrator' })).text, /addReplay/);
});

t.test('a replay changes what judges, and reaches nothing else', async (t) => {
  const under = await apiUnderTest(t);
  const { ask } = under;
  await handIn(under);
  const start = (body: object, who = as) => ask({ method: 'POST', url: '/api/v1/replays', as: who, body });
  const order = { capture: 'ward.pcap.gz', run: 'x' };
  t.equal((await start(order, 'viewer')).status, 403);
  for (const settings of [
    { outputs: { files: { folder: '/etc' } } },
    { privacy: { keyFile: '/etc/shadow' } },
    { site: { approvedWindows: '/etc/passwd' } },
    { detectors: { nothing: { enabled: false } } },
    { detectors: [] },
    { learn: { candidateDays: 'many' } },
  ]) {
    const { status, text } = await start({ ...order, settings });
    t.equal(status, 422, text);
    t.notMatch(text, /\broot:|ENOENT/);
  }
  t.equal((await start({ run: 'x' })).status, 400, 'of what?');
  t.equal((await start({ ...order, ofRun: 'march' })).status, 400, 'of which?');
  t.equal((await start({ ...order, run: 'march' })).status, 409, 'the sensor has one of this name');
  t.equal((await start({ ...order, capture: 'none.pcap' })).status, 404);
  t.equal((await start({ ...order, compareWith: 'none' })).status, 404);
  t.equal((await start({ ...order, learnUntil: 'noon' })).status, 422);
  t.equal((await start({ ofRun: 'march', run: 'x' })).status, 409, 'its capture is not there any more');
  t.same((await ask({ url: '/api/v1/replays' })).json(), { replays: [] });
});

t.test('a replay can be stopped, and one that fails says why in words', async (t) => {
  const under = await apiUnderTest(t);
  const { ask, api } = under;
  await handIn(under);
  const broken = Buffer.concat([Buffer.from('0a0d0d0a', 'hex'), Buffer.alloc(200, 0x41)]);
  await handIn(under, 'broken.pcapng', broken);
  t.match(await replay(under, { capture: 'broken.pcapng', run: 'broken' }), { state: 'failed', error: /\w+ \w+/ });
  const listening = await listenTo(api);
  const begun = await ask({
    method: 'POST',
    url: '/api/v1/replays',
    as,
    body: { capture: 'ward.pcap.gz', run: 'stopped' },
  });
  const { id } = begun.json() as { id: string };
  t.equal((await ask({ method: 'DELETE', url: `/api/v1/replays/${id}`, as })).status, 204);
  await listening.until(({ data }) => data.id === id && data.state === 'stopped');
  listening.leave();
  t.equal((await ask({ method: 'DELETE', url: '/api/v1/replays/none', as })).status, 404);
});

const names: readonly (readonly [what: string, name: string])[] = [
  ['a folder above', '../x.pcap'],
  ['a folder above, encoded twice', '..%2f..%2fx.pcap'],
  ['a path', '/etc/x.pcap'],
  ['a path of another system', '..\\x.pcap'],
  ['a hidden file', '.x.pcap'],
  ['an end of a string', 'x.pcap\0.txt'],
  ['another ending', 'x.sqlite'],
  ['a line break', 'x\r\n.pcap'],
  ['nothing', ''],
];
for (const [what, name] of names) {
  t.test(`a capture is not called ${what}`, async (t) => {
    const under = await apiUnderTest(t);
    const { ask, folder } = under;
    const before = readdirSync(folder).sort();
    t.equal((await handIn(under, name)).status, 400);
    const path = `/api/v1/captures/${encodeURIComponent(name)}`;
    t.ok([400, 404].includes((await ask({ method: 'DELETE', url: path, as })).status));
    const order = { capture: name, run: 'x' };
    t.equal((await ask({ method: 'POST', url: '/api/v1/replays', as, body: order })).status, 400);
    t.same(readdirSync(folder).sort(), before);
  });
}

t.test('a link in the folder of captures leads nowhere', async (t) => {
  const under = await apiUnderTest(t);
  const { ask, folder } = under;
  const captures = join(folder, 'captures');
  mkdirSync(captures);
  symlinkSync('/etc/passwd', join(captures, 'link.pcap'));
  t.match((await ask({ url: '/api/v1/captures' })).json(), { captures: [] });
  const body = { capture: 'link.pcap', run: 'x' };
  t.equal((await ask({ method: 'POST', url: '/api/v1/replays', as, body })).status, 404);
  t.equal((await ask({ method: 'DELETE', url: '/api/v1/captures/link.pcap', as })).status, 404);
  t.ok(existsSync('/etc/passwd'));
});

t.test('what is too large or no capture leaves nothing behind', async (t) => {
  const under = await apiUnderTest(t, {
    change: ({ api }) => {
      api.uploadMegabytes = 1;
    },
  });
  const { ask, folder } = under;
  const large = Buffer.alloc(1_000_001);
  large.write('0a0d0d0a', 'hex');
  t.equal((await handIn(under, 'large.pcapng', large)).status, 413);
  t.equal((await handIn(under, 'text.pcap', Buffer.from('#!/bin/sh\n'))).status, 415);
  t.equal((await handIn(under, 'short.pcap', Buffer.from('ab'))).status, 415);
  const json = await ask({ method: 'POST', url: '/api/v1/captures?name=a.pcap', as, body: { a: 1 } });
  t.equal(json.status, 415);
  t.same(readdirSync(join(folder, 'captures')), []);
  writeFileSync(join(folder, 'captures', 'note.txt'), 'of somebody else');
  t.match((await ask({ url: '/api/v1/captures' })).json(), { captures: [], uploadBytesMax: 1_000_000 });
});

t.test('who signs out, or is shut out, hears no more news', async (t) => {
  const under = await apiUnderTest(t, { mode: 'required' });
  const { ask, api, people, wait } = under;
  const listen = (as: string) => listenTo(api, '', { cookie: `wardwatch=cookie-of-${as}` });
  const [viewer, administrator, engineer] = [
    await listen('viewer'),
    await listen('administrator'),
    await listen('engineer'),
  ];
  t.same([viewer.status, administrator.status, engineer.status], [200, 200, 200]);
  t.equal((await ask({ method: 'DELETE', url: '/api/v1/session', as: 'viewer' })).status, 204);
  people.changeUser('administrator', { disabled: true });
  await handIn(under);
  await replay(under, { capture: 'ward.pcap.gz', run: 'tuesday' }, { cookie: 'wardwatch=cookie-of-engineer' });
  const replays = ({ heard }: { heard: readonly { event: string }[] }) =>
    heard.filter(({ event }) => event === 'replay').length;
  t.ok(replays(engineer) > 0);
  t.same([replays(viewer), replays(administrator)], [0, 0]);
  t.equal(
    under.access.mayStillRead({ cookie: 'cookie-of-engineer', authorization: '', isLocal: true }, 'events'),
    true,
  );
  wait(3 * 3_600_000);
  t.equal(
    under.access.mayStillRead({ cookie: 'cookie-of-engineer', authorization: '', isLocal: true }, 'events'),
    false,
  );
  for (const one of [viewer, administrator, engineer]) one.leave();
});
