/**
 * How many series there may be: each measurement has a limit of its own, and all of them one together. Points of a
 * series that finds no room are added up in the series `other` of their measurement, which is never lost from sums.
 */
import type { Point } from '../model.ts';
import { type MeasurementName, measurements } from '../output/measurements.ts';
import { rolledUp } from '../store/rollup.ts';

/** What is told of single events, and of the sensor, is never pushed aside by what is told of traffic. */
const always = new Set<MeasurementName>(['wardwatch_alert', 'wardwatch_incident', 'wardwatch_sensor']);

/** Room that the series `other` need: one for each measurement and role. A limit that is small anyway has none for them. */
const OTHERS_MAX = 32;

export class SeriesLimit {
  /** Series that were written, and series that found no room, since the start. */
  admitted = 0;
  refused = 0;
  /** Points of the interval that went into `other`. */
  otherPoints = 0;
  private readonly counts = new Map<MeasurementName, number>();
  private readonly seriesMax: number;
  private readonly others = new Map<
    string,
    { measurement: MeasurementName; tags: Point['tags']; parts: Point['fields'][] }
  >();

  constructor(seriesMax: number) {
    this.seriesMax = seriesMax - Math.min(OTHERS_MAX, seriesMax >> 8);
  }

  /** May there be one more series of this measurement? */
  admit(measurement: MeasurementName): boolean {
    const count = this.counts.get(measurement) ?? 0;
    const isFull = count >= measurements[measurement].seriesMax;
    if (isFull || (this.admitted >= this.seriesMax && !always.has(measurement))) {
      this.refused++;
      return false;
    }
    this.counts.set(measurement, count + 1);
    this.admitted++;
    return true;
  }

  /** A series has not been written for so long that it counts no more. */
  release(measurement: MeasurementName): void {
    this.counts.set(measurement, Math.max(0, (this.counts.get(measurement) ?? 0) - 1));
    this.admitted = Math.max(0, this.admitted - 1);
  }

  /** Adds the fields of a point whose series found no room. */
  other(measurement: MeasurementName, role: string, base: Point['tags'], fields: Point['fields']): void {
    this.otherPoints++;
    const key = `${measurement}\n${role}`;
    let bucket = this.others.get(key);
    if (bucket === undefined) {
      bucket = { measurement, tags: otherTags(measurement, role, base), parts: [] };
      this.others.set(key, bucket);
    }
    bucket.parts.push(fields);
    // The sum of many is one part again: memory does not grow with what is refused.
    if (bucket.parts.length >= PARTS_MAX) bucket.parts = [added(measurement, bucket.parts)];
  }

  /** The points of `other` for the interval that ends at `timeUs`; the sums begin anew. */
  takeOthers(timeUs: number): Point[] {
    const points: Point[] = [];
    for (const { measurement, tags, parts } of this.others.values()) {
      if (parts.length === 0) continue;
      points.push({ measurement, tags, fields: added(measurement, parts), timeUs });
      parts.length = 0;
    }
    this.otherPoints = 0;
    return points;
  }
}

const PARTS_MAX = 256;

/** What cannot be said of several devices together. */
const notOfMany = new Set(['peers', 'clock_skew_ms', 'clock_source', 'rtt_us_p50', 'idle_seconds', 'last_use_ms']);

function added(measurement: MeasurementName, parts: readonly Point['fields'][]): Point['fields'] {
  const fields = rolledUp(measurement, parts);
  for (const name of notOfMany) delete fields[name];
  if (measurement !== 'wardwatch_device') return fields;
  fields.devices = parts.reduce((sum, part) => sum + (typeof part.devices === 'number' ? part.devices : 1), 0);
  return fields;
}

function otherTags(measurement: MeasurementName, role: string, base: Point['tags']): Point['tags'] {
  const tags: Point['tags'] = { ...base };
  for (const tag of Object.keys(measurements[measurement].tags)) {
    if (tag === 'site' || tag === 'run') continue;
    if (tag === 'role') tags[tag] = role;
    else tags[tag] = tag === 'tier' ? '0' : 'other';
  }
  return tags;
}
