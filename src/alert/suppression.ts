/**
 * Rules that take findings out of sight for a while. A rule needs a reason, an owner and an end; it hides findings of the
 * past as well as later ones, and what it hides is counted and can be shown at any time.
 */
import type { FindingRow } from '../model.ts';

const DAY_US = 86_400e6;
/** How long a rule holds when nobody says otherwise, and how long it may hold at most. */
export const SUPPRESSION_DAYS = 90;
const SUPPRESSION_DAYS_MAX = 366;

/** '' in a place means any. */
export interface Scope {
  readonly detector: string;
  readonly device: string;
  readonly peer: string;
  readonly service: string;
}

export interface Suppression extends Scope {
  readonly createdUs: number;
  readonly expiresUs: number;
  readonly user: string;
  readonly owner: string;
  readonly reason: string;
}

/** '' or what is wrong with a rule. */
export function problemOf({
  detector,
  device,
  peer,
  service,
  createdUs,
  expiresUs,
  owner,
  reason,
}: Suppression): string {
  if (detector === '' && device === '' && peer === '' && service === '')
    return 'a rule for everything hides everything';
  if (reason === '') return 'a reason is needed';
  if (owner === '') return 'an owner is needed: who is asked when it ends';
  if (expiresUs <= createdUs) return 'it would have ended already';
  if (expiresUs - createdUs > SUPPRESSION_DAYS_MAX * DAY_US) return `it may hold ${SUPPRESSION_DAYS_MAX} days at most`;
  return '';
}

/** Does the rule hide this finding when it is looked at at `nowUs`? */
export function hides(rule: Suppression, finding: FindingRow, nowUs: number): boolean {
  return nowUs < rule.expiresUs && matches(rule, finding);
}

function matches({ detector, device, peer, service }: Scope, finding: FindingRow): boolean {
  const fits = (wanted: string, ...found: string[]): boolean => wanted === '' || found.includes(wanted);
  return (
    fits(detector, finding.detector) &&
    fits(device, finding.device, finding.deviceAddress) &&
    fits(peer, finding.peer, finding.peerAddress) &&
    fits(service, finding.service)
  );
}

/** What a rule would hide of the findings there are: shown before it is made. */
export function preview(rule: Suppression, findings: readonly FindingRow[], nowUs: number): FindingRow[] {
  return findings.filter((finding) => hides(rule, finding, nowUs));
}

/** Rules whose end has come: each is a question to its owner. */
export function expired(rules: readonly Suppression[], nowUs: number): Suppression[] {
  return rules.filter(({ expiresUs }) => nowUs >= expiresUs);
}
