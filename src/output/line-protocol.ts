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
import { LineBytes } from './line-bytes.ts';
import { type FieldType, type MeasurementDefinition, measurements } from './measurements.ts';

/** InfluxDB refuses keys above 64 KiB; real names are far below. */
const TAG_CHARACTERS_MAX = 256;
/** InfluxDB refuses strings above 64 KiB; four characters may take 16 bytes. */
const FIELD_CHARACTERS_MAX = 4_096;
/** Prefixes that are remembered; a site of 2,000 devices needs some ten thousand. */
const PREFIXES_MAX = 32_768;

const SPACE = 0x20;
const QUOTE = 0x22;
/** The `i` behind an integer. */
const INTEGER = 0x69;
const TRUE: Uint8Array = Buffer.from('true');
const FALSE: Uint8Array = Buffer.from('false');

interface Plan {
  readonly definition: MeasurementDefinition;
  readonly tags: readonly string[];
  /** `key` with the comma before and the equals sign behind it. */
  readonly fields: readonly { readonly name: string; readonly key: Uint8Array; readonly type: FieldType }[];
}

const plans = new Map<string, Plan>(
  Object.entries<MeasurementDefinition>(measurements).map(([name, definition]) => [
    name,
    {
      definition,
      tags: Object.keys(definition.tags).sort(),
      fields: Object.keys(definition.fields)
        .sort()
        .map((name) => ({
          name,
          key: Buffer.from(`,${escapeKey(name)}=`),
          type: definition.fields[name]!.type,
        })),
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
  #prefixes = new Map<string, Uint8Array>();
  /** The same by the object that holds the tags: who makes points keeps it from interval to interval, unchanged. */
  #bySame = new WeakMap<Point['tags'], { readonly measurement: string; readonly prefix: Uint8Array }>();
  /** Distinct series so far (a lower bound once the memory of prefixes has been emptied). */
  series = 0;

  readonly #single = new LineBytes();
  #timeUs = Number.NaN;
  /** The end of a line at this time: the points of one interval have one time. */
  #time: Uint8Array = new Uint8Array(0);

  /** One line without its line break; '' when the point has no field that can be written. */
  line(point: Point): string {
    if (!this.write(point, this.#single)) return '';
    const bytes = this.#single.take();
    return bytes.toString('utf8', 0, bytes.length - 1);
  }

  /** One line with its line break behind those that are there; false when the point has no field that can be written. */
  write(point: Point, into: LineBytes): boolean {
    const plan = plans.get(point.measurement);
    if (plan === undefined) throw new Error(`measurement ${point.measurement} is not in measurements.ts`);
    if (!Number.isSafeInteger(point.timeUs)) throw new Error(`${point.measurement}: time is not in whole microseconds`);
    const start = into.at;
    try {
      into.put(this.#prefix(point, plan));
      const fieldsAt = into.at;
      this.#fields(point, plan, into);
      if (into.at === fieldsAt) {
        into.at = start;
        return false;
      }
      into.change(fieldsAt, SPACE);
      into.put(this.#timeOf(point.timeUs));
      return true;
    } catch (error) {
      into.at = start;
      throw error;
    }
  }

  #fields(point: Point, plan: Plan, into: LineBytes): void {
    const { fields } = point;
    let written = 0;
    for (const { name, key, type } of plan.fields) {
      const value = fields[name];
      if (value === undefined) continue;
      written++;
      const before = into.at;
      into.put(key);
      const put = putValue(into, value, type);
      if (put === null) throw new Error(`${point.measurement}: field ${name} must be of type ${type}`);
      if (put) continue;
      this.fieldsLeftOut++;
      into.at = before;
    }
    if (written !== definedKeys(fields)) throw unknownName(point, 'field', Object.keys(plan.definition.fields));
  }

  #timeOf(timeUs: number): Uint8Array {
    if (timeUs !== this.#timeUs) {
      this.#timeUs = timeUs;
      this.#time = Buffer.from(` ${timeUs}\n`);
    }
    return this.#time;
  }

  #prefix(point: Point, plan: Plan): Uint8Array {
    const same = this.#bySame.get(point.tags);
    if (same !== undefined && same.measurement === point.measurement) return same.prefix;
    const { measurement } = point;
    const prefix = this.#make(point, plan);
    this.#bySame.set(point.tags, { measurement, prefix });
    return prefix;
  }

  #make(point: Point, plan: Plan): Uint8Array {
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
    const bytes = Buffer.from(prefix);
    this.#prefixes.set(known, bytes);
    return bytes;
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

/** False when the value cannot be written, null when it is of another type. */
function putValue(into: LineBytes, value: number | string | boolean, type: FieldType): boolean | null {
  switch (type) {
    case 'integer': {
      if (typeof value !== 'number') return null;
      const whole = Math.round(value);
      if (!Number.isSafeInteger(whole)) return false;
      into.putNumber(whole);
      into.putByte(INTEGER);
      return true;
    }
    case 'float':
      if (typeof value !== 'number') return null;
      if (!Number.isFinite(value)) return false;
      into.putNumber(value);
      return true;
    case 'boolean':
      if (typeof value !== 'boolean') return null;
      into.put(value ? TRUE : FALSE);
      return true;
    case 'string':
      if (typeof value !== 'string') return null;
      into.putByte(QUOTE);
      into.putText(escapeText(value));
      into.putByte(QUOTE);
      return true;
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
