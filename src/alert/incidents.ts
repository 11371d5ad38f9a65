/** From findings to incidents: everything on one device within a day is one story (detection.md 3.1). */
import { type FindingRow, type IncidentRow, severities } from '../model.ts';

const INCIDENT_US = 24 * 3600e6;
/** Risk from which an incident is opened, is high, is critical. */
const RISK_OPEN = 25;
const RISK_HIGH = 60;
const RISK_CRITICAL = 85;

/** `weightOf`: weight of a finding's card. Ids derive from the device and the first time. */
export function incidentsOf(
  findings: readonly FindingRow[],
  weightOf: (finding: FindingRow) => number,
  digest: (text: string) => string,
): IncidentRow[] {
  const byTime = [...findings].sort((a, b) => a.startUs - b.startUs || (a.id < b.id ? -1 : 1));
  const groups: FindingRow[][] = [];
  const latest = new Map<string, FindingRow[]>();
  for (const finding of byTime) {
    const group = latest.get(finding.device);
    const first = group?.[0];
    if (group !== undefined && first !== undefined && finding.startUs - first.startUs < INCIDENT_US) {
      group.push(finding);
      continue;
    }
    const fresh = [finding];
    latest.set(finding.device, fresh);
    groups.push(fresh);
  }
  const incidents = groups.map((group) => incidentOf(group, weightOf, digest)).filter(({ risk }) => risk >= RISK_OPEN);
  return incidents.sort((a, b) => (a.id < b.id ? -1 : 1));
}

function incidentOf(
  group: readonly FindingRow[],
  weightOf: (finding: FindingRow) => number,
  digest: (text: string) => string,
): IncidentRow {
  // Each card counts once, at its surest.
  const surest = new Map<string, number>();
  for (const one of group)
    surest.set(one.detector, Math.max(surest.get(one.detector) ?? 0, weightOf(one) * one.confidence));
  let quiet = 1;
  for (const card of [...surest.keys()].sort()) quiet *= 1 - (surest.get(card) ?? 0);
  const risk = Math.round(1000 * (1 - quiet)) / 10;
  const worst = Math.max(...group.map((one) => severities.indexOf(one.severity)));
  const byRisk = risk >= RISK_CRITICAL ? 3 : risk >= RISK_HIGH ? 2 : 0;
  const device = group[0]?.device ?? '';
  const startUs = Math.min(...group.map((one) => one.startUs));
  return {
    id: digest(`incident\n${device}\n${startUs}`).slice(0, 16),
    device,
    risk,
    severity: severities[Math.max(worst, byRisk)] ?? 'medium',
    startUs,
    endUs: Math.max(...group.map((one) => one.endUs)),
    alerts: group.map((one) => one.id).sort(),
  };
}
