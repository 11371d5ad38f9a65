/** A browser without a window, looking at a console that serves what `wardwatch demo` filled. */
import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';

/** '' or why there is no browser to test with. */
export const noBrowser: string = existsSync(CHROMIUM) ? '' : `no ${CHROMIUM}`;

export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
}

/** Pages that show the whole console, with a name for a picture of each. */
export const places: readonly (readonly [name: string, hash: string])[] = [
  ['now', '#/'],
  ['incidents', '#/incidents'],
  ['devices', '#/devices'],
  ['inventory', '#/inventory'],
  ['recalls', '#/inventory?about=recalls'],
  ['network', '#/network'],
  ['imaging', '#/clinical?about=imaging'],
  ['messages', '#/clinical?about=messages'],
  ['bedside', '#/clinical?about=bedside'],
  ['baseline', '#/baseline'],
  ['replays', '#/replays'],
  ['sensor', '#/sensor'],
  ['settings', '#/settings'],
  ['sign-in', '#/sign-in'],
];

/** Everything that was asked for is there. */
export async function settled(page: Page): Promise<void> {
  await page.locator('main h1').first().waitFor();
  // The questions of a page that was just opened are asked after its first drawing, those of its parts after the answer.
  for (let quiet = 0; quiet < 3; ) {
    await page.waitForTimeout(40);
    quiet = (await page.locator('[aria-busy]').count()) === 0 ? quiet + 1 : 0;
  }
}
