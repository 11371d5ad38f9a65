/** Lines over time. Series differ by colour and by dashes, and each is named with its value in the legend. */
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { ofRun, useAnswers } from '../client.ts';
import { Empty, Show } from '../parts/answer.tsx';
import type { Series } from '../shapes.ts';
import { theme } from '../theme.ts';
import { timeText } from '../time.tsx';
import { serviceName, span } from '../words.ts';

interface Drawn {
  readonly name: string;
  readonly values: readonly (number | null)[];
}

interface ChartProps {
  times: readonly string[];
  series: readonly Drawn[];
  text: (value: number) => string;
  /** What the picture shows, for those who do not see it. */
  label: string;
}

const HEIGHT = 180;
const POINTS_SHOWN_MAX = 200;
/** Steps of the scale: nothing that is drawn has parts smaller than one. */
const steps = [1, 2, 5]
  .flatMap((step) => Array.from({ length: 14 }, (_, power) => step * 10 ** power))
  .sort((a, b) => a - b);
/** Okabe and Ito's palette: told apart with every kind of colour vision; the dashes help on paper. */
const light = ['#0a6570', '#b5520c', '#7a3e93', '#3a3a3a', '#1f6fb2'];
const dark = ['#5fc7cf', '#ffae70', '#d3a4e8', '#d8d8d8', '#86bdf0'];
const dashes: readonly number[][] = [[], [7, 4], [2, 3], [10, 3, 2, 3], [4, 2]];

const hour = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const day = new Intl.DateTimeFormat(undefined, { day: '2-digit', month: 'short' });

/** The hour, and the day where it begins. */
function momentText(seconds: number, before: number | undefined): string {
  const date = new Date(seconds * 1000);
  const isNewDay = before !== undefined && day.format(new Date(before * 1000)) !== day.format(date);
  const isMidnight = date.getHours() === 0 && date.getMinutes() === 0;
  return isNewDay || isMidnight ? day.format(date) : hour.format(date);
}

export function Chart({ times, series, text, label }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const shade = theme.value;
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string): string => style.getPropertyValue(name).trim();
    const isDark = style.colorScheme === 'dark';
    const font = `11px ${getComputedStyle(document.body).fontFamily}`;
    const last = Math.max(0, times.length - 1);
    const axis = {
      font,
      stroke: colour('--muted'),
      grid: { stroke: colour('--line'), width: 1 },
      ticks: { stroke: colour('--line') },
    };
    const plot = new uPlot(
      {
        width: Math.max(200, element.clientWidth),
        height: HEIGHT,
        cursor: { y: false },
        // Without a pointer the legend tells the last values.
        hooks: {
          ready: [(plot) => plot.setLegend({ idx: last })],
          setCursor: [(plot) => plot.cursor.idx == null && plot.setLegend({ idx: last })],
        },
        scales: { y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.08 : 1] } },
        axes: [
          {
            ...axis,
            size: 30,
            values: (_plot, values) => values.map((value, index) => momentText(value, values[index - 1])),
          },
          { ...axis, size: 58, incrs: steps, values: (_plot, values) => values.map(text) },
        ],
        series: [
          {
            label: 'time',
            value: (_plot: uPlot, value: number | null) =>
              value === null ? '–' : timeText(new Date(value * 1000).toISOString()),
          },
          ...series.map(({ name }, index) => ({
            label: name,
            stroke: (isDark ? dark : light)[index % light.length] ?? '#888',
            dash: dashes[index % dashes.length] ?? [],
            width: 1.8,
            // A moment between two gaps has no line that would show it.
            points: times.length <= POINTS_SHOWN_MAX ? { size: 4, show: true } : { size: 4 },
            spanGaps: false,
            value: (_plot: uPlot, value: number | null) => (value === null ? '–' : text(value)),
          })),
        ],
      },
      [times.map((time) => Date.parse(time) / 1000), ...series.map(({ values }) => [...values])],
      element,
    );
    const watcher = new ResizeObserver(() =>
      plot.setSize({ width: Math.max(200, element.clientWidth), height: HEIGHT }),
    );
    watcher.observe(element);
    return () => {
      watcher.disconnect();
      plot.destroy();
    };
  }, [times, series, text, shade]);
  return <div class="plot" ref={place} role="img" aria-label={label} />;
}

interface SeriesChartProps {
  measurement: string;
  /** Fields with their names: a line each. */
  fields: readonly (readonly [field: string, name: string])[];
  device?: string;
  /** A tag: a line for each of its values, of the first field. */
  by?: string;
  text: (value: number) => string;
  /** Of a moment without a point: nothing happened (counters), or nothing is known (times, percentages). */
  absent?: 'zero' | 'gap';
  /** What is fetched, as in "The messages are being fetched." */
  what: string;
  empty: string;
}

/** A minute, an hour, 5 min. */
function stepWords(seconds: number): string {
  return { 60: 'a minute', 3600: 'an hour', 86400: 'a day' }[seconds] ?? span(seconds * 1000);
}

const LINES_MAX = 5;

/** A chart of what `points/series` answers. When there is nothing, or nothing but zeros, words stand in its place. */
export function SeriesChart({
  measurement,
  fields,
  device = '',
  by = '',
  text,
  absent = 'zero',
  what,
  empty,
}: SeriesChartProps) {
  const urls = fields.map(([field]) => ofRun('points/series', { measurement, field, device, by }));
  const answer = useAnswers<Series>(urls);
  return (
    <Show of={answer} what={what}>
      {(found) => {
        const lines = found.flatMap(({ series }, index) =>
          series.map(({ name, values }) => ({
            name: by === '' ? (fields[index]?.[1] ?? '') : serviceName(name),
            values: absent === 'zero' ? values.map((value) => value ?? 0) : values,
          })),
        );
        const told = lines.filter(({ values }) => values.some((value) => value !== null && value !== 0));
        if (told.length === 0) return <Empty>{empty}</Empty>;
        const drawn = by === '' ? lines : busiest(told);
        return (
          <>
            <Chart
              times={found[0]?.times ?? []}
              series={drawn}
              text={text}
              label={drawn.map(({ name }) => name).join(', ')}
            />
            <p class="muted small">
              {`Each point ${absent === 'zero' ? 'is the sum of' : 'stands for'} ${stepWords(found[0]?.stepSeconds ?? 60)}.`}
            </p>
          </>
        );
      }}
    </Show>
  );
}

function busiest(lines: readonly Drawn[]): Drawn[] {
  const sum = ({ values }: Drawn): number => values.reduce<number>((all, value) => all + (value ?? 0), 0);
  return [...lines].sort((a, b) => sum(b) - sum(a)).slice(0, LINES_MAX);
}
