/**
 * EX-14: data that name patients cross the border of the hospital, or of a zone, in clear (detection.md 4.3).
 *
 * Which messages name a patient is known from their standards: images, most HL7 messages, FHIR, results of ASTM. That
 * they could be read is enough; what stands in them is not looked at, and nothing of it is kept.
 */
import type { Detector, Link } from '../detect.ts';
import type { Moment } from '../records.ts';

const DAY_US = 86_400e6;
/** Pairs that were spoken of today; the oldest gives way. */
const PAIRS_MAX = 4_096;

/** HL7 v2 messages with a PID segment (chapters 3, 4, 7, 9, 10 and 6 of the standard). */
const HL7_OF_PATIENTS = /^(ADT|ORU|OUL|ORM|OMG|OML|OMP|ORP|OMI|RDE|RDS|RGV|RAS|MDM|SIU|DFT|BAR|VXU|PPR|REF|OPL|OPU)$/;
/** Messages of other protocols that are about one patient or all of them. */
const OF_PATIENTS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['fhir', new Set(['create', 'update', 'batch', 'everything', 'bulk export'])],
  ['astm', new Set(['patient'])],
]);

export const patientDataInClear: Detector = {
  id: 'EX-14',
  title: 'Patient data in clear across a border',
  attack: ['T1048.003', 'T1040', 'T0882'],
  severity: ['high', 'high', 'high', 'high'],
  weight: 0.6,
  options: {
    /** Between zones of the site that may not talk to each other, and to or from the outside. */
    confidence: 0.6,
    confidenceOutside: 0.9,
  },

  watch(options, knowledge, report) {
    const said = new Map<string, number>();

    const crosses = (what: string, fromClient: boolean, at: Moment, link: Link): void => {
      const from = knowledge.device(fromClient ? link.client : link.server);
      const to = knowledge.device(fromClient ? link.server : link.client);
      if (from.external && to.external) return;
      const isOutside = from.external || to.external;
      const isBetweenZones = from.zone !== '' && to.zone !== '' && !knowledge.mayTalk(from.zone, to.zone);
      if (!isOutside && !isBetweenZones) return;
      const device = from.external ? to : from;
      const peer = from.external ? from : to;
      const role = device.number === link.client ? 'client' : 'server';
      const { service } = link;
      if (knowledge.verdict({ device: device.number, peer: peer.number, role, service, verb: '' }).accepted) return;
      const key = `${device.number} ${peer.number} ${what}`;
      const before = said.get(key);
      if (before !== undefined && at.timeUs - before < DAY_US) return;
      said.delete(key);
      if (said.size >= PAIRS_MAX) said.delete(said.keys().next().value ?? '');
      said.set(key, at.timeUs);
      report({
        device: device.number,
        peer: peer.number,
        service,
        verb: what,
        at,
        link,
        confidence: Number(isOutside ? options.confidenceOutside : options.confidence),
        neverSilent: true,
        speaksAlways: isOutside,
        sentences: () => ({
          usual: isOutside
            ? 'What names a patient leaves the hospital encrypted, or not at all.'
            : `The zones "${from.zone}" and "${to.zone}" are not meant to talk to each other.`,
          happened: `${from.label} sent ${what} to ${to.label} without encryption. Names and birth dates can be read on the way; none are stored here.`,
          matters: 'Whoever is on the way can read and copy the data of patients.',
          firstStep: `Ask who set up the connection between ${from.label} and ${to.label}, and have it encrypted or closed.`,
        }),
      });
    };

    return {
      instance: (record, link) => crosses('images (DICOM)', record.fromClient, record, link),
      hl7Message(record, link) {
        if (record.acknowledgement !== '' || !HL7_OF_PATIENTS.test(record.type)) return;
        crosses('messages about patients (HL7)', record.fromClient, record, link);
      },
      message(record, link) {
        if (OF_PATIENTS.get(record.protocol)?.has(record.kind) !== true) return;
        crosses(`messages about patients (${record.protocol.toUpperCase()})`, record.fromClient, record, link);
      },
    };
  },
};
