/** The part of docs/line-protocol.md that is written from the closed list of measurements. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type MeasurementDefinition, measurements } from '../output/measurements.ts';
import { packageFolder } from './package-folder.ts';

const all = Object.entries<MeasurementDefinition>(measurements);

export function measurementsDocument(): string {
  const document = readFileSync(join(packageFolder(), 'docs', 'line-protocol.md'), 'utf8');
  const series = all.map(([name, { budget, seriesMax }]) => `| \`${name}\` | ${budget} | ${grouped(seriesMax)} |`);
  const table = ['| Measurement | Series | At most |', '|---|---|---|', ...series].join('\n');
  const sections = all.map(([name, definition]) => section(name, definition)).join('\n\n');
  return between(between(document, 'series', table), 'measurements', sections);
}

function section(name: string, { description, tags, fields }: MeasurementDefinition): string {
  const rows = [
    ...Object.entries(tags).map(([tag, what]) => `| \`${tag}\` | tag | string | | | ${what} |`),
    ...Object.entries(fields).map(
      ([key, { type, unit, rollup, description: what }]) =>
        `| \`${key}\` | field | ${type} | ${unit} | ${rollup} | ${what} |`,
    ),
  ];
  const head = ['| Name | Kind | Type | Unit | Older | Meaning |', '|---|---|---|---|---|---|'];
  return [`## ${name}`, '', description, '', ...head, ...rows].join('\n');
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

function between(document: string, what: string, text: string): string {
  const begin = `<!-- ${what}: written by src/cli/schemas.ts -->`;
  const end = `<!-- end of ${what} -->`;
  const [before = '', rest = ''] = document.split(begin);
  return `${before}${begin}\n\n${text}\n\n${end}${rest.split(end)[1] ?? ''}`;
}
