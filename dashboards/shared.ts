/** Panels that stand on several dashboards: told once, the same everywhere. */
import type * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import { eachInterval, filters, selectFrom } from './influxql.ts';
import { consoleDeviceOfRow, deviceOfRow, type Link, toDashboard } from './links.ts';
import { cards, judgement, severities } from './palette.ts';
import { type Column, mapped, type Place, stat, table } from './panels.ts';

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
    links,
  });
}

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
    thresholds: [
      [null, judgement.bad],
      [95, judgement.watch],
      [99, judgement.good],
    ],
    links: [toDashboard('sensor', 'Why: sensor health')],
  });
}

const severityColumn: Column = { from: 'severity', name: 'Severity', width: 90, mappings: mapped(severities) };

/** The findings of a time, newest first, each with what to do. */
export function findingsPanel(
  title: string,
  says: string,
  at: Place,
  rows: number,
  where: string,
  withDevice: boolean,
): dashboard.Panel {
  return table({
    title,
    says,
    empty: 'Nothing was found in this time',
    at,
    rows,
    sort: 'Time',
    queries: [
      {
        text: selectFrom({
          from: 'wardwatch_alert',
          select: '"severity", "name", "detector", "title", "first_step", "device"',
          where,
          order: 'newest',
          limit: 50,
        }),
      },
    ],
    columns: [
      { from: 'Time', name: 'When', width: 160 },
      severityColumn,
      ...(withDevice
        ? [{ from: 'name', name: 'Device', width: 170, links: [deviceOfRow, consoleDeviceOfRow] }]
        : [{ from: 'name' }]),
      { from: 'title', name: 'What happened' },
      { from: 'first_step', name: 'What to do first' },
      { from: 'detector' },
      { from: 'device' },
    ],
  });
}

export const cardNames = mapped(cards);

/** `severity_rank` of incidents. */
export const severityRanks = {
  '4': severities.critical!,
  '3': severities.high!,
  '2': severities.medium!,
  '1': severities.low!,
};
