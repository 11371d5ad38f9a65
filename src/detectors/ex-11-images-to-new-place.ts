/**
 * EX-11: images are stored to a place where this device never stored any (detection.md 4.3).
 */
import type { Detector } from '../detect.ts';

/** Pairs of sender and receiver that are known to exchange images; the oldest gives way. */
const PAIRS_MAX = 4_096;

export const imagesToNewPlace: Detector = {
  id: 'EX-11',
  title: 'Images stored to a new place',
  attack: ['T1048', 'T1567', 'T0882'],
  severity: ['high', 'high', 'high', 'medium'],
  weight: 0.7,
  options: {
    confidence: 0.6,
    /** When the receiver is outside, or its zone may not be talked to. */
    confidenceFar: 0.9,
  },

  watch(options, knowledge, report) {
    const known = new Set<number>();
    return {
      dimse(record, link) {
        if (record.verb !== 'C-STORE-RQ') return;
        const [sender, receiver] = record.fromClient ? [link.client, link.server] : [link.server, link.client];
        const pair = sender * 2 ** 26 + receiver;
        if (known.has(pair)) return;
        if (known.size >= PAIRS_MAX) known.delete(known.values().next().value ?? -1);
        known.add(pair);
        const role = record.fromClient ? 'client' : 'server';
        const verb = `C-STORE-RQ ${record.sopClass}`;
        const verdict = knowledge.verdict({ device: sender, peer: receiver, role, service: link.service, verb });
        if (verdict.accepted || verdict.count > 0) return;
        const [from, to] = [knowledge.device(sender), knowledge.device(receiver)];
        if (from.external) return;
        const isFar = to.external || !knowledge.mayTalk(from.zone, to.zone);
        report({
          device: sender,
          peer: receiver,
          service: link.service,
          verb: 'C-STORE',
          at: record,
          link,
          confidence: Number(isFar ? options.confidenceFar : options.confidence),
          severitySteps: isFar ? 0 : -1,
          neverSilent: to.external,
          speaksAlways: false,
          sentences: () => ({
            usual: `${from.label} has never stored images on ${to.label}.`,
            happened: `${from.label} began to store images on ${to.label}.`,
            matters: to.external
              ? 'Images with patient data leave the hospital.'
              : 'Images with patient data are copied to a place that nobody has approved.',
            firstStep: `Ask the PACS administrator whether ${to.label} is a new archive, workstation or test.`,
          }),
        });
      },
    };
  },
};
