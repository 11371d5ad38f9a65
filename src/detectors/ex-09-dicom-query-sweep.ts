/**
 * EX-09: somebody asks an archive for everything it has (detection.md 4.3).
 *
 * A person at a workstation asks for one patient or one day. Questions that name neither are how a list of all
 * patients is made. Worklist questions are broad by design and are not counted.
 */
import type { Detector, Link } from '../detect.ts';
import type { Moment } from '../records.ts';

const WORKLIST = '1.2.840.10008.5.1.4.31';
const BROAD = 'broad query';
const HOUR_US = 3_600e6;
/** Pairs of asker and archive, about 60 bytes each; the oldest gives way. */
const PAIRS_MAX = 4_096;

interface Sweep {
  broadSinceUs: number;
  broad: number;
  answersSinceUs: number;
  answers: number;
}

export const dicomQuerySweep: Detector = {
  id: 'EX-09',
  title: 'DICOM query for everything',
  attack: ['T1213', 'T1119', 'T0811', 'T0802'],
  severity: ['high', 'high', 'high', 'high'],
  weight: 0.6,
  options: {
    /** Broad questions within so many minutes. */
    broad: 3,
    broadMinutes: 10,
    /** Answers to questions within an hour. */
    answersPerHour: 500,
    confidenceBroad: 0.6,
    confidenceAnswers: 0.7,
    /** A single broad question of somebody who has not been accepted to ask this archive anything; one step less severe. */
    confidenceStranger: 0.4,
  },

  watch(options, knowledge, report) {
    const pairs = new Map<number, Sweep>();
    const sweepOf = (asker: number, archive: number, timeUs: number): Sweep => {
      const key = asker * 2 ** 26 + archive;
      let sweep = pairs.get(key);
      if (sweep === undefined) {
        if (pairs.size >= PAIRS_MAX) pairs.delete(pairs.keys().next().value ?? -1);
        sweep = { broadSinceUs: timeUs, broad: 0, answersSinceUs: timeUs, answers: 0 };
        pairs.set(key, sweep);
      }
      return sweep;
    };
    const isAccepted = (asker: number, archive: number, link: Link, verb: string): boolean => {
      const role = asker === link.client ? 'client' : 'server';
      return knowledge.verdict({ device: asker, peer: archive, role, service: link.service, verb }).accepted;
    };
    const speak = (
      asker: number,
      archive: number,
      link: Link,
      at: Moment,
      confidence: number,
      happened: string,
      isStranger = false,
    ): void => {
      if (isAccepted(asker, archive, link, BROAD)) return;
      const who = knowledge.device(asker);
      const where = knowledge.device(archive);
      report({
        device: asker,
        peer: archive,
        service: link.service,
        // A finding of its own: what a stranger does next is more severe.
        verb: isStranger ? 'broad query of a stranger' : BROAD,
        severitySteps: isStranger ? -1 : 0,
        at,
        link,
        confidence,
        // Whoever is new here has learnt nothing, but the archive knows who searches it.
        learntBy: archive,
        neverSilent: false,
        speaksAlways: false,
        sentences: () => ({
          usual: `${who.label} has not been accepted to ask ${where.label} for everything at once.`,
          happened: `${who.label} ${happened}`,
          matters: 'A list of all patients and studies is the first step of taking them.',
          firstStep: `Ask the PACS administrator whether ${who.label} is meant to search the whole archive (migration, prefetch, teaching).`,
        }),
      });
    };
    return {
      query(record, link) {
        if (!record.broad || record.sopClass === WORKLIST || record.verb !== 'C-FIND-RQ') return;
        const [asker, archive] = record.fromClient ? [link.client, link.server] : [link.server, link.client];
        const sweep = sweepOf(asker, archive, record.timeUs);
        if (record.timeUs - sweep.broadSinceUs > Number(options.broadMinutes) * 60e6) {
          sweep.broadSinceUs = record.timeUs;
          sweep.broad = 0;
        }
        sweep.broad++;
        const where = knowledge.device(archive).label;
        if (sweep.broad === 1 && !isAccepted(asker, archive, link, '')) {
          const happened = `asked ${where}, which it has not been accepted to ask, for whatever it has, naming no patient, study or day.`;
          speak(asker, archive, link, record, Number(options.confidenceStranger), happened, true);
        }
        if (sweep.broad !== Number(options.broad)) return;
        const happened = `asked ${where} ${sweep.broad} times within ${options.broadMinutes} minutes for whatever it has, naming no patient, study or day.`;
        speak(asker, archive, link, record, Number(options.confidenceBroad), happened);
      },
      dimse(record, link) {
        if (record.verb !== 'C-FIND-RSP' || record.sopClass === WORKLIST) return;
        const [asker, archive] = record.fromClient ? [link.server, link.client] : [link.client, link.server];
        const sweep = sweepOf(asker, archive, record.timeUs);
        if (record.timeUs - sweep.answersSinceUs > HOUR_US) {
          sweep.answersSinceUs = record.timeUs;
          sweep.answers = 0;
        }
        sweep.answers++;
        if (sweep.answers !== Number(options.answersPerHour)) return;
        const happened = `got ${sweep.answers} answers to its questions from ${knowledge.device(archive).label} within an hour.`;
        speak(asker, archive, link, record, Number(options.confidenceAnswers), happened);
      },
    };
  },
};
