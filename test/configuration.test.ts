import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { parseConfiguration, readConfiguration } from '../src/configuration/read.ts';
import { type Configuration, ConfigurationError, freshConfiguration } from '../src/configuration.ts';

const problems = (text: string, detectorIds?: readonly string[]): readonly string[] => {
  try {
    parseConfiguration(text, 'ward.yaml', detectorIds);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
};

const accepted = (text: string): Configuration => parseConfiguration(text, 'ward.yaml');

t.test('an empty file means the defaults', (t) => {
  t.same(accepted(''), freshConfiguration());
  t.same(accepted('# nothing\n'), freshConfiguration());
  t.same(accepted('{}'), freshConfiguration());
  t.end();
});

t.test('without a file private address space is internal and nothing is sent anywhere', (t) => {
  const { site, outputs, intervalSeconds, baseline, learn } = freshConfiguration();
  for (const network of ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7', 'fe80::/10']) {
    t.ok(site.internal.includes(network), network);
  }
  t.equal(outputs.influx, null);
  t.equal(intervalSeconds, 60);
  t.equal(baseline, 'on');
  t.same(learn, { structureDays: 14, laterDays: 7, days: 3 });
  t.end();
});

t.test('two defaults share nothing', (t) => {
  freshConfiguration().site.internal.push('203.0.113.0/24');
  t.notOk(freshConfiguration().site.internal.includes('203.0.113.0/24'));
  t.end();
});

t.test('what is given stands beside the defaults of what is not', (t) => {
  const { site, outputs, retention } = accepted(`
site: { name: st-x, zones: [{ name: a, networks: [10.1.0.0/16] }] }
outputs: { influx: { url: "http://127.0.0.1:8086", api: v3 } }
retention: { points: { days: 7 } }`);
  t.equal(site.name, 'st-x');
  t.equal(site.timeZone, 'UTC');
  t.same(site.zones, [{ name: 'a', networks: ['10.1.0.0/16'], mayTalkTo: [] }]);
  t.match(outputs.influx, { url: 'http://127.0.0.1:8086', api: 'v3', database: 'wardwatch', caFile: null });
  t.match(retention.points, { days: 7, rows: 5_000_000 });
  t.end();
});

const wrong: readonly (readonly [what: string, text: string, problem: string | RegExp])[] = [
  ['an unknown key', 'sites: {}', 'ward.yaml:1: sites: unknown key; did you mean site?'],
  [
    'an unknown key far below',
    'site:\n  name: x\n  zone: []',
    'ward.yaml:3: site.zone: unknown key; did you mean zones?',
  ],
  [
    'a wrong type',
    'intervalSeconds: soon',
    /^ward.yaml:1: intervalSeconds: "soon" is not allowed; allowed: a whole number/,
  ],
  [
    'a list that is a text',
    'capture:\n  interfaces: eth1',
    /^ward.yaml:2: capture.interfaces: "eth1" is not allowed; allowed: a list/,
  ],
  [
    'an impossible network',
    'site:\n  internal:\n    - 10.0.0.0/8\n    - 10.0.0.1/8',
    /^ward.yaml:4: site.internal.1: "10.0.0.1\/8"/,
  ],
  [
    'an impossible MAC',
    'site: { devices: [{ match: "00:11:22:33:44" }] }',
    /^ward.yaml:1: site.devices.0.match: .* MAC address/,
  ],
  ['an impossible time zone', 'site:\n\n  timeZone: Mars/Phobos', /^ward.yaml:3: site.timeZone: .*IANA time zone/],
  [
    'a tier beyond four',
    'site: { devices: [{ match: 10.0.0.1, tier: 5 }] }',
    /site.devices.0.tier: 5 .*1 or 2 or 3 or 4/,
  ],
  [
    'a word outside its list',
    'outputs:\n  influx:\n    url: http://x\n    api: v9',
    /^ward.yaml:4: outputs.influx.api: "v9" .*v1, v2, v3/,
  ],
  ['a missing key', 'outputs: { influx: {} }', 'ward.yaml:1: outputs.influx: url is missing'],
  [
    'a limit that does not exist',
    'limits: { flowMax: 1 }',
    'ward.yaml:1: limits.flowMax: unknown key; did you mean flowsMax?',
  ],
  [
    'a zone that does not exist',
    'site: { zones: [{ name: a, networks: [10.0.0.0/8], mayTalkTo: [b] }] }',
    /no zone is called "b", allowed: a$/,
  ],
  ['a broken file', 'site: [', /^ward.yaml:1: /],
  ['a key twice', 'baseline: "on"\nbaseline: "off"', /^ward.yaml:2: /],
  ['a list instead of keys', '- 1', /^ward.yaml:1: .* allowed: a group of keys/],
  [
    'a file that is not there',
    'privacy: { keyFile: no-such-file.key }',
    /^ward.yaml:1: privacy.keyFile: cannot be read/,
  ],
  [
    'a variable that is not set',
    'outputs: { influx: { url: "http://x", token: "env:WARDWATCH_NO_SUCH" } }',
    /WARDWATCH_NO_SUCH is not set/,
  ],
];
for (const [what, text, expected] of wrong) {
  t.test(`${what} is named with its line and what is allowed`, (t) => {
    const found = problems(text);
    t.equal(found.length, 1, found.join('\n'));
    t.match(found[0], expected);
    t.end();
  });
}

t.test('every problem is named, in the order of the lines', (t) => {
  const found = problems('site:\n  nam: x\n  timeZone: X/Y\nbaseline: maybe\nintervalSeconds: 0\nlearn: { days: -1 }');
  t.same(
    found.map((line) => line.split(':')[1]),
    ['2', '3', '4', '5', '6'],
  );
  t.end();
});

t.test('a detector that does not exist is named when the detectors are known', (t) => {
  t.match(problems('detectors:\n  RC-99: { enabled: false }', ['RC-01']), [/^ward.yaml:2: detectors.RC-99: .*RC-01/]);
  t.same(problems('detectors:\n  RC-01: { enabled: false }', ['RC-01']), []);
  t.end();
});

t.test('a thousand aliases do not make the file grow without bound', (t) => {
  const bomb = ['a: &a [1,1,1,1,1,1,1,1,1]'];
  for (const [i, name] of [...'bcdefgh'].entries()) bomb.push(`${name}: &${name} [${`*${'abcdefgh'[i]},`.repeat(9)}]`);
  t.equal(problems(bomb.join('\n')).length, 1);
  t.end();
});

t.test('secrets come from the environment and from files beside the configuration', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'wardwatch-test-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  process.env.WARDWATCH_TEST_TOKEN = 'from the environment';
  writeFileSync(join(folder, 'password'), 'from a file\n');
  const file = join(folder, 'ward.yaml');
  writeFileSync(
    file,
    'outputs: { influx: { url: "http://x", token: "env:WARDWATCH_TEST_TOKEN", password: "file:password" } }',
  );
  t.match(readConfiguration(file).outputs.influx, { token: 'from the environment', password: 'from a file' });
  t.end();
});

t.test('no message repeats a secret', (t) => {
  const found = problems('outputs: { influx: { url: "ftp://x", password: swordfish, token: [swordfish] } }').join('\n');
  t.notMatch(found, /swordfish/);
  t.end();
});

t.test('the documented example is a valid configuration', (t) => {
  const { site, outputs } = readConfiguration('docs/wardwatch.example.yaml');
  t.equal(site.zones.length, 3);
  t.equal(outputs.influx?.database, 'wardwatch');
  t.end();
});

t.test('a file that cannot be read is a configuration error', (t) => {
  t.throws(() => readConfiguration('no/such/ward.yaml'), ConfigurationError);
  t.end();
});

t.test('without a file everything has the default of the schema', (t) => {
  t.same(freshConfiguration(), parseConfiguration('{}', 'ward.yaml'));
  t.end();
});
