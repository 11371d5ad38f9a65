/** Whole microseconds since 1970 UTC as text, for every output that shows a time. */

/** Years that ISO 8601 writes with four digits; a forged packet time beyond them is shown as the nearest one. */
const FIRST_US = Date.parse('0001-01-01T00:00:00Z') * 1000;
const LAST_US = Date.UTC(9999, 11, 31, 23, 59, 59, 999) * 1000;

/** `2026-03-02T10:00:00.123456Z`. Does not depend on the machine's time zone. */
export function isoTime(us: number): string {
  const within = Number.isFinite(us) ? Math.min(LAST_US, Math.max(FIRST_US, Math.floor(us))) : 0;
  const ms = Math.floor(within / 1000);
  const rest = within - ms * 1000;
  return `${new Date(ms).toISOString().slice(0, 23)}${String(rest).padStart(3, '0')}Z`;
}
