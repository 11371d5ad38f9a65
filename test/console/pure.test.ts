/** What the console reckons by itself, without a browser. */
import t from 'tap';
import { csvOf } from '../../src/console/app/csv.ts';
import { hashOf, readRoute } from '../../src/console/app/hash.ts';
import { decodedHead, headingsOf } from '../../src/console/app/list-head.ts';
import { bundlesOf, groupsOf, type MarkedLink } from '../../src/console/app/pictures/groups.ts';
import { heatOf, rowsOf } from '../../src/console/app/pictures/heat.ts';
import { arrange, fitted } from '../../src/console/app/pictures/layout.ts';
import type { Finding, Link, Node } from '../../src/console/app/shapes.ts';
import { isSuspicious, newAfter, talksOf } from '../../src/console/app/talks.ts';
import { byCareImpact, stateSentence } from '../../src/console/app/weigh.ts';
import { bytes, called, cardNames, some, span } from '../../src/console/app/words.ts';
import { detectors } from '../../src/detectors/index.ts';

t.test('every detection card has a name for people', (t) => {
  t.same(Object.keys(cardNames).sort(), detectors.map(({ id }) => id).sort());
  t.end();
});

t.test('an address is read as it was written, whatever stands in it', (t) => {
  const parts = ['devices', '00:11/22?#%'];
  const query = { q: 'CT & MR=1', run: 'demo' };
  t.same(readRoute(hashOf(parts, query)), { parts, query });
  t.equal(hashOf(['devices'], { q: '' }), '#/devices');
  t.same(readRoute('#/devices/%E0%A4%A'), { parts: ['devices', '%E0%A4%A'], query: {} });
  t.end();
});

t.test('figures are said as people say them', (t) => {
  t.equal(bytes(999), '999 B');
  t.equal(bytes(1_500), '1.5 kB');
  t.equal(bytes(123_456_789), '123 MB');
  t.equal(span(400), 'less than a second');
  t.equal(span(90_000), '90 s');
  t.equal(span(3 * 86_400_000), '3 days');
  t.equal(some(1, 'incident'), '1 incident');
  t.equal(some(1_234, 'incident'), '1,234 incidents');
  t.equal(called('10.20.4.11', 'infusion-pump'), 'infusion pump 10.20.4.11');
  t.equal(called('CT1', 'ct'), 'CT1');
  t.end();
});

t.test('a table runs nothing in the spreadsheet that opens it', (t) => {
  t.equal(csvOf([['a', 'b"c', 'd,e']]), 'a,"b""c","d,e"\r\n');
  t.equal(csvOf([['=1+1', '@x', '-2', '+3']]), "'=1+1,'@x,'-2,'+3\r\n");
  t.end();
});

t.test('what is gravest for patients stands first', (t) => {
  const row = (id: string, severity: 'critical' | 'high', tier: number, risk: number) => ({
    id,
    severity,
    tier,
    risk,
    start: '',
  });
  const rows = [
    row('a', 'high', 1, 90),
    row('b', 'critical', 3, 95),
    row('c', 'critical', 1, 70),
    row('d', 'critical', 3, 99),
  ];
  t.same(
    byCareImpact(rows).map(({ id }) => id),
    ['c', 'd', 'b', 'a'],
  );
  t.end();
});

t.test('one sentence says how things stand', (t) => {
  const quiet = {
    devices: 20,
    medical: 14,
    open: { critical: 0, high: 0, medium: 0, low: 0 },
    held: 0,
    coveragePercent: 100,
  };
  t.match(stateSentence(quiet), { words: /^All quiet: 14 medical devices/, severity: 'good' });
  t.match(stateSentence({ ...quiet, coveragePercent: 60 }), {
    words: /only 60 %.*silence proves little/,
    severity: 'medium',
  });
  t.match(stateSentence({ ...quiet, held: 1 }).words, /1 connection waits/);
  const open = { critical: 1, high: 2, medium: 0, low: 0 };
  t.match(stateSentence({ ...quiet, open }), {
    words: /^1 critical and 2 high incidents need somebody now/,
    severity: 'critical',
  });
  t.match(stateSentence({ ...quiet, open: { ...quiet.open, low: 2 } }).words, /nothing is urgent/);
  t.match(stateSentence({ ...quiet, devices: 0 }).words, /Nothing was seen yet/);
  t.end();
});

t.test('headings of an equipment list are read as spreadsheets write them', (t) => {
  t.same(headingsOf('\ufeffNo;"Ser. no.; new";MAC\r\n1;2;3\r\n'), ['No', 'Ser. no.; new', 'MAC']);
  t.same(headingsOf('a,"b ""c""\nd",e\nx,y,z'), ['a', 'b "c"\nd', 'e'], 'a line ends where no quote is open');
  t.same(headingsOf('one\ttwo, three\tfour\n'), ['one', 'two, three', 'four']);
  t.same(headingsOf(''), []);
  const bytes = (...values: number[]): Uint8Array<ArrayBuffer> => new Uint8Array(values);
  t.equal(decodedHead(bytes(0xc3, 0xa4, 0xc3)), 'ä', 'a letter that was cut');
  t.equal(decodedHead(bytes(0x47, 0x65, 0x72, 0xe4, 0x74)), 'Gerät', 'an old spreadsheet');
  t.equal(decodedHead(bytes(0xff, 0xfe, 0x41, 0x00)).replace('\ufeff', ''), 'A');
  t.end();
});

const node = (id: string, kind: string, more: Partial<Node> = {}): Node => ({
  id,
  name: id,
  address: '',
  class: kind,
  tier: 2,
  medical: true,
  external: false,
  ...more,
});
const link = (client: string, server: string, more: Partial<MarkedLink> = {}): MarkedLink => ({
  client,
  server,
  service: 'hl7',
  port: 2575,
  transport: 6,
  first: '2026-03-02T10:00:00.000000Z',
  last: '2026-03-02T11:00:00.000000Z',
  flows: 1,
  bytesToServer: 10,
  bytesToClient: 5,
  kind: 'usual',
  ...more,
});
const finding = (device: string, peer: string, service: string) => ({ device, peer, service }) as Finding;

t.test('a link of an incident is marked, whichever end the finding is about', (t) => {
  const one: Link = link('m1', 'engine');
  t.ok(isSuspicious(one, [finding('engine', 'm1', 'hl7')]));
  t.ok(isSuspicious(one, [finding('m1', 'engine', 'hl7')]));
  t.notOk(isSuspicious(one, [finding('m1', 'engine', 'ssh')]));
  t.end();
});

t.test('new is the last day, or the last quarter of what was heard for less than two', (t) => {
  t.equal(newAfter('2026-03-01T00:00:00Z', '2026-03-10T00:00:00Z'), Date.parse('2026-03-09T00:00:00Z'));
  t.equal(newAfter('2026-03-01T00:00:00Z', '2026-03-01T04:00:00Z'), Date.parse('2026-03-01T03:00:00Z'));
  t.end();
});

t.test('partners stand once for each direction, the busiest first', (t) => {
  const links = [link('m1', 'e'), link('m1', 'e', { service: 'ssh', bytesToServer: 900 }), link('x', 'm1')];
  const byId = new Map([['e', node('e', 'interface-engine')]]);
  const talks = talksOf('m1', links, byId, [finding('m1', 'x', 'hl7')], Date.parse('2026-03-02T09:00:00Z'));
  t.same(
    talks.map(({ with: { id, external }, incoming, label, kind }) => ({ id, external, incoming, label, kind })),
    [
      { id: 'e', external: false, incoming: false, label: 'HL7, SSH', kind: 'new' },
      { id: 'x', external: true, incoming: true, label: 'HL7', kind: 'bad' },
    ],
  );
  t.end();
});

t.test('many devices of a kind share a box, and the gravest link of two boxes gives its mark', (t) => {
  const monitors = ['m1', 'm2', 'm3', 'm4'].map((id) => node(id, 'patient-monitor'));
  const groups = groupsOf([
    ...monitors,
    node('e', 'interface-engine'),
    node('o', '', { external: true, medical: false }),
  ]);
  t.equal(groups.get('m1')?.id, groups.get('m4')?.id);
  t.match(groups.get('m1'), { title: 'patient monitor', under: '4 devices', column: 0 });
  t.match(groups.get('e'), { id: 'e', column: 1 });
  t.match(groups.get('o'), { column: 2, external: true });
  const bundles = bundlesOf(
    [link('m1', 'e'), link('m2', 'e', { kind: 'bad' }), link('m3', 'e', { kind: 'new' }), link('m1', 'm2')],
    groups,
  );
  t.match(bundles, [{ from: groups.get('m1')?.id, to: 'e', kind: 'bad', bytes: 45 }]);
  t.end();
});

t.test('boxes never stand on each other, and the same input gives the same picture', (t) => {
  const places = Array.from({ length: 30 }, (_, i) => ({ id: `n${i}`, column: i % 3 }));
  const lines = places.map(({ id }, i) => ({ from: id, to: `n${(i * 7 + 1) % 30}` }));
  const columns = { at: [0, 300, 600], row: 50, top: 10 };
  const placed = arrange(places, lines, columns);
  for (const column of [0, 1, 2]) {
    const ys = places.filter((place) => place.column === column).map(({ id }) => placed.get(id)?.y ?? 0);
    ys.sort((a, b) => a - b);
    t.ok(
      ys.every((y, i) => i === 0 || y - (ys[i - 1] ?? 0) >= 50),
      `column ${column}`,
    );
  }
  t.same([...arrange(places, lines, columns)], [...placed]);
  t.equal(fitted('interface engine', 10), 'interface…');
  t.end();
});

t.test('a week of hours becomes days with their sums, dark by powers of ten', (t) => {
  const hours = Array.from({ length: 48 }, (_, i) => ({
    time: new Date(Date.UTC(2026, 2, 2, i)).toISOString(),
    value: i === 5 ? 1000 : 1,
  }));
  const rows = rowsOf(hours);
  t.equal(
    rows.reduce((sum, row) => sum + row.sum, 0),
    1047,
  );
  t.equal(heatOf(0, 1000), 0);
  t.equal(heatOf(1000, 1000), 4);
  t.equal(heatOf(1, 1000), 1);
  t.ok(heatOf(40, 1000) > heatOf(1, 1000));
  t.end();
});
