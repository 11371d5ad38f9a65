/**
 * EX-10: an archive is asked to send images to a destination that this requester never used, or far more studies are
 * taken from it than usual (detection.md 4.3).
 *
 * In a C-MOVE the images travel to a third party that the request names by its AE title. Whoever may
 * ask the archive can so copy it to any place the archive knows. The requester is blamed, not the archive: images that
 * the archive sends name in their command the AE title of whoever asked for them.
 */
import type { Detector, Link } from '../detect.ts';
import type { Instance, Moment } from '../records.ts';

const HOUR_US = 3_600e6;
/** Pairs of requester and archive, each with the studies of one hour and the sums of a week; the oldest gives way. */
const PAIRS_MAX = 512;
const STUDIES_MAX = 4_096;
const HOURS_MAX = 168;
/** AE titles that asked for images, each with who it was; the oldest gives way. */
const REQUESTERS_MAX = 1_024;
/** Requesters with their accepted destinations; the oldest gives way. */
const PLACES_MAX = 2_048;

class Pull {
  sinceUs: number;
  readonly studies: Set<number> = new Set();
  bytes = 0;
  hasSpoken = false;
  readonly hours: { readonly studies: number; readonly bytes: number }[] = [];

  constructor(sinceUs: number) {
    this.sinceUs = sinceUs;
  }

  /** Hours in which nothing was taken do not count. */
  next(timeUs: number): void {
    this.hours.push({ studies: this.studies.size, bytes: this.bytes });
    if (this.hours.length > HOURS_MAX) this.hours.shift();
    this.sinceUs = timeUs;
    this.studies.clear();
    this.bytes = 0;
    this.hasSpoken = false;
  }
}

export const dicomMoveDestination: Detector = {
  id: 'EX-10',
  title: 'DICOM C-MOVE to a new destination, or bulk pull',
  attack: ['T1213', 'T1039', 'T1119', 'T1074', 'T0811', 'T0802'],
  severity: ['high', 'high', 'high', 'high'],
  weight: 0.8,
  options: {
    /** Confidence for a new destination of a requester that has moved images before. */
    confidence: 0.8,
    /** When that place is accepted for it at another archive: a failover or a migration looks like this. */
    confidenceKnownPlace: 0.4,
    /** Distinct studies taken from one archive within an hour: more than this, and by so much more than the median. */
    studiesPerHour: 20,
    /** Bytes within an hour, likewise. */
    bytesPerHour: 2_000_000_000,
    factor: 8,
    /** Hours with images that must be known of an accepted requester before it is judged. */
    knownHours: 24,
    confidencePull: 0.7,
  },

  watch(options, knowledge, report) {
    const pulls = new Map<string, Pull>();
    /** By AE title: who asked the archive last. */
    const requesters = new Map<string, number>();
    /** Destinations that are accepted for a requester, whichever archive he asks. */
    const places = new Set<string>();
    /** AE title of the requestor of an association, and for whom images are sent on it; they go with their flow. */
    const titles = new WeakMap<Link, string>();
    const sentFor = new WeakMap<Link, number>();

    const remember = (place: string): void => {
      if (places.has(place)) return;
      if (places.size >= PLACES_MAX) places.delete(places.values().next().value ?? '');
      places.add(place);
    };

    /** Accepted for this requester at some archive. */
    const isKnownPlace = (requester: number, place: string): boolean => places.has(`${requester} ${place}`);

    const asks = (verb: string, requester: number, link: Link): void => {
      const title = titles.get(link) ?? '';
      if (verb !== 'C-MOVE-RQ' || title === '') return;
      requesters.delete(title);
      if (requesters.size >= REQUESTERS_MAX) requesters.delete(requesters.keys().next().value ?? '');
      requesters.set(title, requester);
    };

    /** Images come to the one who opened the association (C-GET), or to a third one (C-MOVE). */
    const taken = (record: Instance, link: Link): void => {
      const archive = record.fromClient ? link.client : link.server;
      const got = record.fromClient ? sentFor.get(link) : link.client;
      if (got === undefined || record.studyHash === 0) return;
      const requester = knowledge.device(got).number;
      const key = `${requester} ${archive}`;
      let pull = pulls.get(key);
      if (pull === undefined) {
        if (pulls.size >= PAIRS_MAX) pulls.delete(pulls.keys().next().value ?? '');
        pull = new Pull(record.timeUs);
        pulls.set(key, pull);
      } else if (record.timeUs - pull.sinceUs >= HOUR_US) pull.next(record.timeUs);
      if (pull.studies.size < STUDIES_MAX) pull.studies.add(record.studyHash);
      pull.bytes += record.bytes;
      if (!pull.hasSpoken && isMuch(pull, requester, archive, link.service)) {
        pull.hasSpoken = true;
        speakOfPull(pull, requester, archive, record, link);
      }
    };

    const isMuch = ({ studies, bytes, hours }: Pull, requester: number, archive: number, service: string): boolean => {
      const factor = Number(options.factor);
      const isMany =
        studies.size > Number(options.studiesPerHour) &&
        studies.size > factor * median(hours.map((one) => one.studies));
      const isLarge = bytes > Number(options.bytesPerHour) && bytes > factor * median(hours.map((one) => one.bytes));
      if (!isMany && !isLarge) return false;
      if (hours.length >= Number(options.knownHours)) return true;
      return !knowledge.verdict({ device: requester, peer: archive, role: 'client', service, verb: '' }).accepted;
    };

    const speakOfPull = (pull: Pull, requester: number, archive: number, at: Moment, link: Link): void => {
      const who = knowledge.device(requester);
      const where = knowledge.device(archive);
      const usual = median(pull.hours.map((one) => one.studies));
      report({
        device: requester,
        peer: archive,
        service: link.service,
        verb: 'bulk pull',
        at,
        link: link.client === requester || link.server === requester ? link : knowledge.standing(requester),
        confidence: Number(options.confidencePull),
        learntBy: archive,
        neverSilent: true,
        speaksAlways: false,
        sentences: () => ({
          usual:
            pull.hours.length === 0
              ? `${who.label} has not been seen to take images from ${where.label} before.`
              : `${who.label} takes ${usual} studies an hour from ${where.label}.`,
          happened: `Within an hour it had ${pull.studies.size} studies sent from there, ${(pull.bytes / 1e6).toFixed(1)} MB.`,
          matters: 'Taking many studies at once is what the theft of images looks like.',
          firstStep: `Ask the PACS administrator whether a migration or an export for ${who.label} was ordered.`,
        }),
      });
    };

    return {
      association(record, link) {
        titles.set(link, record.callingAe);
      },
      instance: taken,
      dimse(record, link) {
        if (record.verb === 'C-STORE-RQ' && record.moveOriginator !== '' && record.fromClient) {
          const asked = requesters.get(record.moveOriginator);
          if (asked !== undefined) sentFor.set(link, asked);
          return;
        }
        asks(record.verb, record.fromClient ? link.client : link.server, link);
        if (record.verb !== 'C-MOVE-RQ' || record.moveDestination === '') return;
        const requester = record.fromClient ? link.client : link.server;
        const archive = record.fromClient ? link.server : link.client;
        const verb = `C-MOVE to ${record.moveDestination}`;
        const relation = { device: requester, peer: archive, role: 'client', service: link.service, verb } as const;
        const verdict = knowledge.verdict(relation);
        // What waits for a person has been shown to one already.
        if (verdict.accepted) remember(`${requester} ${record.moveDestination}`);
        if (verdict.accepted || verdict.isHeld) return;
        const who = knowledge.device(requester);
        const where = knowledge.device(archive);
        const isKnown = isKnownPlace(requester, record.moveDestination);
        report({
          device: requester,
          peer: archive,
          service: link.service,
          verb,
          at: record,
          link,
          confidence: Number(isKnown ? options.confidenceKnownPlace : options.confidence),
          // Whoever is new here has learnt nothing, but the archive knows who asks it.
          learntBy: archive,
          severitySteps: isKnown ? -1 : 0,
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

/** 0 where nothing is known. */
function median(counts: readonly number[]): number {
  return [...counts].sort((a, b) => a - b)[Math.floor(counts.length / 2)] ?? 0;
}
