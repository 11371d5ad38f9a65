/** Matches of devices with notices, for programs and the console. */
import { isoTime } from '../bytes/time.ts';
import type { Notice } from './notice.ts';
import type { NoticeState, StandingMatch } from './notice-desk.ts';

/** A device as its match names it. */
export interface NamedDevice {
  readonly id: string;
  readonly addresses: readonly string[];
  readonly names: readonly string[];
}

export function addressOf({ addresses }: NamedDevice): string {
  return addresses.find((one) => !one.startsWith('fe80:')) ?? addresses[0] ?? '';
}

export function matchJson(match: StandingMatch, notice: Notice | undefined, device: NamedDevice | undefined) {
  const { standing, unit } = match;
  const target = notice?.targets[match.target];
  return {
    device: match.device,
    address: device === undefined ? '' : addressOf(device),
    name: device?.names[0] ?? '',
    notice: match.notice,
    state: standing.state,
    by: standing.by,
    reason: standing.reason,
    decided: standing.timeUs === 0 ? null : isoTime(standing.timeUs),
    isChanged: standing.isChanged,
    certainty: match.certainty,
    said: match.said,
    text: match.text,
    version: match.version,
    unit: unit.says,
    units: unit.named,
    why: [...match.why],
    vulnerabilities: [...(target?.vulnerabilities ?? [])],
    source: notice?.source ?? '',
    publisher: notice?.publisher ?? '',
    title: notice?.title ?? '',
    hazard: notice?.reason ?? '',
    action: notice?.action ?? '',
    severity: notice?.severity ?? '',
    status: notice?.status ?? '',
    date: notice?.date ?? '',
    url: notice?.url ?? '',
    file: notice?.file ?? '',
  };
}
export type MatchJson = ReturnType<typeof matchJson>;

export type StateCounts = Readonly<Record<NoticeState, number>>;

export function stateCounts(matches: readonly StandingMatch[]): StateCounts {
  const counts = { confirmed: 0, possible: 0, dismissed: 0 };
  for (const { standing } of matches) counts[standing.state]++;
  return counts;
}
