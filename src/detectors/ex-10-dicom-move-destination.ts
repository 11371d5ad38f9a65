/**
 * EX-10: an archive is asked to send images to a destination that this requester never used
 * (detection.md 4.3, first part of the card).
 *
 * In a C-MOVE the images travel to a third party that the request names by its AE title. Whoever may
 * ask the archive can so copy it to any place the archive knows. The requester is blamed, not the archive.
 */
import type { Detector } from '../detect.ts';

export const dicomMoveDestination: Detector = {
  id: 'EX-10',
  title: 'DICOM C-MOVE to a destination never seen',
  attack: ['T1213', 'T1039', 'T1119', 'T1074', 'T0811', 'T0802'],
  severity: ['high', 'high', 'high', 'high'],
  weight: 0.8,
  options: {
    /** Confidence for a new destination of a requester that has moved images before. */
    confidence: 0.8,
  },

  watch(options, knowledge, report) {
    return {
      dimse(record, link) {
        if (record.verb !== 'C-MOVE-RQ' || record.moveDestination === '') return;
        const requester = record.fromClient ? link.client : link.server;
        const archive = record.fromClient ? link.server : link.client;
        const verb = `C-MOVE to ${record.moveDestination}`;
        const relation = { device: requester, peer: archive, role: 'client', service: link.service, verb } as const;
        const verdict = knowledge.verdict(relation);
        if (verdict.accepted) return;
        const who = knowledge.device(requester);
        const where = knowledge.device(archive);
        report({
          device: requester,
          peer: archive,
          service: link.service,
          verb,
          at: record,
          link,
          confidence: Number(options.confidence),
          neverSilent: true,
          speaksAlways: false,
          sentences: () => ({
            usual:
              verdict.acceptedCount === 0
                ? `${who.label} has no accepted destination for images on ${where.label}.`
                : `${who.label} asks ${where.label} only for what has been accepted before.`,
            happened: `${who.label} asked ${where.label} to send images to the station "${record.moveDestination}", which it never did before.`,
            matters: 'Images and the patient data in them are copied to a place that nobody has approved.',
            firstStep: `Ask the PACS administrator which computer "${record.moveDestination}" is and who asked for the transfer.`,
          }),
        });
      },
    };
  },
};
