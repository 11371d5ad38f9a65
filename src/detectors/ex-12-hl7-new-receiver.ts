/**
 * EX-12: HL7 messages go to a receiver that nobody accepted, or messages of a kind that never passed between these two
 * (detection.md 4.3).
 */
import type { Detector } from '../detect.ts';

export const hl7NewReceiver: Detector = {
  id: 'EX-12',
  title: 'HL7 feed to a new receiver or with new content',
  attack: ['T1020.001', 'T1048', 'T0811'],
  severity: ['high', 'high', 'high', 'high'],
  weight: 0.6,
  options: {
    /** New receiver inside, and outside or in a zone that may not be talked to. */
    confidence: 0.6,
    confidenceFar: 0.9,
    /** New kind of message between two that are known. */
    confidenceContent: 0.4,
  },

  watch(options, knowledge, report) {
    return {
      hl7Message(record, link) {
        if (record.acknowledgement !== '') return;
        const sender = record.fromClient ? link.client : link.server;
        const receiver = record.fromClient ? link.server : link.client;
        const role = record.fromClient ? 'client' : 'server';
        const verb = record.trigger === '' ? record.type : `${record.type}^${record.trigger}`;
        const relation = { device: sender, peer: receiver, role, service: link.service } as const;
        const pair = knowledge.verdict({ ...relation, verb: '' });
        // What waits for a person has been shown to one already, day after day; another kind of message was not.
        if (pair.accepted || pair.isHeld) {
          const content = knowledge.verdict({ ...relation, verb });
          if (content.accepted || content.count > 0) return;
        }
        const [from, to] = [knowledge.device(sender), knowledge.device(receiver)];
        if (from.external) return;
        const isFar = to.external || !knowledge.mayTalk(from.zone, to.zone);
        const confidence = pair.accepted
          ? options.confidenceContent
          : isFar
            ? options.confidenceFar
            : options.confidence;
        report({
          device: sender,
          peer: receiver,
          service: link.service,
          verb: pair.accepted ? verb : '',
          at: record,
          link,
          confidence: Number(confidence),
          // High is what leaves the house or the zone; inside it may be a test, a drill or a standby.
          severitySteps: isFar && !pair.accepted ? 0 : -1,
          neverSilent: !pair.accepted,
          speaksAlways: false,
          sentences: () => ({
            usual: pair.accepted
              ? `${from.label} sends ${to.label} other kinds of messages.`
              : `${to.label} has not been accepted as a receiver of messages from ${from.label}.`,
            happened: `${from.label} sent a message ${verb} to ${to.label}.`,
            matters: to.external
              ? 'Results and names of patients leave the hospital.'
              : 'Results and names of patients reach a system that nobody has approved.',
            firstStep: `Ask the interface team whether this feed is a new interface, a test or a copy that nobody ordered.`,
          }),
        });
      },
    };
  },
};
