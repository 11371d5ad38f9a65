/** Lines over time. Series differ by colour and by dashes, and each is named with its value in the legend. */
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { useAnswer } from '../client.ts';
import { Empty, Show } from '../parts/answer.tsx';
import type { Series } from '../shapes.ts';
import { theme } from '../theme.ts';
import { timeText } from '../time.tsx';

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

const HEIGHT = 190;
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
    const axis = {
      stroke: colour('--muted'),
      grid: { stroke: colour('--line'), width: 1 },
      ticks: { stroke: colour('--line') },
    };
    const plot = new uPlot(
      {
        width: Math.max(200, element.clientWidth),
        height: HEIGHT,
        cursor: { y: false },
        scales: { y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.08 : 1] } },
        axes: [
          {
            ...axis,
            size: 30,
            values: (_plot, values) => values.map((value, index) => momentText(value, values[index - 1])),
          },
          { ...axis, size: 64, values: (_plot, values) => values.map(text) },
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
            points: { size: 4 },
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
  /** Address of the series, or several whose lines are drawn together. */
  url: string;
  names?: Readonly<Record<string, string>>;
  text: (value: number) => string;
  label: string;
  what: string;
  empty: string;
}

/** A chart of what `points/series` answers. */
export function SeriesChart({ url, names = {}, text, label, what, empty }: SeriesChartProps) {
  const answer = useAnswer<Series>(url);
  return (
    <Show of={answer} what={what}>
      {({ times, series }) => {
        const drawn = series.map(({ name, values }) => ({ name: names[name] ?? (name || label), values }));
        if (drawn.length === 0) return <Empty>{empty}</Empty>;
        return <Chart times={times} series={drawn.slice(0, 5)} text={text} label={label} />;
      }}
    </Show>
  );
}
