/**
 * Many points of one series become one: minutes an hour, hours a day (UTC), named by its beginning. Counters add up,
 * states keep the last, medians keep their mean; which is which stands in output/measurements.ts. Single events stay.
 */
import type { Point } from '../model.ts';
import { type MeasurementDefinition, measurementOf, measurements, type Rollup } from '../output/measurements.ts';
import type { Connection } from './connection.ts';
import { body, type Columns, number, text } from './rows.ts';

type Fields = Point['fields'];

interface Bucket {
  readonly series: number;
  readonly measurement: string;
  readonly startUs: number;
  readonly rows: Columns[];
}

/** Points in memory at once. One bucket has some sixty. */
const ROWS_MAX = 2_000;

const events = Object.entries<MeasurementDefinition>(measurements)
  .filter(([, definition]) => definition.events)
  .map(([name]) => `'${name}'`)
  .join(', ');

/** Points of `level` before a time become points of the next level; returns how many went. */
export function rollUp(connection: Connection, level: 0 | 1, stepUs: number, run: string, beforeUs: number): number {
  let gone = 0;
  while (true) {
    const rows = connection.all(
      `SELECT p.series, s.measurement, p.time_us, p.body FROM series s JOIN points p ON p.series = s.id
       WHERE s.run = ? AND p.level = ? AND p.time_us < ? AND s.measurement NOT IN (${events})
       ORDER BY p.series, p.time_us LIMIT ?`,
      [run, level, beforeUs, ROWS_MAX],
    );
    const all = buckets(rows, stepUs);
    // The last one may go on behind the limit: it comes whole next time.
    if (rows.length === ROWS_MAX && all.length > 1) all.pop();
    for (const bucket of all) gone += put(connection, level, bucket);
    if (rows.length < ROWS_MAX) return gone;
  }
}

function buckets(rows: readonly Columns[], stepUs: number): Bucket[] {
  const all: Bucket[] = [];
  for (const row of rows) {
    const series = number(row, 'series');
    const startUs = Math.floor(number(row, 'time_us') / stepUs) * stepUs;
    let bucket = all.at(-1);
    if (bucket === undefined || bucket.series !== series || bucket.startUs !== startUs) {
      bucket = { series, measurement: text(row, 'measurement'), startUs, rows: [] };
      all.push(bucket);
    }
    bucket.rows.push(row);
  }
  return all;
}

function put(connection: Connection, level: number, { series, measurement, startUs, rows }: Bucket): number {
  const key = 'series = ? AND time_us = ? AND level = ?';
  // Late points find their hour already made: they are added to it.
  const made = connection.get(`SELECT body FROM points WHERE ${key}`, [series, startUs, level + 1]);
  const parts = (made === undefined ? rows : [made, ...rows]).map((row) => body<Fields>(row));
  for (const row of rows) connection.run(`DELETE FROM points WHERE ${key}`, [series, number(row, 'time_us'), level]);
  const columns = [series, startUs, level + 1, JSON.stringify(rolledUp(measurement, parts))];
  connection.run('INSERT OR REPLACE INTO points VALUES (?, ?, ?, ?)', columns);
  return rows.length;
}

/** `parts` in the order of time. A field that only some of them have counts where it is. */
export function rolledUp(measurement: string, parts: readonly Fields[]): Fields {
  const definition = measurementOf(measurement);
  const values = new Map<string, Fields[string][]>();
  for (const fields of parts) {
    for (const [name, value] of Object.entries(fields)) {
      const list = values.get(name);
      if (list === undefined) values.set(name, [value]);
      else list.push(value);
    }
  }
  const result: Fields = {};
  for (const name of [...values.keys()].sort()) {
    const field = definition?.fields[name];
    const value = combine(values.get(name) ?? [], field?.rollup ?? 'last');
    if (value === undefined) continue;
    result[name] = field?.type === 'integer' && typeof value === 'number' ? Math.round(value) : value;
  }
  return result;
}

function combine(values: readonly Fields[string][], how: Rollup): Fields[string] | undefined {
  const numbers = values.filter((value) => typeof value === 'number');
  if (how === 'last' || numbers.length === 0) return values.at(-1);
  if (how === 'max') return numbers.reduce((a, b) => Math.max(a, b));
  const sum = numbers.reduce((a, b) => a + b, 0);
  return how === 'sum' ? sum : sum / numbers.length;
}
