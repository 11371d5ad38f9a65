/**
 * `node test/console/pictures.ts [--setup LINK] [--size 1280x800] [--full] ADDRESS FOLDER [NAME …]`: pictures of every page, light
 * and dark, of a console that is being served there; with the link that the sensor printed, as its first administrator sees
 * them. Those of the documents are made so from `wardwatch demo`; a person looks at them.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { openBrowser, places, settled } from './browser.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    setup: { type: 'string', default: '' },
    size: { type: 'string', default: '1280x800' },
    full: { type: 'boolean', default: false },
  },
});
const [address = 'http://127.0.0.1:8470', folder = 'docs/img', ...wanted] = positionals;
const [width = 1280, height = 800] = values.size.split('x').map(Number);
mkdirSync(folder, { recursive: true });

async function first(path: string, key: string): Promise<string> {
  const answer = (await (await fetch(`${address}/api/v1/${path}`)).json()) as Record<string, { id: string }[]>;
  return answer[key]?.[0]?.id ?? '';
}

/** Whoever was made administrator by an earlier call signs in by the same words. */
async function enter(page: Page): Promise<void> {
  const password = 'pictures for the documents';
  await page.goto(`${address}/${new URL(values.setup).hash}`);
  await settled(page);
  if ((await page.getByText('has been set up already').count()) > 0) {
    await page.goto(`${address}/#/sign-in`);
    await page.getByLabel('Name').fill('engineer');
  } else {
    await page.getByLabel('Your name for signing in').fill('engineer');
    await page.getByLabel('Password again').fill(password);
  }
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.locator('button.primary').click();
  await page.locator('.who').waitFor();
  await page.locator('.toasts p').waitFor({ state: 'detached' });
}

const browser = await openBrowser();
try {
  const all = [
    ...places,
    ['incident', `#/incidents/${await first('incidents?sort=risk&limit=1', 'incidents')}`] as const,
    ['device', `#/devices/${await first('devices?q=MR_AERA&limit=1', 'devices')}`] as const,
  ].filter(([name]) => wanted.length === 0 || wanted.includes(name));
  const context = await browser.newContext({ viewport: { width, height }, timezoneId: 'Europe/Berlin' });
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error') console.error(`${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => console.error(error));
  if (values.setup !== '') await enter(page);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const [name, hash] of all) {
      await page.goto(`${address}/${hash}`);
      await settled(page);
      await page.mouse.move(0, 0);
      await page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`), fullPage: values.full });
    }
  }
} finally {
  await browser.close();
}
