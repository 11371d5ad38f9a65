import { readFileSync } from 'node:fs';
import t from 'tap';
import { type MeasurementDefinition, measurements } from '../../src/output/measurements.ts';

const document = readFileSync(new URL('../../docs/line-protocol.md', import.meta.url), 'utf8');
const section = (name: string): string => (document.split(`\n## ${name}\n`)[1] ?? '').split('\n## ')[0] ?? '';
const all = Object.entries<MeasurementDefinition>(measurements);

for (const [name, definition] of all) {
  t.test(`docs/line-protocol.md shows ${name} as it is`, (t) => {
    const text = section(name);
    const rows = text.split('\n').filter((line) => line.startsWith('| `'));
    t.strictSame(rows, [
      ...Object.entries(definition.tags).map(([tag, what]) => `| \`${tag}\` | tag | string | | | ${what} |`),
      ...Object.entries(definition.fields).map(
        ([field, { type, unit, rollup, description }]) =>
          `| \`${field}\` | field | ${type} | ${unit} | ${rollup} | ${description} |`,
      ),
    ]);
    t.ok(text.includes(definition.description));
    t.ok(section('Series').includes(`| \`${name}\` | ${definition.budget} | `), 'with its series budget');
    t.end();
  });
}

t.test('docs/line-protocol.md shows no measurement that there is not', (t) => {
  const shown = [...document.matchAll(/^## (wardwatch_\w+)$/gm)].map(([, name]) => name);
  t.strictSame(
    shown,
    all.map(([name]) => name),
  );
  t.end();
});
