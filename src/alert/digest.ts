/** The daily digest: what cards that speak too often have found, one line for each card and day (UTC). */
import { isoTime } from '../bytes/time.ts';
import type { FindingRow } from '../model.ts';

export interface DigestLine {
  readonly day: string;
  readonly detector: string;
  readonly findings: number;
  readonly devices: number;
  readonly peers: number;
  /** How often it was said in all. */
  readonly signals: number;
  /** What the first of them says. */
  readonly example: string;
}

/** In the order of days and cards. */
export function digestOf(findings: readonly FindingRow[]): DigestLine[] {
  const waiting = findings.filter(({ digest }) => digest).sort((a, b) => a.startUs - b.startUs);
  const groups = Map.groupBy(waiting, ({ startUs, detector }) => `${isoTime(startUs).slice(0, 10)} ${detector}`);
  return [...groups.keys()].sort().map((key) => {
    const [day = '', detector = ''] = key.split(' ');
    const group = groups.get(key) ?? [];
    return {
      day,
      detector,
      findings: group.length,
      devices: new Set(group.map(({ device }) => device)).size,
      peers: new Set(group.map(({ peer }) => peer)).size,
      signals: group.reduce((sum, { count }) => sum + count, 0),
      example: group[0]?.happened ?? '',
    };
  });
}
