/**
 * Rules that every dashboard keeps, on the committed JSON: those of Grafana's dashboard-linter said anew, the layout as
 * data, and that the same thing has the same name and colour everywhere.
 */
import t from 'tap';
import { classesWithoutLook, lines as lineColours } from '../../dashboards/palette.ts';
import { protocols } from '../../dashboards/protocols.ts';
import { textOf } from '../support/sources.ts';
import { dashboards } from './committed.ts';
import type { Dashboard, VariableModel } from './emulator/dashboard.ts';
import type { Panel } from './emulator/panel.ts';
import { faults } from './portable.ts';

const SCREEN_ROWS = 20;
const PANELS_MAX = 14;
/** One unit of the grid and the gap below it, what a panel needs around its content, rows of tables; in pixels. */
const [UNIT, GAP, AROUND, ROW] = [30, 8, 52, 36] as const;
/** What a page should hold, and what its header and the way to the next one take, in rows. */
const [ROWS_OF_A_PAGE, PAGER] = [3, 2] as const;
/** A browser window of 1,440 pixels without Grafana's own menu, in units of the grid. */
const COLUMN_PIXELS = 57;
/** Panels that every Grafana from 10 to 13 brings, as far as they are used. */
const CORE = new Set(['stat', 'timeseries', 'table', 'bargauge', 'state-timeline', 'nodeGraph']);
/** Identifiers of Grafana's units, as far as they are used; `conversations` is the suffix of the graph. */
const UNITS = new Set([
  'none',
  'short',
  'percent',
  'percentunit',
  'bytes',
  'decbytes',
  'ms',
  's',
  'h',
  'd',
  'µs',
  'dateTimeFromNow',
  'conversations',
]);

const isUnit = (unit: unknown): boolean => UNITS.has(`${unit}`) || /^(time:|suffix:)./.test(`${unit}`);
/** What a column without a width of its own needs for its text. */
const FREE_PIXELS = 110;

interface FieldConfig {
  readonly defaults: Readonly<Record<string, unknown>>;
  readonly overrides: readonly {
    readonly matcher: { readonly id: string; readonly options: string };
    readonly properties: readonly { readonly id: string; readonly value: unknown }[];
  }[];
}

type Whole = Panel & { description: string; datasource: { uid: string }; fieldConfig: FieldConfig };

const panelsOf = (dashboard: Dashboard): Whole[] => dashboard.panels as unknown as Whole[];
const each = (rule: (dashboard: Dashboard, key: string) => readonly string[]): string[] =>
  [...dashboards].flatMap(([key, dashboard]) => rule(dashboard, key).map((fault) => `${key}: ${fault}`));
const eachPanel = (rule: (panel: Whole, dashboard: Dashboard) => readonly string[]): string[] =>
  each((dashboard) =>
    panelsOf(dashboard).flatMap((panel) => rule(panel, dashboard).map((fault) => `${panel.title}: ${fault}`)),
  );
const unless = (holds: boolean, fault: string): string[] => (holds ? [] : [fault]);

t.test('a dashboard', (t) => {
  t.same(
    each(({ uid, title, description, schemaVersion, editable, tags, time, refresh }) => [
      ...unless(/^wardwatch-[a-z]{2,30}$/.test(uid), `uid ${uid}`),
      ...unless(title.length > 3 && title.length < 60, 'title'),
      ...unless(/^For .*: .*\?/.test(description), 'whose question it answers'),
      ...unless(schemaVersion <= 42, 'newer than the classic kind'),
      ...unless(!editable, 'editable: changes would be lost with the next start'),
      ...unless(tags.includes('wardwatch'), 'tag'),
      ...unless(time.to === 'now' && refresh === '1m', 'time'),
    ]),
    [],
  );
  const uids = [...dashboards.values()].map(({ uid }) => uid);
  t.equal(new Set(uids).size, 8, 'eight of them');
  t.end();
});

t.test(
  'a panel has title, question, sentence for nothing, unit, data source, query, and a kind of the core set',
  (t) => {
    t.same(
      eachPanel(({ title, description, type, datasource, targets, fieldConfig: { defaults } }) => [
        ...unless(title.length > 2 && title.length <= 46, 'title'),
        ...unless(description.length >= 40 && /[.?]$/.test(description), 'description'),
        ...unless(`${defaults.noValue ?? ''}` !== '', 'sentence for nothing'),
        ...unless(isUnit(defaults.unit), `unit ${defaults.unit}`),
        ...unless(CORE.has(type), `kind ${type}`),
        ...unless(datasource.uid === `\${datasource}`, 'data source'),
        ...unless(targets.length > 0, 'no query'),
      ]),
      [],
    );
    t.same(
      each((dashboard) =>
        unless(new Set(dashboard.panels.map(({ id }) => id)).size === dashboard.panels.length, 'ids'),
      ),
      [],
    );
    t.end();
  },
);

t.test(
  'the layout: at most fourteen panels, nothing overlaps, the first screen is full and holds whole panels',
  (t) => {
    const crosses = (a: Panel, b: Panel): boolean =>
      a.gridPos.x < b.gridPos.x + b.gridPos.w &&
      b.gridPos.x < a.gridPos.x + a.gridPos.w &&
      a.gridPos.y < b.gridPos.y + b.gridPos.h &&
      b.gridPos.y < a.gridPos.y + a.gridPos.h;
    t.same(
      each(({ panels }) => {
        const first = panels.filter(({ gridPos }) => gridPos.y < SCREEN_ROWS);
        const area = first.reduce((sum, { gridPos: { w, h } }) => sum + w * h, 0);
        return [
          ...unless(panels.length <= PANELS_MAX, `${panels.length} panels`),
          ...unless(area === 24 * SCREEN_ROWS, `first screen ${area} of ${24 * SCREEN_ROWS}`),
          ...first.flatMap(({ title, gridPos }) => unless(gridPos.y + gridPos.h <= SCREEN_ROWS, `${title} is cut`)),
          ...panels.flatMap(({ title, gridPos: { x, w } }) => unless(x >= 0 && x + w <= 24, `${title} is outside`)),
          ...panels.flatMap((a, at) =>
            panels.slice(at + 1).flatMap((b) => unless(!crosses(a, b), `${a.title} on ${b.title}`)),
          ),
        ];
      }),
      [],
    );
    t.end();
  },
);

t.test('no panel scrolls', (t) => {
  const heightOf = ({ gridPos: { h } }: Panel): number => h * UNIT + (h - 1) * GAP - AROUND;
  const limitOf = ({ transformations = [] }: Panel): number =>
    Number(transformations.find(({ id }) => id === 'limit')?.options.limitField ?? Number.NaN);
  t.same(
    eachPanel((panel) => {
      const { type, gridPos, fieldConfig, transformations = [] } = panel;
      if (type === 'bargauge' && transformations.length > 0) {
        return unless(limitOf(panel) * 24 <= heightOf(panel), 'more bars than there is room for');
      }
      if (type !== 'table') return [];
      const isFacts = transformations.some(({ id }) => id === 'reduce');
      const named = Object.keys(
        (transformations.find(({ id }) => id === 'organize')?.options.renameByName as object) ?? {},
      );
      const { enablePagination, footer } = panel.options as { enablePagination?: boolean; footer?: object };
      const paged = enablePagination === true && JSON.stringify(footer).includes('"enablePagination":true');
      const rows = isFacts ? named.length : ROWS_OF_A_PAGE + PAGER;
      const wide = fieldConfig.overrides.flatMap(({ properties }) =>
        properties.filter(({ id }) => id === 'custom.width').map(({ value }) => Number(value)),
      );
      const free = isFacts ? 1 : named.length - wide.length;
      const width = wide.reduce((sum, one) => sum + one, 0) + free * FREE_PIXELS;
      return [
        ...unless(isFacts || paged, 'no pages'),
        ...unless(rows * ROW <= heightOf(panel), `${rows} rows of ${ROW} in ${heightOf(panel)}`),
        ...unless(width <= gridPos.w * COLUMN_PIXELS, `columns ${width} wide in ${gridPos.w * COLUMN_PIXELS}`),
      ];
    }),
    [],
  );
  t.end();
});

t.test('variables: data source first, each query asked anew with the time, each held back by those before it', (t) => {
  const before = (list: readonly VariableModel[], name: string): string[] =>
    list
      .slice(
        0,
        list.findIndex((one) => one.name === name),
      )
      .map((one) => one.name);
  t.same(
    each(({ templating: { list } }) => [
      ...unless(
        list[0]?.type === 'datasource' && list[0].name === 'datasource' && list[0].query === 'influxdb',
        'data source',
      ),
      ...list.flatMap(({ name, label }) => unless(label.length > 3, `${name} has no label`)),
      ...list
        .filter(({ type }) => type === 'query')
        .flatMap(({ name, refresh, query, multi, includeAll }) => [
          ...unless(refresh === 2, `${name} is not refreshed`),
          ...unless(multi === includeAll, `${name}: several without all`),
          ...unless(name === 'site' || query.includes(`\${site:regex}`), `${name} is not held back by the site`),
          ...unless(['site', 'run'].includes(name) || query.includes(`\${run:regex}`), `${name} mixes recordings`),
          ...[...query.matchAll(/\$\{(\w+):regex\}/g)].flatMap(([, used = '']) =>
            unless(before(list, name).includes(used), `${name} uses ${used}, which comes later`),
          ),
        ]),
    ]),
    [],
  );
  t.end();
});

t.test('queries: portable, held to the time, names as in the list of measurements, variables that exist', (t) => {
  const queriesOf = ({ panels, annotations, templating }: Dashboard): string[] => [
    ...panels.flatMap(({ targets }) => targets.map(({ query }) => query)),
    ...annotations.list.flatMap(({ target }) => (target === undefined ? [] : [target.query])),
    ...templating.list.filter(({ type }) => type === 'query').map(({ query }) => query),
  ];
  t.same(
    each((dashboard) => {
      const names = new Set(dashboard.templating.list.map(({ name }) => name));
      return queriesOf(dashboard).flatMap((query) =>
        [
          ...faults(query),
          ...unless(query.startsWith('SHOW TAG VALUES') || query.includes('$timeFilter'), 'reads all time'),
          ...[...query.matchAll(/\$\{(\w+)/g)].flatMap(([, name = '']) =>
            unless(names.has(name), `no variable ${name}`),
          ),
        ].map((fault) => `${fault}: ${query}`),
      );
    }),
    [],
  );
  t.end();
});

t.test('a query that is not portable is seen', (t) => {
  const ask = (text: string): number => faults(text).length;
  t.equal(ask('SELECT mean("coverage_percent") AS "c" FROM "wardwatch_sensor" WHERE $timeFilter'), 0);
  t.ok(ask('SELECT mean("coverage") FROM "wardwatch_sensor"') > 0, 'no such field');
  t.ok(ask('SELECT sum("device") FROM "wardwatch_device"') > 0, 'a tag added up');
  t.ok(ask('SELECT sum("flows") FROM "wardwatch_device" GROUP BY "peers"') > 0, 'grouped by a field');
  t.ok(ask('SELECT integral("flows") FROM "wardwatch_device"') > 0, 'a function of 1.x only');
  t.ok(ask('SELECT sum("flows") FROM "autogen"."wardwatch_device"') > 0, 'a retention policy');
  t.ok(ask('SELECT sum("flows") FROM "wardwatch_device" WHERE "name" =~ /^$name$/') > 0, 'no format');
  t.ok(ask('SELECT sum("flows") FROM "wardwatch_device"; DROP DATABASE x') > 0, 'two statements');
  t.end();
});

t.test('links lead to a dashboard that is there and choose what it has, or to the console', (t) => {
  const urlsOf = (value: unknown): string[] => {
    if (Array.isArray(value)) return value.flatMap(urlsOf);
    if (value === null || typeof value !== 'object') return [];
    return Object.entries(value).flatMap(([key, inner]) =>
      key === 'url' && inner !== '' ? [`${inner}`] : urlsOf(inner),
    );
  };
  const byUid = new Map([...dashboards.values()].map((dashboard) => [dashboard.uid, dashboard]));
  const fault = (url: string): string[] => {
    if (url.startsWith(`\${console}/#/`)) return [];
    const uid = /^\/d\/([\w-]+)\?/.exec(url)?.[1] ?? '';
    const target = byUid.get(uid);
    if (target === undefined) return [`leads nowhere: ${url}`];
    const names = target.templating.list.map(({ name }) => name);
    return [...url.matchAll(/var-(\w+)=/g)].flatMap(([, name = '']) =>
      unless(names.includes(name), `${uid} has no ${name}`),
    );
  };
  t.same(
    each((dashboard) => urlsOf(dashboard).flatMap(fault)),
    [],
  );
  t.same(
    each(({ links }, key) => [
      ...unless(
        links.some(({ type, tags }) => type === 'dashboards' && tags.includes('wardwatch')),
        'no way to the others',
      ),
      ...unless(
        links.some(({ url }) => url.startsWith(`\${console}`)),
        'no way to the console',
      ),
      ...unless(
        key === 'device' || key === 'sensor' || JSON.stringify(dashboards.get(key)).includes('/d/wardwatch-device?'),
        'no way to a device',
      ),
    ]),
    [],
  );
  t.end();
});

t.test('what a row links with is a column of its table', (t) => {
  t.same(
    eachPanel(({ type, transformations = [], fieldConfig }) => {
      if (!['table', 'bargauge', 'nodeGraph'].includes(type)) return [];
      const organize = transformations.find(({ id }) => id === 'organize')?.options as
        | { indexByName: object }
        | undefined;
      // By the name in the answer, which Grafana keeps beside the one that is shown.
      const known = new Set(Object.keys(organize?.indexByName ?? {}));
      return [...JSON.stringify(fieldConfig).matchAll(/__data\.fields\.(\w+)/g)].flatMap(([, name = '']) =>
        unless(known.has(name), `links with ${name}`),
      );
    }),
    [],
  );
  t.end();
});

t.test('the same thing has the same name and colour everywhere', (t) => {
  const looks = new Map<string, Set<string>>();
  const note = (thing: string, look: string): void => {
    looks.set(thing, (looks.get(thing) ?? new Set()).add(look));
  };
  for (const dashboard of dashboards.values()) {
    for (const { fieldConfig, description, title } of panelsOf(dashboard)) {
      note(`panel ${title}`, description.replace(/ (Counted once|All HL7).*/, ''));
      for (const { matcher, properties } of fieldConfig.overrides) {
        const of = (id: string): unknown => properties.find((property) => property.id === id)?.value;
        const colour = of('color') as { fixedColor: string } | undefined;
        if (colour !== undefined)
          note(`series ${matcher.options}`, `${of('displayName') ?? matcher.options} ${colour.fixedColor}`);
      }
      for (const [, mappings = ''] of JSON.stringify(fieldConfig).matchAll(/"type":"value","options":(\{.*?\}\})/g)) {
        const options = JSON.parse(mappings) as Record<string, { text: string; color: string }>;
        const few = Object.keys(options).every((value) => /^\d$/.test(value));
        if (few) continue; // Lights, tiers and ranks share figures.
        for (const [value, { text, color }] of Object.entries(options)) note(`value ${value}`, `${text} ${color}`);
      }
    }
  }
  const different = [...looks].filter(([thing, looks]) => !thing.startsWith('panel') && looks.size > 1);
  t.same(
    different.map(([thing, looks]) => `${thing}: ${[...looks].join(' / ')}`),
    [],
  );
  t.end();
});

t.test('the palette knows every class of device, every protocol and every named line', (t) => {
  t.same(classesWithoutLook, []);
  const written = [...textOf('docs/protocols.md').matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name = '']) => name);
  t.ok(written.length > 80);
  t.same(
    written.filter((name) => !(name in protocols)),
    [],
    'protocols of docs/protocols.md',
  );
  t.same(
    eachPanel(({ type, targets }) => {
      if (type !== 'timeseries') return [];
      const named = targets
        .filter(({ alias }) => alias === '$col')
        .flatMap(({ query }) =>
          [...(query.split(' FROM ')[0] ?? '').matchAll(/ AS "([^"]+)"/g)].map(([, name = '']) => name),
        );
      return named.flatMap((name) => unless(name in lineColours, `no colour for ${name}`));
    }),
    [],
  );
  t.end();
});
