import fc from 'fast-check';
import t from 'tap';
import type { Point } from '../../src/model.ts';
import { encode, escapeKey, escapeText, LineEncoder } from '../../src/output/line-protocol.ts';
import { type MeasurementDefinition, measurements } from '../../src/output/measurements.ts';

const device = (over: Partial<Point> = {}): Point => ({
  measurement: 'wardwatch_device',
  tags: { site: 'north', run: 'r', device: '00:11:22:33:44:55', class: 'monitor' },
  fields: { bytes_in: 12, online: true },
  timeUs: 1_700_000_000_000_000,
  ...over,
});

t.test('a point becomes one line with sorted tags and fields', (t) => {
  t.equal(
    encode([device()]),
    'wardwatch_device,class=monitor,device=00:11:22:33:44:55,run=r,site=north bytes_in=12i,online=true 1700000000000000\n',
  );
  t.end();
});

const keys: readonly [name: string, escaped: string][] = [
  ['plain', 'plain'],
  ['two words', 'two\\ words'],
  ['a,b', 'a\\,b'],
  ['a=b', 'a\\=b'],
  ['WARD\\pc', 'WARD/pc'],
  ['ends in \\', 'ends\\ in\\ /'],
  ['line\nbreak', 'line\\ break'],
  ['"quoted"', '"quoted"'],
  ['Größe', 'Größe'],
];
for (const [name, escaped] of keys) {
  t.test(`the tag value ${JSON.stringify(name)} is written as ${escaped}`, (t) => {
    t.equal(escapeKey(name), escaped);
    t.end();
  });
}

const texts: readonly [value: string, escaped: string][] = [
  ['plain, with = signs', 'plain, with = signs'],
  ['she said "no"', 'she said \\"no\\"'],
  ['C:\\', 'C:\\\\'],
  ['\\"', '\\\\\\"'],
  ['one\r\ntwo', 'one  two'],
];
for (const [value, escaped] of texts) {
  t.test(`the text ${JSON.stringify(value)} is written as ${escaped}`, (t) => {
    t.equal(escapeText(value), escaped);
    t.end();
  });
}

t.test('an empty tag is left out', (t) => {
  const line = encode([device({ tags: { site: '', run: 'r', device: 'd', class: '' } })]);
  t.ok(line.startsWith('wardwatch_device,device=d,run=r bytes_in'));
  t.end();
});

t.test('numbers that no server takes are left out and counted', (t) => {
  const encoder = new LineEncoder();
  const fields = {
    packets: Number.NaN,
    coverage_percent: Number.POSITIVE_INFINITY,
    bytes: 1e300,
    one_way_percent: 0.5,
  };
  const point: Point = { measurement: 'wardwatch_sensor', tags: { site: 's', run: 'r' }, fields, timeUs: 1 };
  t.equal(encode([point], encoder), 'wardwatch_sensor,run=r,site=s one_way_percent=0.5 1\n');
  t.equal(encoder.fieldsLeftOut, 3);
  t.equal(encode([{ ...point, fields: { packets: Number.NaN } }], encoder), '', 'a point without a value is no line');
  t.end();
});

t.test('what measurements.ts does not list is a mistake that is named', (t) => {
  t.throws(() => encode([device({ measurement: 'cpu' })]), /measurement cpu is not in/);
  t.throws(() => encode([device({ tags: { patient: 'x' } })]), /tag patient is not in/);
  t.throws(() => encode([device({ fields: { bytes_in: 1, colour: 'red' } })]), /field colour is not in/);
  t.throws(() => encode([device({ fields: { bytes_in: '1' } })]), /bytes_in must be of type integer/);
  t.throws(() => encode([device({ timeUs: 0.5 })]), /whole microseconds/);
  t.throws(() => encode([device({ measurement: 'constructor' })]), /measurement constructor/);
  t.end();
});

t.test('the series are counted', (t) => {
  const encoder = new LineEncoder();
  encode([device(), device(), device({ tags: { device: 'other' } })], encoder);
  t.equal(encoder.series, 2);
  t.end();
});

t.test('no name is a tag here and a field there, and all are short and plain', (t) => {
  const all = Object.entries<MeasurementDefinition>(measurements);
  const tags = new Set(all.flatMap(([, { tags }]) => Object.keys(tags)));
  for (const [name, { fields }] of all) {
    t.match(name, /^wardwatch_[a-z0-9]+$/);
    for (const field of Object.keys(fields)) {
      t.match(field, /^[a-z][a-z0-9_]*$/);
      t.notOk(tags.has(field), `${name}: ${field} is a field only`);
    }
  }
  t.end();
});

/** Reads one line back, by the rules of the line protocol and no code of ours. */
function read(line: string): Point {
  let at = 0;
  const key = (ends: string): string => {
    let name = '';
    while (at < line.length && !ends.includes(line[at]!)) {
      if (line[at] === '\\' && ',= '.includes(line[at + 1] ?? '-')) at++;
      name += line[at++];
    }
    return name;
  };
  const value = (): string | number | boolean => {
    if (line[at] === '"') {
      let text = '';
      for (at++; line[at] !== '"'; at++) {
        if (line[at] === '\\') at++;
        text += line[at];
      }
      at++;
      return text;
    }
    const word = key(', ');
    if (word === 'true' || word === 'false') return word === 'true';
    return Number(word.replace(/i$/, ''));
  };
  const point: Point = { measurement: key(', '), tags: {}, fields: {}, timeUs: 0 };
  while (line[at] === ',') {
    at++;
    const name = key('=');
    at++;
    point.tags[name] = key(', ');
  }
  do {
    at++;
    const name = key('=');
    at++;
    point.fields[name] = value();
  } while (line[at] === ',');
  point.timeUs = Number(line.slice(at + 1));
  return point;
}

t.test('what was written reads back as it was, whatever the text', (t) => {
  const anyText = fc.string({ unit: 'binary', maxLength: 40 });
  const harmless = (text: string, backslash: string): string =>
    text.replace(/\p{Cc}/gu, ' ').replaceAll('\\', backslash);
  const property = fc.property(anyText, anyText, fc.double(), fc.maxSafeInteger(), (tag, words, fraction, count) => {
    const tags = { site: 'a site', run: 'r', device: tag, detector: 'd', severity: 'low' };
    const fields = { title: words, happened: words, confidence: fraction, count };
    const lines = encode([{ measurement: 'wardwatch_alert', tags, fields, timeUs: 5 }]);
    if (!lines.endsWith('\n') || lines.slice(0, -1).includes('\n')) return false;
    const back = read(lines.slice(0, -1));
    const same = harmless(words, '\\');
    return (
      (back.tags.device ?? '') === harmless(tag, '/') &&
      back.tags.site === 'a site' &&
      back.fields.title === same &&
      back.fields.happened === same &&
      back.fields.count === count &&
      (Number.isFinite(fraction) ? back.fields.confidence === fraction : !('confidence' in back.fields)) &&
      back.timeUs === 5
    );
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: 500 }));
  t.end();
});
