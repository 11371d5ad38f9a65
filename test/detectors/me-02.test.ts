import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readIndicators } from '../../src/configuration/indicators.ts';
import type { Indicator } from '../../src/detect.ts';
import { tell } from '../support/tell.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { NOON_US, TestWard } from '../support/ward.ts';

const NURSE = '10.1.0.66';
const RESOLVER = '10.1.0.53';
const OUTSIDE = '203.0.113.5';
const DAY_US = 86_400e6;

const of = (kind: Indicator['kind'], value: string, ageDays = 1): Indicator => ({
  kind,
  value,
  source: 'national CERT',
  addedUs: NOON_US - ageDays * DAY_US,
});

const ward = (...indicators: Indicator[]): TestWard =>
  new TestWard({ learnUntilMinutes: null, settings: { indicators } });

const confidences = (w: TestWard): number[] =>
  w.findings.filter(({ detector }) => detector === 'ME-02').map(({ confidence }) => confidence);

t.test('ME-02 speaks of an address on the list, with source and age, also while learning', (t) => {
  const w = ward(of('address', OUTSIDE, 3));
  w.connect(NURSE, OUTSIDE, 443, 'tls');
  t.same(w.said('ME-02'), [`${NURSE} < ${OUTSIDE} tls`]);
  t.match(w.findings.find(({ detector }) => detector === 'ME-02')?.happened, /on that list for 3 days/);
  t.match(w.findings.find(({ detector }) => detector === 'ME-02')?.usual, /national CERT/);
  const inward = ward(of('address', OUTSIDE));
  inward.connect(OUTSIDE, NURSE, 22, 'ssh');
  t.same(inward.said('ME-02'), [`${NURSE} < ${OUTSIDE} ssh`]);
  t.end();
});

t.test('ME-02 is silent about everything else, and about contact that nobody answered', (t) => {
  const w = ward(of('address', '203.0.113.6'), of('name', 'bad.example.org'));
  w.connect(NURSE, OUTSIDE, 443, 'tls');
  tell(w, 'lookup', w.connect(NURSE, RESOLVER, 53, 'dns'), { kind: 'query', name: 'good.example.org' });
  w.begin(NURSE, '203.0.113.6', 443);
  t.same(w.said('ME-02'), []);
  t.end();
});

t.test('ME-02 knows names and those below them, and fingerprints', (t) => {
  const says = (indicator: Indicator, kind: 'lookup' | 'handshake' | 'httpMessage', fields: object): number => {
    const w = ward(indicator);
    tell(w, kind, w.connect(NURSE, OUTSIDE, 443, 'tls'), fields);
    return w.said('ME-02').length;
  };
  const name = of('name', 'example.org');
  t.equal(says(name, 'lookup', { kind: 'query', name: 'a.b.Example.org' }), 1);
  t.equal(says(name, 'lookup', { kind: 'query', name: 'notexample.org' }), 0);
  t.equal(says(name, 'lookup', { kind: 'answer', fromClient: false, name: 'example.org' }), 0);
  t.equal(says(name, 'handshake', { serverName: 'www.example.org' }), 1);
  t.equal(says(name, 'httpMessage', { host: 'example.org' }), 1);
  t.equal(says(of('ja4', 't13d'), 'handshake', { ja4: 't13d' }), 1);
  t.equal(says(of('ja4', 't13d'), 'handshake', { ja4: 't12d' }), 0);
  t.equal(says(of('hassh', 'abc'), 'handshake', { protocol: 'ssh', hassh: 'abc' }), 1);
  t.end();
});

t.test('ME-02 believes old entries less, and a connection with 25 MB more', (t) => {
  const sure = (ageDays: number, bytes = 0): number[] => {
    const w = ward(of('address', OUTSIDE, ageDays));
    const flow = w.connect(NURSE, OUTSIDE, 443, 'tls');
    tell(w, 'flowUpdate', flow, { payloadToServer: 1e6 });
    tell(w, 'flowEnd', flow, { payloadToClient: bytes - 1e6 });
    return confidences(w);
  };
  t.same(sure(180), [0.7]);
  t.same(sure(181), [0.4]);
  t.same(sure(1, 25e6), [0.85]);
  t.same(sure(1, 25e6 - 1), [0.7]);
  t.end();
});

t.test('the file of indicators is read, and every problem in it is named with its line', (t) => {
  const file = join(temporaryFolder(t), 'bad.csv');
  writeFileSync(
    file,
    'kind,value,source,added\n# ours\naddress,198.51.100.77,CERT,2026-11-02\nname,Bad.Example.,CERT,2026-11-02\n',
  );
  t.match(readIndicators(file), [
    { kind: 'address', value: '198.51.100.77', addedUs: Date.UTC(2026, 10, 2) * 1000 },
    { kind: 'name', value: 'bad.example' },
  ]);
  const wrong = (text: string): string => {
    writeFileSync(file, text);
    try {
      readIndicators(file);
      return '';
    } catch (error) {
      return error instanceof Error ? JSON.stringify(error) + error.message : '';
    }
  };
  const head = 'kind,value,source,added\n';
  t.match(wrong('value\n'), /:1: the first line must be/);
  t.match(wrong(`${head}address,nowhere,CERT,2026-11-02`), /:2: .*nowhere.* is not allowed as address/);
  t.match(wrong(`${head}colour,red,CERT,2026-11-02`), /:2: .*colour.* allowed: address, name, ja4, hassh/);
  t.match(wrong(`${head}name,a.example,,2026-11-02`), /:2: source is missing/);
  t.match(wrong(`${head}name,a.example,CERT,yesterday`), /:2: .*yesterday.* allowed: a day/);
  t.match(wrong(`${head}name,a.example`), /:2: has 2 fields/);
  t.end();
});
