/** A week of activity: a row for each day, a square for each hour; the darker, the more. Each row says its sum in figures. */
import { bytes as inBytes } from '../words.ts';
import { type Hour, heatOf, rowsOf } from './heat.ts';

const CELL = 22;
const LEFT = 84;
const RIGHT = 84;
const TOP = 18;

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
