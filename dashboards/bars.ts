/** Rows of an answer as lying bars, and as devices with lines between them. */
import { PanelBuilder as BarGaugeBuilder } from '@grafana/grafana-foundation-sdk/bargauge';
import type * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as NodeGraphBuilder } from '@grafana/grafana-foundation-sdk/nodegraph';
import { deviceNamedIn, deviceOfRow } from './links.ts';
import { judgement, type Look } from './palette.ts';
import { type Common, coloursOf, finished, mapped, plain, type Step, steps } from './panels.ts';
import { organised } from './tables.ts';

export interface Bars extends Common {
  readonly calculation?: 'sum' | 'lastNotNull' | 'max' | 'mean';
  readonly looks?: Readonly<Record<string, Look>>;
  readonly thresholds?: readonly Step[];
  /** Lines that fit. */
  readonly rows: number;
}

/** A lying bar for each row of a table of two columns, name and number, longest first. */
export function bars(options: Bars & { readonly name: string; readonly value: string }): dashboard.Panel {
  const { name, value, rows, mappings } = { mappings: mapped(options.looks ?? {}), ...options };
  const panel = new BarGaugeBuilder().build();
  panel.transformations = [
    { id: 'sortBy', options: { fields: {}, sort: [{ field: value, desc: true }] } },
    { id: 'limit', options: { limitField: rows } },
    organised([
      { from: name, name },
      { from: value, name: value },
    ]),
  ];
  panel.options = barOptions(true);
  panel.fieldConfig = {
    defaults: {
      min: 0,
      color: { mode: 'fixed', fixedColor: judgement.calm } as unknown as dashboard.FieldColor,
      thresholds: steps(options.thresholds ?? plain),
    },
    overrides:
      options.looks === undefined
        ? []
        : [{ matcher: { id: 'byName', options: name }, properties: [{ id: 'mappings', value: mappings }] }],
  };
  const links = name === 'name' ? [deviceOfRow] : [];
  return finished(panel, {
    links,
    ...options,
    queries: options.queries.map((query) => ({ ...query, format: 'table' })),
  });
}

/** A lying bar for each named column of a query. */
export function columnsAsBars(options: Omit<Bars, 'rows' | 'looks'>): dashboard.Panel {
  const panel = new BarGaugeBuilder().build();
  panel.options = barOptions(false, options.calculation ?? 'sum');
  panel.fieldConfig = {
    defaults: {
      min: 0,
      color: { mode: 'fixed', fixedColor: judgement.calm } as unknown as dashboard.FieldColor,
      thresholds: steps(options.thresholds ?? plain),
    },
    overrides: coloursOf(options.queries),
  };
  return finished(panel, options);
}

function barOptions(values: boolean, calculation = 'lastNotNull'): object {
  return {
    displayMode: 'basic',
    orientation: 'horizontal',
    valueMode: 'color',
    namePlacement: 'left',
    showUnfilled: true,
    sizing: 'auto',
    minVizHeight: 10,
    minVizWidth: 8,
    maxVizHeight: 40,
    legend: { showLegend: false, displayMode: 'list', placement: 'bottom', calcs: [] },
    reduceOptions: values
      ? { values: true, calcs: [], fields: '' }
      : { values: false, calcs: [calculation], fields: '' },
  };
}

export interface Graph extends Common {
  /** Lines between devices that stay readable. */
  readonly edges: number;
}

/** Devices and the lines between them. The answer has the very columns id, source, target, mainstat. */
export function graph(options: Graph): dashboard.Panel {
  const panel = new NodeGraphBuilder().build();
  panel.options = { nodes: {}, edges: {}, zoomMode: 'cooperative', layoutAlgorithm: 'layered' };
  panel.transformations = [
    { id: 'sortBy', options: { fields: {}, sort: [{ field: 'mainstat', desc: true }] } },
    { id: 'limit', options: { limitField: options.edges } },
    organised(['id', 'source', 'target', 'mainstat'].map((from) => ({ from }))),
  ];
  panel.fieldConfig = {
    defaults: {},
    // A click on a line offers both of its ends.
    overrides: ['source', 'target'].map((end) => ({
      matcher: { id: 'byName', options: end },
      properties: [
        {
          id: 'links',
          value: [
            { ...deviceNamedIn(end), title: end === 'source' ? 'Open the one who opens' : 'Open the one who answers' },
          ],
        },
      ],
    })),
  };
  const done = finished(panel, {
    ...options,
    queries: options.queries.map((query) => ({ ...query, format: 'table' })),
  });
  // The graph writes a unit as it stands here, behind the number.
  if (done.fieldConfig !== undefined) done.fieldConfig.defaults.unit = 'conversations';
  return done;
}
