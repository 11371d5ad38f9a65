/**
 * The closed list of what leaves the program as points: measurements, tags and fields.
 *
 * Names and types here are public and for ever: dashboards, alarms and other people's queries stand on them.
 * A measurement or a field may be added; none is renamed, none changes its type (InfluxDB refuses a field whose
 * type differs from the first one it saw), and no name is a tag here and a field there (InfluxDB 3 refuses that).
 * Tags are what one groups by and are few; whatever has many values is a field. docs/line-protocol.md shows this
 * list to people, and a test keeps the two equal.
 */

export type FieldType = 'integer' | 'float' | 'string' | 'boolean';

/** How values of one hour or day become one: counters add up, states keep the last, medians keep their mean. */
export type Rollup = 'sum' | 'last' | 'max' | 'mean';

export interface FieldDefinition {
  readonly type: FieldType;
  readonly unit: string;
  readonly rollup: Rollup;
  readonly description: string;
}

export interface MeasurementDefinition {
  readonly description: string;
  /** Series this measurement adds to the database, per site and run. */
  readonly budget: string;
  /** Points are single events: they are never added together. */
  readonly events: boolean;
  readonly tags: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, FieldDefinition>>;
}

const field = (type: FieldType, unit: string, rollup: Rollup, description: string): FieldDefinition => ({
  type,
  unit,
  rollup,
  description,
});
/** How often something happened in the interval. */
const counter = (unit: string, description: string): FieldDefinition => field('integer', unit, 'sum', description);
/** How things stood at the end of the interval. */
const gauge = (unit: string, description: string): FieldDefinition => field('integer', unit, 'last', description);
const percent = (description: string): FieldDefinition => field('float', 'percent', 'mean', description);
const text = (description: string): FieldDefinition => field('string', 'text', 'last', description);

const site = 'name of the site, from the configuration';
const run = 'name of the replay, or of the live sensor';
const device = 'stable id of the device: its hardware address, or its first address';

export const measurements = {
  wardwatch_device: {
    description: 'What one device did on the network in the interval.',
    budget: 'devices',
    events: false,
    tags: { site, run, device, class: 'class of the device (`monitor`, `modality` …), or `unknown`' },
    fields: {
      bytes_in: counter('bytes', 'bytes sent to the device, from the IP header on'),
      bytes_out: counter('bytes', 'bytes sent by the device, from the IP header on'),
      packets_in: counter('packets', 'packets sent to the device'),
      packets_out: counter('packets', 'packets sent by the device'),
      flows: counter('flows', 'conversations that were opened by or to the device'),
      peers: field('integer', 'devices', 'max', 'distinct devices it exchanged packets with'),
      online: field('boolean', 'state', 'last', 'the device sent at least one packet in the interval'),
    },
  },
  wardwatch_protocol: {
    description: 'What one device spoke, per protocol; a protocol that was not spoken has no point.',
    budget: 'devices × protocols each of them speaks (usually 2 to 6)',
    events: false,
    tags: { site, run, device, protocol: 'name of the protocol, as in docs/protocols.md' },
    fields: {
      flows: counter('flows', 'conversations in which the protocol was recognised'),
      bytes: counter('bytes', 'bytes of these conversations, both ways'),
      messages: counter('messages', 'whole messages that were decoded'),
    },
  },
  wardwatch_dicom: {
    description: 'DICOM associations and messages in which one device took part.',
    budget: 'devices that speak DICOM',
    events: false,
    tags: { site, run, device },
    fields: {
      associations: counter('associations', 'associations that were requested'),
      released: counter('associations', 'associations that ended in good order (A-RELEASE-RP)'),
      rejected: counter('associations', 'associations that were refused (A-ASSOCIATE-RJ)'),
      aborted: counter('associations', 'associations that were broken off (A-ABORT)'),
      dropped: counter('associations', 'associations whose connection ended without any of these'),
      requests: counter('messages', 'DIMSE requests'),
      responses: counter('messages', 'DIMSE responses'),
      failures: counter('messages', 'DIMSE responses whose status is of the class failure (PS3.7 annex C)'),
      instances: counter('instances', 'composite objects that were stored'),
      instance_bytes: counter('bytes', 'data-set bytes of these objects'),
      latency_p50_us: field(
        'integer',
        'microseconds',
        'mean',
        'median time from a DIMSE request to its first response',
      ),
      reject_reason: text('the last refusal in words of PS3.8 table 9-21, absent without one'),
    },
  },
  wardwatch_hl7: {
    description: 'HL7 v2 messages in which one device took part.',
    budget: 'devices that speak HL7 v2',
    events: false,
    tags: { site, run, device },
    fields: {
      messages: counter('messages', 'messages, acknowledgements included'),
      acknowledgements: counter('messages', 'acknowledgements (MSA)'),
      negative: counter('messages', 'acknowledgements that say error or reject (AE, AR, CE, CR)'),
      latency_us_median: field('integer', 'microseconds', 'mean', 'median time from a message to its acknowledgement'),
    },
  },
  wardwatch_alert: {
    description: 'One finding, at the time it began; written again (same tags, same time) when it grows.',
    budget: 'devices with findings × detectors that spoke about them',
    events: true,
    tags: {
      site,
      run,
      device,
      detector: 'id of the detector, as in docs/detections.md',
      severity: '`low`, `medium`, `high` or `critical`',
    },
    fields: {
      finding: text('id of the finding'),
      title: text('the finding in one line'),
      happened: text('what happened'),
      usual: text('what is usual for this device'),
      matters: text('why it matters'),
      first_step: text('what to do first'),
      device_address: text('network address of the device'),
      peer: text('id of the other device'),
      peer_address: text('network address of the other device'),
      service: text('protocol or port'),
      count: counter('signals', 'signals in this finding so far'),
      confidence: field('float', 'fraction', 'last', 'from 0 to 1'),
      end_ms: gauge('milliseconds since 1970', 'when the finding was last seen'),
    },
  },
  wardwatch_sensor: {
    description: 'The sensor about itself: what it saw, what it could not see, what it lost.',
    budget: '1',
    events: false,
    tags: { site, run },
    fields: {
      packets: counter('packets', 'packets that were captured'),
      bytes: counter('bytes', 'bytes that were captured'),
      dropped: counter('packets', 'packets that the kernel or the capture lost'),
      duplicates: counter('packets', 'second copies of a packet, as mirror ports make them'),
      gap_bytes: counter('bytes', 'bytes of TCP streams that never came by'),
      oddities: counter('oddities', 'rule breaches in traffic, as in docs/oddities.md'),
      flows_open: gauge('flows', 'conversations in the flow table'),
      flows_evicted: counter('flows', 'conversations that gave way because the flow table was full'),
      coverage_percent: percent('how much of the traffic between the seen devices was seen'),
      one_way_percent: percent('conversations of which only one direction was seen'),
      spool_bytes: gauge('bytes', 'points on disk that wait for InfluxDB'),
      spool_dropped_points: gauge('points', 'points that were given up since the spool exists'),
      write_errors: gauge('errors', 'failed attempts to write to InfluxDB since the start'),
      series: gauge('series', 'distinct series that were written since the start'),
    },
  },
  wardwatch_check: {
    description: 'Written by `wardwatch doctor` to see whether a point can be written and read back.',
    budget: '1',
    events: true,
    tags: { site },
    fields: { works: field('boolean', 'state', 'last', 'always true') },
  },
} as const satisfies Readonly<Record<string, MeasurementDefinition>>;

export type MeasurementName = keyof typeof measurements;

export function measurementOf(name: string): MeasurementDefinition | undefined {
  return Object.hasOwn(measurements, name) ? measurements[name as MeasurementName] : undefined;
}
