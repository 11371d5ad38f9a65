/**
 * Alert rules of Grafana, as its provisioning reads them: each asks, takes one number for each series, and compares it.
 *
 * They watch the live sensor only: a replay of last year must wake nobody. The rules about devices and incidents are few,
 * because the sensor judges by itself; those about the sensor say when its silence means nothing.
 */

import { framed } from './frame.ts';
import { plans } from './index.ts';
import { uids } from './links.ts';

/** Name of the recording of a live sensor. */
const LIVE = `"run" = 'live'`;
/** Kinds that are never switched off; the others are silent whenever nobody needs them. */
const ALWAYS_ON = '/^(pacs|worklist|interface-engine|central-station|pump-gateway|ehr)$/';

interface Rule {
  readonly uid: string;
  readonly title: string;
  readonly query: string;
  /** How far the query looks back. */
  readonly seconds: number;
  readonly reducer: 'last' | 'max' | 'mean' | 'sum';
  readonly compare: readonly [type: 'lt' | 'gt', value: number];
  /** And the mean of the same series is above this: it was no mere visitor. */
  readonly meanAbove?: number;
  /** It must hold for so long. */
  readonly hold: string;
  /** What no answer at all means. */
  readonly noData: 'OK' | 'Alerting';
  readonly severity: 'critical' | 'warning';
  readonly summary: string;
  readonly next: string;
  /** The panel that shows more. */
  readonly panel: readonly [key: keyof typeof uids, title: string];
}

const sensor = (select: string, group = 'GROUP BY time(1m), "site" fill(none)'): string =>
  `SELECT ${select} FROM "wardwatch_sensor" WHERE ${LIVE} AND $timeFilter ${group}`;

export const rules: readonly Rule[] = [
  {
    uid: 'wardwatch-device-silent',
    title: 'Device silent',
    // Two intervals together: the one that has just begun is empty for everybody.
    query: `SELECT moving_average(count("packets_out"), 2) AS "heard" FROM "wardwatch_device" WHERE ${LIVE} AND "class" =~ ${ALWAYS_ON} AND "packets_out" > 0 AND $timeFilter GROUP BY time(10m), "site", "name" fill(0)`,
    seconds: 21_600,
    reducer: 'last',
    compare: ['lt', 0.1],
    // Heard in two minutes of ten over the time: who comes by now and then is not missed.
    meanAbove: 2,
    hold: '5m',
    noData: 'OK',
    severity: 'warning',
    summary: '{{ $labels.name }} has been silent for more than ten minutes.',
    next: 'Look whether the rule "Sensor blind" fires too: then it is the sensor. Else ask whoever looks after the system, and look at its cable, its switch, and its page in Grafana.',
    panel: ['ward', 'Silent for the longest time'],
  },
  {
    uid: 'wardwatch-critical-incident',
    title: 'Critical incident',
    query: `SELECT count(distinct("incident")) AS "incidents" FROM "wardwatch_incident" WHERE ${LIVE} AND "severity_rank" >= 4 AND $timeFilter GROUP BY "site", "name"`,
    seconds: 21_600,
    reducer: 'max',
    compare: ['gt', 0],
    hold: '0s',
    noData: 'OK',
    severity: 'critical',
    summary: 'A critical incident at {{ $labels.name }} within the last six hours.',
    next: 'Read the incident in the console of the sensor: it says what happened, why it matters, and the first step that is safe for patients. Do not unplug a device that treats somebody.',
    panel: ['security', 'Who needs me'],
  },
  {
    uid: 'wardwatch-sensor-blind',
    title: 'Sensor blind',
    query: sensor('last("light") AS "light"'),
    seconds: 600,
    reducer: 'last',
    compare: ['lt', 1],
    hold: '5m',
    noData: 'Alerting',
    severity: 'critical',
    summary: 'The sensor is blind, loses figures, or is away: silence on its dashboards means nothing.',
    next: 'Run "wardwatch doctor" on the sensor. Is the service running, does the mirror port still deliver, is InfluxDB reachable from there?',
    panel: ['sensor', 'Sensor'],
  },
  {
    uid: 'wardwatch-spool-growing',
    title: 'Spool growing',
    query: sensor('max("spool_oldest_seconds") AS "age"'),
    seconds: 900,
    reducer: 'last',
    compare: ['gt', 900],
    hold: '10m',
    noData: 'OK',
    severity: 'warning',
    summary: 'Figures wait on the disk of the sensor for more than a quarter of an hour.',
    next: 'Is InfluxDB too slow, or does it refuse? "wardwatch doctor" names what is wrong. While figures wait, these dashboards show the past.',
    panel: ['sensor', 'Figures that wait for InfluxDB'],
  },
  {
    uid: 'wardwatch-figures-lost',
    title: 'Figures lost',
    query: sensor(
      'max("spool_dropped_points") - min("spool_dropped_points") + max("spool_refused_lines") - min("spool_refused_lines") AS "lost"',
      'GROUP BY "site"',
    ),
    seconds: 3_600,
    reducer: 'max',
    compare: ['gt', 0],
    hold: '0s',
    noData: 'OK',
    severity: 'warning',
    summary: 'Figures were lost for good within the last hour: the spool was full, or the database refused them.',
    next: 'Give the spool more room (outputs.influx.spoolMegabytes) and look into spool/quarantine on the sensor.',
    panel: ['sensor', 'Figures lost for good'],
  },
  {
    uid: 'wardwatch-mirror-nothing',
    title: 'Mirror broken: no traffic',
    query: sensor('sum("packets") AS "packets"', 'GROUP BY "site"'),
    seconds: 600,
    reducer: 'sum',
    compare: ['lt', 1],
    hold: '5m',
    noData: 'OK',
    severity: 'critical',
    summary: 'The mirror port has delivered no packet for ten minutes.',
    next: 'Ask the network team whether the mirror session was changed; look at the link of the capture card.',
    panel: ['sensor', 'Traffic captured'],
  },
  {
    uid: 'wardwatch-mirror-one-way',
    title: 'Mirror broken: one direction only',
    query: sensor('mean("one_way_percent") AS "one way"'),
    seconds: 1_800,
    reducer: 'mean',
    compare: ['gt', 20],
    hold: '10m',
    noData: 'OK',
    severity: 'warning',
    summary: 'Of more than 20 in 100 conversations only one direction is seen.',
    next: 'The mirror copies one direction, or only one of two paths: ask the network team to mirror both.',
    panel: ['sensor', 'How much was seen'],
  },
  {
    uid: 'wardwatch-mirror-loses',
    title: 'Mirror broken: traffic is missing',
    query: sensor('mean("coverage_percent") AS "coverage"'),
    seconds: 1_800,
    reducer: 'mean',
    compare: ['lt', 90],
    hold: '10m',
    noData: 'OK',
    severity: 'warning',
    summary: 'More than 10 in 100 bytes of conversations never came by.',
    next: 'The mirror port is too small for what is mirrored, or the sensor is too slow: compare "Lost before the sensor" with "How much was seen".',
    panel: ['sensor', 'How much was seen'],
  },
];

/** The file that Grafana reads; `datasource` is the uid of the provisioned data source. */
export function rulesFile(datasource: string): object {
  return {
    apiVersion: 1,
    groups: [
      {
        orgId: 1,
        name: 'wardwatch',
        folder: 'wardwatch',
        interval: '1m',
        rules: rules.map((rule) => ruleJson(rule, datasource)),
      },
    ],
  };
}

function ruleJson(rule: Rule, datasource: string): object {
  const { uid, title, seconds, hold, noData, severity, summary, next, panel } = rule;
  const expression = (refId: string, model: object): object => ({
    refId,
    relativeTimeRange: { from: 0, to: 0 },
    datasourceUid: '__expr__',
    model: {
      refId,
      datasource: { type: '__expr__', uid: '__expr__' },
      intervalMs: 1000,
      maxDataPoints: 43200,
      ...model,
    },
  });
  return {
    uid,
    title,
    condition: 'C',
    data: [
      {
        refId: 'A',
        relativeTimeRange: { from: seconds, to: 0 },
        datasourceUid: datasource,
        model: {
          refId: 'A',
          datasource: { type: 'influxdb', uid: datasource },
          query: rule.query,
          rawQuery: true,
          resultFormat: 'time_series',
          intervalMs: 60_000,
          maxDataPoints: 43200,
        },
      },
      expression('B', { type: 'reduce', expression: 'A', reducer: rule.reducer, settings: { mode: 'dropNN' } }),
      ...judged(rule, expression),
    ],
    dashboardUid: uids[panel[0]],
    panelId: panelId(...panel),
    noDataState: noData,
    execErrState: 'Error',
    for: hold,
    annotations: { summary, description: next },
    labels: { source: 'wardwatch', severity },
    isPaused: false,
  };
}

function judged({ compare: [type, value], meanAbove }: Rule, expression: (refId: string, model: object) => object) {
  if (meanAbove === undefined) {
    const conditions = [{ type: 'query', evaluator: { type, params: [value] } }];
    return [expression('C', { type: 'threshold', expression: 'B', conditions })];
  }
  return [
    expression('D', { type: 'reduce', expression: 'A', reducer: 'mean', settings: { mode: 'dropNN' } }),
    expression('C', { type: 'math', expression: `$B ${type === 'lt' ? '<' : '>'} ${value} && $D > ${meanAbove}` }),
  ];
}

function panelId(key: keyof typeof uids, title: string): number {
  const plan = plans.find((one) => one.key === key);
  const panel = plan === undefined ? undefined : framed(plan).panels?.find((one) => one.title === title);
  if (panel?.id === undefined) throw new Error(`no panel ${title} on ${key}`);
  return panel.id;
}
