import fc from 'fast-check';
import t from 'tap';
import { TIME_US_MAX } from '../../src/capture/parser.ts';
import { Resolution } from '../../src/capture/resolution.ts';

const NOW_SECONDS = 1_795_442_842n;

/** The same with big integers, which are never wrong. */
function expected(units: bigint, code: number, offsetSeconds: number): number {
  const perSecond = code & 0x80 ? 2n ** BigInt(code & 0x7f) : 10n ** BigInt(code);
  const timeUs = (units * 1_000_000n) / perSecond + BigInt(offsetSeconds) * 1_000_000n;
  if (timeUs < 0n) return 0;
  return timeUs > BigInt(TIME_US_MAX) ? TIME_US_MAX : Number(timeUs);
}

const read = (units: bigint, code: number, offsetSeconds = 0): number =>
  new Resolution(code, offsetSeconds).microseconds(Number(units >> 32n), Number(units & 0xffffffffn));

t.test('reads a nanosecond time of our days exactly, rounded down', (t) => {
  t.equal(read(NOW_SECONDS * 1_000_000_000n + 123_456_999n, 9), 1_795_442_842_123_456);
  t.end();
});

t.test('reads seconds and milliseconds', (t) => {
  t.equal(read(NOW_SECONDS, 0), 1_795_442_842_000_000);
  t.equal(read(NOW_SECONDS * 1000n + 7n, 3), 1_795_442_842_007_000);
  t.end();
});

t.test('reads binary fractions of a second', (t) => {
  t.equal(read((NOW_SECONDS << 20n) + (1n << 19n), 0x80 | 20), 1_795_442_842_500_000);
  t.equal(read((NOW_SECONDS << 32n) + (1n << 31n), 0x80 | 32), 1_795_442_842_500_000);
  t.end();
});

t.test('moves times by the offset of the interface, never before 1970', (t) => {
  t.equal(read(5_000_000n, 6, 10), 15_000_000);
  t.equal(read(5_000_000n, 6, -10), 0);
  t.end();
});

t.test('stops at the last time that is exact', (t) => {
  t.equal(read(2n ** 64n - 1n, 0), TIME_US_MAX);
  t.end();
});

t.test('agrees with big integers for every timestamp and every resolution', (t) => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      fc.integer({ min: 0, max: 255 }),
      fc.integer({ min: -(2 ** 31), max: 2 ** 31 }),
      (units, code, offsetSeconds) => {
        const want = expected(units, code, offsetSeconds);
        const got = read(units, code, offsetSeconds);
        // Beyond the exact range before the offset is added, only the clamp is promised.
        if (expected(units, code, 0) === TIME_US_MAX) return got <= TIME_US_MAX && got >= 0;
        return got === want;
      },
    ),
    { numRuns: 2_000 },
  );
  t.end();
});
