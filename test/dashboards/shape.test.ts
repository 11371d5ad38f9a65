/**
 * The committed JSON and YAML hold only what Grafana 10 to 13 know: names of options, of properties of fields, of
 * transformations, of parts of rules. A name that is misspelt is passed over there in silence, so it is told here.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { textOf } from '../support/sources.ts';
import { dashboards } from './committed.ts';

type Json = Readonly<Record<string, unknown>>;

/** Parts of a classic dashboard and of its panels. */
const DASHBOARD =
  'title uid description tags timezone editable graphTooltip fiscalYearStartMonth schemaVersion time refresh links templating annotations panels';
const PANEL =
  'id type title description gridPos datasource targets fieldConfig options transformations interval maxDataPoints transparent repeatDirection';
const TARGET = 'refId datasource query rawQuery resultFormat alias';

/** Options of the kinds of panels that are used. */
const OPTIONS: Readonly<Record<string, string>> = {
  stat: 'reduceOptions orientation textMode wideLayout colorMode graphMode justifyMode showPercentChange',
  timeseries: 'legend tooltip',
  table: 'showHeader cellHeight footer enablePagination',
  bargauge:
    'displayMode orientation valueMode namePlacement showUnfilled sizing minVizHeight minVizWidth maxVizHeight legend reduceOptions',
  'state-timeline': 'mergeValues showValue alignValue rowHeight legend tooltip',
  nodeGraph: 'nodes edges zoomMode layoutAlgorithm',
};

/** What can be set for a field: for all kinds, and `custom.…` for each. */
const FIELD = 'unit decimals min max displayName color thresholds mappings links noValue custom';
const CUSTOM: Readonly<Record<string, string>> = {
  stat: '',
  timeseries:
    'drawStyle lineWidth fillOpacity lineInterpolation barAlignment showPoints pointSize spanNulls insertNulls stacking axisLabel axisPlacement thresholdsStyle',
  table: 'align inspect filterable cellOptions width hidden hideFrom',
  bargauge: '',
  'state-timeline': 'fillOpacity lineWidth spanNulls',
  nodeGraph: '',
};

const TRANSFORMATIONS: Readonly<Record<string, string>> = {
  sortBy: 'fields sort',
  limit: 'limitField',
  organize: 'indexByName renameByName excludeByName',
  reduce: 'reducers mode includeTimeField labelsToFields',
};

const unknown = (value: object, names: string): string[] => Object.keys(value).filter((key) => !words(names).has(key));
const words = (text: string): ReadonlySet<string> => new Set(text.split(' ').filter((word) => word !== ''));

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly options: Json;
  readonly targets: readonly Json[];
  readonly transformations?: readonly { readonly id: string; readonly options: Json }[];
  readonly fieldConfig: {
    readonly defaults: Json & { readonly custom?: Json; readonly mappings?: readonly Json[] };
    readonly overrides: readonly { readonly properties: readonly { readonly id: string; readonly value: unknown }[] }[];
  };
}

t.test('dashboards: nothing that Grafana would pass over', (t) => {
  for (const [key, dashboard] of dashboards) {
    t.same(unknown(dashboard, DASHBOARD), [], key);
    t.notOk('__inputs' in dashboard || 'id' in dashboard, `${key}: provisioning fills in no inputs and no number`);
    for (const panel of dashboard.panels as unknown as readonly Panel[]) t.same(faultsOf(panel), [], panel.title);
  }
  t.end();
});

function faultsOf(panel: Panel): string[] {
  const { type, options, targets, transformations = [], fieldConfig } = panel;
  const { defaults, overrides } = fieldConfig;
  const custom = words(CUSTOM[type] ?? '');
  const isKnown = (id: string): boolean =>
    id.startsWith('custom.') ? custom.has(id.slice(7)) : words(FIELD).has(id) && id !== 'custom';
  return [
    ...unknown(panel, PANEL),
    ...unknown(options, OPTIONS[type] ?? ''),
    ...targets.flatMap((target) => unknown(target, TARGET)),
    ...unknown(defaults, FIELD),
    ...unknown(defaults.custom ?? {}, CUSTOM[type] ?? ''),
    ...overrides.flatMap(({ properties }) => properties.map(({ id }) => id).filter((id) => !isKnown(id))),
    ...transformations.flatMap(({ id, options }) => unknown(options, TRANSFORMATIONS[id] ?? '')),
    ...mappingFaults([
      ...(defaults.mappings ?? []),
      ...overrides.flatMap(({ properties }) =>
        properties.filter(({ id }) => id === 'mappings').flatMap(({ value }) => value as Json[]),
      ),
    ]),
  ];
}

function mappingFaults(mappings: readonly Json[]): string[] {
  return mappings.flatMap(({ type, options }) => {
    if (type === 'special') {
      const { match, result } = options as { match: string; result: Json };
      return match === 'null+nan' ? unknown(result, 'text color index') : [`special ${match}`];
    }
    if (type !== 'value') return [`mapping ${type}`];
    return Object.values(options as Json).flatMap((result) => unknown(result as Json, 'text color index'));
  });
}

t.test('a stat that has nothing to show says so in grey, or in the colour of its 0', (t) => {
  const grey = '#6E7B8B';
  for (const { panels } of dashboards.values()) {
    for (const { type, title, fieldConfig } of panels as unknown as readonly Panel[]) {
      if (type !== 'stat' || title === 'Sensor') continue;
      const { mappings = [], noValue, thresholds } = fieldConfig.defaults;
      const special = mappings.find((mapping) => mapping.type === 'special')?.options as { result: Json } | undefined;
      const lowest = (thresholds as { steps: { color: string }[] }).steps[0]?.color;
      t.match(special?.result, { text: noValue, color: noValue === '0' ? lowest : grey }, title);
    }
  }
  t.end();
});

t.test('links to the console lead to pages that it has', (t) => {
  const pages = [...textOf('src/console/app/pages/index.tsx').matchAll(/\{ path: '([\w-]*)'/g)].map(([, path]) => path);
  t.ok(pages.length > 8);
  for (const [key, dashboard] of dashboards) {
    const used = [...JSON.stringify(dashboard).matchAll(/\$\{console\}\/#\/([\w-]*)/g)].map(([, path]) => path);
    t.ok(used.length > 0, key);
    t.same(
      used.filter((path) => !pages.includes(path)),
      [],
      key,
    );
  }
  t.end();
});

const FOLDER = 'dashboards/provisioning';
const read = (path: string) => parse(readFileSync(join(FOLDER, path), 'utf8'));

t.test('alert rules: parts, states and expressions that the file provisioning knows', (t) => {
  const file = read('alerting/rules.yaml');
  t.same([file.apiVersion, file.groups.length], [1, 1]);
  t.match(file.groups[0], { orgId: 1, name: /./, folder: /./, interval: /^\d+[smh]$/ });
  for (const rule of file.groups[0].rules) {
    const { title, data, condition } = rule;
    t.same(
      unknown(
        rule,
        'uid title condition data dashboardUid panelId noDataState execErrState for annotations labels isPaused',
      ),
      [],
      title,
    );
    t.match(rule, { noDataState: /^(OK|Alerting|NoData)$/, execErrState: /^(Error|Alerting|OK)$/, for: /^\d+[smh]$/ });
    t.match(rule, { labels: { severity: /^(critical|warning)$/ }, annotations: { summary: /\.$/ } });
    const known: string[] = [];
    for (const { refId, datasourceUid, relativeTimeRange, model } of data) {
      t.equal(model.refId, refId, title);
      t.same(Object.keys(relativeTimeRange).sort(), ['from', 'to'], title);
      if (datasourceUid === '__expr__') {
        const uses = `${model.expression}`.startsWith('$')
          ? [...`${model.expression}`.matchAll(/\$(\w+)/g)].map(([, name]) => name)
          : [model.expression];
        t.ok(
          uses.every((name) => known.includes(`${name}`)),
          `${title}: ${refId} stands on what is above it`,
        );
        t.match(model.type, /^(reduce|threshold|math)$/, title);
      } else {
        t.match(model, { rawQuery: true, resultFormat: 'time_series', query: /^SELECT / }, title);
      }
      known.push(refId);
    }
    t.ok(known.includes(condition), `${title}: condition`);
  }
  t.end();
});

t.test('data sources: InfluxQL with a password or with a token, for the sensor and for replays', (t) => {
  const examples = readdirSync(join(FOLDER, 'examples')).filter((name) => name.startsWith('influxdb'));
  for (const path of ['datasources/wardwatch.yaml', ...examples.map((name) => join('examples', name))]) {
    const { apiVersion, datasources } = read(path);
    t.same([apiVersion, datasources.map(({ uid }: { uid: string }) => uid)], [1, ['wardwatch', 'wardwatch-replays']]);
    for (const source of datasources) {
      const { jsonData, secureJsonData, user } = source;
      t.same(
        unknown(source, 'name uid type access url user isDefault editable jsonData secureJsonData'),
        [],
        `${path}: nothing that only old versions read`,
      );
      t.same(unknown(jsonData, 'version dbName httpMode timeInterval httpHeaderName1'), [], path);
      t.equal(jsonData.version ?? 'InfluxQL', 'InfluxQL');
      if (user !== undefined) t.same(Object.keys(secureJsonData), ['password'], `${path}: 1.x`);
      else {
        t.equal(jsonData.httpHeaderName1, 'Authorization', `${path}: 2.x and 3.x`);
        t.equal(secureJsonData.httpHeaderValue1, 'Token $WARDWATCH_INFLUX_TOKEN');
      }
    }
  }
  t.end();
});
