import t from 'tap';
import { isoTime } from '../../src/bytes/time.ts';

t.test('microseconds become ISO 8601 UTC, all six digits', (t) => {
  t.equal(isoTime(0), '1970-01-01T00:00:00.000000Z');
  t.equal(isoTime(1_772_445_600_123_456), '2026-03-02T10:00:00.123456Z');
  t.equal(isoTime(-1), '1969-12-31T23:59:59.999999Z');
  t.end();
});

t.test('a time that no calendar has is shown as the nearest one that ISO 8601 can write', (t) => {
  t.equal(isoTime(1e30), '9999-12-31T23:59:59.999000Z');
  t.match(isoTime(-1e30), /^0001-01-01T/);
  t.equal(isoTime(Number.NaN), '1970-01-01T00:00:00.000000Z');
  t.end();
});
