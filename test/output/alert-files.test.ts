import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { FindingRow } from '../../src/model.ts';
import { AlertFiles } from '../../src/output/alert-files.ts';
import { cefLine, eveLine, ocsfLine, signatureOf } from '../../src/output/alert-formats.ts';
import { run } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary.ts';

const source = { site: 'ward', run: 'live', version: '0.1.0' };
const finding: FindingRow = {
  id: 'f00d',
  detector: 'RC-09',
  severity: 'high',
  confidence: 0.8,
  device: '00:11:22:33:44:55',
  deviceAddress: '10.1.0.11',
  peer: '10.1.0.66',
  peerAddress: '10.1.0.66',
  service: 'modbus',
  window: '',
  inUse: false,
  digest: false,
  repeats: [],
  startUs: 1_700_000_000_000_000,
  endUs: 1_700_000_060_000_000,
  count: 2,
  usual: 'Nobody does this.',
  happened: 'It sent a|command=1.',
  matters: 'It can harm.',
  firstStep: 'Look at the device.',
  attack: ['T0855'],
  evidence: { packets: [], flows: ['1:abc='] },
};

t.test('EVE carries what Suricata puts there, under a number of its own', (t) => {
  const line = JSON.parse(eveLine(finding, source));
  t.match(line, {
    timestamp: '2023-11-14T22:14:20.000000+0000',
    event_type: 'alert',
    src_ip: '10.1.0.66',
    dest_ip: '10.1.0.11',
    community_id: '1:abc=',
    alert: { action: 'allowed', signature_id: 9_100_109, severity: 2, signature: /^wardwatch RC-09/ },
    wardwatch: { firstStep: 'Look at the device.' },
  });
  t.equal(signatureOf('BL-01'), 9_100_001);
  t.equal(signatureOf('ME-02'), 9_100_302);
  t.end();
});

t.test('OCSF carries a Detection Finding, updated when it has grown', (t) => {
  const line = JSON.parse(ocsfLine(finding, source));
  t.match(line, {
    class_uid: 2004,
    type_uid: 200_402,
    severity_id: 4,
    time: 1_700_000_060_000,
    finding_info: { uid: 'f00d' },
  });
  t.equal(JSON.parse(ocsfLine({ ...finding, count: 1 }, source)).activity_id, 1);
  t.end();
});

/** Attributes of OCSF 1.4.0, of those that we write: `!` where the schema requires it (schema.ocsf.io/1.4.0). */
const published: Readonly<Record<string, readonly string[]>> = {
  detection_finding: [
    ...[
      'activity_id!',
      'category_uid!',
      'class_uid!',
      'severity_id!',
      'time!',
      'type_uid!',
      'metadata!',
      'finding_info!',
    ],
    ...[
      'category_name',
      'class_name',
      'severity',
      'start_time',
      'end_time',
      'status_id',
      'is_alert',
      'confidence_score',
    ],
    ...['count', 'message', 'remediation', 'resources', 'evidences'],
  ],
  metadata: ['version!', 'product!', 'labels'],
  product: ['name', 'vendor_name', 'version'],
  finding_info: ['uid!', 'title', 'desc', 'analytic', 'first_seen_time', 'last_seen_time', 'attacks'],
  analytic: ['type_id!', 'name', 'type'],
  attacks: ['technique', 'sub_technique'],
  technique: ['uid', 'name'],
  sub_technique: ['uid', 'name'],
  remediation: ['desc!'],
  resources: ['uid', 'type', 'ip', 'name'],
  evidences: ['connection_info', 'src_endpoint', 'dst_endpoint'],
  connection_info: ['direction_id!', 'community_uid'],
  src_endpoint: ['ip'],
  dst_endpoint: ['ip'],
};

/** What the schema does not know, or requires and does not find. */
function strange(name: string, value: object): string[] {
  const known = published[name];
  if (known === undefined) return [`${name}: an object nobody knows`];
  const missing = known
    .filter((one) => one.endsWith('!') && !(one.slice(0, -1) in value))
    .map((one) => `${name}: ${one}`);
  return Object.entries(value).reduce<string[]>((all, [key, part]) => {
    if (!known.includes(key) && !known.includes(`${key}!`)) all.push(`${name}: ${key}`);
    const parts: unknown[] = Array.isArray(part) ? part : [part];
    for (const one of parts) if (typeof one === 'object' && one !== null) all.push(...strange(key, one));
    return all;
  }, missing);
}

t.test('every attribute of OCSF is one that the published schema knows, and what it requires is there', (t) => {
  const attack = ['T1567.002', 'T0855'];
  const rows: FindingRow[] = [
    { ...finding, attack },
    { ...finding, evidence: { packets: [], flows: [] } },
    { ...finding, device: '', deviceAddress: '', peer: '', peerAddress: '', service: '', attack: [] },
  ];
  for (const row of rows) t.strictSame(strange('detection_finding', JSON.parse(ocsfLine(row, source))), []);
  const line = JSON.parse(ocsfLine(rows[0] ?? finding, source));
  t.strictSame(line.finding_info.attacks, [
    { technique: { uid: 'T1567' }, sub_technique: { uid: 'T1567.002' } },
    { technique: { uid: 'T0855' } },
  ]);
  t.match(line.evidences, [
    {
      connection_info: { community_uid: '1:abc=' },
      src_endpoint: { ip: '10.1.0.66' },
      dst_endpoint: { ip: '10.1.0.11' },
    },
  ]);
  t.end();
});

t.test('of the sensor itself there is no address', (t) => {
  const ours = { ...finding, device: '', deviceAddress: '', peer: '', peerAddress: '', service: '' };
  const line = JSON.parse(eveLine(ours, source));
  t.notOk('src_ip' in line || 'dest_ip' in line || 'app_proto' in line);
  t.notMatch(cefLine(ours, source), /src=|dst=|app=|cs2Label/);
  t.end();
});

t.test('CEF has places of their own for IPv6, each with its label', (t) => {
  const line = cefLine({ ...finding, peerAddress: '2001:db8::66', window: 'WO-7' }, source);
  t.match(line, / c6a2Label=Source IPv6 Address c6a2=2001:db8::66 dst=10\.1\.0\.11 /);
  t.notMatch(line, / src=/);
  t.match(line, / cs2Label=window cs2=WO-7$/);
  t.end();
});

t.test('CEF escapes what would end a field', (t) => {
  const line = cefLine({ ...finding, usual: 'a=b\nc' }, source);
  t.match(line, /^CEF:0\|wardwatch\|wardwatch\|0\.1\.0\|RC-09\|It sent a\\\|command=1\.\|8\|/);
  t.match(line, /msg=a\\=b\\nc /);
  t.equal(line.includes('\n'), false);
  t.end();
});

t.test('a finding is written when it is new and whenever it has grown', (t) => {
  const folder = join(temporaryFolder(t), 'alerts');
  const files = new AlertFiles({ folder, formats: ['eve', 'ocsf'], megabytes: 1, keep: 1 }, source, t.fail);
  const other = { ...finding, id: 'beef', endUs: finding.endUs - 1 };
  files.write([finding, other]);
  files.write([finding, other]);
  files.write([{ ...finding, count: 3 }, other]);
  const ids = readFileSync(join(folder, 'eve.json'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).wardwatch.id);
  t.same(ids, ['beef', 'f00d', 'f00d']);
  t.same(readdirSync(folder).sort(), ['eve.json', 'ocsf.json']);
  t.end();
});

t.test('a full file is renamed, and the oldest goes', (t) => {
  const folder = temporaryFolder(t);
  const files = new AlertFiles({ folder, formats: ['eve'], megabytes: 1, keep: 2 }, source, t.fail);
  for (let i = 0; i < 4; i++) {
    writeFileSync(join(folder, 'eve.json'), `${i}`.repeat(1_000_000));
    files.write([{ ...finding, count: i + 1 }]);
  }
  t.same(readdirSync(folder).sort(), ['eve.json', 'eve.json.1', 'eve.json.2']);
  t.equal(readFileSync(join(folder, 'eve.json.1'), 'utf8')[0], '3');
  t.equal(readFileSync(join(folder, 'eve.json.2'), 'utf8')[0], '2');
  t.end();
});

const lacksProc = existsSync('/proc/self') ? false : 'needs /proc';
t.test('a folder that cannot be written is said once and counted', (t) => {
  const folder = join(temporaryFolder(t), 'taken');
  writeFileSync(folder, '');
  const said: string[] = [];
  const files = new AlertFiles({ folder, formats: ['eve'], megabytes: 1, keep: 1 }, source, (line) => said.push(line));
  files.write([finding]);
  files.write([{ ...finding, count: 3 }]);
  t.match(said, [/^alerts cannot be written to .*eve\.json \(/]);
  t.equal(files.lost, 2);
  t.end();
});

t.test('a folder that the system says is not there, whatever one does, ends nothing', { skip: lacksProc }, (t) => {
  const said: string[] = [];
  const settings = { folder: '/proc/wardwatch/alerts', formats: ['eve'] as const, megabytes: 1, keep: 1 };
  new AlertFiles(settings, source, (line) => said.push(line)).write([finding]);
  t.match(said, [/^alerts cannot be written to .*ENOENT/]);
  t.end();
});

t.test('a replay writes the files that its configuration names, the same every time', async (t) => {
  const folder = temporaryFolder(t);
  const texts: string[] = [];
  for (const name of ['one', 'two']) {
    const own = join(folder, name);
    mkdirSync(own);
    writeFileSync(join(own, 'ward.yaml'), 'outputs:\n  files: { folder: alerts, formats: [eve, ocsf] }\n');
    const args = [
      'replay',
      'captures/demo',
      '--config',
      join(own, 'ward.yaml'),
      '--learn-until',
      '+60s',
      '--run',
      'demo',
    ];
    t.equal((await run(args)).status, 0);
    texts.push(readFileSync(join(own, 'alerts', 'eve.json'), 'utf8'));
  }
  t.ok((texts[0]?.split('\n').length ?? 0) > 3);
  t.equal(texts[0], texts[1]);
});

t.test('a name from the wire neither ends a line nor steers a terminal', (t) => {
  const hostile = 'a\u001b[2J\u0000b\r\nCEF:0|x\u0085c\u009b';
  const line = cefLine({ ...finding, happened: hostile, usual: hostile, service: hostile }, source);
  t.notMatch(line, /\p{Cc}/u);
  t.match(line, /\|a \[2J b CEF:0\\\|x c \|/);
  t.end();
});
