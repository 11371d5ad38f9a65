/** A running sensor: masked packets of an incident by themselves, and whole ones only after somebody has broken the glass. */
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { People } from '../../src/store/people.ts';
import { run, start } from '../support/cli.ts';
import { CLIENT_ADDRESS, counter, labHere, mirrorLab, runInside, SERVER_ADDRESS, TAP } from '../support/namespace.ts';
import { eventually, imagesAt, Storage } from '../support/sensor.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { lacksTshark, tsharkFields } from '../support/tshark.ts';

const PORT = 11_112;
const PATIENT = /NOBODY\^TEST/;

const lab = labHere();
if (lab === null) {
  await runInside(t, import.meta.filename, mirrorLab, 'storescu', 'storescp', 'dump2dcm', 'tshark');
} else {
  const folder = temporaryFolder(t);
  const config = join(folder, 'ward.yaml');
  const key = join(folder, 'raw.key');
  const into = join(folder, 'store');
  // An alert that speaks in every state: the archive is on the site's list.
  writeFileSync(
    join(folder, 'bad.csv'),
    `kind,value,source,added\naddress,${SERVER_ADDRESS},own analysis,2026-01-01\n`,
  );
  writeFileSync(key, randomBytes(32).toString('hex'));
  writeFileSync(
    config,
    `intervalSeconds: 2\nsite: { indicators: bad.csv }\ncapture: { evidence: on }\nprivacy: { rawCaptureKeyFile: raw.key }\n`,
  );
  const places = { client: lab.client, server: lab.server, address: SERVER_ADDRESS, port: PORT, folder };
  const storage = await Storage.start(t, places);
  const sensor = start(['watch', '--interface', TAP, '--into', into, '--config', config]);
  t.teardown(() => sensor.child.kill('SIGKILL'));
  await sensor.said(/^listening to tap0/);

  t.test('an incident has its masked slice while the sensor runs', { skip: lacksTshark }, async (t) => {
    storage.store(2);
    const evidence = join(into, 'evidence');
    const slice = await eventually('a slice', async () => {
      const found = existsSync(evidence) ? readdirSync(evidence).find((name) => name.endsWith('.pcapng')) : undefined;
      return found === undefined ? null : join(evidence, found);
    });
    t.match(await tsharkFields(slice, 'dicom', ['frame.number']), /./);
    t.same(await tsharkFields(slice, '_ws.malformed', ['frame.number']), []);
    t.notMatch(readFileSync(slice, 'latin1'), PATIENT);
    t.match(JSON.parse(readFileSync(slice.replace(/pcapng$/, 'masking.json'), 'utf8')), {
      run: 'live',
      kind: 'incident',
      findings: [{ detector: 'ME-02' }],
    });
    t.notOk(existsSync(join(into, 'raw')), 'and nothing else is kept');
  });

  t.test('whole packets are there only from the order on, sealed, and every step is in the audit', async (t) => {
    const raw = (...args: string[]) => run(['raw', ...args]);
    const who = ['--user', 'biomed', '--reason', 'archive loses images', '--into', into];
    t.match(await raw('start', '--device', 'archive', ...who), { status: 1, stderr: /archive is no address/ });
    const ordered = await raw('start', '--device', CLIENT_ADDRESS, ...who);
    t.equal(ordered.status, 0, ordered.stderr);
    const id = ordered.stdout.trim();
    await sensor.said(new RegExp(`^raw-capture began ${id}`));
    const before = imagesAt(into, CLIENT_ADDRESS);
    storage.store(1);
    await eventually('the image', async () => (imagesAt(into, CLIENT_ADDRESS) > before ? true : null));
    t.equal((await raw('stop', id, '--into', into)).status, 0);
    await sensor.said(new RegExp(`^raw-capture ended ${id}.*stopped by a person`));
    const sealed = join(into, 'raw', `${id}.wwraw`);
    t.notMatch(readFileSync(sealed, 'latin1'), PATIENT);
    t.match((await raw('list', '--into', into)).stdout, /archive loses images/);
    const output = join(folder, 'opened.pcapng');
    const opening = ['--user', 'biomed', '--output', output];
    writeFileSync(join(folder, 'other.key'), randomBytes(32).toString('hex'));
    t.match(await raw('decrypt', sealed, '--key', join(folder, 'other.key'), ...opening), { status: 1 });
    t.notOk(existsSync(output));
    t.match(await raw('decrypt', sealed, '--key', key, ...opening), { status: 0 });
    t.match(readFileSync(output, 'latin1'), PATIENT);
    const stores = await tsharkFields(output, 'dicom.pctx.id', ['frame.number']);
    t.ok(stores.length > 0, 'tshark reads it');
    const lines = readFileSync(join(into, 'raw', 'audit.jsonl'), 'utf8')
      .trim()
      .split('\n');
    t.strictSame(
      lines.map((line) => JSON.parse(line).action),
      ['raw-capture ordered', 'raw-capture began', 'raw-capture ended', 'raw-capture opened'],
    );
    const people = People.open(into);
    const rows = people.audits({ action: undefined, user: 'biomed', limit: 9, offset: 0 }).rows.reverse();
    people.close();
    t.strictSame(
      rows.map(({ action }) => action),
      lines.map((line) => JSON.parse(line).action),
      'in the store as well',
    );
    t.ok(lines.every((line) => JSON.parse(line).user === 'biomed' && JSON.parse(line).target === id));
  });

  t.test('the mirror port stayed silent', async (t) => {
    sensor.child.kill('SIGTERM');
    t.match(await sensor.ended, { status: 0 });
    t.equal(counter(lab.sensor, TAP, 'tx_packets'), 0);
  });
}
