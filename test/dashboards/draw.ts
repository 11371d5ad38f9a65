/**
 * For the eyes: whole dashboards as pictures, from the committed JSON and the answers of a real InfluxDB, without a
 * Grafana. Plain drawings in the right place, size, words and colours: they show what is clipped, empty or unclear.
 *
 *   node test/dashboards/draw.ts --influx http://127.0.0.1:8086/wardwatch --into FOLDER [--only ward] [--hours 24]
 *                                [--run live] [--name DEVICE]
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { plans } from '../../dashboards/index.ts';
import { openBrowser } from '../console/browser.ts';
import { type Dashboard, opened } from './emulator/dashboard.ts';
import { msOf } from './emulator/influxql.ts';
import { asking } from './filled.ts';
import { page, WIDTH } from './picture/page.ts';

const { values } = parseArgs({
  options: {
    influx: { type: 'string', default: 'http://127.0.0.1:8086/wardwatch' },
    into: { type: 'string', default: '.' },
    only: { type: 'string' },
    hours: { type: 'string' },
    run: { type: 'string' },
    name: { type: 'string' },
  },
});
const server = new URL(values.influx);
const ask = asking(server.origin, server.pathname.slice(1));
mkdirSync(values.into, { recursive: true });
const browser = await openBrowser();
for (const { key } of plans) {
  if (values.only !== undefined && !values.only.split(',').includes(key)) continue;
  const dashboard: Dashboard = JSON.parse(readFileSync(`dashboards/generated/${key}.json`, 'utf8'));
  const back = values.hours === undefined ? msOf(dashboard.time.from.slice(4)) : Number(values.hours) * 3_600_000;
  const range = { fromMs: Date.now() - back, toMs: Date.now() };
  const address = Object.entries({ run: values.run, name: values.name }).filter(([, value]) => value !== undefined);
  const variables = await opened(dashboard, Object.fromEntries(address) as Record<string, string>, range, ask);
  const html = await page(dashboard, variables, range, ask);
  writeFileSync(join(values.into, `${key}.html`), html);
  const tab = await browser.newPage({ viewport: { width: WIDTH, height: 900 } });
  await tab.setContent(html);
  await tab.screenshot({ path: join(values.into, `${key}.png`), fullPage: true });
  await tab.close();
}
await browser.close();
