/** What the sensor says about itself at the end of an interval. */
import type { Point } from '../model.ts';
import type { PointSource, SensorCounters } from './point-source.ts';

/** Below this share of bytes seen, and above this share of conversations seen one way, a person should look. */
const COVERAGE_GOOD_PERCENT = 99;
const ONE_WAY_GOOD_PERCENT = 5;
const DUPLICATES_GOOD_PERCENT = 5;

export interface SiteFigures {
  devices: number;
  medical: number;
  learning: number;
  settling: number;
  watched: number;
  held: number;
}

/** Of the points of this interval and the series so far. */
export interface OwnFigures {
  readonly points: number;
  readonly series: number;
  readonly refused: number;
  readonly otherPoints: number;
  readonly findings: number;
  readonly active: number;
  readonly site: Readonly<SiteFigures>;
}

const nothing = {
  packets: 0,
  bytes: 0,
  dropped: 0,
  duplicates: 0,
  truncated: 0,
  flows: 0,
  flowsEvicted: 0,
  gapBytes: 0,
  payloadBytes: 0,
  payloadFlows: 0,
  oneWayFlows: 0,
  oddities: 0,
  spoolDropped: 0,
};
type Counters = typeof nothing;

/** Counters as they were told last: points say what came since. */
export class Told {
  before: Counters = nothing;
  isFirst = true;

  /** How much of the packets since the last interval the capture brought, 0 to 1. */
  share({ packets, dropped }: SensorCounters): number {
    const lost = dropped - this.before.dropped;
    const all = packets - this.before.packets + lost;
    return all <= 0 || lost <= 0 ? 1 : 1 - lost / all;
  }
}

export function sensorFields(
  source: PointSource,
  sensor: SensorCounters,
  told: Told,
  own: OwnFigures,
): Point['fields'] {
  const writer = source.writer();
  const spoolDropped = typeof writer.spool_dropped_points === 'number' ? writer.spool_dropped_points : 0;
  const { packets, bytes, dropped, duplicates, truncated, flows, flowsEvicted } = sensor;
  const now = {
    ...{ packets, bytes, dropped, duplicates, truncated, flows, flowsEvicted },
    ...source.sight(),
    oddities: source.oddities(),
    spoolDropped,
  };
  const share = told.share(sensor);
  const { before } = told;
  // What a spool gave up before this sensor started is not news.
  const isLosing = !told.isFirst && now.spoolDropped > before.spoolDropped;
  told.before = now;
  told.isFirst = false;
  const since = (name: keyof Counters): number => now[name] - before[name];
  const fields: Point['fields'] = {
    verdict: source.verdict(),
    packets: since('packets'),
    bytes: since('bytes'),
    dropped: since('dropped'),
    duplicates: since('duplicates'),
    truncated: since('truncated'),
    gap_bytes: since('gapBytes'),
    oddities: since('oddities'),
    flows: since('flows'),
    flows_open: sensor.flowsOpen,
    flows_evicted: since('flowsEvicted'),
    devices: own.site.devices,
    devices_active: own.active,
    devices_medical: own.site.medical,
    devices_learning: own.site.learning,
    devices_settling: own.site.settling,
    devices_watched: own.site.watched,
    held: own.site.held,
    findings: own.findings,
    points: own.points,
    series: own.series,
    series_refused: own.refused,
    other_points: own.otherPoints,
    ...writer,
  };
  shares(fields, since, share);
  const isBlind = source.trouble() !== '';
  fields.light = isBlind || isLosing ? 0 : isGood(fields) ? 2 : 1;
  return fields;
}

function shares(fields: Point['fields'], since: (name: keyof Counters) => number, share: number): void {
  const tenths = (part: number, all: number): number => Math.round((1000 * part) / all) / 10;
  const streams = since('payloadBytes') + since('gapBytes');
  if (streams > 0) fields.coverage_percent = tenths(share * since('payloadBytes'), streams);
  else if (since('packets') > 0) fields.coverage_percent = Math.round(1000 * share) / 10;
  if (since('payloadFlows') > 0) fields.one_way_percent = tenths(since('oneWayFlows'), since('payloadFlows'));
  if (since('packets') > 0) fields.duplicate_percent = tenths(since('duplicates'), since('packets'));
}

function isGood(fields: Point['fields']): boolean {
  const number = (name: string, usual: number): number => {
    const value = fields[name];
    return typeof value === 'number' ? value : usual;
  };
  return (
    number('coverage_percent', 100) >= COVERAGE_GOOD_PERCENT &&
    number('one_way_percent', 0) <= ONE_WAY_GOOD_PERCENT &&
    number('duplicate_percent', 0) <= DUPLICATES_GOOD_PERCENT &&
    number('dropped', 0) === 0 &&
    number('flows_evicted', 0) === 0 &&
    number('series_refused', 0) === 0 &&
    number('spool_oldest_seconds', 0) < SPOOL_OLD_SECONDS
  );
}

/** Points that wait for longer show that InfluxDB is away. */
const SPOOL_OLD_SECONDS = 300;
