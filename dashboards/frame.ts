/**
 * What surrounds the panels of every dashboard: variables that hold each other back, links, marks of alerts, time.
 *
 * The choice goes from the data source over the site and the recording (a live sensor has one, each replay its own, and
 * they are never added together) to what the dashboard is about.
 */
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import type { MeasurementName } from '../src/output/measurements.ts';
import { filters, inside } from './influxql.ts';
import { uids } from './links.ts';
import { judgement } from './palette.ts';

/** Grafana 10 to 13 take this schema; 42 is the last one of the classic kind. */
const SCHEMA_VERSION = 39;
export const CONSOLE_ADDRESS = 'http://127.0.0.1:8470';

export interface Choice {
  readonly name: string;
  readonly label: string;
  readonly says: string;
  /** Tag whose values can be chosen, and the measurement that knows them. */
  readonly tag: string;
  readonly from: MeasurementName;
  readonly where: string;
  readonly several: boolean;
  readonly hidden?: boolean;
}

/** A choice between a few values that no database has to be asked for. */
export interface Fixed {
  readonly name: string;
  readonly label: string;
  readonly says: string;
  readonly options: readonly (readonly [value: string, text: string])[];
}

export const siteChoice: Choice = {
  name: 'site',
  label: 'Site',
  says: 'Hospital or department, as the sensor calls it',
  tag: 'site',
  from: 'wardwatch_sensor',
  where: '',
  several: true,
};

export const runChoice: Choice = {
  name: 'run',
  label: 'Recording',
  says: 'The live sensor, or one replay: they are never added together',
  tag: 'run',
  from: 'wardwatch_sensor',
  where: `"site" =~ /^\${site:regex}$/`,
  several: false,
};

export const classChoice: Choice = {
  name: 'class',
  label: 'Kind of device',
  says: 'Only devices of these kinds',
  tag: 'class',
  from: 'wardwatch_device',
  where: `${filters.site} AND ${inside}`,
  several: true,
};

/** Devices by the name that a person gives them, of those that the measurement knows. */
export function nameChoice(from: MeasurementName, several: boolean, where: string = filters.site): Choice {
  return {
    name: 'name',
    label: 'Device',
    says: 'Name, AE title or address of the device',
    tag: 'name',
    from,
    where: `${where} AND ${inside}`,
    several,
  };
}

export const protocolChoice: Choice = {
  name: 'protocol',
  label: 'Protocol',
  says: 'Only devices that speak these protocols',
  tag: 'protocol',
  from: 'wardwatch_telemetry',
  where: filters.site,
  several: true,
};

/** Each exchange is told of both of its devices; one side alone counts it once. */
export const roleChoice: Fixed = {
  name: 'role',
  label: 'Seen from',
  says: 'Each exchange is told of both devices. Choose one side, then everything counts once.',
  options: [
    ['client', 'devices that ask'],
    ['server', 'devices that answer'],
  ],
};

/** The device behind the name: it keeps its id when its name becomes known later. */
export const idBehindName: Choice = {
  name: 'device',
  label: 'Id of the device',
  says: 'Found by its name',
  tag: 'device',
  from: 'wardwatch_device',
  where: `${filters.site} AND "name" =~ /^\${name:regex}$/`,
  several: true,
  hidden: true,
};

const everything = { selected: true, text: ['All'], value: ['$__all'] };

function choiceJson(choice: Choice | Fixed): dashboard.VariableModel {
  if ('options' in choice) return fixedJson(choice);
  const where = choice.where === '' ? '' : ` WHERE ${choice.where}`;
  const query = `SHOW TAG VALUES FROM "${choice.from}" WITH KEY = "${choice.tag}"${where}`;
  return {
    type: 'query',
    name: choice.name,
    label: choice.label,
    description: choice.says,
    hide: choice.hidden === true ? 2 : 0,
    skipUrlSync: false,
    datasource: { type: 'influxdb', uid: `\${datasource}` },
    query,
    definition: query,
    refresh: 2,
    sort: 5,
    regex: '',
    multi: choice.several,
    includeAll: choice.several,
    ...(choice.several && choice.hidden !== true ? { allValue: '.*' } : {}),
    current: choice.several ? everything : {},
    options: [],
  } as unknown as dashboard.VariableModel;
}

function fixedJson({ name, label, says, options }: Fixed): dashboard.VariableModel {
  const list = options.map(([value, text], index) => ({ selected: index === 0, text, value }));
  return {
    type: 'custom',
    name,
    label,
    description: says,
    hide: 0,
    skipUrlSync: false,
    query: options.map(([value, text]) => `${text} : ${value}`).join(', '),
    multi: false,
    includeAll: false,
    current: list[0],
    options: list,
  } as unknown as dashboard.VariableModel;
}

const datasourceJson = {
  type: 'datasource',
  name: 'datasource',
  label: 'Data source',
  description: 'The InfluxDB (InfluxQL) that the sensor writes to',
  query: 'influxdb',
  regex: '',
  hide: 0,
  skipUrlSync: false,
  refresh: 1,
  multi: false,
  includeAll: false,
  current: { selected: false, text: 'wardwatch', value: 'wardwatch' },
  options: [],
} as unknown as dashboard.VariableModel;

const consoleJson = {
  type: 'textbox',
  name: 'console',
  label: 'Console of the sensor',
  description: 'Address under which the people who read this reach the console of the sensor',
  hide: 2,
  skipUrlSync: false,
  query: CONSOLE_ADDRESS,
  current: { selected: true, text: CONSOLE_ADDRESS, value: CONSOLE_ADDRESS },
  options: [{ selected: true, text: CONSOLE_ADDRESS, value: CONSOLE_ADDRESS }],
} as unknown as dashboard.VariableModel;

/** Marks on every time axis: what the sensor found. */
function alertMarks(where: string): dashboard.AnnotationQuery {
  const query = `SELECT "title", "severity", "detector", "name" FROM "wardwatch_alert" WHERE ${where} AND $timeFilter LIMIT 200`;
  return {
    name: 'Findings',
    enable: true,
    hide: false,
    iconColor: judgement.bad,
    datasource: { type: 'influxdb', uid: `\${datasource}` },
    target: {
      refId: 'Anno',
      name: 'Findings',
      query,
      rawQuery: true,
      fromAnnotations: true,
      queryType: 'tags',
      titleColumn: '',
      textColumn: 'title',
      tagsColumn: 'severity,detector,name',
      timeEndColumn: '',
    },
  } as unknown as dashboard.AnnotationQuery;
}

const builtInMarks = {
  builtIn: 1,
  datasource: { type: 'grafana', uid: '-- Grafana --' },
  enable: true,
  hide: true,
  iconColor: judgement.calm,
  name: 'Annotations & Alerts',
  type: 'dashboard',
} as unknown as dashboard.AnnotationQuery;

export interface Plan {
  readonly key: keyof typeof uids;
  readonly title: string;
  /** Whose question it answers. */
  readonly says: string;
  readonly choices: readonly (Choice | Fixed)[];
  /** Which findings are marked on its time axes. */
  readonly marks: string;
  readonly from: string;
  readonly panels: readonly dashboard.Panel[];
}

const overviewLinks = [
  {
    type: 'dashboards',
    title: 'wardwatch',
    icon: 'external link',
    tooltip: 'The other dashboards, with the same time and choice',
    url: '',
    tags: ['wardwatch'],
    asDropdown: false,
    targetBlank: false,
    includeVars: true,
    keepTime: true,
  },
  {
    type: 'link',
    title: 'Console of the sensor',
    icon: 'bolt',
    tooltip: 'Decide, acknowledge, look at evidence',
    url: `\${console}/#/?run=\${run:percentencode}`,
    tags: [],
    asDropdown: false,
    targetBlank: true,
    includeVars: false,
    keepTime: false,
  },
] as unknown as dashboard.DashboardLink[];

export function framed({ key, title, says, choices, marks, from, panels }: Plan): dashboard.Dashboard {
  const built = new dashboard.DashboardBuilder(title)
    .uid(uids[key])
    .description(says)
    .tags(['wardwatch'])
    .time({ from, to: 'now' })
    .refresh('1m')
    .readonly()
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .build();
  return {
    ...built,
    schemaVersion: SCHEMA_VERSION,
    links: overviewLinks,
    templating: { list: [datasourceJson, ...[siteChoice, runChoice, ...choices].map(choiceJson), consoleJson] },
    annotations: { list: [builtInMarks, alertMarks(marks)] },
    panels: panels.map((panel, index) => ({ ...panel, id: index + 1 })),
  };
}
