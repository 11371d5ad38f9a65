/**
 * One change in many devices: the same card about the same partner and service, on at least five devices within an hour,
 * is one story and not five (detection.md 3.3). Whoever shows the same within a day of the first belongs to it as well. Cards
 * that name no partner are one story when the card is the same.
 */
import type { FindingRow } from '../model.ts';

/** From so many devices on it is a change in the house, not in a device. */
export const FLEET_DEVICES_MIN = 5;
const FLEET_US = 3600e6;
const FLEET_JOIN_US = 24 * 3600e6;

export interface Fleet {
  /** The partner that all have in common, '' for cards that name none. */
  readonly peer: string;
  /** In the order of time. */
  readonly findings: FindingRow[];
}

/** `byTime`: findings in the order of their start. Fleets in the order of their first finding. */
export function fleetsOf(byTime: readonly FindingRow[]): Fleet[] {
  const alike = Map.groupBy(byTime, (finding) => `${storyOf(finding)}\n${finding.detector}\n${finding.service}`);
  const stories = new Map<string, FindingRow[][]>();
  for (const group of alike.values()) {
    for (const part of wideParts(group)) {
      const [first] = part;
      if (first === undefined) continue;
      const story = storyOf(first);
      const parts = stories.get(story);
      if (parts === undefined) stories.set(story, [part]);
      else parts.push(part);
    }
  }
  const fleets = [...stories].flatMap(([story, parts]) => days(inTime(parts.flat()), story.split('\n')[0] ?? ''));
  return fleets.sort((a, b) => before(a.findings[0], b.findings[0]));
}

/** The partner, or, where the device itself is all there is, the card. */
function storyOf({ device, peer, detector }: FindingRow): string {
  return peer === '' || peer === device ? `\n${detector}` : peer;
}

/** Parts of a day each in which, within some hour, enough devices were concerned. */
function wideParts(group: readonly FindingRow[]): FindingRow[][] {
  const parts: FindingRow[][] = [];
  const hour = new Hour(group);
  for (let at = 0; at < group.length; ) {
    if (!hour.isWideFrom(at)) {
      at++;
      continue;
    }
    const endUs = group[at]!.startUs + FLEET_JOIN_US;
    let to = at;
    while (to < group.length && group[to]!.startUs < endUs) to++;
    parts.push(group.slice(at, to));
    at = to;
  }
  return parts;
}

/** The devices of the hour that begins at a finding. It moves forward only: a flood of findings is gone through once. */
class Hour {
  private readonly group: readonly FindingRow[];
  private readonly counts = new Map<string, number>();
  private from = 0;
  private to = 0;

  constructor(group: readonly FindingRow[]) {
    this.group = group;
  }

  /** `at` is never less than before. */
  isWideFrom(at: number): boolean {
    const { group, counts } = this;
    const endUs = group[at]!.startUs + FLEET_US;
    for (; this.to < group.length && (this.to <= at || group[this.to]!.startUs < endUs); this.to++) {
      const { device } = group[this.to]!;
      counts.set(device, (counts.get(device) ?? 0) + 1);
    }
    for (; this.from < at; this.from++) {
      const { device } = group[this.from]!;
      const left = (counts.get(device) ?? 1) - 1;
      if (left === 0) counts.delete(device);
      else counts.set(device, left);
    }
    return counts.size >= FLEET_DEVICES_MIN;
  }
}

/** Cards that tell the same story on the same day are one fleet. */
function days(findings: readonly FindingRow[], peer: string): Fleet[] {
  const fleets: Fleet[] = [];
  for (const finding of findings) {
    const latest = fleets.at(-1);
    if (latest !== undefined && finding.startUs - latest.findings[0]!.startUs < FLEET_JOIN_US) {
      latest.findings.push(finding);
    } else fleets.push({ peer, findings: [finding] });
  }
  return fleets;
}

function inTime(findings: readonly FindingRow[]): FindingRow[] {
  return [...findings].sort(before);
}

function before(a: FindingRow | undefined, b: FindingRow | undefined): number {
  return (a?.startUs ?? 0) - (b?.startUs ?? 0) || ((a?.id ?? '') < (b?.id ?? '') ? -1 : 1);
}
