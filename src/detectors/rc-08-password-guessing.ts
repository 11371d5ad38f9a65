/**
 * RC-08: somebody tries passwords on a device, and perhaps finds one (detection.md 4.2).
 *
 * Logins whose answer can be read are counted as they fail. SSH hides the answer: a connection that ends with few bytes
 * was a refused try, one with more was let in. One source that tries a few times on many devices is spraying.
 */
import type { Detector, Link } from '../detect.ts';
import type { Moment } from '../records.ts';

/** Pairs of source and target that are remembered, about 100 bytes each; the oldest gives way. */
const PAIRS_MAX = 4_096;
/** Targets that are remembered of one source; the oldest gives way. */
const TARGETS_MAX = 256;
const SSH_FLOWS_MAX = 4_096;

interface Tries {
  sinceUs: number;
  failures: number;
  hasSpoken: boolean;
}

/** What one source tried within the window: tries of each target, and how many have seen a few only. */
interface Spray {
  readonly sinceUs: number;
  readonly targets: Map<number, number>;
  few: number;
  hasSpoken: boolean;
}

export const passwordGuessing: Detector = {
  id: 'RC-08',
  title: 'Password guessing, perhaps with success',
  attack: ['T1110.001', 'T1110.003', 'T1078.001', 'T0812', 'T0859'],
  severity: ['high', 'high', 'high', 'medium'],
  weight: 0.5,
  options: {
    /** Minutes within which tries belong together. */
    windowMinutes: 15,
    /** Failures that are guessing: of logins that can be read, and of SSH. */
    failures: 20,
    failuresSsh: 9,
    /** Failures after which a success is one of the guesser's. */
    failuresBeforeSuccess: 5,
    /** Payload of both sides up to which an SSH connection was refused. */
    sshRefusedBytes: 4_290,
    /** Targets of one source with few tries each that are spraying. */
    sprayedTargets: 3,
    sprayedTriesMax: 3,
    confidence: 0.6,
    confidenceSuccess: 0.9,
  },

  watch(options, knowledge, report) {
    const pairs = new Map<number, Tries>();
    const sprayed = new Map<number, Spray>();
    const sshBytes = new Map<number, number>();
    const windowUs = Number(options.windowMinutes) * 60e6;

    const triesOf = (key: number, timeUs: number): Tries => {
      let tries = pairs.get(key);
      if (tries === undefined || timeUs - tries.sinceUs > windowUs) {
        pairs.delete(key);
        if (pairs.size >= PAIRS_MAX) pairs.delete(pairs.keys().next().value ?? -1);
        tries = { sinceUs: timeUs, failures: 0, hasSpoken: false };
        pairs.set(key, tries);
      }
      return tries;
    };

    const speak = (link: Link, at: Moment, failures: number, succeeded: boolean, verb: string): void => {
      const device = knowledge.device(link.server);
      const source = knowledge.device(link.client);
      if (device.external) return;
      report({
        device: link.server,
        peer: link.client,
        service: link.service,
        verb,
        at,
        link,
        confidence: Number(succeeded ? options.confidenceSuccess : options.confidence),
        neverSilent: false,
        speaksAlways: true,
        sentences: () => ({
          usual: `Logins to ${device.label} succeed, or fail once or twice.`,
          happened:
            verb === 'spraying'
              ? `${source.label} tried a few passwords on each of ${failures} devices, ${device.label} among them.`
              : `${source.label} failed to log in to ${device.label} by ${link.service} ${failures} times${succeeded ? ', then got in' : ''}.`,
          matters: succeeded
            ? 'Somebody has probably found the password and can now do what its owner can.'
            : 'Somebody is trying to find the password of this device.',
          firstStep: succeeded
            ? `Treat the account as known to a stranger: have its password changed, and look at what ${source.label} did since.`
            : `Find out who or what sits at ${source.label}; an expired service password looks the same.`,
        }),
      });
    };

    const spray = (link: Link, at: Moment): void => {
      let one = sprayed.get(link.client);
      if (one === undefined || at.timeUs - one.sinceUs > windowUs) {
        sprayed.delete(link.client);
        if (sprayed.size >= PAIRS_MAX) sprayed.delete(sprayed.keys().next().value ?? -1);
        one = { sinceUs: at.timeUs, targets: new Map(), few: 0, hasSpoken: false };
        sprayed.set(link.client, one);
      }
      if (one.hasSpoken) return;
      tryAt(one, link.server);
      if (one.few < Number(options.sprayedTargets)) return;
      one.hasSpoken = true;
      one.targets.clear();
      speak(link, at, one.few, false, 'spraying');
    };

    /** Counted along, not anew: a flood of tries has all of its targets gone through for none of them. */
    const tryAt = (one: Spray, target: number): void => {
      const fewMax = Number(options.sprayedTriesMax);
      const { targets } = one;
      const before = targets.get(target) ?? 0;
      if (before === 0) one.few++;
      else if (before === fewMax) one.few--;
      targets.set(target, before + 1);
      if (targets.size <= Math.max(TARGETS_MAX, 2 * Number(options.sprayedTargets))) return;
      for (const [oldest, tries] of targets) {
        if (tries <= fewMax) one.few--;
        targets.delete(oldest);
        return;
      }
    };

    const fail = (link: Link, at: Moment, most: number): void => {
      const tries = triesOf(link.client * 2 ** 26 + link.server, at.timeUs);
      tries.failures++;
      spray(link, at);
      if (tries.failures < most || tries.hasSpoken) return;
      tries.hasSpoken = true;
      speak(link, at, tries.failures, false, '');
    };

    const succeed = (link: Link, at: Moment): void => {
      const tries = pairs.get(link.client * 2 ** 26 + link.server);
      if (tries === undefined || at.timeUs - tries.sinceUs > windowUs) return;
      if (tries.failures >= Number(options.failuresBeforeSuccess)) speak(link, at, tries.failures, true, 'success');
      pairs.delete(link.client * 2 ** 26 + link.server);
    };

    return {
      login(record, link) {
        if (!record.fromClient) return;
        if (record.outcome === 'failure') fail(link, record, Number(options.failures));
        else if (record.outcome === 'success') succeed(link, record);
      },
      flowUpdate(record, link) {
        if (link.protocol !== 'ssh' || sshBytes.size >= SSH_FLOWS_MAX) return;
        sshBytes.set(record.flow, (sshBytes.get(record.flow) ?? 0) + record.payloadToServer + record.payloadToClient);
      },
      flowEnd(record, link) {
        if (link.protocol !== 'ssh') return;
        const bytes = (sshBytes.get(record.flow) ?? 0) + record.payloadToServer + record.payloadToClient;
        sshBytes.delete(record.flow);
        if (link.midstream || record.how === 'open') return;
        if (bytes <= Number(options.sshRefusedBytes)) fail(link, record, Number(options.failuresSsh));
        else succeed(link, record);
      },
    };
  },
};
