/**
 * `npm run dashboards`: writes the dashboards and alert rules for Grafana, from the builders beside this file.
 *
 *   node dashboards/build.ts [--into FOLDER] [--console https://sensor.example.org:8470]
 *
 * What is committed is what this writes without options; a test holds the two equal.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { stringify } from 'yaml';
import { rulesFile } from './alerts.ts';
import { CONSOLE_ADDRESS, framed } from './frame.ts';
import { plans } from './index.ts';

/** Uid of the data source in provisioning/datasources. */
const DATASOURCE = 'wardwatch';
const RULES_HEAD = '# Written by `npm run dashboards` from dashboards/alerts.ts.\n';

/** Path below this folder → text. */
export function generated(): Map<string, string> {
  const files = plans.map(
    (plan) => [`generated/${plan.key}.json`, `${JSON.stringify(framed(plan), null, 2)}\n`] as const,
  );
  return new Map([
    ...files,
    ['provisioning/alerting/rules.yaml', RULES_HEAD + stringify(rulesFile(DATASOURCE), { lineWidth: 0 })],
  ]);
}

function write(): void {
  const { values } = parseArgs({ options: { into: { type: 'string' }, console: { type: 'string' } } });
  const folder = values.into ?? import.meta.dirname;
  for (const [name, text] of generated()) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text.replaceAll(CONSOLE_ADDRESS, values.console ?? CONSOLE_ADDRESS));
  }
}

if (import.meta.main) write();
