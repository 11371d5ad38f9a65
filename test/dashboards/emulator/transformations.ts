/**
 * The transformations of Grafana that the dashboards use, on frames. Where Grafana passes over a name that is not there
 * in silence, this says so: a panel that names what its query does not bring is wrong.
 */
import type { Field, Frame, Value } from './influxql.ts';

export interface Transformation {
  readonly id: string;
  readonly options: Readonly<Record<string, unknown>>;
}

export function transformed(frames: readonly Frame[], list: readonly Transformation[]): Frame[] {
  let now = [...frames];
  for (const { id, options } of list) {
    if (now.length === 0) return now;
    const step = steps[id];
    if (step === undefined) throw new Error(`transformation ${id} is not known here`);
    now = step(now, options);
  }
  return now;
}

type Step = (frames: Frame[], options: Readonly<Record<string, unknown>>) => Frame[];

const steps: Readonly<Record<string, Step>> = {
  sortBy: (frames, options) => {
    const [{ field, desc }] = options.sort as [{ field: string; desc: boolean }];
    return frames.map((frame) => sorted(frame, field, desc));
  },
  limit: (frames, options) =>
    frames.map((frame) => rowsOf(frame, order(frame.length).slice(0, Number(options.limitField)))),
  organize: (frames, options) => frames.map((frame) => organised(frame, options as unknown as Organised)),
  reduce: (frames, options) => [reduced(frames, (options.reducers as string[])[0] ?? '')],
};

function order(length: number): number[] {
  return Array.from({ length }, (_, row) => row);
}

export function fieldOf(frame: Frame, name: string): Field {
  const field = frame.fields.find((one) => one.name === name);
  if (field === undefined) throw new Error(`no column ${name} among ${frame.fields.map((one) => one.name).join(', ')}`);
  return field;
}

function rowsOf(frame: Frame, rows: readonly number[]): Frame {
  const fields = frame.fields.map((field) => ({ ...field, values: rows.map((row) => field.values[row] ?? null) }));
  return { ...frame, fields, length: rows.length };
}

function sorted(frame: Frame, name: string, descending: boolean): Frame {
  const { values } = fieldOf(frame, name);
  const rows = order(frame.length).sort((a, b) => compared(values[a]!, values[b]!) * (descending ? -1 : 1));
  return rowsOf(frame, rows);
}

function compared(a: Value, b: Value): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  return a < b ? -1 : 1;
}

interface Organised {
  readonly indexByName: Readonly<Record<string, number>>;
  readonly renameByName: Readonly<Record<string, string>>;
  readonly excludeByName: Readonly<Record<string, boolean>>;
}

function organised(frame: Frame, { indexByName, renameByName, excludeByName }: Organised): Frame {
  for (const name of [...Object.keys(indexByName), ...Object.keys(renameByName)]) fieldOf(frame, name);
  const kept = frame.fields.filter(({ name }) => excludeByName[name] !== true);
  const unnamed = kept.filter(({ name }) => !(name in indexByName));
  if (unnamed.length > 0) throw new Error(`columns without a place: ${unnamed.map(({ name }) => name).join(', ')}`);
  const fields = kept
    .toSorted((a, b) => indexByName[a.name]! - indexByName[b.name]!)
    .map((field) => ({ ...field, name: renameByName[field.name] ?? field.name }));
  return { ...frame, fields };
}

/** Each field becomes a row: its name and one value. Times are left out. */
function reduced(frames: readonly Frame[], reducer: string): Frame {
  const source = frames.flatMap(({ fields }) => fields.filter(({ type }) => type !== 'time'));
  const fields: Field[] = [
    { name: 'Field', type: 'string', values: source.map(({ name }) => name) },
    { name: 'Last *', type: 'string', values: source.map(({ values }) => calculated(values, reducer)) },
  ];
  return { name: '', refId: 'reduced', fields, length: source.length };
}

/** One value of many, as panels and the reduce transformation do it. */
export function calculated(values: readonly Value[], calculation: string): Value {
  const present = values.filter((value) => value !== null);
  const numbers = present.filter((value) => typeof value === 'number');
  switch (calculation) {
    case 'lastNotNull':
      return present.at(-1) ?? null;
    case 'sum':
      return numbers.reduce((sum, value) => sum + value, 0);
    case 'mean':
      return numbers.length === 0 ? null : numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
    case 'max':
      return numbers.length === 0 ? null : Math.max(...numbers);
    case 'min':
      return numbers.length === 0 ? null : Math.min(...numbers);
    default:
      throw new Error(`calculation ${calculation} is not known here`);
  }
}
