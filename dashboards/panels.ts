/**
 * What all panels have, and figures, lines and states; tables and bars have files of their own. Only kinds of Grafana's
 * core set are used.
 *
 * Every panel has a question as its description, a sentence for the time when there is nothing to show, a unit, and
 * room for all that it shows: nothing scrolls.
 */
import type * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StateTimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { type Query, targetJson } from './influxql.ts';
import type { Link } from './links.ts';
import { judgement, type Look, lines as lineColours } from './palette.ts';

export interface Place {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface Common {
  readonly title: string;
  /** Which question the panel answers and how to read it, for somebody who is no engineer. */
  readonly says: string;
  /** Shown instead of a picture when there is nothing: what that means. */
  readonly empty: string;
  readonly at: Place;
  readonly queries: readonly Query[];
  readonly unit?: string;
  readonly decimals?: number;
  readonly links?: readonly Link[];
  /** Points lie at least so far apart (`10m`): what comes and goes by the minute becomes readable. */
  readonly least?: string;
  /** At most so many points over the time that is chosen. */
  readonly most?: number;
}

/** A step of colour from a value on; the first one holds from below. */
export type Step = readonly [from: number | null, colour: string];
export type Mappings = readonly dashboard.ValueMapping[];
export type Override = { matcher: dashboard.MatcherConfig; properties: dashboard.DynamicConfigValue[] };

export const plain: readonly Step[] = [[null, judgement.calm]];
/** Bars that can be told apart in half a screen: a day has one for each ten minutes, an hour one for each minute. */
const BARS_MAX = 150;
/** The curve behind a figure shows the shape of the time, not each minute of it. */
const CURVE_MAX = 100;

/** Values that are told by a word and a colour. */
export function mapped(words: Readonly<Record<string, Look>>): Mappings {
  const options = Object.fromEntries(
    Object.entries(words).map(([value, { label, colour }], index) => [
      value,
      { text: label, ...(colour === '' ? {} : { color: colour }), index },
    ]),
  );
  return [{ type: 'value', options } as unknown as dashboard.ValueMapping];
}

/** What every panel has, put onto what its builder made. */
export function finished(panel: dashboard.Panel, common: Common): dashboard.Panel {
  const { title, says, empty, at, queries, unit = 'none', decimals, links = [], least, most } = common;
  panel.title = title;
  panel.description = says;
  panel.gridPos = { ...at };
  panel.datasource = { type: 'influxdb', uid: `\${datasource}` };
  panel.targets = queries.map((query, index) => targetJson(query, 'ABCDEFGH'.charAt(index))) as unknown as NonNullable<
    dashboard.Panel['targets']
  >;
  if (least !== undefined) panel.interval = least;
  if (most !== undefined) panel.maxDataPoints = most;
  const defaults = panel.fieldConfig?.defaults ?? {};
  defaults.unit = unit;
  defaults.noValue = empty;
  if (decimals !== undefined) defaults.decimals = decimals;
  if (links.length > 0) defaults.links = [...links] as unknown as dashboard.DashboardLink[];
  panel.fieldConfig = { defaults, overrides: panel.fieldConfig?.overrides ?? [] };
  return panel;
}

export function steps(list: readonly Step[]): dashboard.ThresholdsConfig {
  return {
    mode: 'absolute' as dashboard.ThresholdsMode,
    steps: list.map(([value, color]) => ({ value, color })) as dashboard.Threshold[],
  };
}

export interface Stat extends Common {
  readonly calculation?: 'lastNotNull' | 'sum' | 'mean' | 'max' | 'min';
  /** Which field is shown; numbers when absent. Texts and times have to be named. */
  readonly fields?: string;
  readonly thresholds?: readonly Step[];
  readonly mappings?: Mappings;
  /** A little curve behind the number. */
  readonly curve?: boolean;
  /** Ground instead of figure in the colour: for the one light. */
  readonly ground?: boolean;
  /** Nothing is as bad as the lowest value: of the light alone. */
  readonly emptyIsBad?: boolean;
}

/**
 * Without a value Grafana takes the colour of the lowest step, which for many figures is red. Nothing is told in grey,
 * and a count of nothing in the colour of 0.
 */
function nothing({ empty, thresholds = plain, emptyIsBad = false }: Stat): dashboard.ValueMapping {
  const lowest = thresholds[0]?.[1] ?? judgement.neutral;
  const color = empty === '0' || emptyIsBad ? lowest : judgement.neutral;
  return {
    type: 'special',
    options: { match: 'null+nan', result: { text: empty, color, index: 99 } },
  } as unknown as dashboard.ValueMapping;
}

export function stat(options: Stat): dashboard.Panel {
  const { calculation = 'lastNotNull', fields = '', thresholds = plain, mappings = [], curve, ground } = options;
  const panel = new StatBuilder().build();
  panel.options = {
    reduceOptions: { calcs: [calculation], fields, values: false },
    orientation: 'auto',
    textMode: 'value',
    wideLayout: true,
    colorMode: ground === true ? 'background' : 'value',
    graphMode: curve === true ? 'area' : 'none',
    justifyMode: 'center',
    showPercentChange: false,
  };
  panel.fieldConfig = {
    defaults: {
      color: { mode: 'thresholds' } as dashboard.FieldColor,
      thresholds: steps(thresholds),
      mappings: [...mappings, nothing(options)],
    },
    overrides: [],
  };
  return finished(panel, curve === true ? { most: CURVE_MAX, ...options } : options);
}

export interface Lines extends Common {
  readonly kind?: 'lines' | 'bars' | 'stacked' | 'stacked bars';
  /** Names and colours of series that are named after a tag. */
  readonly looks?: Readonly<Record<string, Look>>;
  readonly min?: number;
  readonly max?: number;
  /** Hide the list of series: there may be more of them than there is room for. */
  readonly quiet?: boolean;
  readonly thresholds?: readonly Step[];
  readonly axis?: string;
}

export function lines(options: Lines): dashboard.Panel {
  const { kind = 'lines', looks = {}, min = 0, max, quiet = false, thresholds, axis = '' } = options;
  const bars = kind.endsWith('bars');
  const stacked = kind.startsWith('stacked');
  const panel = new TimeSeriesBuilder().build();
  panel.options = {
    legend: { displayMode: 'list', placement: 'bottom', showLegend: !quiet, calcs: [] },
    tooltip: { mode: 'multi', sort: 'desc', hideZeros: true },
  };
  panel.fieldConfig = {
    defaults: {
      min,
      ...(max === undefined ? {} : { max }),
      color: { mode: 'palette-classic-by-name' } as unknown as dashboard.FieldColor,
      thresholds: steps(thresholds ?? plain),
      custom: {
        drawStyle: bars ? 'bars' : 'line',
        lineWidth: bars ? 0 : 2,
        fillOpacity: bars ? 80 : stacked ? 40 : 10,
        lineInterpolation: 'linear',
        barAlignment: 0,
        showPoints: bars ? 'never' : 'auto',
        pointSize: 4,
        // Nothing for longer than this is a gap in the line.
        spanNulls: false,
        insertNulls: bars ? false : 3_600_000,
        stacking: { mode: stacked ? 'normal' : 'none', group: 'A' },
        axisLabel: axis,
        axisPlacement: 'auto',
        thresholdsStyle: { mode: thresholds === undefined ? 'off' : 'line' },
      },
    },
    overrides: [...looksOf(looks), ...coloursOf(options.queries)],
  };
  if (!bars) return finished(panel, options);
  return finished(panel, { most: BARS_MAX, ...options, queries: options.queries.map(everyInterval) });
}

/** A bar is as wide as the smallest step between two of them: a few events of a day would become walls of hours. */
function everyInterval(query: Query): Query {
  return { ...query, text: query.text.replace(/ fill\(none\)$/, ' fill(null)') };
}

/** Series named after a tag get the name and the colour of the palette. */
function looksOf(looks: Readonly<Record<string, Look>>): Override[] {
  return Object.entries(looks).map(([name, { label, colour }]) => ({
    matcher: { id: 'byName', options: name },
    properties: [
      { id: 'displayName', value: label },
      ...(colour === '' ? [] : [{ id: 'color', value: { mode: 'fixed', fixedColor: colour } }]),
    ],
  }));
}

/** Columns that are named in a query (`AS "Images stored"`) get the colour of the palette. */
export function coloursOf(queries: readonly Query[]): Override[] {
  return namedColumns(queries).map((name) => ({
    matcher: { id: 'byName', options: name },
    properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: lineColours[name] ?? judgement.neutral } }],
  }));
}

/** Names of outer columns whose series are called by them (`$col`). */
export function namedColumns(queries: readonly Query[]): string[] {
  return queries
    .filter(({ alias }) => alias === '$col')
    .flatMap(({ text }) =>
      [...(text.split(' FROM ')[0] ?? '').matchAll(/ AS "([^"]+)"/g)].map(([, name = '']) => name),
    );
}

export interface States extends Common {
  readonly mappings: Mappings;
  readonly looks?: Readonly<Record<string, Look>>;
}

/** Bands of colour and word over time, one for each series. */
export function states(options: States): dashboard.Panel {
  const panel = new StateTimelineBuilder().build();
  panel.options = {
    mergeValues: true,
    showValue: 'auto',
    alignValue: 'left',
    rowHeight: 0.85,
    legend: { showLegend: false, displayMode: 'list', placement: 'bottom' },
    tooltip: { mode: 'single', sort: 'none' },
  };
  panel.fieldConfig = {
    defaults: {
      color: { mode: 'thresholds' } as dashboard.FieldColor,
      thresholds: steps(plain),
      mappings: [...options.mappings],
      custom: { fillOpacity: 75, lineWidth: 0, spanNulls: false },
    },
    overrides: looksOf(options.looks ?? {}).map(({ matcher, properties }) => ({
      matcher,
      properties: properties.filter(({ id }) => id === 'displayName'),
    })),
  };
  return finished(panel, options);
}
