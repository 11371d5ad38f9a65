/** Sensor health: can what stands on the other dashboards be believed? */
import type { Plan } from './frame.ts';
import { eachInterval, filters, type Query, selectFrom } from './influxql.ts';
import { judgement } from './palette.ts';
import { lines, stat } from './panels.ts';
import { coveragePanel, lightPanel } from './shared.ts';

const each = (select: string): Query => ({
  text: selectFrom({ from: 'wardwatch_sensor', select, where: filters.site, group: [eachInterval], fill: 'none' }),
  alias: '$col',
});
const last = (select: string): Query => ({
  text: selectFrom({ from: 'wardwatch_sensor', select, where: filters.site }),
  alias: '$col',
});

export const sensor: Plan = {
  key: 'sensor',
  title: 'Sensor health',
  says: 'For the administrator of the sensor: does it see everything, does everything arrive, and what is missing?',
  choices: [],
  marks: `${filters.site} AND "detector" =~ /^ME-/`,
  from: 'now-24h',
  panels: [
    lightPanel({ x: 0, y: 0, w: 4, h: 4 }, []),
    stat({
      title: 'In one sentence',
      says: 'What the sensor says about the mirror port and about itself.',
      empty: 'No sign of the sensor in this time: is it running, and does it write to this database?',
      at: { x: 4, y: 0, w: 12, h: 4 },
      queries: [last('last("verdict") AS "Verdict"')],
      fields: '/^Verdict$/',
      thresholds: [[null, judgement.neutral]],
    }),
    coveragePanel({ x: 16, y: 0, w: 4, h: 4 }),
    stat({
      title: 'Behind by',
      says: 'How far the last figures lag behind the clock. More than a few seconds: the sensor is busy, or its clock is wrong. A replay has no lag.',
      empty: 'A replay, or no sensor',
      at: { x: 20, y: 0, w: 4, h: 4 },
      unit: 'ms',
      queries: [last('last("lag_ms") AS "Lag"')],
      thresholds: [
        [null, judgement.good],
        [5_000, judgement.watch],
        [60_000, judgement.bad],
      ],
    }),
    lines({
      title: 'What the sensor could not see',
      says: 'Lost before the sensor: packets the capture dropped; should be nothing. Cut short: recorded in part only. Seen twice: the mirror copies a packet twice, which does no harm.',
      empty: 'No sign of the sensor in this time',
      at: { x: 0, y: 4, w: 12, h: 8 },
      kind: 'bars',
      queries: [
        each(
          'sum("dropped") AS "Lost before the sensor", sum("truncated") AS "Cut short", sum("duplicates") AS "Seen twice"',
        ),
      ],
      axis: 'packets',
      decimals: 0,
    }),
    lines({
      title: 'How much was seen',
      says: 'Coverage should lie at 100. Only one direction: conversations of which the mirror shows one half; above 20 in 100 the mirror port is set up wrongly.',
      empty: 'No conversation in this time',
      at: { x: 12, y: 4, w: 12, h: 8 },
      unit: 'percent',
      max: 100,
      queries: [each('mean("coverage_percent") AS "Coverage", mean("one_way_percent") AS "Only one direction"')],
    }),
    lines({
      title: 'Traffic captured',
      says: 'Packets of each interval. A line that falls to nothing while the ward works means the mirror is gone.',
      empty: 'No sign of the sensor in this time',
      at: { x: 0, y: 12, w: 8, h: 8 },
      kind: 'bars',
      queries: [each('sum("packets") AS "Packets"')],
      unit: 'short',
    }),
    lines({
      title: 'Figures that wait for InfluxDB',
      says: 'Points on the disk of the sensor that could not be written yet. A hill that comes down again is an outage that was survived; one that grows needs you.',
      empty: 'A replay, or nothing is written from here',
      at: { x: 8, y: 12, w: 8, h: 8 },
      unit: 'bytes',
      queries: [each('max("spool_bytes") AS "Waiting for InfluxDB"')],
    }),
    lines({
      title: 'Learning of the devices',
      says: 'Devices that are being learnt, that settle, and that are watched with all detections. In the first weeks the watched ones grow.',
      empty: 'No sign of the sensor in this time',
      at: { x: 16, y: 12, w: 8, h: 8 },
      kind: 'stacked',
      queries: [
        each(
          'last("devices_learning") AS "Learning", last("devices_settling") AS "Settling", last("devices_watched") AS "Watched"',
        ),
      ],
      decimals: 0,
    }),
    stat({
      title: 'Oldest waiting figure',
      says: 'Age of the oldest point that waits to be written. Minutes are an outage, hours fill the disk.',
      empty: 'Nothing waits',
      at: { x: 0, y: 20, w: 4, h: 4 },
      unit: 's',
      queries: [last('last("spool_oldest_seconds") AS "Age"')],
      thresholds: [
        [null, judgement.good],
        [300, judgement.watch],
        [3_600, judgement.bad],
      ],
    }),
    stat({
      title: 'Figures lost for good',
      says: 'Points that were given up because the spool was full, or that the server refused. Should be 0.',
      empty: '0',
      at: { x: 0, y: 24, w: 4, h: 4 },
      unit: 'short',
      queries: [last('last("spool_dropped_points") + last("spool_refused_lines") AS "Lost"')],
      thresholds: [
        [null, judgement.good],
        [1, judgement.critical],
      ],
    }),
    lines({
      title: 'Series in the database',
      says: 'What makes InfluxDB large. The sensor stops at its own limits; what found no room is kept together under "other" and counted as refused.',
      empty: 'No sign of the sensor in this time',
      at: { x: 4, y: 20, w: 10, h: 8 },
      queries: [each('last("series") AS "Series", last("series_refused") AS "No room"')],
      decimals: 0,
    }),
    lines({
      title: 'Odd traffic',
      says: 'Breaches of the rules of protocols, by devices or by somebody who tries things. A level is normal, a step is worth a look (docs/oddities.md).',
      empty: 'No odd traffic in this time',
      at: { x: 14, y: 20, w: 10, h: 8 },
      kind: 'bars',
      queries: [each('sum("oddities") AS "Rule breaches"')],
      decimals: 0,
    }),
  ],
};
