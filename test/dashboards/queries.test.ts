/**
 * Every query of every panel, variable, mark and alert rule on a real InfluxDB that replays have filled: no error, the
 * right shape for the kind of panel, and nothing empty that should show something.
 */
import t from 'tap';
import { plans } from '../../dashboards/index.ts';
import { noBrowser, openBrowser } from '../console/browser.ts';
import { influxdMissing } from '../support/influxd.ts';
import { dashboards } from './committed.ts';
import { opened } from './emulator/dashboard.ts';
import { marksOf, type Range, seriesOf } from './emulator/influxql.ts';
import { type Ask, framesOfPanel, interpolated, seen } from './emulator/panel.ts';
import type { Variables } from './emulator/variables.ts';
import { day, demo, filled, live, type Recording, sharedMissing, trouble } from './filled.ts';
import { page, WIDTH } from './picture/page.ts';

/** Panels with nothing to show in any of the recordings, and why that is right. */
const NOTHING_ANYWHERE: Readonly<Record<string, string>> = {};

/** Panels that are empty on the generated day, which has no live sensor, no refusals and no clocks. */
const NOTHING_ON_THE_DAY = new Set([
  'Clock differs by',
  'Support ends in',
  'Last refusals',
  'Last failed commands',
  'Clocks that are wrong',
  'Last error codes',
  'Alarm messages, by protocol',
  'Alarm messages, by device',
  'Support has ended',
  'Behind by',
  'Figures that wait for InfluxDB',
  'Oldest waiting figure',
  'Figures lost for good',
]);

interface Shown {
  readonly title: string;
  readonly trouble: readonly string[];
  readonly rows: number;
}

/** All panels of a dashboard as it opens for a recording. */
async function shownBy(key: string, { run, range, device }: Recording, ask: Ask): Promise<Shown[]> {
  const dashboard = dashboards.get(key)!;
  const variables = await opened(dashboard, { run, ...(key === 'device' ? { name: device } : {}) }, range, ask);
  const shown: Shown[] = [];
  for (const panel of dashboard.panels) {
    const { title } = panel;
    try {
      const { trouble, rows } = seen(panel, await framesOfPanel(panel, variables, range, ask));
      shown.push({ title, trouble, rows: rows.length });
    } catch (error) {
      shown.push({ title, trouble: [(error as Error).message], rows: 0 });
    }
  }
  return shown;
}

t.test('dashboards on a real InfluxDB', { skip: influxdMissing }, async (t) => {
  const recordings = [demo, day, live, ...(sharedMissing ? [] : [trouble])];
  if (sharedMissing) t.comment(`without the recording of trouble: ${sharedMissing}`);
  const { ask } = await filled(t, recordings);
  const filledPanels = new Set<string>();

  for (const { key, title } of plans) {
    await t.test(`${title}: no query fails, every panel gets the shape it needs`, async (t) => {
      for (const recording of recordings) {
        const shown = await shownBy(key, recording, ask);
        const faults = shown.flatMap(({ title, trouble }) => trouble.map((fault) => `${title}: ${fault}`));
        t.same(faults, [], recording.run);
        for (const { title, rows } of shown) if (rows > 0) filledPanels.add(`${key}: ${title}`);
        if (recording !== day) continue;
        const empty = shown.filter(({ title, rows }) => rows === 0 && !NOTHING_ON_THE_DAY.has(title));
        t.same(
          empty.map(({ title }) => title),
          [],
          'a day fills every panel that a day can fill',
        );
      }
    });
  }

  await t.test('no panel stays empty in all of the recordings', { skip: sharedMissing }, (t) => {
    const titles = plans.flatMap(({ key }) => dashboards.get(key)!.panels.map(({ title }) => `${key}: ${title}`));
    t.same(
      titles.filter((title) => !filledPanels.has(title) && !(title in NOTHING_ANYWHERE)),
      [],
    );
    t.end();
  });

  await t.test('each variable has values, and all of them together are a valid query', async (t) => {
    for (const { key } of plans) {
      const variables = await opened(dashboards.get(key)!, { run: day.run }, day.range, ask);
      for (const [name, { options }] of variables) t.ok(options.length > 0, `${key}: ${name}`);
    }
  });

  await t.test('several values, one value and a value with signs of regular expressions work alike', async (t) => {
    const dashboard = dashboards.get('ward')!;
    const variables = new Map(await opened(dashboard, { run: day.run }, day.range, ask));
    const panel = dashboard.panels.find(({ title }) => title === 'Devices, by kind')!;
    const with_ = async (value: string | string[]): Promise<string[]> => {
      const chosen = new Map(variables).set('class', { ...variables.get('class')!, value });
      return seen(panel, await framesOfPanel(panel, chosen, day.range, ask)).rows.map(([name]) => `${name}`);
    };
    t.same((await with_(['ct', 'mr'])).sort(), ['ct', 'mr']);
    t.same(await with_(['ct']), ['ct']);
    t.same(await with_(['c.', 'ct|mr', '(', '.*']), [], 'a dot is a dot');
  });

  await t.test(
    'drawn as wide as a desk, no title, no figure and no head of a column is cut off',
    {
      skip: noBrowser === '' ? false : noBrowser,
    },
    async (t) => {
      const browser = await openBrowser();
      t.teardown(() => browser.close());
      const tab = await browser.newPage({ viewport: { width: WIDTH, height: 900 } });
      for (const { key } of plans) {
        const { run, range, device } = day;
        const dashboard = dashboards.get(key)!;
        const variables = await opened(dashboard, { run, ...(key === 'device' ? { name: device } : {}) }, range, ask);
        await tab.setContent(await page(dashboard, variables, range, ask));
        const cut = await tab.$$eval('h2, th, .stat, .none', (all) =>
          all.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent),
        );
        t.same(cut, [], key);
      }
    },
  );

  await t.test('marks of findings: a text and tags for each, and nothing that would become a title', async (t) => {
    for (const { key } of plans) {
      const marks = await marksOn(key, demo.range, demo.run, ask);
      if (!['sensor', 'device', 'messages', 'bedside'].includes(key)) t.ok(marks.length > 0, `${key} has marks`);
      t.same(
        marks.filter(({ text, tags, title }) => text === '' || tags.length < 3 || title !== null),
        [],
        key,
      );
    }
  });
});

async function marksOn(key: string, range: Range, run: string, ask: Ask) {
  const dashboard = dashboards.get(key)!;
  const variables: Variables = await opened(dashboard, { run }, range, ask);
  const target = dashboard.annotations.list.find(({ builtIn }) => builtIn !== 1)!.target!;
  const answer = await ask(interpolated(target.query, variables, range));
  seriesOf(answer);
  return marksOf(answer, target);
}
