/** What is committed under dashboards/ is what the builders write. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { rules } from '../../dashboards/alerts.ts';
import { generated } from '../../dashboards/build.ts';
import { plans } from '../../dashboards/index.ts';
import { textOf } from '../support/sources.ts';

import { dashboards } from './committed.ts';

const FOLDER = 'dashboards';
/** Emphasised in the document, and no panel: a state, a page of the console, a choice, lines inside of a panel. */
const ELSEWHERE = new Set([
  'Baseline',
  'Watched',
  'Security',
  'Seen from',
  'Lost before the sensor',
  'Coverage',
  'Only one direction',
  'No room',
  'Silent',
]);

t.test('the committed files are what `node dashboards/build.ts` writes', (t) => {
  const files = generated();
  for (const [name, text] of files) {
    const path = join(FOLDER, name);
    t.ok(existsSync(path) && textOf(path) === text, `${path} is as built`);
  }
  const committed = readdirSync(join(FOLDER, 'generated')).map((name) => `generated/${name}`);
  t.same(
    committed.filter((name) => !files.has(name)),
    [],
    'and nothing else lies there',
  );
  t.end();
});

t.test(
  'docs/dashboards.md tells each dashboard: whose question, how to read it, what next; and each alert rule',
  (t) => {
    const text = textOf('docs/dashboards.md');
    const sections = new Map(text.split(/^## /m).map((part) => [part.split('\n')[0] ?? '', part]));
    for (const { title } of plans) {
      const section = sections.get(title) ?? '';
      for (const part of ['**Whose question:**', '**In ten seconds:**', '**What next:**']) {
        t.ok(section.includes(part), `${title}: ${part}`);
      }
    }
    const table = sections.get('Alerts of Grafana') ?? '';
    for (const { title } of rules) t.ok(table.includes(`| ${title} |`), title);
    t.end();
  },
);

t.test('panels that the document names are there', (t) => {
  const titles = new Set([...dashboards.values()].flatMap(({ panels }) => panels.map(({ title }) => title)));
  const part =
    textOf('docs/dashboards.md')
      .split(/^## Ward overview/m)[1]
      ?.split(/^## Alerts/m)[0] ?? '';
  const named = [...part.matchAll(/\*([A-Z][^*]{3,60}?)\*(?!\*)/g)]
    .map(([, name = '']) => name)
    .filter((name) => !/[?.]$/.test(name));
  const known = (name: string): boolean => [...titles].some((title) => title.startsWith(name)) || ELSEWHERE.has(name);
  t.same(
    named.filter((name) => !known(name)),
    [],
  );
  t.end();
});
