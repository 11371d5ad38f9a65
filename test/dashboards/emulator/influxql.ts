/**
 * What Grafana's InfluxDB data source (InfluxQL, its server side) does: macros of a query on the way out, frames of an
 * answer on the way in. One statement per query: of an answer only the first result is read.
 */

export interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Steps to which an interval is rounded: below the left one it is the right one, both in milliseconds. */
const ROUNDED: readonly (readonly [below: number, intervalMs: number])[] = [
  [15, 10],
  [35, 20],
  [75, 50],
  [150, 100],
  [350, 200],
  [750, 500],
  [1_500, 1_000],
  [3_500, 2_000],
  [7_500, 5_000],
  [12_500, 10_000],
  [17_500, 15_000],
  [25_000, 20_000],
  [45_000, 30_000],
  [90_000, 60_000],
  [210_000, 120_000],
  [450_000, 300_000],
  [750_000, 600_000],
  [1_050_000, 900_000],
  [1_500_000, 1_200_000],
  [2_700_000, 1_800_000],
  [5_400_000, 3_600_000],
  [9_000_000, 7_200_000],
  [16_200_000, 10_800_000],
  [32_400_000, 21_600_000],
  [86_400_000, 43_200_000],
  [604_800_000, 86_400_000],
  [1_814_400_000, 604_800_000],
  [3_628_800_000, 2_592_000_000],
];

/** Interval for so many points over a range, never below the data source's own (`timeInterval`). */
export function intervalMs({ fromMs, toMs }: Range, points: number, lowestMs: number): number {
  const exact = (toMs - fromMs) / points;
  if (exact < 10) return Math.max(1, lowestMs);
  const rounded = ROUNDED.find(([below]) => exact < below)?.[1] ?? 31_536_000_000;
  return Math.max(rounded, lowestMs);
}

/** `10m` in milliseconds. */
export function msOf(duration: string): number {
  const [, count = '', unit = ''] = /^(\d+)(d|h|m|s|ms)$/.exec(duration) ?? [];
  const length = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 }[unit];
  if (length === undefined) throw new Error(`${duration} is no duration`);
  return Number(count) * length;
}

export function durationText(ms: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ] as const;
  const [unit, length] = units.find(([, length]) => ms >= length && ms % length === 0) ?? (['ms', 1] as const);
  return `${ms / length}${unit}`;
}

export function macros(query: string, range: Range, interval: number): string {
  return query
    .replaceAll('$timeFilter', `time >= ${range.fromMs}ms and time <= ${range.toMs}ms`)
    .replaceAll('$interval', durationText(interval))
    .replaceAll('$__interval_ms', `${interval}`)
    .replaceAll('$__interval', durationText(interval));
}

export type Value = string | number | boolean | null;

export interface Field {
  readonly name: string;
  readonly type: 'time' | 'number' | 'string' | 'boolean';
  readonly values: readonly Value[];
  readonly labels?: Readonly<Record<string, string>>;
}

export interface Frame {
  readonly name: string;
  readonly refId: string;
  readonly fields: readonly Field[];
  readonly length: number;
}

export interface Series {
  readonly name: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly columns: readonly string[];
  readonly values: readonly (readonly Value[])[];
}

export interface Answer {
  readonly error?: string;
  readonly results?: readonly { readonly error?: string; readonly series?: readonly Series[] }[];
}

export interface Asked {
  readonly refId: string;
  readonly alias: string;
  readonly format: 'time_series' | 'table';
}

export function seriesOf({ error, results = [] }: Answer): readonly Series[] {
  const trouble = error ?? results[0]?.error;
  if (trouble !== undefined) throw new Error(trouble);
  return results[0]?.series ?? [];
}

export function framesOf(answer: Answer, asked: Asked): Frame[] {
  const series = seriesOf(answer);
  if (series.length === 0) return [];
  return asked.format === 'table' ? [tableFrame(series, asked)] : series.flatMap((one) => timeSeriesFrames(one, asked));
}

/** One frame for each series and column; the tags are its labels, the alias its name. */
function timeSeriesFrames(series: Series, { refId, alias }: Asked): Frame[] {
  const { columns, values, tags = {} } = series;
  return columns.flatMap((column, at) => {
    if (column === 'time') return [];
    const name = alias === '' ? plainName(series, column) : aliased(alias, series, column);
    const cells = values.map((row) => row[at] ?? null);
    const fields: Field[] = [
      { name: 'Time', type: 'time', values: values.map((row) => row[0] ?? null) },
      { name, type: typeOf(cells), values: cells, labels: tags },
    ];
    return [{ name, refId, fields, length: cells.length }];
  });
}

/** One frame for all series: time, tags, columns, under each other. Tags come in no order that one could rely on. */
function tableFrame(series: readonly Series[], { refId }: Asked): Frame {
  const [first] = series as [Series];
  const rows = series.flatMap((one) => one.values.map((row) => ({ row, tags: one.tags ?? {} })));
  const fields: Field[] = [];
  first.columns.forEach((column, at) => {
    const cells = rows.map(({ row }) => row[at] ?? null);
    if (at === 0 && column === 'time') fields.push({ name: 'Time', type: 'time', values: cells });
    else fields.push({ name: column, type: typeOf(cells), values: cells });
    if (at > 0) return;
    for (const tag of Object.keys(first.tags ?? {}).reverse()) {
      fields.push({ name: tag, type: 'string', values: rows.map(({ tags }) => tags[tag] ?? '') });
    }
  });
  return { name: first.name, refId, fields, length: rows.length };
}

function typeOf(cells: readonly Value[]): Field['type'] {
  const some = cells.find((cell) => cell !== null);
  if (typeof some === 'string') return 'string';
  return typeof some === 'boolean' ? 'boolean' : 'number';
}

function plainName({ name, tags }: Series, column: string): string {
  const labels = Object.entries(tags ?? {}).map(([key, value]) => `${key}: ${value}`);
  return labels.length === 0 ? `${name}.${column}` : `${name}.${column} { ${labels.join(', ')} }`;
}

function aliased(alias: string, { name, tags = {} }: Series, column: string): string {
  return alias.replace(/\$(\w+)|\[\[([\s\S]+?)\]\]/g, (match, plain, square) => {
    const key: string = plain ?? square;
    if (key === 'm' || key === 'measurement') return name;
    if (key === 'col') return column;
    if (key.startsWith('tag_')) return tags[key.slice(4)] ?? match;
    return match;
  });
}

/** Values of a variable: `SHOW TAG VALUES` answers with key and value, everything else with one column. */
export function choicesOf(answer: Answer): string[] {
  const values = seriesOf(answer).flatMap(({ values }) => values.map((row) => `${row[1] ?? row[0]}`));
  return [...new Set(values)];
}

export interface Mark {
  readonly timeMs: number;
  readonly text: string;
  readonly tags: readonly string[];
  /** A column that neither text nor tags claim becomes a title, by mistake more often than not. */
  readonly title: string | null;
}

/** Marks on a time axis from an answer, by the names of columns that an annotation gives. */
export function marksOf(answer: Answer, annotation: { textColumn: string; tagsColumn: string }): Mark[] {
  return seriesOf(answer).flatMap(({ columns, values }) => {
    const tagNames = annotation.tagsColumn.replace(' ', '').split(',');
    const tags = columns.flatMap((column, at) => (tagNames.some((name) => column.includes(name)) ? [at] : []));
    const text = columns.findIndex((column, at) => !tags.includes(at) && column.includes(annotation.textColumn));
    const title = columns.findIndex((column, at) => column !== 'time' && at !== text && !tags.includes(at));
    return values.map((row) => ({
      timeMs: Number(row[0]),
      text: `${row[text] ?? ''}`,
      tags: tags.flatMap((at) => `${row[at] ?? ''}`.split(',').filter((tag) => tag !== '')),
      title: title < 0 ? null : `${row[title]}`,
    }));
  });
}
