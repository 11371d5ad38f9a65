/**
 * Logins in clear text: what a login says about the device that is logged in to, with its answer where one was seen.
 * A weak password that was accepted is the device's; one that was refused is the guess of a stranger.
 */
import type { Login } from '../../records.ts';
import { memoryOf, type PostureLink } from './memory.ts';
import type { PostureRuleName } from './rules.ts';

/** Says that a rule applies to the device at one end of a link. */
export type Tell = (
  rule: PostureRuleName,
  ofServer: boolean,
  detail: string,
  timeUs: number,
  link: PostureLink,
) => void;

const weaknessRules: Readonly<Record<string, PostureRuleName>> = {
  default: 'default-password',
  empty: 'empty-password',
  short: 'short-password',
};

export class Logins {
  private readonly tell: Tell;

  constructor(tell: Tell) {
    this.tell = tell;
  }

  hear(record: Login, link: PostureLink): void {
    const { fromClient: toServer, protocol, method, outcome, timeUs } = record;
    if (method === 'none' && outcome === 'success')
      this.tell('login-without-password', toServer, protocol, timeUs, link);
    const asked = link.posture?.asked ?? null;
    if (asked !== null && outcome !== 'asked') {
      this.settle(link, outcome === 'success' ? ' accepted' : ' refused');
      return;
    }
    if (!record.isClear || method === 'none') return;
    if (method === 'community' && record.weakness === 'default') {
      this.tell('snmp-public', toServer, protocol, timeUs, link);
      return;
    }
    if (outcome === 'asked') this.tell('login-in-clear', toServer, protocol, timeUs, link);
    const rule = weaknessRules[record.weakness];
    if (rule === undefined) return;
    if (outcome !== 'asked') {
      this.tell(rule, toServer, `${protocol} ${outcome === 'success' ? 'accepted' : 'refused'}`, timeUs, link);
      return;
    }
    // Nobody answered the one before.
    this.settle(link, '');
    memoryOf(link, timeUs).asked = { rule, protocol, toServer, timeUs };
  }

  /** The conversation is over, or the answer has come. */
  settle(link: PostureLink, answer: string): void {
    const asked = link.posture?.asked ?? null;
    if (asked === null || link.posture === null) return;
    link.posture.asked = null;
    this.tell(asked.rule, asked.toServer, `${asked.protocol}${answer}`, asked.timeUs, link);
  }
}
