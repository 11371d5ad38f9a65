/** Panels that stand on several dashboards: told once, the same everywhere. */
import type * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import type { MeasurementName } from '../src/output/measurements.ts';
import { eachInterval, filters, selectFrom } from './influxql.ts';
import { consoleDeviceOfRow, consoleIncidentOfRow, deviceOfRow, type Link, toDashboard } from './links.ts';
import { judgement, severities } from './palette.ts';
import { mapped, type Place, type Step, stat } from './panels.ts';
import { type Column, table } from './tables.ts';

/** The one light of the sensor. */
export const lights = {
  '2': { label: 'Sees well', colour: judgement.good },
  '1': { label: 'Look at it', colour: judgement.watch },
  '0': { label: 'Blind or losing', colour: judgement.critical },
};

export function lightPanel(
  at: Place,
  links: readonly Link[] = [toDashboard('sensor', 'Why: sensor health')],
): dashboard.Panel {
  return stat({
    title: 'Sensor',
    says: 'Can you believe what stands here? Green: the sensor sees the traffic and its figures arrive. Red: it is blind or loses figures, and silence on this page means nothing.',
    empty: 'No sign of the sensor in this time',
    at,
    queries: [
      {
        text: selectFrom({ from: 'wardwatch_sensor', select: 'last("light") AS "Light"', where: filters.site }),
        alias: '$col',
      },
    ],
    mappings: mapped(lights),
    thresholds: [
      [null, judgement.critical],
      [1, judgement.watch],
      [2, judgement.good],
    ],
    ground: true,
    emptyIsBad: true,
    links,
  });
}

const coverageSteps: readonly Step[] = [
  [null, judgement.bad],
  [95, judgement.watch],
  [99, judgement.good],
];

export function coveragePanel(at: Place): dashboard.Panel {
  return stat({
    title: 'Traffic seen',
    says: 'How much of the bytes of all conversations came by at the sensor. Below 99 in 100 something is lost on the way: a full mirror port, a busy sensor.',
    empty: 'No conversation in this time',
    at,
    unit: 'percent',
    decimals: 1,
    queries: [
      {
        text: selectFrom({
          from: 'wardwatch_sensor',
          select: 'mean("coverage_percent") AS "Coverage"',
          where: filters.site,
          group: [eachInterval],
          fill: 'none',
        }),
        alias: '$col',
      },
    ],
    calculation: 'mean',
    curve: true,
    thresholds: coverageSteps,
    links: [toDashboard('sensor', 'Why: sensor health')],
  });
}

/** The same for what one measurement was told from: every number that loss can falsify has it beside it. */
export function coverageOf(from: MeasurementName, where: string, at: Place): dashboard.Panel {
  return stat({
    title: 'Traffic seen',
    says: 'How much of the bytes these figures were told from came by at the sensor. Below 99 in 100 they are too low.',
    empty: 'No conversation in this time',
    at,
    unit: 'percent',
    decimals: 1,
    queries: [{ text: selectFrom({ from, select: 'mean("coverage_percent") AS "Coverage"', where }), alias: '$col' }],
    thresholds: coverageSteps,
    links: [toDashboard('sensor', 'Why: sensor health')],
  });
}

/** Clocks of devices against the clock of the sensor. */
export function clocksPanel(at: Place): dashboard.Panel {
  return table({
    title: 'Clocks that are wrong',
    says: 'The clock of the device minus the clock of the sensor, told from times in its messages, the worst first. Minutes are worth a walk: results get the wrong order.',
    empty: 'No device is off by more than half a minute',
    at,
    sort: 'far',
    queries: [
      {
        text: selectFrom({
          from: 'wardwatch_device',
          // Before or behind: the square tells how far.
          select:
            'last("clock_skew_ms") AS "clock", (last("clock_skew_ms") / 1000.0) * (last("clock_skew_ms") / 1000.0) AS "far"',
          where: `${filters.site} AND ("clock_skew_ms" > 30000 OR "clock_skew_ms" < -30000)`,
          group: ['"name"', '"device"'],
        }),
      },
    ],
    columns: [
      { from: 'name', name: 'Device', links: [deviceOfRow, consoleDeviceOfRow] },
      { from: 'clock', name: 'Off by', unit: 'ms', width: 110 },
      { from: 'far' },
      { from: 'device' },
    ],
  });
}

/** Counts that should be nothing stand out. */
export function warnFrom(count: number): readonly Step[] {
  return [
    [null, 'text'],
    [count, judgement.bad],
  ];
}

/** Short enough for a narrow column; the year is in the time that was chosen. */
export const whenColumn: Column = { from: 'Time', name: 'When', width: 110, unit: 'time:DD MMM HH:mm' };

export const severityColumn: Column = {
  from: 'severity',
  name: 'Severity',
  width: 85,
  mappings: mapped(severities),
  ground: true,
};

/** `severity_rank` of incidents. */
export const severityRanks = {
  '4': severities.critical!,
  '3': severities.high!,
  '2': severities.medium!,
  '1': severities.low!,
};

/** The worst incident of each device, the worst on top. */
export function incidentsPanel(at: Place): dashboard.Panel {
  return table({
    title: 'Who needs me',
    says: 'Devices with incidents in this time: the worst one of each, highest risk first (0 to 100). A click on the device opens its page; the console has the evidence and takes your decision.',
    empty: 'No incident in this time',
    at,
    sort: 'risk',
    queries: [
      {
        text: selectFrom({
          from: 'wardwatch_incident',
          select: 'max("risk") AS "risk", "severity_rank", "name", "title", "findings", "incident"',
          where: filters.site,
          group: ['"device"'],
        }),
      },
    ],
    columns: [
      { from: 'severity_rank', name: 'Severity', width: 85, mappings: mapped(severityRanks), ground: true },
      { from: 'name', name: 'Device', width: 150, links: [deviceOfRow, consoleDeviceOfRow] },
      { from: 'title', name: 'What happened', links: [consoleIncidentOfRow], long: true },
      { ...whenColumn, name: 'Began' },
      { from: 'risk', name: 'Risk', width: 60, decimals: 0 },
      { from: 'findings' },
      { from: 'incident' },
      { from: 'device' },
    ],
  });
}

/** The findings of a time, newest first, each with what to do. */
export function findingsPanel(
  title: string,
  says: string,
  at: Place,
  where: string,
  withDevice: boolean,
): dashboard.Panel {
  return table({
    title,
    says,
    empty: 'Nothing was found in this time',
    at,
    sort: 'Time',
    queries: [
      {
        text: selectFrom({
          from: 'wardwatch_alert',
          select: '"severity", "name", "detector", "title", "first_step", "device"',
          where,
          order: 'newest',
          limit: 100,
        }),
      },
    ],
    columns: [
      whenColumn,
      severityColumn,
      ...(withDevice
        ? [{ from: 'name', name: 'Device', width: 150, links: [deviceOfRow, consoleDeviceOfRow] }]
        : [{ from: 'name' }]),
      { from: 'title', name: 'What happened', long: true },
      withDevice ? { from: 'first_step' } : { from: 'first_step', name: 'What to do first', long: true },
      { from: 'detector' },
      { from: 'device' },
    ],
  });
}
