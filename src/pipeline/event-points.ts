/** Findings and incidents as points: each at the time it began, written again in the same place when it has grown. */
import { type FindingRow, type IncidentRow, type Point, severities } from '../model.ts';
import type { PointSource } from './point-source.ts';
import type { SeriesLimit } from './series.ts';

export interface EventPoints {
  readonly points: Point[];
  /** Findings that began in the interval, by device, and all of them. */
  readonly byDevice: ReadonlyMap<string, number>;
  readonly begun: number;
}

export class Events {
  /** Times of alert points, which a finding keeps for as long as it grows; bounded by `findingsMax`. */
  private readonly times = new Map<FindingRow, number>();
  private readonly takenTimes = new Set<string>();
  private readonly nextTimes = new Map<string, number>();
  private readonly series = new Set<string>();
  /** What was last told of an incident. */
  private readonly told = new Map<string, string>();

  take(source: PointSource, base: Point['tags'], limit: SeriesLimit): EventPoints {
    const points: Point[] = [];
    const byDevice = new Map<string, number>();
    let begun = 0;
    const findings = source.changedFindings();
    for (const finding of findings) {
      if (!this.times.has(finding)) {
        begun++;
        byDevice.set(finding.device, (byDevice.get(finding.device) ?? 0) + 1);
      }
      points.push(this.alertPoint(finding, source, base, limit));
    }
    if (findings.length > 0) this.incidentsTo(points, source, base, limit);
    return { points, byDevice, begun };
  }

  /** Of several with the same tags and time each later one stands a microsecond behind. */
  private alertPoint(finding: FindingRow, source: PointSource, base: Point['tags'], limit: SeriesLimit): Point {
    const { device, detector, severity } = finding;
    const isKnown = this.admit('wardwatch_alert', [device, detector, severity].join('\n'), limit);
    const id = isKnown ? device : 'other';
    const tags = { ...base, ...whoOf(id, source), detector, severity };
    let timeUs = this.times.get(finding);
    if (timeUs === undefined) {
      timeUs = finding.startUs;
      const series = [id, detector, severity].join('\n');
      const begun = `${series}\n${timeUs}`;
      // Thousands may begin at one tick: where the last of them found a place, the next one looks on.
      timeUs = this.nextTimes.get(begun) ?? timeUs;
      while (this.takenTimes.has(`${series}\n${timeUs}`)) timeUs++;
      this.takenTimes.add(`${series}\n${timeUs}`);
      this.nextTimes.set(begun, timeUs + 1);
      this.times.set(finding, timeUs);
    }
    return { measurement: 'wardwatch_alert', tags, fields: alertFields(finding, source), timeUs };
  }

  private incidentsTo(points: Point[], source: PointSource, base: Point['tags'], limit: SeriesLimit): void {
    const findings = new Map([...this.times.keys()].map((finding) => [finding.id, finding]));
    for (const incident of source.incidents()) {
      const { id, risk, endUs, alerts, device, startUs } = incident;
      const now = `${risk} ${endUs} ${alerts.length}`;
      if (this.told.get(id) === now) continue;
      this.told.set(id, now);
      const who = whoOf(this.admit('wardwatch_incident', device, limit) ? device : 'other', source);
      const fields = incidentFields(incident, findings);
      points.push({ measurement: 'wardwatch_incident', tags: { ...base, ...who }, fields, timeUs: startUs });
    }
  }

  private admit(measurement: 'wardwatch_alert' | 'wardwatch_incident', key: string, limit: SeriesLimit): boolean {
    const name = `${measurement}\n${key}`;
    if (this.series.has(name)) return true;
    if (!limit.admit(measurement)) return false;
    this.series.add(name);
    return true;
  }
}

function whoOf(device: string, source: PointSource): Point['tags'] {
  if (device === 'other') return { device, name: device, tier: '0' };
  // What is said about the sensor itself.
  if (device === '') return { device: 'sensor', name: 'sensor', tier: '0' };
  return { device, name: source.nameOfId(device), tier: `${source.tierOfId(device)}` };
}

function alertFields(finding: FindingRow, source: PointSource): Point['fields'] {
  const fields: Point['fields'] = {
    finding: finding.id,
    title: finding.happened,
    happened: finding.happened,
    usual: finding.usual,
    matters: finding.matters,
    first_step: finding.firstStep,
    device_address: finding.deviceAddress,
    peer: finding.peer,
    peer_name: source.nameOfId(finding.peer),
    peer_address: finding.peerAddress,
    service: finding.service,
    attack: finding.attack.join(' '),
    count: finding.count,
    confidence: finding.confidence,
    end_ms: Math.floor(finding.endUs / 1000),
  };
  if (finding.window !== '') fields.window = finding.window;
  return fields;
}

function incidentFields(incident: IncidentRow, findings: ReadonlyMap<string, FindingRow>): Point['fields'] {
  const parts = incident.alerts.map((id) => findings.get(id)).filter((one) => one !== undefined);
  const worst = [...parts].sort(
    (a, b) => severities.indexOf(b.severity) - severities.indexOf(a.severity) || a.startUs - b.startUs,
  )[0];
  return {
    incident: incident.id,
    title: `${incident.devices.length > 1 ? `${incident.devices.length} devices: ` : ''}${worst?.happened ?? ''}`,
    risk: incident.risk,
    severity_rank: severities.indexOf(incident.severity) + 1,
    findings: incident.alerts.length,
    detectors: [...new Set(parts.map(({ detector }) => detector))].sort().join(' '),
    end_ms: Math.floor(incident.endUs / 1000),
  };
}
