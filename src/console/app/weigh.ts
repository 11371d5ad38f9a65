/** Which card speaks for an incident, which incident comes first, and the one sentence on the state of the network. */
import type { IncidentSummary, Severity } from './shapes.ts';
import { severityOrder, some } from './words.ts';

export function severityRank(severity: Severity): number {
  return severityOrder.indexOf(severity);
}

/** By care impact: severity (which goes by the care tier), then tier, then risk, then the newest. */
export function byCareImpact<I extends Pick<IncidentSummary, 'severity' | 'risk' | 'start' | 'tier'>>(
  incidents: readonly I[],
): I[] {
  return [...incidents].sort(
    (a, b) =>
      severityRank(a.severity) - severityRank(b.severity) ||
      a.tier - b.tier ||
      b.risk - a.risk ||
      b.start.localeCompare(a.start),
  );
}

export interface Situation {
  readonly devices: number;
  readonly medical: number;
  /** Open incidents by severity. */
  readonly open: Readonly<Record<Severity, number>>;
  readonly held: number;
  /** 0 to 100, or null when nothing is known. */
  readonly coveragePercent: number | null;
}

const COVERAGE_GOOD_PERCENT = 95;

/** What a person should know before anything else. */
export function stateSentence({ devices, medical, open, held, coveragePercent }: Situation): {
  words: string;
  severity: Severity | 'good';
} {
  if (devices === 0)
    return { words: 'Nothing was seen yet: no device has sent a packet past this sensor.', severity: 'medium' };
  const worst = severityOrder.find((severity) => open[severity] > 0);
  const all = severityOrder.reduce((sum, severity) => sum + open[severity], 0);
  const waiting = held > 0 ? ` ${some(held, 'connection')} ${held === 1 ? 'waits' : 'wait'} for a decision.` : '';
  if (coveragePercent !== null && coveragePercent < COVERAGE_GOOD_PERCENT && worst === undefined) {
    return {
      words: `No incident is open, but the sensor saw only ${coveragePercent} % of the traffic: silence proves little.${waiting}`,
      severity: 'medium',
    };
  }
  if (worst === undefined) {
    return {
      words: `All quiet: ${some(medical, 'medical device')} seen, no incident is open.${waiting}`,
      severity: 'good',
    };
  }
  const grave = open.critical + open.high;
  const words =
    grave > 0
      ? `${gravely(open)} ${grave === 1 ? 'incident needs' : 'incidents need'} somebody now.`
      : `${some(all, 'incident')} to look at when there is time; nothing is urgent.`;
  return { words: `${words}${waiting}`, severity: worst };
}

/** `3 critical`, `3 critical and 1 high`. */
function gravely(open: Situation['open']): string {
  return (['critical', 'high'] as const)
    .filter((severity) => open[severity] > 0)
    .map((severity) => `${open[severity]} ${severity}`)
    .join(' and ');
}
