/**
 * BL-09: a device is no longer what was signed off (detection.md 4.1 and 2.8). Small steps move what is usual, none of
 * them stands out; the frozen reference does not move.
 *
 * It must speak before five times as much is sent, so the middle of the last three days is compared, and all of the last
 * seven must have left what was usual.
 */
import type { Detector } from '../detect.ts';
import { median } from '../statistics/robust.ts';
import { Seldom } from '../statistics/seldom.ts';

const DAYS = 7;
const MIDDLE_DAYS = 3;
/** Said again after a week. Things said that are remembered, 100 bytes each. */
const PAUSE_US = 7 * 86_400e6;
const SAID_MAX = 16_384;

export const slowDrift: Detector = {
  id: 'BL-09',
  title: 'Slow drift away from what was signed off',
  attack: ['T1029', 'T1030'],
  severity: ['low', 'low', 'low', 'low'],
  weight: 0.2,
  options: {
    /** Times as much (or as little) as on a usual day of the sign-off: the middle of three days, and each of seven. */
    factor: 4,
    factorEachDay: 2,
    /** Less than this a day is never told, in bytes. */
    bytes: 1_000_000,
    /** Growth of the set of accepted relations since the sign-off, as a share of it, and at least so many. */
    growth: 0.25,
    relations: 3,
    confidence: 0.7,
  },

  watch(options, knowledge, report) {
    const seldom = new Seldom(PAUSE_US, SAID_MAX);
    return {
      bins: [
        { metric: 'bytes-out-external', span: 'day' },
        { metric: 'bytes-out-internal', span: 'day' },
      ],
      bin(bin, at) {
        const { longTerm, metric } = bin;
        if (longTerm === null || (metric !== 'bytes-out-external' && metric !== 'bytes-out-internal')) return;
        const device = knowledge.device(bin.device);
        if (!device.medical) return;
        const speak = (verb: string, usual: string, happened: string): void => {
          if (!seldom.may(`${device.number} ${verb}`, bin.endUs)) return;
          report({
            device: bin.device,
            peer: bin.device,
            service: '',
            verb,
            at,
            link: knowledge.standing(bin.device),
            confidence: Number(options.confidence),
            neverSilent: false,
            speaksAlways: false,
            sentences: () => ({
              usual,
              happened,
              matters: 'What changes in small steps is not noticed by any single alarm.',
              firstStep: `Ask what has changed with ${device.label} since then; if all of it is meant, sign its baseline off again.`,
            }),
          });
        };
        const { reference, lastDays, accepted, acceptedAtReference } = longTerm;
        const middle = median(lastDays.slice(-MIDDLE_DAYS));
        if (hasDrifted(reference, lastDays, middle)) {
          const where = metric === 'bytes-out-external' ? 'outside the hospital' : 'inside the hospital';
          speak(
            metric,
            `When it was signed off, ${device.label} sent ${megabytes(reference)} a day ${where}.`,
            `In small steps this has become ${megabytes(middle)} a day.`,
          );
        }
        const more = accepted - acceptedAtReference;
        if (acceptedAtReference < 0 || more < Number(options.relations)) return;
        if (more <= Number(options.growth) * acceptedAtReference) return;
        speak(
          'relations',
          `When it was signed off, ${device.label} had ${acceptedAtReference} accepted relations.`,
          `Since then ${more} more were accepted.`,
        );
      },
    };

    function hasDrifted(reference: number, lastDays: readonly number[], middle: number): boolean {
      if (!(reference > 0) || lastDays.length < DAYS) return false;
      const least = Number(options.bytes);
      const [factor, eachDay] = [Number(options.factor), Number(options.factorEachDay)];
      if (middle > factor * reference && middle >= least) return lastDays.every((day) => day > eachDay * reference);
      return middle < reference / factor && reference >= least && lastDays.every((day) => day < reference / eachDay);
    }
  },
};

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
