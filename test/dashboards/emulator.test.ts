/** The emulator of Grafana's InfluxDB data source does what Grafana's documents and its own tests say. */
import t from 'tap';
import { choicesOf, durationText, framesOf, intervalMs, macros, marksOf } from './emulator/influxql.ts';
import { framesOfPanel } from './emulator/panel.ts';
import { calculated, transformed } from './emulator/transformations.ts';
import { ALL, type Chosen, influxDefault, replaced, single } from './emulator/variables.ts';

const several = (value: string | string[], allValue = ''): Chosen => ({
  value,
  options: ['a.b', 'c'],
  allValue,
  multi: true,
});

t.test('variables in a text', (t) => {
  const variables = new Map([
    ['one', single('web.01/x')],
    ['many', several(['a.b', 'c'])],
    ['every', several(ALL)],
    ['any', several([ALL], '.*')],
  ]);
  const cases: readonly (readonly [text: string, becomes: string])[] = [
    ['$one', 'web.01/x'],
    ['[[one]]', 'web.01/x'],
    [`\${one}`, 'web.01/x'],
    [`$unknown \${unknown:regex} $5`, `$unknown \${unknown:regex} $5`],
    [`/^\${one:regex}$/`, '/^web\\.01\\/x$/'],
    [`/^\${many:regex}$/`, '/^(a\\.b|c)$/'],
    ['/^[[many:regex]]$/', '/^(a\\.b|c)$/'],
    [`/^\${every:regex}$/`, '/^(a\\.b|c)$/'],
    [`/^\${any:regex}$/`, '/^.*$/'],
    ['$many', '{a.b,c}'],
    [`\${many:pipe} \${many:csv} \${many:raw}`, 'a.b|c a.b,c a.b,c'],
    [`\${many:json} \${many:singlequote} \${many:doublequote}`, `["a.b","c"] 'a.b','c' "a.b","c"`],
    [`\${many:queryparam}`, 'var-many=a.b&var-many=c'],
    [`\${any:queryparam} \${any:text} \${many:text}`, 'var-any=All All a.b + c'],
    [`\${one:percentencode} \${many:percentencode}`, 'web.01%2Fx %7Ba.b%2Cc%7D'],
  ];
  for (const [text, becomes] of cases) t.equal(replaced(text, variables), becomes, text);
  t.end();
});

t.test('without a format the data source decides by the variable and by the place', (t) => {
  const ask = (query: string, chosen: Chosen): string =>
    replaced(query, new Map([['v', chosen]]), influxDefault(query));
  t.equal(ask('"h" =~ /^$v$/', single('a.b')), '"h" =~ /^a\\.b$/');
  t.equal(ask(`"h" = '$v'`, single('a.b')), `"h" = 'a.b'`);
  t.equal(ask('"h" =~ /^$v$/', several(['a.b', 'c'])), '"h" =~ /^(a\\.b|c)$/');
  t.equal(ask('"h" =~ /^$v$/', single('1.5.6')), '"h" =~ /^1.5.6$/', 'what begins with a digit is not escaped');
  t.end();
});

t.test('macros', (t) => {
  const range = { fromMs: 1_000, toMs: 61_000 };
  t.equal(
    macros('SELECT x WHERE $timeFilter GROUP BY time($__interval), $__interval_ms', range, 120_000),
    'SELECT x WHERE time >= 1000ms and time <= 61000ms GROUP BY time(2m), 120000',
  );
  const hours = (count: number) => ({ fromMs: 0, toMs: count * 3_600_000 });
  t.equal(durationText(intervalMs(hours(24), 1_440, 0)), '1m');
  t.equal(durationText(intervalMs(hours(24), 700, 60_000)), '2m');
  t.equal(durationText(intervalMs(hours(1), 1_000, 60_000)), '1m', 'the data source has a lowest one');
  t.equal(durationText(intervalMs(hours(1), 1_000, 0)), '5s');
  t.equal(durationText(intervalMs(hours(24 * 30), 1_000, 0)), '30m');
  t.equal(durationText(90_000), '90s');
  t.end();
});

t.test('a panel says how many points it takes at most and how far apart they lie; else its width does', async (t) => {
  const day = { fromMs: 0, toMs: 86_400_000 };
  const asked = async (more: object): Promise<string> => {
    let query = '';
    const target = { refId: 'A', alias: '', resultFormat: 'time_series' as const, query: 'time($__interval)' };
    const panel = { id: 1, type: 'timeseries', title: '', gridPos: { x: 0, y: 0, w: 12, h: 8 }, options: {} };
    await framesOfPanel({ ...panel, ...more, targets: [target] }, new Map(), day, async (text) => {
      query = text;
      return {};
    });
    return query;
  };
  t.equal(await asked({}), 'time(2m)');
  t.equal(await asked({ maxDataPoints: 150 }), 'time(10m)');
  t.equal(await asked({ maxDataPoints: 50, interval: '10m' }), 'time(30m)');
  t.equal(await asked({ interval: '10m' }), 'time(10m)');
});

const answer = {
  results: [
    {
      series: [
        {
          name: 'm',
          tags: { device: 'a', kind: 'ct' },
          columns: ['time', 'sum', 'word'],
          values: [
            [1, 5, 'x'],
            [2, null, 'y'],
          ],
        },
        { name: 'm', tags: { device: 'b', kind: 'mr' }, columns: ['time', 'sum', 'word'], values: [[1, 7, 'z']] },
      ],
    },
  ],
};

t.test('an answer as time series: a frame for each series and column', (t) => {
  const frames = framesOf(answer, { refId: 'A', alias: '$tag_device $col', format: 'time_series' });
  t.same(
    frames.map(({ name, length }) => [name, length]),
    [
      ['a sum', 2],
      ['a word', 2],
      ['b sum', 1],
      ['b word', 1],
    ],
  );
  t.match(frames[0]?.fields[1], { type: 'number', labels: { device: 'a' } });
  t.match(frames[1]?.fields[1], { type: 'string' });
  const [plain] = framesOf(answer, { refId: 'A', alias: '', format: 'time_series' });
  t.equal(plain?.name, 'm.sum { device: a, kind: ct }');
  t.end();
});

t.test('an answer as a table: time, tags, columns in one frame', (t) => {
  const frames = framesOf(answer, { refId: 'A', alias: '', format: 'table' });
  t.equal(frames.length, 1);
  const names = frames[0]?.fields.map(({ name }) => name) ?? [];
  t.equal(names[0], 'Time');
  t.same(names.toSorted(), ['Time', 'device', 'kind', 'sum', 'word']);
  t.same(frames[0]?.fields.find(({ name }) => name === 'sum')?.values, [5, null, 7]);
  t.end();
});

t.test('an error and an empty answer', (t) => {
  const asked = { refId: 'A', alias: '', format: 'table' } as const;
  t.throws(() => framesOf({ error: 'no database' }, asked), { message: 'no database' });
  t.throws(() => framesOf({ results: [{ error: 'parse' }] }, asked), { message: 'parse' });
  t.same(framesOf({ results: [{}] }, asked), []);
  t.end();
});

t.test('values of a variable', (t) => {
  const values = [
    ['device', 'a'],
    ['device', 'b'],
    ['device', 'a'],
  ];
  t.same(choicesOf({ results: [{ series: [{ name: 'm', columns: ['key', 'value'], values }] }] }), ['a', 'b']);
  t.end();
});

t.test('marks: text and tags by their columns; a column that nobody claims becomes a title', (t) => {
  const series = (columns: string[], row: (string | number)[]) => ({
    results: [{ series: [{ name: 'm', columns, values: [row] }] }],
  });
  const named = { textColumn: 'title', tagsColumn: 'severity,name' };
  t.same(marksOf(series(['time', 'title', 'severity', 'name'], [9, 'text', 'high', 'CT1,CT2']), named), [
    { timeMs: 9, text: 'text', tags: ['high', 'CT1', 'CT2'], title: null },
  ]);
  t.match(marksOf(series(['time', 'title', 'end_ms'], [9, 'text', 12]), named), [{ title: '12' }]);
  t.end();
});

t.test('transformations', (t) => {
  const frames = framesOf(answer, { refId: 'A', alias: '', format: 'table' });
  const [table] = transformed(frames, [
    { id: 'sortBy', options: { sort: [{ field: 'sum', desc: true }] } },
    { id: 'limit', options: { limitField: 2 } },
    {
      id: 'organize',
      options: {
        indexByName: { device: 0, sum: 1, kind: 2, word: 3 },
        renameByName: { device: 'Device' },
        excludeByName: { Time: true },
      },
    },
  ]);
  t.same(
    table?.fields.map(({ name, values }) => [name, values]),
    [
      ['Device', ['b', 'a']],
      ['sum', [7, 5]],
      ['kind', ['mr', 'ct']],
      ['word', ['z', 'x']],
    ],
  );
  t.throws(() => transformed(frames, [{ id: 'sortBy', options: { sort: [{ field: 'nothing', desc: true }] } }]));
  t.same(transformed([], [{ id: 'sortBy', options: { sort: [{ field: 'nothing', desc: true }] } }]), []);
  const [reduced] = transformed(frames, [{ id: 'reduce', options: { reducers: ['lastNotNull'] } }]);
  t.ok(reduced?.fields[0]?.values.includes('word'));
  t.equal(calculated([1, null, 3], 'mean'), 2);
  t.end();
});
