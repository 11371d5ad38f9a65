/**
 * MSH-7, date and time of message: `YYYYMMDDHHMMSS[.S[S[S[S]]]]±ZZZZ` (HL7 v2 chapter 2, data type DTM).
 *
 * Compared with the capture clock only when the sender says its zone and gives seconds; a local time without a
 * zone would look like a clock that is hours off.
 */

const SECONDS_DIGITS = 14;
const ZONE_BYTES = 5;

/** Sender's time minus `captureUs`, or NaN when the field cannot say. */
export function clockSkewUs(bytes: Uint8Array, at: number, stop: number, captureUs: number): number {
  const zoneAt = stop - ZONE_BYTES;
  if (zoneAt < at + SECONDS_DIGITS) return Number.NaN;
  const sign = bytes[zoneAt]!;
  if (sign !== 0x2b && sign !== 0x2d) return Number.NaN;
  const year = digits(bytes, at, 4);
  const month = digits(bytes, at + 4, 2);
  const day = digits(bytes, at + 6, 2);
  const hour = digits(bytes, at + 8, 2);
  const minute = digits(bytes, at + 10, 2);
  const second = digits(bytes, at + 12, 2);
  const zoneMinutes = digits(bytes, zoneAt + 1, 2) * 60 + digits(bytes, zoneAt + 3, 2);
  const fractionUs = fraction(bytes, at + SECONDS_DIGITS, zoneAt);
  const isPlausible = year >= 1970 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
  if (!isPlausible || !(hour <= 23 && minute <= 59 && second <= 60 && zoneMinutes <= 14 * 60)) return Number.NaN;
  const utcMs = Date.UTC(year, month - 1, day, hour, minute, second);
  const zoneUs = (sign === 0x2d ? -zoneMinutes : zoneMinutes) * 60_000_000;
  return utcMs * 1000 + fractionUs - zoneUs - captureUs;
}

function digits(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) {
    const digit = bytes[i]! - 0x30;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

/** `.S` to `.SSSS` between seconds and zone; NaN when something else stands there. */
function fraction(bytes: Uint8Array, at: number, end: number): number {
  const count = end - at - 1;
  if (end === at) return 0;
  if (bytes[at] !== 0x2e || count < 1 || count > 4) return Number.NaN;
  return Math.round(digits(bytes, at + 1, count) * 10 ** (6 - count));
}
