/**
 * Alerts in the words of other systems, one JSON object per line, keys in a fixed order.
 *
 * EVE is what Suricata writes (userguide, "Eve JSON Format"); OCSF is Detection Finding of the Open Cybersecurity Schema
 * Framework (class 2004, version 1.3.0); CEF is ArcSight's Common Event Format (version 0), for the body of a syslog message.
 */
import { isoTime } from '../bytes/time.ts';
import type { FindingRow, Severity } from '../model.ts';

/** Suricata counts from 1, the gravest. */
const eveSeverity: Readonly<Record<Severity, number>> = { critical: 1, high: 2, medium: 3, low: 4 };
/** OCSF severity_id. */
const ocsfSeverity: Readonly<Record<Severity, number>> = { low: 2, medium: 3, high: 4, critical: 5 };
const ocsfSeverityName: Readonly<Record<Severity, string>> = {
  low: 'Low',
  medium: 'Medium',
  high: 'High',
  critical: 'Critical',
};
/** CEF counts from 0 to 10. */
const cefSeverity: Readonly<Record<Severity, number>> = { low: 3, medium: 5, high: 8, critical: 10 };

/** A range of signature numbers that nobody else uses in EVE: 9 100 000 and what the id of the detector says. */
const SIGNATURE_BASE = 9_100_000;
const families = ['BL', 'RC', 'EX', 'ME'];

export interface AlertSource {
  readonly site: string;
  readonly run: string;
  readonly version: string;
}

/** `BL-01` → 9100001, `RC-09` → 9100109. */
export function signatureOf(detector: string): number {
  const [family = '', number = '0'] = detector.split('-');
  return SIGNATURE_BASE + families.indexOf(family) * 100 + Number(number);
}

export function eveLine(finding: FindingRow, { site, run }: AlertSource): string {
  const { detector, severity, evidence, attack } = finding;
  const [communityId] = evidence.flows;
  return JSON.stringify({
    timestamp: `${isoTime(finding.endUs).slice(0, -1)}+0000`,
    event_type: 'alert',
    src_ip: finding.peerAddress,
    dest_ip: finding.deviceAddress,
    ...(communityId === undefined ? {} : { community_id: communityId }),
    app_proto: finding.service,
    alert: {
      action: 'allowed',
      gid: 1,
      signature_id: signatureOf(detector),
      rev: 1,
      signature: `wardwatch ${detector}: ${finding.happened}`,
      category: 'Medical device',
      severity: eveSeverity[severity],
      metadata: {
        wardwatch_finding: [finding.id],
        mitre_technique_id: attack,
        wardwatch_site: [site],
        wardwatch_run: [run],
      },
    },
    wardwatch: sentencesOf(finding),
  });
}

function sentencesOf(finding: FindingRow) {
  const { id, count, confidence, device, peer, window, usual, happened, matters, firstStep } = finding;
  const [start, end] = [isoTime(finding.startUs), isoTime(finding.endUs)];
  return { id, count, confidence, device, peer, window, start, end, usual, happened, matters, firstStep };
}

export function ocsfLine(finding: FindingRow, { site, run, version }: AlertSource): string {
  const { severity, attack, count } = finding;
  return JSON.stringify({
    category_uid: 2,
    category_name: 'Findings',
    class_uid: 2004,
    class_name: 'Detection Finding',
    // Create, and Update when it has grown.
    activity_id: count > 1 ? 2 : 1,
    type_uid: count > 1 ? 200_402 : 200_401,
    time: Math.floor(finding.endUs / 1000),
    start_time: Math.floor(finding.startUs / 1000),
    end_time: Math.floor(finding.endUs / 1000),
    severity_id: ocsfSeverity[severity],
    severity: ocsfSeverityName[severity],
    status_id: 1,
    confidence_score: Math.round(finding.confidence * 100),
    count,
    message: finding.happened,
    metadata: {
      version: '1.3.0',
      product: { name: 'wardwatch', vendor_name: 'wardwatch', version },
      labels: [site, run],
    },
    finding_info: {
      uid: finding.id,
      title: `${finding.detector}: ${finding.happened}`,
      desc: `${finding.usual} ${finding.matters}`,
      analytic: { name: finding.detector, type_id: 1, type: 'Rule' },
      first_seen_time: Math.floor(finding.startUs / 1000),
      last_seen_time: Math.floor(finding.endUs / 1000),
      attacks: attack.map((uid) => ({ technique: { uid } })),
    },
    remediation: { desc: finding.firstStep },
    resources: [
      { uid: finding.device, type: 'Device', role: 'Target', role_id: 1, ip: finding.deviceAddress },
      { uid: finding.peer, type: 'Device', role: 'Related', role_id: 3, ip: finding.peerAddress },
    ],
    evidences: finding.evidence.flows.map((uid) => ({ connection_info: { community_uid: uid } })),
  });
}

export function cefLine(finding: FindingRow, { version }: AlertSource): string {
  const head = ['CEF:0', 'wardwatch', 'wardwatch', version, finding.detector, finding.happened].map((text, i) =>
    i === 0 ? text : headText(text),
  );
  const fields: Record<string, string | number> = {
    start: Math.floor(finding.startUs / 1000),
    end: Math.floor(finding.endUs / 1000),
    cnt: finding.count,
    src: finding.peerAddress,
    dst: finding.deviceAddress,
    app: finding.service,
    externalId: finding.id,
    msg: `${finding.usual} ${finding.matters} ${finding.firstStep}`,
    cs1Label: 'attack',
    cs1: finding.attack.join(' '),
    cs2Label: 'window',
    cs2: finding.window,
  };
  const body = Object.entries(fields)
    .filter(([, value]) => value !== '')
    .map(([key, value]) => `${key}=${fieldText(String(value))}`);
  return [...head, cefSeverity[finding.severity], body.join(' ')].join('|');
}

function headText(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('|', '\\|')
    .replaceAll(/[\r\n]+/g, ' ');
}

function fieldText(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('=', '\\=')
    .replaceAll(/\r?\n|\r/g, '\\n');
}
