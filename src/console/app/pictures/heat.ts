/** Hours of a week put into days of the viewer, and how dark each is. */

export interface Hour {
  /** ISO 8601 UTC, the beginning of the hour. */
  readonly time: string;
  readonly value: number;
}

const dayName = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: '2-digit', month: 'short' });

interface Row {
  readonly day: string;
  readonly hours: (Hour | null)[];
  readonly sum: number;
}

/** Days and hours of the viewer's zone. */
export function rowsOf(hours: readonly Hour[]): Row[] {
  const days = new Map<string, (Hour | null)[]>();
  for (const hour of hours) {
    const date = new Date(hour.time);
    const day = dayName.format(date);
    const row = days.get(day) ?? new Array<Hour | null>(24).fill(null);
    const at = date.getHours();
    row[at] = { time: hour.time, value: (row[at]?.value ?? 0) + hour.value };
    days.set(day, row);
  }
  return [...days].map(([day, row]) => ({
    day,
    hours: row,
    sum: row.reduce((sum, hour) => sum + (hour?.value ?? 0), 0),
  }));
}

/** 0 to 4; by powers, because a night and a busy hour differ a thousandfold. */
export function heatOf(value: number, most: number): number {
  if (value <= 0 || most <= 0) return 0;
  return Math.min(4, Math.max(1, 1 + Math.floor(4 * (1 + Math.log10(value / most) / 3))));
}
