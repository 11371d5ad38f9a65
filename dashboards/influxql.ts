/**
 * Queries in the part of InfluxQL that InfluxDB 1.x, 2.x and 3.x share, as Grafana's InfluxDB data source takes them.
 *
 * Portable means: quoted names, no database and no retention policy before a measurement, one statement, nothing of
 * INTO, SLIMIT, CARDINALITY, INTEGRAL, SAMPLE. Every query is held to `$timeFilter`; every tag filter is a regular
 * expression with `:regex`, because Grafana escapes a value by itself only where a variable takes several.
 */
import type { MeasurementName } from '../src/output/measurements.ts';

export interface Query {
  readonly text: string;
  /** Name of a series: `$col` is the column, `$tag_class` the tag. */
  readonly alias?: string;
  readonly format?: 'time_series' | 'table';
}

/** Which tags a dashboard lets people choose; each holds back the next one. */
export const filters = {
  site: matching('site', 'run'),
  class: matching('site', 'run', 'class'),
  device: matching('site', 'run', 'device'),
  named: matching('site', 'run', 'role', 'name'),
  bedside: matching('site', 'run', 'protocol', 'name'),
} as const;

/** Without the partners outside and what found no room: they share one series each. */
export const inside = `"device" !~ /^(outside|other)$/`;

/** Each tag against the variable of its own name. */
export function matching(...names: readonly string[]): string {
  return names.map((name) => `"${name}" =~ /^\${${name}:regex}$/`).join(' AND ');
}

export interface Selection {
  readonly from: MeasurementName;
  /** What stands between SELECT and FROM. */
  readonly select: string;
  /** Filter by variables and more. */
  readonly where: string;
  /** `time($__interval)`, tags. */
  readonly group?: readonly string[];
  readonly fill?: 'none' | 'null' | 'previous' | '0';
  readonly order?: 'newest';
  readonly limit?: number;
}

/** Every interval of the panel. */
export const eachInterval = 'time($__interval)';

export function selectFrom({ from, select, where, group = [], fill, order, limit }: Selection): string {
  const parts = [`SELECT ${select} FROM "${from}" WHERE ${where} AND $timeFilter`];
  if (group.length > 0) parts.push(`GROUP BY ${group.join(', ')}`);
  if (fill !== undefined) parts.push(`fill(${fill})`);
  if (order === 'newest') parts.push('ORDER BY time DESC');
  if (limit !== undefined) parts.push(`LIMIT ${limit}`);
  return parts.join(' ');
}

/** Select something from what another query found; the inner one carries the time filter. */
export function selectOver(select: string, inner: string, group: readonly string[] = [], fill?: string): string {
  const parts = [`SELECT ${select} FROM (${inner})`];
  // Without a filter of its own the outer query would reach from 1970 on and cut all that time into intervals.
  if (group.some((one) => one.startsWith('time('))) parts.push('WHERE $timeFilter');
  if (group.length > 0) parts.push(`GROUP BY ${group.join(', ')}`);
  if (fill !== undefined) parts.push(`fill(${fill})`);
  return parts.join(' ');
}

/** The shape in which a panel of the InfluxDB data source keeps a query. */
export function targetJson({ text, alias = '', format = 'time_series' }: Query, refId: string): object {
  return {
    refId,
    datasource: { type: 'influxdb', uid: `\${datasource}` },
    query: text,
    rawQuery: true,
    resultFormat: format,
    alias,
  };
}
