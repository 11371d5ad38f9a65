/** A week of activity: a row for each day, a square for each hour; the darker, the more. Each row says its sum in figures. */
import { bytes as inBytes } from '../words.ts';

export interface Hour {
  /** ISO 8601 UTC, the beginning of the hour. */
  readonly time: string;
  readonly value: number;
}

const CELL = 22;
const LEFT = 84;
const RIGHT = 84;
const TOP = 18;

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

export function HeatStrip({ hours, text = inBytes }: { hours: readonly Hour[]; text?: (value: number) => string }) {
  const rows = rowsOf(hours);
  const most = Math.max(0, ...hours.map(({ value }) => value));
  const words = rows.map(({ day, sum }) => `${day}: ${text(sum)}`).join('; ');
  return (
    <svg
      class="picture"
      viewBox={`0 0 ${LEFT + 24 * CELL + RIGHT} ${TOP + rows.length * CELL}`}
      role="img"
      aria-label={`Activity by hour. ${words}.`}
    >
      {[0, 6, 12, 18].map((hour) => (
        <text key={hour} x={LEFT + hour * CELL} y="12" class="quiet">
          {String(hour).padStart(2, '0')}:00
        </text>
      ))}
      {rows.map(({ day, hours: cells, sum }, row) => (
        <g key={day}>
          <text x="0" y={TOP + row * CELL + 15} class="quiet">
            {day}
          </text>
          {cells.map((hour, at) => (
            <rect
              key={`${day} ${at}`}
              x={LEFT + at * CELL}
              y={TOP + row * CELL}
              width={CELL - 2}
              height={CELL - 2}
              rx="3"
              class={`heat-${heatOf(hour?.value ?? 0, most)}`}
            >
              <title>{`${day} ${String(at).padStart(2, '0')}:00: ${hour === null ? 'nothing' : text(hour.value)}`}</title>
            </rect>
          ))}
          <text x={LEFT + 24 * CELL + 8} y={TOP + row * CELL + 15} class="quiet">
            {text(sum)}
          </text>
        </g>
      ))}
    </svg>
  );
}
