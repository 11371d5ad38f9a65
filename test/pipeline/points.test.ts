/** What becomes a point: told records in, points out. */
import t from 'tap';
import { parseAddress as keyOf } from '../../src/bytes/address.ts';
import type { Point } from '../../src/model.ts';
import { LineEncoder } from '../../src/output/line-protocol.ts';
import { LocalTime } from '../../src/pipeline/clock-skew.ts';
import { PointKnowledge } from '../../src/pipeline/point-knowledge.ts';
import { Sample } from '../../src/pipeline/sample.ts';
import { SeriesLimit } from '../../src/pipeline/series.ts';
import { tell } from '../support/tell.ts';
import { NOON_US, TestWard, type WardOptions } from '../support/ward.ts';

const [CT, ARCHIVE, PUMP, SERVER, WEB] = ['10.1.0.11', '10.1.0.20', '10.1.0.31', '10.1.0.40', '203.0.113.9'];
const HOUR_US = 3600e6;

/** A ward whose points can be taken. */
class PointWard extends TestWard {
  private readonly knowledge: PointKnowledge;
  private packets = 0;
  private dropped = 0;

  constructor(options: WardOptions = {}) {
    super(options);
    this.knowledge = new PointKnowledge(this.analyst, new Map(), () => ({}));
  }

  /** Points of the interval that ends now. Every one of them must be in the closed list. */
  take(lost = 0): Point[] {
    this.packets += 100;
    this.dropped += lost;
    const counters = {
      ...{ packets: this.packets, bytes: 0, wireBytes: 0, dropped: this.dropped, truncated: 0, duplicates: 0 },
      ...{ flows: 0, flowsOpen: 0, flowsEvicted: 0, firstUs: NOON_US, lastUs: this.nowUs },
    };
    const points = this.analyst.points.take(this.nowUs, this.knowledge.at(counters), counters);
    const encoder = new LineEncoder();
    for (const point of points) encoder.line(point);
    return points;
  }

  /** Both ends have sent something, and so are devices. */
  carry(flow: number, fields: object = {}): void {
    const both = { packetsToServer: 5, packetsToClient: 5, bytesToServer: 1_000, bytesToClient: 500 };
    this.update(flow, { ...both, payloadToServer: 900, payloadToClient: 100, ...fields });
  }
}

function of(points: readonly Point[], measurement: string, tags: Point['tags'] = {}): Point[] {
  return points.filter(
    (point) =>
      point.measurement === `wardwatch_${measurement}` &&
      Object.entries(tags).every(([name, value]) => point.tags[name] === value),
  );
}
const one = (points: readonly Point[], measurement: string, tags: Point['tags'] = {}): Point['fields'] =>
  of(points, measurement, tags)[0]?.fields ?? {};

t.test('refusals are counted by reason, once for each role', (t) => {
  const ward = new PointWard();
  const flow = ward.connect(CT, ARCHIVE, 104, 'dicom');
  for (let i = 0; i < 10; i++) {
    tell(ward, 'association', flow, { callingAe: 'CT1', calledAe: 'WRONG' });
    tell(ward, 'associationEnd', flow, { how: 'rejected', result: 1, source: 1, reason: 7 });
  }
  tell(ward, 'associationEnd', flow, { how: 'rejected', result: 2, source: 3, reason: 2 });
  const points = ward.take();
  const dicom = of(points, 'dicom', { role: 'client' });
  t.equal(dicom.length, 1, 'one point for the role');
  t.match(dicom[0]?.fields, { associations: 10, rejected: 11, rejected_called_ae: 10, rejected_busy: 1 });
  t.match(dicom[0]?.fields, { reject_reason: 'local limit exceeded', rejected_calling_ae: 0 });
  t.match(dicom[0]?.tags, { device: CT, role: 'client' });
  t.match(one(points, 'dicom', { role: 'server' }), { rejected: 11 });
  t.end();
});

t.test('statuses are told by class, and the failure that came last by name', (t) => {
  const ward = new PointWard();
  const flow = ward.connect(CT, ARCHIVE, 104, 'dicom');
  for (const verb of ['C-ECHO-RQ', 'C-STORE-RQ', 'C-FIND-RQ', 'C-MOVE-RQ', 'C-GET-RQ', 'N-CREATE-RQ'])
    ward.dimse(flow, { verb });
  for (const status of [0, 0xff00, 0xff01, 0xfe00, 0xb000, 0x0107, 0xa700, 0x0122, 0xc001]) {
    ward.dimse(flow, { verb: 'C-STORE-RSP', status, latencyUs: 1_000 });
  }
  t.match(one(ward.take(), 'dicom', { role: 'server' }), {
    ...{ c_echo: 1, c_store: 1, c_find: 1, c_move: 1, c_get: 1, n_services: 1, requests: 6, responses: 9 },
    ...{ successes: 1, pendings: 2, cancels: 1, warnings: 2, failures: 3, failure_status: 'C-STORE c001' },
    ...{ latency_p50_us: 1_000, latency_p95_us: 1_000 },
  });
  t.end();
});

t.test('messages are told by what they are about, and what was refused by how', (t) => {
  const ward = new PointWard();
  const flow = ward.connect(PUMP, SERVER, 2575, 'hl7');
  for (const type of ['ADT', 'ORU', 'ORU', 'ORM', 'RGV', 'SIU', 'MDM', 'BAR'])
    ward.hl7(flow, { type, bytes: 10, observations: 2 });
  for (const acknowledgement of ['AA', 'AE', 'AR', 'CR']) {
    ward.hl7(flow, {
      fromClient: false,
      type: 'ACK',
      acknowledgement,
      errorCode: acknowledgement === 'AR' ? '207' : '',
      latencyUs: 5,
    });
  }
  const points = ward.take();
  t.match(one(points, 'hl7', { role: 'client' }), {
    ...{ messages: 12, sent: 8, bytes: 80, observations: 16, admissions: 1, results: 2, orders: 2, schedules: 1 },
    ...{ documents: 1, others: 1, acknowledgements: 4, negative: 3, negative_errors: 1, negative_rejects: 2 },
    ...{ error_code: '207', latency_p50_us: 5, latency_p95_us: 5 },
  });
  t.match(one(points, 'hl7', { role: 'server' }), { messages: 12, sent: 4 });
  t.match(one(points, 'utilisation', { device: PUMP }), { active_seconds: 60, active: true, messages: 8 });
  t.end();
});

t.test('bedside protocols tell alarms, commands and the longest silence', (t) => {
  const ward = new PointWard();
  const flow = ward.connect(PUMP, SERVER, 1950, 'alaris');
  const message = (kind: string): void => tell(ward, 'message', flow, { protocol: 'alaris', kind });
  message('value');
  ward.nowUs += 7e6;
  message('value');
  ward.nowUs += 3e6;
  message('AlarmEvent');
  tell(ward, 'operation', flow, { protocol: 'alaris', verb: 'set rate' });
  tell(ward, 'operation', flow, { protocol: 'alaris', verb: 'set rate', outcome: 'failed' });
  t.match(one(ward.take(), 'telemetry', { role: 'client', protocol: 'alaris' }), {
    ...{ messages: 3, sent: 3, alarms: 1, operations: 1, operation_failures: 1 },
    ...{ operation: 'set rate', kind: 'value', pause_ms_max: 7_000 },
  });
  t.end();
});

t.test('what was lost stands beside what was counted: on the wire, and before the sensor', (t) => {
  const ward = new PointWard();
  const flow = ward.connect(CT, ARCHIVE, 104, 'dicom');
  ward.carry(flow, { gapBytes: 250, retransmits: 3, rttUs: 400 });
  ward.dimse(flow, { verb: 'C-ECHO-RQ' });
  const points = ward.take(100);
  const expected = { coverage_percent: 40 };
  t.match(one(points, 'device', { device: CT }), { ...expected, gap_bytes: 250, retransmits: 3, rtt_us_p50: 400 });
  for (const measurement of ['protocol', 'dicom', 'link']) t.match(one(points, measurement), expected, measurement);
  t.match(one(points, 'sensor'), { ...expected, dropped: 100, light: 1 });
  t.end();
});

t.test('everybody outside is one device, and a link names the busiest of them', (t) => {
  const ward = new PointWard();
  ward.carry(ward.connect(PUMP, WEB, 443, 'tls'));
  ward.carry(ward.connect(PUMP, '198.51.100.7', 443, 'tls'), { bytesToServer: 90_000 });
  const points = ward.take();
  t.strictSame(
    of(points, 'device').map(({ tags }) => tags.device),
    [PUMP, 'outside'],
  );
  t.match(one(points, 'device', { device: 'outside' }), { devices: 2, bytes_in: 91_000 });
  t.match(of(points, 'link')[0]?.tags, { id: `${PUMP}>outside`, source: PUMP, target: 'outside', protocol: 'tls' });
  t.match(one(points, 'link'), {
    flows: 2,
    bytes_to_target: 91_000,
    outside_name: '198.51.100.0/24',
    outside_peers: 2,
  });
  t.equal(of(points, 'inventory').length, 1, 'what is outside is not in the inventory');
  t.end();
});

t.test('a scan of many addresses that do not answer makes no links', (t) => {
  const ward = new PointWard();
  for (let i = 1; i < 50; i++)
    ward.update(ward.begin(PUMP, `10.1.7.${i}`, 445), { packetsToServer: 1, bytesToServer: 60 });
  const points = ward.take();
  t.equal(of(points, 'link').length, 0);
  t.match(one(points, 'device', { device: PUMP }), { flows: 49, peers: 49 });
  t.end();
});

t.test('a device is called by its id, then by what it is, then by its name, which it keeps', (t) => {
  const ward = new PointWard();
  const flow = ward.connect(CT, ARCHIVE, 104, 'dicom');
  const nameOf = (): string | undefined => {
    ward.carry(flow);
    return of(ward.take(), 'device', { device: CT })[0]?.tags.name;
  };
  t.equal(nameOf(), CT);
  tell(ward, 'identity', flow, { attribute: 'modality', value: 'CT', source: 'DICOM (0008,0060)', confidence: 0.9 });
  t.equal(nameOf(), `CT ${CT}`);
  tell(ward, 'identity', flow, {
    attribute: 'name',
    value: 'CT-EMERGENCY',
    source: 'DICOM (0008,1010)',
    confidence: 0.7,
  });
  t.equal(nameOf(), 'CT-EMERGENCY');
  tell(ward, 'identity', flow, { attribute: 'name', value: 'CT-OTHER', source: 'DHCP', confidence: 0.9 });
  t.equal(nameOf(), 'CT-EMERGENCY');
  const other = ward.connect(PUMP, SERVER, 80);
  tell(ward, 'identity', other, { attribute: 'name', value: 'CT-EMERGENCY', source: 'DHCP', confidence: 0.9 });
  ward.carry(other);
  t.equal(of(ward.take(), 'device', { device: PUMP })[0]?.tags.name, `CT-EMERGENCY (${PUMP})`, 'no two share one');
  t.end();
});

t.test('what stands is written when it changes and once an hour', (t) => {
  const ward = new PointWard();
  const flow = ward.connect(PUMP, SERVER, 23, 'telnet');
  ward.carry(flow);
  const first = ward.take();
  t.match(one(first, 'posture', { device: SERVER }), { what: /Telnet/, sightings: 1, peers: 1, peer_address: PUMP });
  t.match(one(first, 'inventory', { device: PUMP }), { address: PUMP, care_tier: 4, device_class: 'unknown' });
  t.match(one(first, 'baseline', { device: PUMP }), { structure_state: 'learn', state_rank: 2 });
  const counts = { inventory: 0, baseline: 0, posture: 0 };
  for (let minute = 1; minute <= 120; minute++) {
    ward.at(minute);
    const points = ward.take();
    for (const name of Object.keys(counts) as (keyof typeof counts)[]) {
      counts[name] += of(points, name, { device: SERVER }).length;
    }
  }
  // Learning ends ten minutes after noon, which is a change.
  t.strictSame(counts, { inventory: 2, baseline: 3, posture: 2 });
  t.end();
});

t.test('who has used a device tells how long it has been idle', (t) => {
  const ward = new PointWard();
  ward.carry(ward.store(CT, ARCHIVE, { studyHash: 7, bytes: 5_000 }));
  t.match(one(ward.take(), 'utilisation', { device: CT }), { exams: 1, instances: 1, instance_bytes: 5_000 });
  ward.store(CT, ARCHIVE, { studyHash: 7 });
  t.match(one(ward.take(), 'utilisation', { device: CT }), { exams: 0, instances: 1 }, 'the same examination goes on');
  let idle: Point['fields'] = {};
  for (let minute = 61; minute <= 121; minute++) {
    const found = of(ward.at(minute).take(), 'utilisation', { device: CT })[0];
    if (found !== undefined) idle = found.fields;
  }
  t.match(idle, { active: false, last_use_ms: NOON_US / 1000 });
  t.ok(Number(idle.idle_seconds) >= 3_660);
  t.notOk('active_seconds' in idle, 'idle time adds nothing');
  t.end();
});

t.test('series without room are added up under `other`, and said', (t) => {
  const ward = new PointWard({ limits: { pointSeriesMax: 3 } });
  for (let i = 1; i <= 4; i++) ward.carry(ward.connect(`10.1.1.${i}`, SERVER, 80));
  const points = ward.take();
  const other = one(points, 'device', { device: 'other' });
  const own = of(points, 'device').filter(({ tags }) => tags.device !== 'other');
  t.equal(own.length, 3);
  t.match(other, { devices: 2 });
  const all = [...own.map(({ fields }) => fields), other];
  const sum = (name: string): number => all.reduce((total, fields) => total + Number(fields[name]), 0);
  t.equal(sum('bytes_out'), 4 * 1_500, 'nothing is missing from the sum');
  t.match(one(points, 'sensor'), { series: 4, light: 1 });
  t.ok(Number(one(points, 'sensor').other_points) > 2);
  t.ok(Number(one(points, 'sensor').series_refused) > 2);
  t.end();
});

t.test('a series that has been forgotten gives its place back', (t) => {
  const limit = new SeriesLimit(1);
  t.ok(limit.admit('wardwatch_device'));
  t.notOk(limit.admit('wardwatch_device'));
  t.ok(limit.admit('wardwatch_alert'), 'alerts always find room');
  limit.release('wardwatch_device');
  limit.release('wardwatch_alert');
  t.ok(limit.admit('wardwatch_device'));
  t.equal(limit.refused, 1);
  t.end();
});

t.test('a clock that is a quarter of an hour ahead is told, with its zone or without', (t) => {
  const skew = (fields: object, timeZone = 'UTC', others = 0): unknown => {
    const ward = new PointWard({ settings: { timeZone } });
    const flow = ward.connect(PUMP, SERVER, 2575, 'hl7');
    const right = ward.connect(CT, SERVER, 2575, 'hl7');
    // What the others of the site say tells where it lies.
    for (let i = 0; i < 5; i++) ward.hl7(right, { type: 'ORU', localClockSkewUs: others });
    ward.carry(flow);
    ward.hl7(flow, { type: 'ORU', ...fields });
    return one(ward.take(), 'device', { device: PUMP }).clock_skew_ms;
  };
  t.equal(skew({ clockSkewUs: 900e6 }), 900_000);
  t.equal(skew({ localClockSkewUs: 900e6 }), 900_000);
  t.equal(skew({ localClockSkewUs: HOUR_US + 900e6 }, 'UTC', HOUR_US), 900_000, 'all are in another zone');
  t.equal(skew({ localClockSkewUs: HOUR_US + 900e6 }, 'Europe/Berlin', HOUR_US), 900_000, 'the zone is known');
  t.equal(skew({ localClockSkewUs: 5.5 * HOUR_US }, 'Asia/Kolkata', 5.5 * HOUR_US), 0);
  t.equal(skew({}), undefined, 'who says no time has none');
  t.end();
});

t.test('of several statements the one with the least delay counts, and images that came late do not', (t) => {
  const ward = new PointWard();
  const flow = ward.store(CT, ARCHIVE, { clockSkewUs: -20_000 });
  for (const clockSkewUs of [-90e6, -2e6, -30e6]) tell(ward, 'instance', flow, { clockSkewUs });
  ward.carry(flow);
  t.match(one(ward.take(), 'device', { device: CT }), { clock_skew_ms: -20, clock_source: 'DICOM (0008,0013)' });
  tell(ward, 'instance', flow, { clockSkewUs: -3600e6 });
  ward.carry(flow);
  t.notOk('clock_skew_ms' in one(ward.take(), 'device', { device: CT }));
  t.end();
});

t.test('summer time is the zone, not an error of the clock', (t) => {
  const berlin = new LocalTime('Europe/Berlin');
  t.equal(berlin.skewUs(HOUR_US, Date.UTC(2026, 0, 10) * 1000), 0);
  t.equal(berlin.skewUs(2 * HOUR_US, Date.UTC(2026, 6, 10) * 1000), 0);
  t.end();
});

t.test('a finding is a point, an incident is another, and each device counts its own', (t) => {
  const ward = new PointWard({ settings: { listed: [{ match: PUMP, class: 'patient-monitor', name: 'Bed 7' }] } });
  ward.carry(ward.connect(SERVER, PUMP, 6_464, 'sdc'));
  ward.at(20).take();
  const flow = ward.connect(CT, PUMP, 6_464, 'sdc');
  tell(ward, 'operation', flow, { protocol: 'sdc', verb: 'SetAlertState', object: 'alert.hr' });
  ward.carry(flow);
  const points = ward.at(21).take();
  const [alert] = of(points, 'alert', { detector: 'RC-10' });
  t.match(alert?.tags, { device: PUMP, name: 'Bed 7', tier: '2', severity: 'critical' });
  t.match(alert?.fields, { title: /SetAlertState/, peer: CT, peer_name: CT });
  t.ok(Number(one(points, 'device', { device: PUMP }).findings) > 0);
  t.match(one(points, 'incident', { device: PUMP }), { risk: Number, severity_rank: 4, detectors: /RC-10/ });
  t.match(one(points, 'sensor'), { findings: of(points, 'alert').length });
  t.equal(of(ward.at(22).take(), 'incident').length, 0, 'what has not grown is not told again');
  t.end();
});

t.test('what was counted for an address goes to the device that it proves to be', (t) => {
  const ward = new PointWard();
  const flow = ward.connect(CT, ARCHIVE, 104, 'dicom');
  ward.carry(flow);
  ward.carry(ward.connect('10.1.0.12', ARCHIVE, 104, 'dicom'));
  for (const address of [CT, '10.1.0.12'])
    tell(ward, 'neighbour', -1, { address: keyOf(address), mac: '\u0800\u0600\u0011', how: 'arp-reply' });
  const points = ward.take();
  t.match(one(points, 'protocol', { role: 'client' }), { flows: 2, bytes: 3_000 });
  t.equal(of(points, 'link').length, 1);
  t.match(one(points, 'link'), { flows: 2, bytes_to_target: 2_000 });
  t.end();
});

t.test('median and 95th percentile of a sample that is bounded', (t) => {
  const sample = new Sample();
  for (let i = 1; i <= 10_000; i++) sample.add(i);
  sample.add(-1);
  const fields: Point['fields'] = {};
  sample.tell(fields, 'p50', 'p95');
  t.ok(Math.abs(Number(fields.p50) - 5_000) < 100);
  t.ok(Math.abs(Number(fields.p95) - 9_500) < 100);
  sample.clear();
  const empty: Point['fields'] = {};
  sample.tell(empty, 'p50');
  t.strictSame(empty, {});
  t.end();
});
