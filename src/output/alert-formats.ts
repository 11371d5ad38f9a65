/**
 * Alerts in the words of other systems, one JSON object per line, keys in a fixed order.
 *
 * EVE is what Suricata writes (userguide, "Eve JSON Format"); OCSF is Detection Finding of the Open Cybersecurity Schema
 * Framework (class 2004, version 1.4.0: the first that knows Community IDs and addresses of resources); CEF is ArcSight's Common Event Format (version 0), for the body of a syslog message.
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
    // Of the sensor itself there are none.
    ...(finding.peerAddress === '' ? {} : { src_ip: finding.peerAddress }),
    ...(finding.deviceAddress === '' ? {} : { dest_ip: finding.deviceAddress }),
    ...(communityId === undefined ? {} : { community_id: communityId }),
    ...(finding.service === '' ? {} : { app_proto: finding.service }),
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
    is_alert: true,
    confidence_score: Math.round(finding.confidence * 100),
    count,
    message: finding.happened,
    metadata: {
      version: '1.4.0',
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
      attacks: attack.map(attackOf),
    },
    remediation: { desc: finding.firstStep },
    resources: finding.device === '' ? [] : [{ uid: finding.device, type: 'Device', ip: finding.deviceAddress }],
    evidences: evidencesOf(finding),
  });
}

/** `T1567.002` is a part of `T1567`. */
function attackOf(uid: string) {
  const [technique = ''] = uid.split('.');
  return { technique: { uid: technique }, ...(technique === uid ? {} : { sub_technique: { uid } }) };
}

/** One for each conversation; without any, who was involved. Nothing where nobody was. */
function evidencesOf({ deviceAddress, peerAddress, evidence }: FindingRow) {
  const ends = {
    ...(peerAddress === '' ? {} : { src_endpoint: { ip: peerAddress } }),
    ...(deviceAddress === '' ? {} : { dst_endpoint: { ip: deviceAddress } }),
  };
  if (evidence.flows.length === 0) return Object.keys(ends).length === 0 ? [] : [ends];
  return evidence.flows.map((uid) => ({ connection_info: { direction_id: 0, community_uid: uid }, ...ends }));
}

export function cefLine(finding: FindingRow, { version }: AlertSource): string {
  const head = ['CEF:0', 'wardwatch', 'wardwatch', version, finding.detector, finding.happened].map((text, i) =>
    i === 0 ? text : headText(text),
  );
  const fields: Record<string, string | number> = {
    start: Math.floor(finding.startUs / 1000),
    end: Math.floor(finding.endUs / 1000),
    cnt: finding.count,
    ...addressFields(finding),
    app: finding.service,
    externalId: finding.id,
    msg: `${finding.usual} ${finding.matters} ${finding.firstStep}`,
    ...labelled('cs1', 'attack', finding.attack.join(' ')),
    ...labelled('cs2', 'window', finding.window),
  };
  const body = Object.entries(fields)
    .filter(([, value]) => value !== '')
    .map(([key, value]) => `${key}=${fieldText(String(value))}`);
  return [...head, cefSeverity[finding.severity], body.join(' ')].join('|');
}

/** `src` and `dst` hold IPv4 only. */
function addressFields({ peerAddress, deviceAddress }: FindingRow): Record<string, string> {
  return {
    ...(peerAddress.includes(':') ? labelled('c6a2', 'Source IPv6 Address', peerAddress) : { src: peerAddress }),
    ...(deviceAddress.includes(':')
      ? labelled('c6a3', 'Destination IPv6 Address', deviceAddress)
      : { dst: deviceAddress }),
  };
}

/** A custom field and what it is; neither where there is nothing to say. */
function labelled(field: string, label: string, value: string): Record<string, string> {
  return value === '' ? {} : { [`${field}Label`]: label, [field]: value };
}

/** Names from the wire must neither end the line nor steer the terminal of whoever reads it. */
function headText(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('|', '\\|')
    .replaceAll(/\p{Cc}+/gu, ' ');
}

function fieldText(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('=', '\\=')
    .replaceAll(/\r?\n|\r/g, '\\n')
    .replaceAll(/\p{Cc}+/gu, ' ');
}
