/**
 * Writes points as InfluxDB line protocol, one line per point, microseconds:
 *
 *     measurement,tag=value,tag=value field=1i,field=2.5,field="text",field=true 1700000000000000
 *
 * Tags are sorted by key and fields by name, so that the same point always gives the same bytes: writing a line
 * twice then changes nothing on the server. A line never holds a line break. Only what measurements.ts lists is
 * written; anything else is a mistake in our own code and is named, never sent.
 */
import type { Point } from '../model.ts';
import { type FieldType, type MeasurementDefinition, measurements } from './measurements.ts';

/** InfluxDB refuses keys above 64 KiB; real names are far below. */
const TAG_CHARACTERS_MAX = 256;
/** InfluxDB refuses strings above 64 KiB; four characters may take 16 bytes. */
const FIELD_CHARACTERS_MAX = 4_096;
/** Prefixes that are remembered; a site of 2,000 devices needs some ten thousand. */
const PREFIXES_MAX = 32_768;

interface Plan {
  readonly definition: MeasurementDefinition;
  readonly tags: readonly string[];
  readonly fields: readonly (readonly [name: string, key: string, type: FieldType])[];
}

const plans = new Map<string, Plan>(
  Object.entries<MeasurementDefinition>(measurements).map(([name, definition]) => [
    name,
    {
      definition,
      tags: Object.keys(definition.tags).sort(),
      fields: Object.keys(definition.fields)
        .sort()
        .map((key) => [key, escapeKey(key), definition.fields[key]!.type] as const),
    },
  ]),
);

/** `points` as one text, a line break after each line. Throws on what measurements.ts does not list. */
export function encode(points: readonly Point[], encoder: LineEncoder = new LineEncoder()): string {
  let lines = '';
  for (const point of points) {
    const line = encoder.line(point);
    if (line !== '') lines += `${line}\n`;
  }
  return lines;
}

/** Remembers the escaped beginning of each series, which is most of a line and always the same. */
export class LineEncoder {
  /** Values that no server takes: not a number, infinite, outside of 53 bits. Each was left out. */
  fieldsLeftOut = 0;
  #prefixes = new Map<string, string>();
  /** The same by the object that holds the tags: who makes points keeps it from interval to interval, unchanged. */
  #bySame = new WeakMap<Point['tags'], { readonly measurement: string; readonly prefix: string }>();
  /** Distinct series so far (a lower bound once the memory of prefixes has been emptied). */
  series = 0;

  /** One line without its line break; '' when the point has no field that can be written. */
  line(point: Point): string {
    const plan = plans.get(point.measurement);
    if (plan === undefined) throw new Error(`measurement ${point.measurement} is not in measurements.ts`);
    if (!Number.isSafeInteger(point.timeUs)) throw new Error(`${point.measurement}: time is not in whole microseconds`);
    let fields = '';
    let written = 0;
    for (const [name, key, type] of plan.fields) {
      const value = point.fields[name];
      if (value === undefined) continue;
      written++;
      const encoded = encodeValue(value, type);
      if (encoded === null) throw new Error(`${point.measurement}: field ${name} must be of type ${type}`);
      if (encoded === '') this.fieldsLeftOut++;
      else fields += fields === '' ? `${key}=${encoded}` : `,${key}=${encoded}`;
    }
    if (written !== definedKeys(point.fields)) throw unknownName(point, 'field', Object.keys(plan.definition.fields));
    const prefix = this.#prefix(point, plan);
    return fields === '' ? '' : `${prefix} ${fields} ${point.timeUs}`;
  }

  #prefix(point: Point, plan: Plan): string {
    const same = this.#bySame.get(point.tags);
    if (same !== undefined && same.measurement === point.measurement) return same.prefix;
    const { measurement } = point;
    const prefix = this.#make(point, plan);
    this.#bySame.set(point.tags, { measurement, prefix });
    return prefix;
  }

  #make(point: Point, plan: Plan): string {
    let known = point.measurement;
    let given = 0;
    for (const tag of plan.tags) {
      const value = point.tags[tag];
      if (value !== undefined) given++;
      known += `\n${value ?? ''}`;
    }
    if (given !== definedKeys(point.tags)) throw unknownName(point, 'tag', plan.tags);
    const cached = this.#prefixes.get(known);
    if (cached !== undefined) return cached;
    let prefix = escapeKey(point.measurement);
    for (const tag of plan.tags) {
      const value = escapeKey((point.tags[tag] ?? '').slice(0, TAG_CHARACTERS_MAX));
      // An empty tag value is a syntax error; without the tag the server answers '' all the same.
      if (value !== '') prefix += `,${escapeKey(tag)}=${value}`;
    }
    if (this.#prefixes.size >= PREFIXES_MAX) this.#prefixes.clear();
    else this.series = Math.max(this.series, this.#prefixes.size + 1);
    this.#prefixes.set(known, prefix);
    return prefix;
  }
}

function definedKeys(record: Readonly<Record<string, unknown>>): number {
  let keys = 0;
  for (const key in record) if (record[key] !== undefined) keys++;
  return keys;
}

function unknownName(point: Point, what: 'tag' | 'field', known: readonly string[]): Error {
  const given = what === 'tag' ? point.tags : point.fields;
  const name = Object.keys(given).find((key) => !known.includes(key)) ?? '?';
  return new Error(`${point.measurement}: ${what} ${name} is not in measurements.ts`);
}

/** '' when the value cannot be written, null when it is of another type. */
function encodeValue(value: number | string | boolean, type: FieldType): string | null {
  switch (type) {
    case 'integer': {
      if (typeof value !== 'number') return null;
      const whole = Math.round(value);
      return Number.isSafeInteger(whole) ? `${whole}i` : '';
    }
    case 'float':
      if (typeof value !== 'number') return null;
      return Number.isFinite(value) ? `${value}` : '';
    case 'boolean':
      return typeof value === 'boolean' ? `${value}` : null;
    case 'string':
      return typeof value === 'string' ? `"${escapeText(value)}"` : null;
  }
}

/**
 * Measurements, tag keys, tag values and field keys share one form. A backslash in front of a separator reads
 * differently in 1.x, 2.x and 3.x and cannot stand at the end at all: it becomes a slash. Line breaks become spaces.
 */
export function escapeKey(name: string): string {
  return /[\\,= \p{Cc}]/u.test(name)
    ? name
        .replace(/\p{Cc}/gu, ' ')
        .replaceAll('\\', '/')
        .replace(/[,= ]/g, '\\$&')
    : name;
}

/** The inside of a string field: quotes and backslashes are escaped, line breaks become spaces. */
export function escapeText(value: string): string {
  const short = value.length > FIELD_CHARACTERS_MAX ? value.slice(0, FIELD_CHARACTERS_MAX) : value;
  return /["\\\p{Cc}]/u.test(short) ? short.replace(/\p{Cc}/gu, ' ').replace(/["\\]/g, '\\$&') : short;
}
