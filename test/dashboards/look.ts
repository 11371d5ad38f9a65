/**
 * For the eyes: every panel of a dashboard as the table of what it would show, without a Grafana.
 *
 *   node test/dashboards/look.ts http://127.0.0.1:8086 demo|day|live|trouble [dashboard] [name=…]
 */
import { readFileSync } from 'node:fs';
import { plans } from '../../dashboards/index.ts';
import { type Dashboard, opened } from './emulator/dashboard.ts';
import { framesOfPanel, seen } from './emulator/panel.ts';
import { asking, day, demo, live, trouble } from './filled.ts';

const [url = '', recordingName = 'demo', only = '', ...words] = process.argv.slice(2);
const recording = [demo, day, live, trouble].find(({ run }) => run === recordingName) ?? demo;
const ask = asking(url);
for (const { key } of plans) {
  if (only !== '' && only !== 'all' && only !== key) continue;
  const dashboard: Dashboard = JSON.parse(readFileSync(`dashboards/generated/${key}.json`, 'utf8'));
  const address = {
    run: recording.run,
    ...Object.fromEntries(words.map((word) => word.split('=') as [string, string])),
  };
  console.log(`\n######## ${dashboard.title}: ${dashboard.description}`);
  const variables = await opened(dashboard, address, recording.range, ask);
  for (const [name, { value, options }] of variables) console.log(`   ${name} = ${value}  of  ${options.join(', ')}`);
  for (const panel of dashboard.panels) {
    console.log(`\n== ${panel.id} ${panel.title} [${panel.type}]`);
    try {
      const shown = seen(panel, await framesOfPanel(panel, variables, recording.range, ask));
      for (const line of shown.trouble) console.log(`   !! ${line}`);
      if (shown.rows.length === 0) console.log('   -- empty');
      for (const row of shown.rows.slice(0, 14)) console.log(`   ${row.map((cell) => cell.slice(0, 60)).join(' | ')}`);
    } catch (error) {
      console.log(`   !! ${(error as Error).message}`);
    }
  }
}
