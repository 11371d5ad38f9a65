/**
 * The closed list of what leaves the program as points: measurements, tags and fields.
 *
 * Names and types here are public and for ever: dashboards, alarms and other people's queries stand on them.
 * A measurement or a field may be added; none is renamed, none changes its type (InfluxDB refuses a field whose
 * type differs from the first one it saw), and no name is a tag and a field of one measurement (InfluxDB 3 refuses
 * that). Tags are what one groups by and are few; whatever has many values is a field. docs/line-protocol.md shows
 * this list to people, and a test keeps the two equal.
 */
import { counter, field, gauge, type MeasurementDefinition, percent, run, site, text } from './measurement-kinds.ts';
import { clinicalMeasurements } from './measurements-clinical.ts';
import { judgementMeasurements } from './measurements-judgement.ts';
import { sensorCoverage, trafficMeasurements } from './measurements-traffic.ts';

export type { FieldDefinition, FieldType, MeasurementDefinition, Rollup } from './measurement-kinds.ts';

const sensorMeasurements = {
  wardwatch_sensor: {
    description: 'The sensor about itself: what it saw, what it could not see, what it lost.',
    budget: '1',
    seriesMax: 1,
    events: false,
    tags: { site, run },
    fields: {
      light: gauge('light', '2 all is well, 1 look at it, 0 the sensor is blind or loses points'),
      verdict: text('what can be seen, in one plain sentence'),
      packets: counter('packets', 'packets that were captured'),
      bytes: counter('bytes', 'bytes that were captured'),
      dropped: counter('packets', 'packets that the kernel or the capture lost'),
      duplicates: counter('packets', 'second copies of a packet, as mirror ports make them'),
      truncated: counter('packets', 'packets that the capture cut short'),
      gap_bytes: counter('bytes', 'bytes of TCP streams that never came by'),
      oddities: counter('oddities', 'rule breaches in traffic, as in docs/oddities.md'),
      flows: counter('flows', 'conversations that began'),
      flows_open: gauge('flows', 'conversations in the flow table'),
      flows_evicted: counter('flows', 'conversations that gave way because the flow table was full'),
      coverage_percent: sensorCoverage,
      one_way_percent: percent('TCP conversations that ended and of which only one direction was seen'),
      duplicate_percent: percent('share of second copies among the packets'),
      devices: gauge('devices', 'devices inside the site that are known'),
      devices_active: gauge('devices', 'devices inside that sent something in the interval'),
      devices_medical: gauge('devices', 'medical devices that are known'),
      devices_learning: gauge('devices', 'devices whose structure is being learnt (`discover`, `learn`, `relearn`)'),
      devices_settling: gauge('devices', 'devices whose structure settles'),
      devices_watched: gauge('devices', 'devices whose structure is watched'),
      held: gauge('relations', 'relations of all devices that wait for a decision of a person'),
      findings: counter('findings', 'findings that began'),
      points: counter('points', 'points of this interval'),
      series: gauge('series', 'distinct series that were written since the start'),
      series_refused: gauge('series', 'series that found no room since the start: their points are in `other`'),
      other_points: counter('points', 'points of this interval that went into `other`'),
      spool_bytes: gauge('bytes', 'points on disk that wait for InfluxDB'),
      spool_points: gauge('points', 'points that wait for InfluxDB'),
      spool_oldest_seconds: gauge('seconds', 'age of the oldest point that waits'),
      spool_dropped_points: gauge('points', 'points that were given up since the spool exists'),
      spool_refused_lines: gauge('points', 'points that the server refused for good since the spool exists'),
      write_errors: gauge('errors', 'failed attempts to write to InfluxDB since the start'),
      written_points: gauge('points', 'points that InfluxDB has taken since the start'),
      lag_ms: field(
        'integer',
        'milliseconds',
        'max',
        'wall clock minus packet time at the end of the interval; live only',
      ),
      processor_percent: percent('processor time of the sensor, of one core; live only'),
      memory_bytes: gauge('bytes', 'memory of the sensor; live only'),
    },
  },
  wardwatch_check: {
    description: 'Written by `wardwatch doctor` to see whether a point can be written and read back.',
    budget: '1',
    seriesMax: 1,
    events: true,
    tags: { site },
    fields: { works: field('boolean', 'state', 'last', 'always true') },
  },
} as const satisfies Readonly<Record<string, MeasurementDefinition>>;

export const measurements = {
  ...trafficMeasurements,
  ...clinicalMeasurements,
  ...judgementMeasurements,
  ...sensorMeasurements,
};

export type MeasurementName = keyof typeof measurements;

export function measurementOf(name: string): MeasurementDefinition | undefined {
  return Object.hasOwn(measurements, name) ? measurements[name as MeasurementName] : undefined;
}
