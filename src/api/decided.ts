/** What people decided about relations, found by the entries that wait: the newest decision stands. */
import { isoTime } from '../bytes/time.ts';
import type { HeldRow, StoredDecision } from '../model.ts';

export interface Decided {
  readonly decision: '' | 'accept' | 'accept-group' | 'reject';
  readonly user: string;
  readonly reason: string;
  readonly time: string | null;
  readonly until: string | null;
}

const waiting: Decided = { decision: '', user: '', reason: '', time: null, until: null };

type Asked = Pick<HeldRow, 'device' | 'peer' | 'peerAddress' | 'service' | 'verb'>;

export function decidedOf(decisions: readonly StoredDecision[]): (row: Asked) => Decided {
  const byRelation = new Map<string, StoredDecision>();
  for (const decision of decisions) {
    const { action, device, peer, service, verb } = decision;
    if (action !== 'accept' && action !== 'reject' && action !== 'accept-group') continue;
    byRelation.set([device, peer, service, verb].join('\n'), decision);
    // A partner outside is decided about under the network or name that the baseline keeps it by.
    const { held } = decision as StoredDecision & { held?: string };
    if (held !== undefined) byRelation.set([device, held, service, verb].join('\n'), decision);
  }
  return ({ device, peer, service, verb }) => {
    const found = byRelation.get([device, peer, service, verb].join('\n'));
    if (found === undefined) return waiting;
    const { action, user, reason, timeUs, untilUs } = found;
    return {
      decision: action as Decided['decision'],
      user,
      reason: reason ?? '',
      time: isoTime(timeUs),
      until: untilUs > 0 ? isoTime(untilUs) : null,
    };
  };
}
