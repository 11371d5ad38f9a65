import fc from 'fast-check';
import t from 'tap';
import { DataSetReader, FOR_IMAGE, FOR_QUERY } from '../../../protocols/dicom/data-set.ts';
import { TextMemory } from '../../../src/bytes/text.ts';
import { limits } from '../../../src/limits.ts';
import {
  BIG_ENDIAN,
  CT_IMAGE,
  ctImage,
  DEFLATED,
  dataSet,
  type Element,
  EXPLICIT,
  IMPLICIT,
  type QueryKeys,
  studyQuery,
} from '../../support/dicom.ts';
import { bytesOf } from '../../support/protocol.ts';

const key = bytesOf('a key');

function read(bytes: Uint8Array, purpose = FOR_IMAGE, pieceBytes = bytes.length, deflated = false): DataSetReader {
  const reader = new DataSetReader(limits, key, new TextMemory(64));
  reader.begin(purpose, deflated);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; at += pieceBytes) reader.feed(view, at, Math.min(bytes.length, at + pieceBytes));
  reader.finish();
  return reader;
}

const found = (reader: DataSetReader): unknown[] => [...reader.values, reader.studyHash > 0, reader.oddity];
const ct = ['CT', 'SIEMENS', 'CTAWP1', 'SOMATOM', 'SN66012', '', 'VA48A', true, ''];

for (const syntax of [IMPLICIT, EXPLICIT, BIG_ENDIAN, DEFLATED]) {
  t.test(`device attributes of an image in ${syntax}, in pieces of any size`, (t) => {
    const bytes = dataSet(ctImage(), syntax);
    for (const piece of [1, 2, 3, 5, 8, 13, 100, bytes.length]) {
      t.same(found(read(bytes, FOR_IMAGE, piece, syntax === DEFLATED)), ct, `${piece} bytes`);
    }
    t.end();
  });
}

t.test('the study is hashed under the key, without its padding', (t) => {
  const hash = (study: string, syntax = EXPLICIT): number => read(dataSet(ctImage(undefined, study), syntax)).studyHash;
  t.equal(hash('1.2.3'), hash('1.2.3', IMPLICIT));
  t.equal(hash('1.2.3'), hash('1.2.3\0'));
  t.not(hash('1.2.3'), hash('1.2.4'));
  t.equal(hash(''), 0);
  t.end();
});

t.test('each of several data sets that one reader sees has its own study', (t) => {
  const reader = new DataSetReader(limits, key, new TextMemory(64));
  const long = `1.2.${'3'.repeat(100)}`;
  const hashes = ['1.2.3', '1.2.3', '1.2.4', '', '1.2.3', long, long].map((study) => {
    const bytes = dataSet(ctImage(undefined, study));
    reader.begin(FOR_IMAGE, false);
    reader.feed(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0, bytes.length);
    t.equal(reader.studyHash, read(bytes).studyHash, study);
    return reader.studyHash;
  });
  t.equal(new Set(hashes).size, 4);
  t.end();
});

t.test('nothing is read behind the study', (t) => {
  const reader = new DataSetReader(limits, key, new TextMemory(64));
  reader.begin(FOR_IMAGE, false);
  const bytes = dataSet(ctImage());
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  reader.feed(view, 0, bytes.length - 600);
  t.ok(reader.done);
  t.end();
});

t.test('a deflated image of many pixels is read from its beginning', (t) => {
  const bytes = dataSet(ctImage(new Uint8Array(40_000_000)), DEFLATED);
  t.ok(bytes.length > limits.dicomDeflatedBytesMax);
  t.same(found(read(bytes, FOR_IMAGE, 1_460, true)), ct);
  t.end();
});

t.test('a deflated image that is none is named', (t) => {
  t.equal(read(new Uint8Array(100).fill(0xff), FOR_IMAGE, 100, true).oddity, 'dicom_bad_deflate');
  t.end();
});

const nested = (depth: number): Element[] =>
  depth === 0
    ? [{ tag: 0x0008_0070, vr: 'LO', value: 'INNER' }]
    : [{ tag: 0x0008_1140, vr: 'SQ', value: [nested(depth - 1)], undefinedLength: true }];

t.test('attributes inside sequences are of somebody else', (t) => {
  for (const syntax of [IMPLICIT, EXPLICIT, BIG_ENDIAN]) {
    const bytes = dataSet([...nested(3), { tag: 0x0018_1000, vr: 'LO', value: 'OUTER' }], syntax);
    t.same(read(bytes).values, ['', '', '', '', 'OUTER', '', ''], syntax);
  }
  t.end();
});

t.test('nesting beyond the limit ends the reading', (t) => {
  t.equal(read(dataSet(nested(limits.dicomNestingMax))).oddity, '');
  t.equal(read(dataSet(nested(limits.dicomNestingMax + 1))).oddity, 'dicom_deep_nesting');
  t.end();
});

t.test('an unknown sequence of undefined length is implicit inside (PS3.5, 6.2.2)', (t) => {
  const inner = dataSet([{ tag: 0x0009_0010, vr: 'LO', value: 'SECRET' }], IMPLICIT);
  const unknown = bytesOf(
    [0x09, 0, 0x10, 0x10, 0x55, 0x4e, 0, 0, 0xff, 0xff, 0xff, 0xff],
    [0xfe, 0xff, 0x00, 0xe0, inner.length, 0, 0, 0],
    inner,
    [0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0],
  );
  const bytes = bytesOf(
    dataSet([{ tag: 0x0008_0060, vr: 'CS', value: 'CT' }]),
    unknown,
    dataSet([{ tag: 0x0018_1000, vr: 'LO', value: 'SN' }]),
  );
  t.same(read(bytes).values, ['CT', '', '', '', 'SN', '', '']);
  t.end();
});

const broken: readonly [name: string, bytes: Uint8Array][] = [
  ['tags that go back', dataSet([ctImage()[6] as Element, ctImage()[5] as Element])],
  ['a VR that is none', bytesOf(dataSet([ctImage()[5] as Element]), [8, 0, 0x70, 0, 0x51, 0x51, 2, 0, 0x20, 0x20])],
  ['an item outside a sequence', bytesOf(dataSet([ctImage()[5] as Element]), [0xfe, 0xff, 0, 0xe0, 0, 0, 0, 0])],
  ['a command group in front', dataSet([{ tag: 0x0000_0002, vr: 'UI', value: CT_IMAGE }], IMPLICIT)],
  ['text', bytesOf('PATIENT^NAME has no place here')],
];
for (const [name, bytes] of broken) {
  t.test(`${name}: the data set is left alone`, (t) => {
    t.equal(read(bytes).oddity, 'dicom_bad_data_set');
    t.end();
  });
}

t.test('a value that is too long, or a modality that is none, is not taken', (t) => {
  const bytes = dataSet([
    { tag: 0x0008_0060, vr: 'CS', value: 'Smith, Ann' },
    { tag: 0x0008_0070, vr: 'LO', value: 'X'.repeat(limits.dicomValueBytesMax + 2) },
    { tag: 0x0018_1000, vr: 'LO', value: 'SN\n1' },
  ]);
  t.same(read(bytes).values, ['', '', '', '', 'SN?1', '', '']);
  t.end();
});

t.test('no further than the limit', (t) => {
  const long = { tag: 0x0009_1010, vr: 'OB', value: new Uint8Array(limits.dicomDataSetBytesMax) };
  t.same(read(dataSet([long, { tag: 0x0018_1000, vr: 'LO', value: 'SN' }])).values[4], '');
  t.end();
});

const queries: readonly [name: string, keys: QueryKeys, broad: boolean][] = [
  ['no keys', {}, true],
  ['every patient', { name: '*', id: '*' }, true],
  ['question marks', { name: '??*' }, true],
  ['a patient', { id: '1234' }, false],
  ['the beginning of a name', { name: 'S*' }, false],
  ['a date', { date: '20200101' }, false],
  ['a study', { study: '1.2.3' }, false],
  ['an accession number', { accession: 'A1' }, false],
];
for (const [name, keys, broad] of queries) {
  for (const syntax of [IMPLICIT, EXPLICIT]) {
    t.test(`a query for ${name} is ${broad ? 'broad' : 'narrow'} in ${syntax}`, (t) => {
      const bytes = dataSet(studyQuery(keys), syntax);
      for (const piece of [1, bytes.length]) t.equal(read(bytes, FOR_QUERY, piece).narrow, !broad);
      t.end();
    });
  }
}

t.test('the level of a query is one of four words', (t) => {
  for (const level of ['PATIENT', 'STUDY', 'SERIES', 'IMAGE']) {
    t.equal(read(dataSet(studyQuery({ level })), FOR_QUERY).level, level);
  }
  t.equal(read(dataSet(studyQuery({ level: 'CANARY' })), FOR_QUERY).level, '');
  t.end();
});

t.test('a worklist query has its date inside the scheduled step', (t) => {
  const worklist = (tag: number, value: string, undefinedLength: boolean): Element[] => [
    { tag: 0x0010_0010, vr: 'PN', value: '' },
    { tag: 0x0040_0100, vr: 'SQ', value: [[{ tag, vr: 'DA', value }]], undefinedLength },
  ];
  for (const syntax of [IMPLICIT, EXPLICIT, BIG_ENDIAN]) {
    for (const undefinedLength of [true, false]) {
      const narrow = (tag: number, value: string): boolean =>
        read(dataSet(worklist(tag, value, undefinedLength), syntax), FOR_QUERY).narrow;
      t.equal(narrow(0x0040_0002, '20200101'), true);
      t.equal(narrow(0x0040_0002, ''), false);
      t.equal(narrow(0x0040_0003, '1200'), false);
    }
  }
  t.end();
});

t.test('any bytes, whole or in pieces: the same, without harm', (t) => {
  const start = dataSet(ctImage().slice(0, 7));
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.boolean(),
      fc.nat(1),
      fc.integer({ min: 1, max: 50 }),
      (noise, honest, purpose, piece) => {
        const bytes = honest ? bytesOf(start, noise) : noise;
        const whole = read(bytes, purpose);
        const cut = read(bytes, purpose, piece);
        return found(whole).join() === found(cut).join() && whole.narrow === cut.narrow && whole.level === cut.level;
      },
    ),
    { numRuns: 500 },
  );
  t.end();
});

t.test('when an image was made is read where it lies, in its zone or without one', (t) => {
  const captureUs = Date.UTC(2026, 10, 23, 10, 15) * 1000;
  const skews = (date: string, time: string, zone?: string): unknown[] => {
    const made: Element[] = [
      { tag: 0x0008_0012, vr: 'DA', value: date },
      { tag: 0x0008_0013, vr: 'TM', value: time },
      ...(zone === undefined ? [] : [{ tag: 0x0008_0201, vr: 'SH', value: zone }]),
      { tag: 0x0020_000d, vr: 'UI', value: '1.2.3' },
    ];
    return [1, 7, 1_000].flatMap((pieceBytes) => {
      const { created } = read(dataSet(made), FOR_IMAGE, pieceBytes);
      return [created.skewUs(captureUs), created.localSkewUs(captureUs)];
    });
  };
  const thrice = (a: number, b: number): number[] => [a, b, a, b, a, b];
  t.same(skews('20261123', '101500.25'), thrice(Number.NaN, 250_000));
  t.same(skews('20261123', '111502', '+0100'), thrice(2e6, Number.NaN));
  t.same(skews('20261123', '094500', '-0030'), thrice(0, Number.NaN));
  for (const [date, time] of [
    ['20261323', '101500'],
    ['2026112', '101500'],
    ['20261123', '1015'],
    ['20261123', '10150X'],
    ['', ''],
  ] as const) {
    t.same(skews(date, time), thrice(Number.NaN, Number.NaN), `${date} ${time}`);
  }
  t.end();
});
