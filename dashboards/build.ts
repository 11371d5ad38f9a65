/**
 * `npm run dashboards`: writes the dashboards for Grafana, from the builders beside this file.
 *
 *   node dashboards/build.ts [--into FOLDER] [--console https://sensor.example.org:8470]
 *
 * What is committed is what this writes without options; a test holds the two equal.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { CONSOLE_ADDRESS, framed } from './frame.ts';
import { plans } from './index.ts';

/** Path below this folder → text. */
export function generated(): Map<string, string> {
  return new Map(plans.map((plan) => [`generated/${plan.key}.json`, `${JSON.stringify(framed(plan), null, 2)}\n`]));
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
