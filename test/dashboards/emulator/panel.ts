/**
 * A panel as a reader sees it: variables, macros, query, frames, transformations, and what its kind makes of them.
 * Says what is wrong with the shape in words; a list without entries is a panel that shows what it should.
 */
import {
  type Answer,
  type Field,
  type Frame,
  framesOf,
  intervalMs,
  macros,
  msOf,
  type Range,
  type Value,
} from './influxql.ts';
import { calculated, type Transformation, transformed } from './transformations.ts';
import { influxDefault, replaced, type Variables } from './variables.ts';

export interface Target {
  readonly refId: string;
  readonly query: string;
  readonly alias: string;
  readonly resultFormat: 'time_series' | 'table';
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  /** Points lie at least so far apart. */
  readonly interval?: string;
  readonly maxDataPoints?: number;
  readonly targets: readonly Target[];
  readonly transformations?: readonly Transformation[];
  readonly options: {
    readonly reduceOptions?: { readonly calcs: readonly string[]; readonly fields: string; readonly values: boolean };
  };
}

export type Ask = (query: string) => Promise<Answer>;

/** Width of a browser on a desk, and the pixels one point of a line takes. */
const PIXELS_OF_A_COLUMN = 75;
/** `timeInterval` of the provisioned data source: how often the sensor writes. */
export const LOWEST_INTERVAL_MS = 60_000;

export function interpolated(
  query: string,
  variables: Variables,
  range: Range,
  points = 24 * PIXELS_OF_A_COLUMN,
  lowestMs = LOWEST_INTERVAL_MS,
): string {
  const interval = intervalMs(range, points, lowestMs);
  return macros(replaced(query, variables, influxDefault(query)), range, interval);
}

export async function framesOfPanel(panel: Panel, variables: Variables, range: Range, ask: Ask): Promise<Frame[]> {
  const frames: Frame[] = [];
  const lowest = panel.interval === undefined ? LOWEST_INTERVAL_MS : msOf(panel.interval);
  const points = panel.maxDataPoints ?? panel.gridPos.w * PIXELS_OF_A_COLUMN;
  for (const { refId, query, alias, resultFormat } of panel.targets) {
    const answer = await ask(interpolated(query, variables, range, points, lowest));
    frames.push(...framesOf(answer, { refId, alias: replaced(alias, variables), format: resultFormat }));
  }
  return transformed(frames, panel.transformations ?? []);
}

/** Names and values as they stand in the picture. */
export interface Seen {
  readonly trouble: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function seen(panel: Panel, frames: readonly Frame[]): Seen {
  const kind = kinds[panel.type];
  if (kind === undefined)
    return { trouble: [`kind of panel ${panel.type} is not of the core set used here`], rows: [] };
  return kind(panel, frames);
}

const kinds: Readonly<Record<string, (panel: Panel, frames: readonly Frame[]) => Seen>> = {
  stat: figures,
  bargauge: figures,
  timeseries: (_panel, frames) => overTime(frames, ['number']),
  'state-timeline': (_panel, frames) => overTime(frames, ['string', 'number', 'boolean']),
  table: rowsOfTable,
  nodeGraph: (_panel, frames) => edges(frames),
};

function figures({ options }: Panel, frames: readonly Frame[]): Seen {
  const { calcs = [], fields = '', values = false } = options.reduceOptions ?? {};
  const chosen = frames.flatMap((frame) =>
    frame.fields.filter((field) => isChosen(field, fields)).map((field) => ({ frame, field })),
  );
  const trouble = frames.length > 0 && chosen.length === 0 ? [`no field for ${fields || 'a number'}`] : [];
  const rows = chosen.flatMap(({ frame, field }) =>
    values
      ? field.values.map((value, row) => [nameOfRow(frame, row) || field.name, said(value)])
      : [[field.name, said(calculated(field.values, calcs[0] ?? ''))]],
  );
  return { trouble, rows: rows.filter(([, value]) => value !== '') };
}

function isChosen(field: Field, fields: string): boolean {
  if (fields === '') return field.type === 'number';
  return new RegExp(fields.slice(1, -1)).test(field.name);
}

function nameOfRow({ fields }: Frame, row: number): string {
  return fields
    .filter(({ type }) => type === 'string')
    .map(({ values }) => `${values[row]}`)
    .join(' ');
}

function overTime(frames: readonly Frame[], types: readonly string[]): Seen {
  const trouble = frames.flatMap(({ name, fields }) => {
    const [time, value] = fields;
    if (time?.type !== 'time' || value === undefined) return [`${name} has no time`];
    if (!types.includes(value.type)) return [`${name} is ${value.type}`];
    const times = time.values as readonly number[];
    return times.some((one, at) => at > 0 && one < times[at - 1]!) ? [`${name} goes back in time`] : [];
  });
  const names = frames.map(({ name }) => name);
  if (new Set(names).size < names.length) trouble.push(`series of one name: ${names.join(', ')}`);
  const rows = frames
    .map(({ name, fields }) => [
      name,
      `${fields[1]!.values.filter((value) => value !== null).length} points`,
      sketch(fields[1]!),
    ])
    .filter(([, points]) => points !== '0 points');
  return { trouble, rows };
}

function sketch({ values, type }: Field): string {
  if (type !== 'number') return [...new Set(values.filter((value) => value !== null).map(said))].join(' ');
  return `${said(calculated(values, 'min'))} … ${said(calculated(values, 'max'))}`;
}

function rowsOfTable(_panel: Panel, frames: readonly Frame[]): Seen {
  if (frames.length > 1) return { trouble: [`${frames.length} tables in one`], rows: [] };
  const [frame] = frames;
  if (frame === undefined) return { trouble: [], rows: [] };
  const rows = Array.from({ length: frame.length }, (_, row) =>
    frame.fields.map(({ values, type }) => (type === 'time' ? isoOf(values[row] ?? null) : said(values[row] ?? null))),
  );
  return {
    trouble: [],
    rows: [frame.fields.map(({ name }) => name), ...rows].slice(0, rows.length === 0 ? 0 : undefined),
  };
}

function edges(frames: readonly Frame[]): Seen {
  const [frame] = frames;
  if (frame === undefined) return { trouble: [], rows: [] };
  const trouble = ['id', 'source', 'target'].filter((name) => !frame.fields.some((field) => field.name === name));
  const ids = frame.fields.find(({ name }) => name === 'id')?.values ?? [];
  if (new Set(ids).size < ids.length) trouble.push('two edges of one id');
  return { trouble, rows: rowsOfTable({} as Panel, frames).rows };
}

function isoOf(value: Value): string {
  return typeof value === 'number' ? new Date(value).toISOString() : '';
}

function said(value: Value): string {
  if (value === null) return '';
  return typeof value === 'number' && !Number.isInteger(value) ? value.toFixed(2) : `${value}`;
}
