/**
 * `node test/console/pictures.ts ADDRESS FOLDER [NAME …]`: pictures of every page, light and dark, of a console that is being
 * served there. Those of the documents are made so from `wardwatch demo`; a person looks at them.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openBrowser, places, settled } from './browser.ts';

const [address = 'http://127.0.0.1:8470', folder = 'docs/img', ...wanted] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const browser = await openBrowser();
try {
  const list = async (path: string, key: string): Promise<Record<string, unknown>[]> => {
    const answer = (await (await fetch(`${address}/api/v1/${path}`)).json()) as Record<
      string,
      Record<string, unknown>[]
    >;
    return answer[key] ?? [];
  };
  const [incident] = await list('incidents?sort=risk&limit=1', 'incidents');
  const [device] = await list('devices?q=MR_AERA&limit=1', 'devices');
  const all = [
    ...places,
    ['incident', `#/incidents/${incident?.id}`] as const,
    ['device', `#/devices/${device?.id}`] as const,
  ].filter(([name]) => wanted.length === 0 || wanted.includes(name));
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await browser.newPage({
      viewport: { width: 1280, height: 800 },
      colorScheme,
      timezoneId: 'Europe/Berlin',
    });
    page.on('console', (message) => {
      if (message.type() === 'error') console.error(`${message.text()} ${message.location().url}`);
    });
    page.on('pageerror', (error) => console.error(error));
    for (const [name, hash] of all) {
      await page.goto(`${address}/${hash}`);
      await settled(page);
      await page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`), fullPage: wanted.length > 0 });
    }
    await page.close();
  }
} finally {
  await browser.close();
}
