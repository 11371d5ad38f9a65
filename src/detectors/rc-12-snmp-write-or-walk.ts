/**
 * RC-12: somebody changes a setting of a device by SNMP, reads out all that it offers, or tries community names
 * (detection.md 4.2).
 *
 * Monitoring reads a few objects again and again. A walk asks for one object after the other, hundreds in a minute; it is
 * how somebody learns what a device is before doing something to it.
 */
import type { Detector, Link } from '../detect.ts';
import type { Moment } from '../records.ts';

const SECOND_US = 1e6;
const MINUTE_US = 60e6;
/** Pairs of source and device that are remembered, about 60 bytes each; the oldest gives way. */
const PAIRS_MAX = 4_096;

interface Asked {
  sinceUs: number;
  objects: number;
  guessesSinceUs: number;
  guesses: number;
}

export const snmpWriteOrWalk: Detector = {
  id: 'RC-12',
  title: 'SNMP write or walk of a device',
  attack: ['T1602.001', 'T0836', 'T0888'],
  severity: ['high', 'high', 'medium', 'medium'],
  weight: 0.5,
  options: {
    /** Objects asked for one after the other within so many seconds: a walk. */
    objects: 500,
    seconds: 60,
    /** Objects that one bulk request stands for: how many it asks for is not read. */
    objectsPerBulk: 10,
    /** Conversations whose community got no answer, within so many minutes: guesses. */
    guesses: 5,
    guessMinutes: 10,
    confidenceWrite: 0.7,
    confidenceWalk: 0.4,
    confidenceGuess: 0.5,
  },

  watch(options, knowledge, report) {
    const pairs = new Map<number, Asked>();
    const askedOf = (link: Link, timeUs: number): Asked => {
      const key = link.client * 2 ** 26 + link.server;
      let asked = pairs.get(key);
      if (asked === undefined) {
        if (pairs.size >= PAIRS_MAX) pairs.delete(pairs.keys().next().value ?? -1);
        asked = { sinceUs: timeUs, objects: 0, guessesSinceUs: timeUs, guesses: 0 };
        pairs.set(key, asked);
      }
      return asked;
    };
    const isWatched = (link: Link): boolean => {
      const device = knowledge.device(link.server);
      return device.medical && !device.external;
    };
    const isAccepted = (link: Link): boolean => knowledge.verdict(relationOf(link, '')).accepted;

    const speak = (at: Moment, link: Link, verb: string, what: string, confidence: number): void => {
      const device = knowledge.device(link.server);
      const source = knowledge.device(link.client);
      report({
        device: link.server,
        peer: link.client,
        service: 'snmp',
        verb,
        at,
        link,
        confidence,
        neverSilent: verb === 'set-request',
        speaksAlways: false,
        sentences: () => ({
          usual: `${source.label} has not been accepted to do this to ${device.label} by SNMP.`,
          happened: `${source.label} ${what} ${device.label} by SNMP.`,
          matters:
            verb === 'set-request'
              ? 'Settings of the device were changed, or somebody tried to.'
              : 'Somebody learns what the device is and how it is set, which comes before doing something to it.',
          firstStep: `Ask whoever runs network monitoring whether ${source.label} is theirs${
            verb === 'set-request' ? `, and check the settings of ${device.label}` : ''
          }.`,
        }),
      });
    };

    return {
      operation(record, link) {
        if (record.protocol !== 'snmp' || record.outcome !== 'asked' || !record.fromClient || !isWatched(link)) return;
        if (knowledge.verdict(relationOf(link, record.verb)).accepted) return;
        const what = record.object === '' ? '' : ` (${record.object})`;
        speak(record, link, 'set-request', `wrote a setting${what} of`, Number(options.confidenceWrite));
      },
      message(record, link) {
        if (record.protocol !== 'snmp' || !record.fromClient) return;
        const isBulk = record.kind === 'get-bulk-request';
        if ((!isBulk && record.kind !== 'get-next-request') || !isWatched(link)) return;
        const asked = askedOf(link, record.timeUs);
        if (record.timeUs - asked.sinceUs >= Number(options.seconds) * SECOND_US) {
          asked.sinceUs = record.timeUs;
          asked.objects = 0;
        }
        const before = asked.objects;
        asked.objects += record.count * (isBulk ? Number(options.objectsPerBulk) : 1);
        const most = Number(options.objects);
        if (before > most || asked.objects <= most || isAccepted(link)) return;
        speak(record, link, 'walk', 'read out all that it could of', Number(options.confidenceWalk));
      },
      login(record, link) {
        if (record.protocol !== 'snmp' || record.method !== 'community' || !record.fromClient || !isWatched(link))
          return;
        const asked = askedOf(link, record.timeUs);
        if (record.outcome === 'success') {
          asked.guesses = Math.max(0, asked.guesses - 1);
          return;
        }
        if (record.timeUs - asked.guessesSinceUs >= Number(options.guessMinutes) * MINUTE_US) {
          asked.guessesSinceUs = record.timeUs;
          asked.guesses = 0;
        }
        asked.guesses++;
        if (asked.guesses !== Number(options.guesses) || isAccepted(link)) return;
        speak(record, link, 'guess', 'tried several community names on', Number(options.confidenceGuess));
      },
    };
  },
};

function relationOf(link: Link, verb: string) {
  return { device: link.client, peer: link.server, role: 'client', service: link.service, verb } as const;
}
