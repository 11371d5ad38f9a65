/**
 * Tables: named columns in a fixed order, pages in place of a scroll bar, what links need kept out of sight. Sorted before
 * they are shown: the worst, newest or largest row is on the first page.
 */
import type * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import type { Link } from './links.ts';
import { classes } from './palette.ts';
import { type Common, finished, type Mappings, mapped, type Override, type Step, steps } from './panels.ts';

export interface Column {
  /** Name in the answer: a tag or what stands behind AS. */
  readonly from: string;
  /** Name of the column; absent: kept for links, not shown. */
  readonly name?: string;
  readonly unit?: string;
  readonly decimals?: number;
  readonly width?: number;
  readonly mappings?: Mappings;
  readonly thresholds?: readonly Step[];
  /** The word on its colour: for what must be seen from afar. */
  readonly ground?: boolean;
  readonly links?: readonly Link[];
  /** Sentences are longer than their column: a sign in the cell opens all of it. */
  readonly long?: boolean;
}

export interface Table extends Common {
  readonly columns: readonly Column[];
  readonly sort: string;
  readonly ascending?: boolean;
}

export function table(options: Table): dashboard.Panel {
  const { columns, sort, ascending = false } = options;
  const panel = new TableBuilder().build();
  panel.options = {
    showHeader: true,
    cellHeight: 'sm',
    // Pages instead of a list that scrolls, in two spellings: tables since and before Grafana 12.2.
    enablePagination: true,
    footer: { show: false, reducer: [], countRows: false, enablePagination: true },
  };
  panel.transformations = [
    { id: 'sortBy', options: { fields: {}, sort: [{ field: sort, desc: !ascending }] } },
    organised(columns),
  ];
  panel.fieldConfig = {
    defaults: { custom: { align: 'auto', inspect: false, filterable: false, cellOptions: { type: 'auto' } } },
    overrides: columns.map(columnOverride),
  };
  return finished(panel, { ...options, queries: options.queries.map((query) => ({ ...query, format: 'table' })) });
}

/** Shows exactly these columns in this order, whatever order the answer has (it differs from time to time). */
export function organised(columns: readonly Column[]): dashboard.DataTransformerConfig {
  const shown = Object.fromEntries(columns.map(({ from }) => [from, true]));
  return {
    id: 'organize',
    options: {
      indexByName: Object.fromEntries(columns.map(({ from }, index) => [from, index])),
      renameByName: Object.fromEntries(
        columns.filter(({ name }) => name !== undefined).map(({ from, name }) => [from, name]),
      ),
      excludeByName: 'Time' in shown ? {} : { Time: true },
    },
  };
}

function columnOverride({
  from,
  name,
  unit,
  decimals,
  width,
  mappings,
  thresholds,
  ground,
  links,
  long,
}: Column): Override {
  const properties: dashboard.DynamicConfigValue[] = [];
  const set = (id: string, value: unknown): void => {
    if (value !== undefined) properties.push({ id, value });
  };
  if (name === undefined) {
    // Two spellings: tables before and after Grafana 12.2.
    set('custom.hidden', true);
    set('custom.hideFrom', { legend: true, tooltip: true, viz: true });
  }
  // An empty cell would show the sentence for the empty table.
  set('noValue', '–');
  set('unit', unit);
  set('decimals', decimals);
  set('custom.width', width);
  set('mappings', mappings);
  // Words that stand for numbers begin where words begin.
  if (mappings !== undefined) set('custom.align', 'left');
  if (long === true) set('custom.inspect', true);
  set('links', links);
  if (thresholds !== undefined) set('thresholds', steps(thresholds));
  if (ground === true) set('custom.cellOptions', { type: 'color-background', mode: 'basic' });
  else if (thresholds !== undefined) set('custom.cellOptions', { type: 'color-text' });
  return { matcher: { id: 'byName', options: name ?? from }, properties };
}

export interface Facts extends Common {
  readonly columns: readonly Column[];
}

/** One row of an answer, told downwards: a name and a value in each line. */
export function facts(options: Facts): dashboard.Panel {
  const panel = new TableBuilder().build();
  panel.options = { showHeader: false, cellHeight: 'sm', footer: { show: false, reducer: [], countRows: false } };
  panel.transformations = [
    organised(options.columns),
    {
      id: 'reduce',
      options: { reducers: ['lastNotNull'], mode: 'seriesToRows', includeTimeField: false, labelsToFields: false },
    },
  ];
  panel.fieldConfig = {
    defaults: {
      custom: { align: 'left', inspect: false, filterable: false, cellOptions: { type: 'auto', wrapText: false } },
    },
    overrides: [
      { matcher: { id: 'byName', options: 'Field' }, properties: [{ id: 'custom.width', value: 150 }] },
      {
        matcher: { id: 'byName', options: 'Last *' },
        properties: [
          { id: 'noValue', value: '–' },
          { id: 'mappings', value: mapped({ ...classes, none: { label: '–', colour: '' } }) },
          { id: 'custom.inspect', value: true },
        ],
      },
    ],
  };
  return finished(panel, { ...options, queries: options.queries.map((query) => ({ ...query, format: 'table' })) });
}
