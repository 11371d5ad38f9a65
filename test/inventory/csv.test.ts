import fc from 'fast-check';
import t from 'tap';
import { csvLine, readCsv, textOf } from '../../src/inventory/csv.ts';

const limits = { rowsMax: 100, columnsMax: 8, cellCharactersMax: 40 };
const read = (text: string) => readCsv(text, limits);
const cells = (text: string) => read(text).rows.map((row) => row.cells);

t.test('lists of every kind of spreadsheet are read', (t) => {
  const cases: readonly (readonly [string, string, string[][]])[] = [
    ['commas', 'a,b\n1,2\n', [['1', '2']]],
    ['semicolons and a comma in a field', 'a;b\r\n"1,5";2\r\n', [['1,5', '2']]],
    ['tabs', 'a\tb\n1\t2', [['1', '2']]],
    ['a hint', 'sep=|\r\na|b,c\r\n1|2,3', [['1', '2,3']]],
    ['a mark of byte order', '\ufeffa,b\n1,2', [['1', '2']]],
    ['quotes', 'a,b\n"x ""y"", z","two\nlines"', [['x "y", z', 'two\nlines']]],
    ['an inch sign without quotes', 'a,b\n12" screen,2', [['12" screen', '2']]],
    ['fields left out at the end', 'a,b,c\n1\n', [['1']]],
    ['empty fields beyond the head', 'a,b\n1,2,,\n', [['1', '2', '', '']]],
    ['empty lines', 'a,b\n\n,\n1,2\n\n', [['1', '2']]],
    [
      'old line ends',
      'a,b\r1,2\r3,4',
      [
        ['1', '2'],
        ['3', '4'],
      ],
    ],
  ];
  for (const [name, text, expected] of cases) t.same(cells(text), expected, name);
  t.end();
});

t.test('what cannot be read is named with its line, and the rest is read', (t) => {
  t.match(read('a,b\n1,2,3\n4,5'), { problems: ['line 2: has 3 fields, the first line 2'], rows: [{ line: 3 }] });
  t.match(read('a,b\n"1"x,2\n3,4').problems, ['line 2: a quote is not closed properly']);
  t.match(read('a,b\n"two\nlines",2\n"never,4\n').problems, ['line 4: a quote is not closed properly']);
  t.match(read(`a,b\n${'x'.repeat(41)},2`).problems, ['line 2: a field is longer than 40 characters']);
  t.match(read(`a,b\n${'1,2\n'.repeat(101)}`).problems, ['line 102: more than 100 rows; the rest is left out']);
  t.match(read(`${'a,'.repeat(9)}\n`), { head: [], problems: ['line 1: more than 8 columns'] });
  t.match(read('').problems, ['the file is empty']);
  t.end();
});

t.test('the letters are right whatever wrote the file', (t) => {
  const latin = Uint8Array.from([0x47, 0x65, 0x72, 0xe4, 0x74]);
  t.equal(textOf(latin), 'Gerät');
  t.equal(textOf(new TextEncoder().encode('Gerät')), 'Gerät');
  t.equal(textOf(Uint8Array.from([0xff, 0xfe, 0x47, 0, 0xe4, 0])), 'Gä');
  t.end();
});

t.test('no cell that is written becomes a formula', (t) => {
  for (const text of ['=1+1', '+1', '@x', '-x', '\t=1', ' =1', '|x'])
    t.match(csvLine([text]), /^"?'/, JSON.stringify(text));
  t.equal(csvLine(['-12', 'a,b', 'say "x"', '']), `-12,"a,b","say ""x""",\r\n`);
  t.end();
});

t.test('what is written is read back, and no input is too much', (t) => {
  const wide = { rowsMax: 1000, columnsMax: 64, cellCharactersMax: 1000 };
  const cell = fc.string({ maxLength: 12 }).map((text) => text.replace(/[\0\r]/g, '').trim());
  const bare = (rows: readonly (readonly string[])[]) =>
    JSON.stringify(rows.map((row) => row.map((one) => one.replace(/^'(?=\s*[=+\-@|])/, ''))));
  fc.assert(
    fc.property(fc.array(fc.array(cell, { minLength: 3, maxLength: 3 }), { maxLength: 5 }), (rows) => {
      const back = readCsv(['a,b,c\r\n', ...rows.map(csvLine)].join(''), wide).rows.map((row) => row.cells);
      return bare(back) === bare(rows.filter((row) => row.some((one) => one !== '')));
    }),
    { numRuns: 200 },
  );
  const hostile = fc.string({ unit: fc.constantFrom('a', ',', ';', '"', '\n', '\r', '\t') });
  fc.assert(fc.property(hostile, (text) => read(text).rows.length <= text.length));
  t.end();
});
