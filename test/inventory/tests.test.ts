import fc from 'fast-check';
import t from 'tap';
import { makerKeys } from '../../src/inventory/makers.ts';
import { unitSays, wildcardHolds } from '../../src/inventory/units.ts';
import { versionSays } from '../../src/inventory/versions.ts';

t.test('a version is inside, outside, or cannot be told', (t) => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['', '1.0', 'any'],
    ['vers:all/*', '1.0', 'any'],
    ['All versions', '', 'any'],
    ['<4.1', 'V4.0.9', 'inside'],
    ['<4.1', '4.1', 'outside'],
    ['<=4.1', '4.1.0', 'inside'],
    ['≤4.1', '4.1', 'inside'],
    ['All versions < V5.0', 'Release 4.9', 'inside'],
    ['prior to VA50A', 'syngo CT VA48A', 'inside'],
    ['prior to VA48A', 'syngo CT VA48A', 'outside'],
    ['version 3.2 and earlier', '3.1', 'inside'],
    ['3.2 and prior versions', '3.3', 'outside'],
    ['2.0 and later', '2.1', 'inside'],
    ['1.0 through 1.4', '1.4', 'inside'],
    ['1.0 to 1.4', '1.5', 'outside'],
    ['>=1.0,<2.0', '1.9.9', 'inside'],
    ['>=1.0 and <2.0', '2.0', 'outside'],
    ['vers:semver/>=1.0.0|<1.2.0|>=2.0.0|<2.1.0', '2.0.5', 'inside'],
    ['vers:semver/>=1.0.0|<1.2.0|>=2.0.0|<2.1.0', '1.5.0', 'outside'],
    ['vers:generic/1.0|1.1', '1.1', 'inside'],
    ['vers:generic/>=2.0', '1.1', 'outside'],
    ['4.1.1', '4.1.1', 'inside'],
    ['3.0', 'V3.0 Build 112', 'inside'],
    ['<3.1', 'V3.0 Build 112', 'inside'],
    ['<VA50A', '3.0', 'unknown'],
    ['<4.1', '', 'unknown'],
    ['see the list below', '1.0', 'unknown'],
    ['vers:nothing', '1.0', 'unknown'],
    ['<1.0', '1.0beta', 'unknown'],
  ];
  for (const [range, software, expected] of cases)
    t.equal(versionSays(range, software), expected, `${range} | ${software}`);
  t.end();
});

t.test('a unit is inside, outside only when every word was understood, or cannot be told', (t) => {
  const serials = 'Serial Numbers: 70001-70999, 71234 and 72000 through 72010';
  const cases: readonly (readonly [string, string, string, string])[] = [
    [serials, '70045', '', 'inside'],
    [serials, '71234', '', 'inside'],
    [serials, '72010', '', 'inside'],
    [serials, '72011', '', 'outside'],
    [serials, '7045', '', 'outside'],
    [serials, '', '', 'unknown'],
    ['S/N PU0100 to PU0199', 'PU-0150', '', 'inside'],
    ['S/N PU0100 to PU0199', 'PV0150', '', 'outside'],
    ['Serial no. 12-3456', '123456', '', 'inside'],
    ['Serial no. 12-3456', '13', '', 'unknown'],
    ['Serial numbers 1000 - 99999', '4711', '', 'inside'],
    ['Serial Numbers: 70001-70999 sold in Ohio', '80000', '', 'unknown'],
    ['Serial Numbers: 70001-70999 sold in Ohio', '70500', '', 'inside'],
    ['70001, 70002', '70002', '', 'inside'],
    ['70001, 70002', '70003', '', 'unknown'],
    ['Lot numbers K4411, K4412; UDI (01)00884838004214', '', 'K4412', 'inside'],
    ['Lot numbers K4411, K4412', '', 'K9', 'unknown'],
    ['Lot numbers K4411, K4412', '', 'K4499', 'outside'],
    ['Lot numbers K4411, K4412', '70001', '', 'unknown'],
    ['Lot 4411; Serial numbers 70001-70010', '80000', '', 'unknown'],
    ['All serial numbers', '80000', '', 'any'],
    ['Model 8098027, Serial numbers 70001-70010', '8098027', '', 'outside'],
    ['', '1', '', 'unknown'],
  ];
  for (const [text, serial, lot, expected] of cases)
    t.equal(unitSays(text, { serial, lot }).says, expected, `${text} | ${serial}${lot}`);
  t.match(unitSays(serials, { serial: '70045', lot: '' }), { named: '70001 to 70999', by: 'serial' });
  t.end();
});

t.test('every number of a range is inside it, and none beside it', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 10_000, max: 90_000 }), fc.nat(5_000), fc.nat(9_999), (from, length, probe) => {
      const to = from + length;
      const unit = 90_000 + probe - 80_000 * (probe % 2);
      const expected = unit >= from && unit <= to;
      return (
        (unitSays(`Serial numbers: SN${from}-SN${to}`, { serial: `SN${unit}`, lot: '' }).says === 'inside') === expected
      );
    }),
  );
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), fc.string({ maxLength: 12 }), (text, serial) => {
      return ['inside', 'outside', 'unknown', 'any'].includes(unitSays(text, { serial, lot: serial }).says);
    }),
  );
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), fc.string({ maxLength: 20 }), (range, software) => {
      return ['inside', 'outside', 'unknown', 'any'].includes(versionSays(range, software));
    }),
  );
  t.end();
});

t.test('stars and question marks in serial numbers, without trying everything', (t) => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['AB*', 'ab123', true],
    ['*-7?', 'x-71', true],
    ['*-7?', 'x-712', false],
    ['A?C', 'ABC', true],
    ['AB', 'ABC', false],
    ['*', '', false],
    ['**A**', 'xAy', true],
  ];
  for (const [pattern, serial, expected] of cases) t.equal(wildcardHolds(pattern, serial), expected, pattern);
  const before = performance.now();
  wildcardHolds(`${'*a'.repeat(200)}b`, 'a'.repeat(20_000));
  t.ok(performance.now() - before < 2_000);
  t.end();
});

t.test('makers are known under many names', (t) => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['Philips Medical Systems Nederland B.V.', 'Philips Patient Monitoring', true],
    ['GE Medical Systems, LLC', 'General Electric Company', true],
    ['CareFusion 303, Inc.', 'ALARIS MEDICAL SYSTEMS, INC.', true],
    ['Siemens Medical Solutions USA, Inc', 'SIEMENS', true],
    ['B.Braun Melsungen AG', 'B. Braun Medical, Inc.', true],
    ['Drägerwerk AG & Co. KGaA', 'Draeger Medical GmbH', true],
    ['Medical Systems Inc.', 'Healthcare Technologies LLC', false],
    ['Philips', 'Siemens', false],
  ];
  for (const [one, other, expected] of cases)
    t.equal(
      makerKeys(one).some((key) => makerKeys(other).includes(key)),
      expected,
      `${one} | ${other}`,
    );
  t.end();
});
