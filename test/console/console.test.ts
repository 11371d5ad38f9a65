/**
 * The console as people use it, in a real browser, on a store that `wardwatch demo` filled: first the door, then the stories,
 * then every page for everybody (keyboard, axe-core, light and dark, a tablet).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContext, JSHandle, Page } from 'playwright-core';
import t from 'tap';
import { buildConsole } from '../../src/console/build.ts';
import { freshFolder, type Running, start, run as wardwatch } from '../support/cli.ts';
import { noBrowser, openBrowser, places, settled } from './browser.ts';

const PASSWORD = 'a long enough password for tests';
const ADMINISTRATOR = 'admin-1';

/** As openFDA gives them out. */
const recall = JSON.stringify({
  meta: { disclaimer: 'a sample' },
  results: [
    {
      cfres_id: '1',
      product_res_number: 'Z-0001-2026',
      recalling_firm: 'Siemens Medical Solutions USA, Inc',
      product_description: 'MAGNETOM Aera, magnetic resonance system',
      code_info: 'All units',
      reason_for_recall: 'The table may move.',
      action: 'Do not use until updated.',
      recall_status: 'Ongoing',
      event_date_initiated: '2026-01-05',
    },
  ],
});

interface Stage {
  sensor: Running;
  address: string;
  setupLink: string;
  browser: Browser;
  context: BrowserContext;
  page: Page;
}

let stage: Stage | null = null;

function on(): Stage {
  if (stage === null) throw new Error('the console was not started');
  return stage;
}

/** Trouble that the browser told of: blocked by the policy, thrown by the script. */
const troubles: string[] = [];

async function newPage(context: BrowserContext, address = on().address): Promise<Page> {
  const page = await context.newPage();
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${address}/`) && !/^(?:blob|data):/.test(url)) troubles.push(`asked for ${url}`);
  });
  page.on('pageerror', (error) => troubles.push(String(error)));
  page.on('console', (message) => {
    const text = message.text();
    // A refusal is part of the stories; it is shown in words.
    if (message.type() === 'error' && !text.startsWith('Failed to load resource')) troubles.push(text);
  });
  return page;
}

/** Waits for what no locator can say. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await holds()) return;
    await on().page.waitForTimeout(50);
  }
  throw new Error('it did not come to hold');
}

async function open(hash: string, page = on().page): Promise<Page> {
  await page.goto(`${on().address}/${hash}`);
  await settled(page);
  return page;
}

t.test('the console', { skip: noBrowser === '' ? false : noBrowser, timeout: 280_000 }, async (t) => {
  await buildConsole(join(import.meta.dirname, '..', '..', 'dist', 'console'));
  const folder = freshFolder((action) => t.teardown(action));
  const sensor = start(['demo', '--into', folder, '--listen', '127.0.0.1:0']);
  t.teardown(async () => {
    await stage?.browser.close();
    sensor.child.kill('SIGTERM');
    await sensor.ended;
  });
  const address = (await sensor.line(/^ready http/)).replace('ready ', '');
  const link = await Promise.any([sensor.line(/setup\?secret=/), sensor.said(/setup\?secret=/)]);
  const setupLink = /http\S+/.exec(link)?.[0] ?? '';
  const notices = freshFolder((action) => t.teardown(action));
  writeFileSync(join(notices, 'recall.json'), recall);
  t.equal((await wardwatch(['recalls', '--folder', notices, '--into', folder])).status, 0);
  const browser = await openBrowser();
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    acceptDownloads: true,
    timezoneId: 'Europe/Berlin',
  });
  context.setDefaultTimeout(15_000);
  stage = { sensor, address, setupLink, browser, context, page: await newPage(context, address) };

  await t.test('before anybody is set up, whoever sits at the machine sees how things stand', async (t) => {
    const page = await open('#/');
    t.match(await page.locator('.say').textContent(), /incidents? needs? somebody now/);
    t.equal(await page.getByRole('link', { name: 'Sign in' }).count(), 1);
  });

  await t.test('the printed link makes the first administrator', async (t) => {
    const page = await open(new URL(setupLink).hash);
    await page.getByLabel('Your name for signing in').fill(ADMINISTRATOR);
    await page.getByLabel('Password', { exact: true }).fill('short');
    await page.getByLabel('Password again').fill('short');
    t.equal(await page.locator('input:invalid').count(), 1, 'a short password is refused by the form');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByLabel('Password again').fill(PASSWORD);
    await page.getByRole('button', { name: 'Make administrator' }).click();
    await page.locator('.who').waitFor();
    t.match(await page.locator('.who').textContent(), new RegExp(ADMINISTRATOR));
  });

  await t.test('a device is found by its AE title', async (t) => {
    const page = await open('#/devices');
    await page.getByLabel('Search').fill('mr_aera');
    await page.getByText('1 device', { exact: true }).waitFor();
    await page.locator('td a.name').click();
    await page.getByRole('heading', { level: 1, name: 'MRC41777' }).waitFor();
    await settled(page);
    t.match(await page.locator('.identity').textContent(), /MR_AERA[\s\S]*/);
    const source = page.locator('.identity li', { hasText: 'DICOM calling AE title' });
    t.notOk(await source.isVisible());
    await page.locator('.identity summary', { hasText: 'MR_AERA' }).click();
    t.ok(await source.isVisible(), 'with the evidence for it');
    t.ok((await page.locator('svg .node').count()) > 3, 'its partners are drawn');
    t.ok((await page.locator('svg rect[class^="heat-"]').count()) >= 24 * 7, 'and its week');
  });

  await t.test('an incident is read and closed as benign', async (t) => {
    const page = await open('#/incidents');
    await page.locator('.queue a').first().click();
    await page.getByRole('heading', { name: 'What this is about' }).waitFor();
    const sentences = await page.locator('.sentences').first().locator('dd').allTextContents();
    t.equal(sentences.length, 4);
    t.ok(
      sentences.every((sentence) => sentence.endsWith('.')),
      'four sentences',
    );
    await page.getByLabel('Benign').check();
    t.ok(await page.getByRole('button', { name: 'Close', exact: true }).isDisabled(), 'a reason is needed');
    await page.getByLabel('Why (needed to close)').fill('work order 17: the maker was here');
    await page.getByRole('button', { name: 'Close', exact: true }).click();
    await page.getByRole('status').getByText('Closed as benign.').waitFor();
    await page.locator('.facts').getByText('closed: benign').waitFor();
    t.match(await page.locator('.timeline').textContent(), new RegExp(`${ADMINISTRATOR}: close benign`));
    t.match(await page.locator('.timeline').textContent(), /order 17/);
    await open('#/incidents?state=closed');
    t.equal(await page.locator('.queue li').count(), 1);
  });

  await t.test('a connection that waits is accepted, and its reason is kept', async (t) => {
    const page = await open('#/baseline');
    const waiting = await page.locator('td .badge', { hasText: 'waits' }).count();
    await page.locator('tbody input[type=checkbox]').first().check();
    await page.getByRole('button', { name: 'Accept …', exact: true }).click();
    const dialog = page.getByRole('dialog');
    t.ok(await dialog.getByRole('button', { name: 'Accept' }).isDisabled());
    await dialog.getByLabel('Reason').fill('confirmed by radiology');
    await dialog.getByRole('button', { name: 'Accept' }).click();
    await page.locator('td', { hasText: `accepted` }).getByText(`by ${ADMINISTRATOR}`).waitFor();
    await settled(page);
    t.equal(await page.locator('td .badge', { hasText: 'waits' }).count(), waiting - 1);
    t.match(await page.locator('.timeline').textContent(), /confirmed by radiology/);
  });

  await t.test('findings are hidden by a rule after it showed what it would hide', async (t) => {
    const page = await open('#/incidents');
    await page.locator('.queue a').last().click();
    await page.locator('.finding summary').first().click();
    await page.getByRole('button', { name: 'Hide findings like this …' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('It would hide').waitFor();
    const promised = Number(/hide (\d+) finding/.exec((await dialog.locator('.preview').textContent()) ?? '')?.[1]);
    t.ok(promised >= 1);
    await dialog.getByLabel('Reason').fill('known scanner of the network team');
    t.equal(await dialog.getByLabel('Whom to ask when it ends').inputValue(), ADMINISTRATOR);
    await dialog.getByRole('button', { name: 'Hide them' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await open('#/settings');
    const row = page.locator('tr', { hasText: 'known scanner' }).first();
    t.match(await row.textContent(), new RegExp(`${promised} finding`), 'it hides as many as it said');
    await row.getByRole('button', { name: /End rule/ }).click();
    await row.getByText('over').waitFor();
  });

  await t.test('a dropped capture is replayed apart, and its alerts are seen', async (t) => {
    const page = await open('#/replays');
    const capture = readFileSync(
      join(import.meta.dirname, '..', '..', 'captures', 'demo', 'p12_remote_control.pcap.gz'),
    );
    const transfer = await page.evaluateHandle<JSHandle>(`(() => {
      const data = new DataTransfer();
      const bytes = Uint8Array.from(atob('${capture.toString('base64')}'), (letter) => letter.charCodeAt(0));
      data.items.add(new File([bytes], 'ward 3.pcap.gz'));
      return data;
    })()`);
    await page.dispatchEvent('.drop', 'drop', { dataTransfer: transfer });
    const run = page.getByLabel('Name of the new run');
    await until(async () => (await run.inputValue()).startsWith('ward-3'));
    await run.fill('dropped');
    await page.getByRole('button', { name: 'Replay', exact: true }).click();
    const row = page.locator('tr', { hasText: 'dropped' });
    await row.getByText('✓ done').waitFor({ timeout: 60_000 });
    await row.getByRole('link', { name: 'Incidents' }).click();
    await settled(page);
    t.match(page.url(), /run=dropped/);
    t.ok((await page.locator('.queue li').count()) >= 1, 'what it raised');
    await open('#/incidents?state=all');
    t.notMatch(page.url(), /run=/, 'the sensor itself knows nothing of it');
    t.equal(await page.getByLabel('Shown run').inputValue(), 'demo', 'and is what is shown');
    t.match(await page.getByLabel('Shown run').textContent(), /replay: dropped/);
  });

  await t.test('a policy is exported as a file', async (t) => {
    const page = await open('#/baseline');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page
        .getByRole('button', { name: /^MUD policy of/ })
        .first()
        .click(),
    ]);
    t.match(download.suggestedFilename(), /\.mud\.json$/);
    const policy = JSON.parse(readFileSync(await download.path(), 'utf8')) as Record<string, unknown>;
    t.ok('ietf-mud:mud' in policy);
  });

  await t.test('the list of devices is exported as a table', async (t) => {
    const page = await open('#/devices');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export CSV' }).click(),
    ]);
    const lines = readFileSync(await download.path(), 'utf8')
      .trimEnd()
      .split('\r\n');
    t.match(lines[0], /^Id,Addresses,Device,What it is/);
    t.equal(lines.length, 19);
  });

  await t.test('an equipment list is taken over, and what it does not know is named', async (t) => {
    const page = await open('#/inventory');
    await page.getByText('No equipment list was taken over yet').waitFor();
    const list = [
      'Inventory no.;Description;MAC address;AE title;Ser. no.',
      'A-1;MR room 1;08:00:06:20:01:12;OTHER_AE;MRSN41777',
      'A-2;Ventilator;00:00:00:00:0f:0f;;V-9',
      '',
    ].join('\n');
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: 'equipment.csv', mimeType: 'text/csv', buffer: Buffer.from(list) });
    await page.getByText('5 columns').click();
    await page.getByLabel('Location').selectOption('leave out');
    await page.getByRole('button', { name: 'Take it over' }).click();
    await page.getByRole('heading', { name: 'Compared with what was heard' }).waitFor();
    await settled(page);
    const differs = page.locator('section', { has: page.getByRole('heading', { name: 'Said differently' }) });
    t.match(await differs.locator('tbody tr').first().textContent(), /A-1.*AE title.*OTHER_AE.*MR_AERA/);
    const missing = page.locator('section', { has: page.getByRole('heading', { name: 'In the list and not heard' }) });
    t.match(await missing.locator('tbody').textContent(), /A-2Ventilator/);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Devices as CycloneDX 1.6' }).click(),
    ]);
    t.match(JSON.parse(readFileSync(await download.path(), 'utf8')), { bomFormat: 'CycloneDX', specVersion: '1.6' });
  });

  await t.test('a recall that fits a device is shown with its words, and dismissed with a reason', async (t) => {
    const page = await open('#/inventory?about=recalls');
    await page.locator('.finding summary').first().click();
    t.match(await page.locator('.finding').first().textContent(), /The table may move.*Do not use until updated/);
    await page.getByRole('button', { name: 'Dismiss …' }).click();
    await page.getByRole('dialog').getByLabel('Reason').fill('updated in May, work order 12');
    await page.getByRole('dialog').getByRole('button', { name: 'Dismiss' }).click();
    await page.locator('.finding .badge', { hasText: 'dismissed' }).waitFor();
    t.match(await page.locator('.finding').first().textContent(), /updated in May/);
    await open('#/devices?q=MR_AERA');
    await page.locator('td a.name').click();
    await page.getByRole('heading', { name: 'Recalls and advisories' }).waitFor();
  });

  await t.test('an incident is printed whole, without what only a screen needs', async (t) => {
    const { page } = on();
    await open('#/incidents?state=all');
    await page.locator('.queue a').first().click();
    await page.getByRole('heading', { name: 'What this is about' }).waitFor();
    await settled(page);
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    t.notOk(await page.locator('.side').isVisible());
    t.notOk(await page.getByRole('button', { name: 'Print report' }).isVisible());
    t.ok(await page.getByText('printed').first().isVisible(), 'when it was printed');
    t.ok(await page.locator('.finding .sentences').last().isVisible(), 'every finding is open');
    const ink = await page.evaluate<string>('getComputedStyle(document.documentElement).color');
    t.equal(ink, 'rgb(21, 33, 42)', 'dark on white, whatever the screen does');
    await page.emulateMedia({ media: null, colorScheme: null });
  });

  await t.test('every page is free of serious violations of WCAG, light and dark', async (t) => {
    const { page } = on();
    await open('#/incidents?state=all');
    const incident = await page.locator('.queue a').first().getAttribute('href');
    await open('#/devices');
    const device = await page.locator('td a.name').first().getAttribute('href');
    const all = [...places, ['incident', incident ?? ''], ['device', device ?? '']] as const;
    // These have no colours that the other pages have not.
    const alike = new Set(['messages', 'bedside', 'imaging', 'incidents', 'devices', 'sensor', 'sign-in', 'inventory']);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const [name, hash] of all) {
        if (colorScheme === 'dark' && alike.has(name)) continue;
        await open(hash);
        // One page needs no second one to put its parts together, which is slow.
        const axe = new AxeBuilder({ page }).setLegacyMode();
        // What stands on a page is the same in the dark; only its colours are others.
        if (colorScheme === 'light') axe.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']);
        else axe.withRules(['color-contrast']);
        const { violations } = await axe.analyze();
        const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
        t.same(
          serious.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 160)} ${nodes[0]?.failureSummary}`),
          [],
          `${name}, ${colorScheme}`,
        );
      }
    }
    await page.emulateMedia({ colorScheme: null });
  });

  await t.test('on a tablet no page is wider than the screen', async (t) => {
    const { page } = on();
    await page.setViewportSize({ width: 768, height: 1024 });
    for (const [name, hash] of places) {
      await open(hash);
      const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
      t.ok(wide <= 768, `${name}: ${wide}`);
    }
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  await t.test('appearance is chosen, and kept', async (t) => {
    const { page } = on();
    await open('#/');
    const background = () => page.evaluate<string>('getComputedStyle(document.documentElement).backgroundColor');
    const light = await background();
    await page.getByLabel('Appearance').selectOption('dark');
    const dark = await background();
    t.not(dark, light);
    await page.reload();
    await settled(page);
    t.equal(await background(), dark);
    await page.getByLabel('Appearance').selectOption('system');
  });

  await t.test('the keyboard alone leads from the navigation to a device', async (t) => {
    const { page } = on();
    await open('#/');
    const focused = () => page.evaluate<string>("document.activeElement?.textContent?.trim() ?? ''");
    const tabTo = async (pattern: RegExp, limit: number): Promise<void> => {
      for (let i = 0; i < limit; i++) {
        await page.keyboard.press('Tab');
        if (pattern.test(await focused())) return;
      }
      t.fail(`the tabulator does not reach ${pattern}`);
    };
    await page.keyboard.press('Tab');
    t.equal(await focused(), 'Skip to the content');
    await tabTo(/^Devices$/, 8);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Devices' }).waitFor();
    await settled(page);
    t.equal(await focused(), 'Devices', 'the heading of the new page has the focus');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.type('RESONA');
    await page.getByText('1 device', { exact: true }).waitFor();
    await tabTo(/^US-ROOM2$/, 20);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'US-ROOM2' }).waitFor();
  });

  await t.test('a dialog is worked by the keyboard: opened, left, and the focus is where it was', async (t) => {
    const { page } = on();
    await open('#/settings');
    const opener = page.getByRole('button', { name: 'Add somebody …' });
    await opener.focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    t.equal(await page.evaluate<string>('document.activeElement?.tagName'), 'INPUT', 'the first field has the focus');
    const outline = await page.evaluate<string>('getComputedStyle(document.activeElement).outlineStyle');
    t.equal(outline, 'solid', 'which is to be seen');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    t.equal(await page.evaluate<string>('document.activeElement?.textContent'), 'Add somebody …');
  });

  await t.test('somebody changes the own password, and the old one is asked for', async (t) => {
    const { page } = on();
    await open('#/');
    await page.getByRole('button', { name: 'Password …' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Old password').fill('not the old one at all');
    await dialog.getByLabel('New password', { exact: true }).fill(`${PASSWORD}, changed`);
    await dialog.getByLabel('New password again').fill(`${PASSWORD}, changed`);
    await dialog.getByRole('button', { name: 'Change it' }).click();
    t.match(await dialog.locator('.trouble').textContent(), /old password is wrong/);
    await dialog.getByLabel('Old password').fill(PASSWORD);
    await dialog.getByRole('button', { name: 'Change it' }).click();
    await page.getByRole('status').getByText('Your password was changed').waitFor();
  });

  await t.test('the page of a device is there quickly', async (t) => {
    const { page } = on();
    await open('#/devices?q=MR_AERA');
    const href = (await page.locator('td a.name').first().getAttribute('href')) ?? '';
    await open('#/');
    const startMs = performance.now();
    await page.goto(`${on().address}/${href}`);
    await page.getByRole('button', { name: 'Learn again …' }).waitFor();
    t.comment(`its buttons can be pressed after ${Math.round(performance.now() - startMs)} ms`);
    t.end();
  });

  await t.test('who may only look is told so when he decides', async (t) => {
    const page = await open('#/settings');
    await page.getByRole('button', { name: 'Add somebody …' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('viewer-1');
    await dialog.getByLabel('First password').fill(PASSWORD);
    await dialog.getByRole('button', { name: 'Add' }).click();
    await page.getByRole('cell', { name: 'viewer-1', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('link', { name: 'Sign in' }).first().click();
    await page.getByLabel('Name').fill('viewer-1');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.locator('.who').waitFor();
    await open('#/incidents');
    await page.locator('.queue a').first().click();
    await page.getByText('who may look but not decide').waitFor();
    await page.getByLabel('Why (needed to close)').fill('I think it is fine');
    await page.getByRole('button', { name: 'Add words only' }).click();
    t.match(await page.locator('.trouble').textContent(), /./, 'in words');
    t.notMatch(await page.locator('.timeline').textContent(), /I think it is fine/);
  });

  await t.test('a wrong password is refused, and after some the name is locked', async (t) => {
    const context = await on().browser.newContext();
    const page = await newPage(context);
    await open('#/sign-in', page);
    const attempt = async (password: string): Promise<string> => {
      await page.getByLabel('Name').fill('viewer-1');
      await page.getByLabel('Password').fill(password);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.locator('.trouble').waitFor();
      await page.locator('button.primary:not([disabled])').waitFor();
      return (await page.locator('.trouble').textContent()) ?? '';
    };
    t.match(await attempt('not this one either'), /wrong/i);
    t.equal(await page.getByLabel('Password').inputValue(), '', 'the password is not left standing');
    let words = '';
    for (let i = 0; i < 15 && !/too many|again in/i.test(words); i++)
      words = await attempt(`guess number ${i} of many`);
    t.match(words, /too many/i);
    t.match(await attempt(PASSWORD), /too many/i, 'the right one does not help now');
    await context.close();
  });

  await t.test('nothing was blocked by the policy and nothing was thrown', async (t) => {
    t.same(troubles, []);
  });
});
