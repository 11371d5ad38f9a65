/**
 * BL-03: a medical device answers on a service that it never answered on, whoever asks (detection.md 4.1).
 *
 * A scan that is refused does not count: both sides must have spoken. Where the mirror port shows one side only, an
 * answer that was heard before is remembered here: what has answered is not new.
 */
import type { Detector, Link } from '../detect.ts';

/** Services heard to answer while nobody was heard to ask; the oldest gives way. */
const HALF_HEARD_MAX = 4_096;

export const newListeningService: Detector = {
  id: 'BL-03',
  title: 'New service offered by a medical device',
  attack: ['T1133', 'T1571', 'T0822', 'T0883'],
  severity: ['high', 'medium', 'medium', 'low'],
  weight: 0.4,
  options: {
    /** Confidence for a service with a name, and for a port that nobody knows. */
    confidence: 0.5,
    confidenceUnknown: 0.4,
  },

  watch(options, knowledge, report) {
    const halfHeard = new Set<string>();

    const hear = (link: Link): void => {
      if (link.established || link.protocol === '') return;
      const [oldest] = halfHeard;
      if (halfHeard.size >= HALF_HEARD_MAX && oldest !== undefined) halfHeard.delete(oldest);
      halfHeard.add(`${link.server} ${link.service}`);
    };

    return {
      associationAnswer(_record, link) {
        hear(link);
      },
      flowUpdate(record, link) {
        if (record.payloadToClient > 0) hear(link);
      },
      flowEnd(record, link) {
        if (record.payloadToClient > 0) hear(link);
      },
      relation(relation, verdict, at, link) {
        if (relation.role !== 'server' || relation.verb !== '' || verdict.accepted) return;
        // Ports given out at random are the data channels of something else.
        if (relation.service.endsWith('/eph')) return;
        const device = knowledge.device(relation.device);
        if (!device.medical || knowledge.offers(relation.device, relation.service)) return;
        if (halfHeard.has(`${relation.device} ${relation.service}`)) return;
        const peer = knowledge.device(relation.peer);
        const named = !relation.service.includes('/');
        report({
          device: relation.device,
          peer: relation.peer,
          service: relation.service,
          verb: '',
          at,
          link,
          confidence: Number(named ? options.confidence : options.confidenceUnknown),
          neverSilent: false,
          speaksAlways: false,
          sentences: () => ({
            usual: `${device.label} has never answered on ${relation.service} before, whoever asked.`,
            happened: `It answered a connection of ${peer.label} on ${relation.service}, port ${link.serverPort}.`,
            matters: 'A new open door can be a new function, or somebody who wants to come back.',
            firstStep: `Ask whoever looks after ${device.label} whether software was installed or a service switched on.`,
          }),
        });
      },
    };
  },
};
