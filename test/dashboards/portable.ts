/**
 * What is wrong with a query: outside of the part of InfluxQL that InfluxDB 1.x, 2.x and 3.x share, or a name that the
 * list of measurements does not have.
 */
import { type MeasurementDefinition, measurementOf } from '../../src/output/measurements.ts';

/** Statements, clauses and functions that one of the three does not have, or that change something. */
const FOREIGN =
  /\b(INTO|SLIMIT|SOFFSET|CARDINALITY|INTEGRAL|SAMPLE|HOLT_WINTERS|EXACT|DROP|DELETE|CREATE|ALTER|GRANT|KILL|EXPLAIN|tz)\b/i;
const FUNCTIONS = new Set([
  'count',
  'distinct',
  'last',
  'max',
  'mean',
  'min',
  'sum',
  'moving_average',
  'time',
  'fill',
  'now',
]);

export function faults(query: string): string[] {
  const found: string[] = [];
  // Values in quotes and regular expressions are no names.
  const bare = query.replace(/'[^']*'/g, "''").replace(/~ \/(?:[^/\\]|\\.)*\//g, '~ //');
  const foreign = FOREIGN.exec(bare.replace(/"[^"]*"/g, '""'));
  if (foreign !== null) found.push(`${foreign[0]} is not everywhere`);
  if (query.includes(';')) found.push('more than one statement');
  for (const [, name = ''] of bare.matchAll(/\b([a-z_]+)\(/gi)) {
    if (!FUNCTIONS.has(name)) found.push(`function ${name} is not in the list of those that are everywhere`);
  }
  for (const [, variable = ''] of query.matchAll(/\$\{(\w+)\}|\$(?!timeFilter\b|__interval\b)(\w+)/g)) {
    found.push(`${variable} without a format: whether it is escaped depends on Grafana's version`);
  }
  if (/FROM\s+(?!"wardwatch_\w+"|\()/.test(bare)) found.push('FROM something else than a measurement of ours');
  return [...found, ...strangeNames(bare)];
}

/** Names that are neither tag nor field of the measurement, nor named by AS further inside; and the wrong kind. */
function strangeNames(bare: string): string[] {
  const measurement = /FROM "(\w+)"/.exec(bare)?.[1] ?? '';
  const known = measurementOf(measurement);
  if (known === undefined) return [`no measurement ${measurement}`];
  const given = new Set([...bare.matchAll(/ AS "([^"]+)"/g)].map(([, name]) => name));
  const names = [...bare.replace(/ AS "[^"]+"/g, '').matchAll(/"([^"]+)"/g)].map(([, name = '']) => name);
  const unknown = names.filter((name) => name !== measurement && !isKnown(known, name) && !given.has(name));
  return [...unknown.map((name) => `${measurement} has no ${name}`), ...wrongKinds(bare, known, given)];
}

function isKnown({ tags, fields }: MeasurementDefinition, name: string): boolean {
  return name in tags || name in fields;
}

function wrongKinds(
  bare: string,
  { tags, fields }: MeasurementDefinition,
  given: ReadonlySet<string | undefined>,
): string[] {
  const found: string[] = [];
  for (const [, name = ''] of bare.matchAll(/\b(?:count|distinct|last|max|mean|min|sum)\("([^"]+)"\)/g)) {
    if (!(name in fields) && !given.has(name)) found.push(`${name} is a tag and cannot be added up`);
  }
  for (const [, list = ''] of bare.matchAll(/GROUP BY ((?:[^)]|\))*?)(?: fill\(| ORDER| LIMIT|\)|$)/g)) {
    for (const [, name = ''] of list.matchAll(/"([^"]+)"/g)) {
      if (!(name in tags)) found.push(`grouped by ${name}, which is no tag`);
    }
  }
  for (const [, name = ''] of bare.matchAll(/"([^"]+)" [=!]~/g)) {
    if (!(name in tags)) found.push(`${name} is filtered by a regular expression and is no tag`);
  }
  return found;
}
