/**
 * From findings to incidents: everything on one device within a day is one story, and the same change in many devices is
 * one story too (detection.md 3.1, 3.3). A device that shows nothing but such a change has no incident of its own.
 */
import { type FindingRow, type IncidentRow, severities } from '../model.ts';
import { fleetsOf } from './fleet.ts';

const INCIDENT_US = 24 * 3600e6;
/** Risk from which an incident is opened, is high, is critical. */
const RISK_OPEN = 25;
const RISK_HIGH = 60;
const RISK_CRITICAL = 85;

type WeightOf = (finding: FindingRow) => number;
type Digest = (text: string) => string;

/** `weightOf`: weight of a finding's card. Ids derive from the device, or the many, and the first time. */
export function incidentsOf(findings: readonly FindingRow[], weightOf: WeightOf, digest: Digest): IncidentRow[] {
  const byTime = [...findings].sort((a, b) => a.startUs - b.startUs || (a.id < b.id ? -1 : 1));
  const fleets = fleetsOf(byTime);
  const shared = new Set(fleets.flatMap((fleet) => fleet.findings));
  const incidents = [
    ...fleets.map(({ peer, findings }) => incidentOf(findings, peer, true, weightOf, digest)),
    ...groupsOf(byTime)
      .filter((group) => !group.every((finding) => shared.has(finding)))
      .map((group) => incidentOf(group, '', false, weightOf, digest)),
  ].filter((incident) => incident !== null);
  return incidents.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** All findings of one device within a day of the first. */
function groupsOf(byTime: readonly FindingRow[]): FindingRow[][] {
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
  return groups;
}

/** null: not enough to ask a person. What waits for the digest opens none alone, and is told in those that others open. */
function incidentOf(
  group: readonly FindingRow[],
  peer: string,
  isFleet: boolean,
  weightOf: WeightOf,
  digest: Digest,
): IncidentRow | null {
  const risk = riskOf(group, weightOf);
  if (risk < RISK_OPEN || group.every((one) => one.digest)) return null;
  const worst = Math.max(...group.map((one) => severities.indexOf(one.severity)));
  // Work that was ordered lowers the whole story as it lowers each of its alerts.
  const isOrdered = group.every((one) => one.window !== '');
  const byRisk = (risk >= RISK_CRITICAL ? 3 : risk >= RISK_HIGH ? 2 : 0) - (isOrdered ? 1 : 0);
  const device = group[0]?.device ?? '';
  const startUs = Math.min(...group.map((one) => one.startUs));
  const name = isFleet ? `fleet\n${peer === '' ? group[0]?.detector : peer}` : `incident\n${device}`;
  return {
    id: digest(`${name}\n${startUs}`).slice(0, 16),
    device,
    devices: [...new Set(group.map((one) => one.device))].sort(),
    peer,
    risk,
    severity: severities[Math.max(worst, byRisk)] ?? 'medium',
    startUs,
    endUs: Math.max(...group.map((one) => one.endUs)),
    alerts: group.map((one) => one.id).sort(),
  };
}

/** 0 to 100. Each card counts once, at its surest. */
function riskOf(group: readonly FindingRow[], weightOf: WeightOf): number {
  const surest = new Map<string, number>();
  for (const one of group)
    surest.set(one.detector, Math.max(surest.get(one.detector) ?? 0, weightOf(one) * one.confidence));
  let quiet = 1;
  for (const card of [...surest.keys()].sort()) quiet *= 1 - (surest.get(card) ?? 0);
  return Math.round(1000 * (1 - quiet)) / 10;
}
