/**
 * RC-07: somebody who may administer a device does it at a time at which that never happens, or while a patient is on it
 * (detection.md 4.2).
 *
 * The other half of RC-01: that card speaks of sources nobody knows, this one of known sources at odd times. An
 * approved window silences it.
 */
import type { Detector } from '../detect.ts';

const HOUR_US = 3600e6;
const WEEK_HOURS = 168;
const DAY_US = 86_400e6;
/** Pairs of source and device whose hours are remembered: 21 bytes each, the oldest gives way. */
const PAIRS_MAX = 4_096;

const administration = new Set([
  'ssh',
  'telnet',
  'rlogin',
  'rsh',
  'rdp',
  'vnc',
  'x11',
  'winrm',
  'radmin',
  'nomachine',
  'ica',
  'spice',
]);

interface Hours {
  readonly mask: Uint8Array;
  readonly sinceUs: number;
}

export const sessionOutsideWindow: Detector = {
  id: 'RC-07',
  title: 'Service session outside its window',
  attack: ['T1078', 'T1133', 'T1199', 'T0822', 'T0859'],
  severity: ['high', 'high', 'medium', 'low'],
  weight: 0.4,
  options: {
    /** Days of a source and device that must be known before an hour can be unusual. */
    knownDays: 28,
    confidenceHour: 0.4,
    /** While the device is in clinical use. */
    confidenceInUse: 0.6,
  },

  watch(options, knowledge, report) {
    const pairs = new Map<number, Hours>();
    /** Was this hour of the week used before? Remembers it. -1 while too little is known. */
    const usedBefore = (pair: number, timeUs: number): number => {
      let hours = pairs.get(pair);
      if (hours === undefined) {
        if (pairs.size >= PAIRS_MAX) pairs.delete(pairs.keys().next().value ?? -1);
        hours = { mask: new Uint8Array(WEEK_HOURS / 8), sinceUs: timeUs };
        pairs.set(pair, hours);
      }
      const hour = Math.floor(timeUs / HOUR_US) % WEEK_HOURS;
      const bit = 1 << (hour & 7);
      const used = ((hours.mask[hour >> 3] ?? 0) & bit) !== 0;
      hours.mask[hour >> 3] = (hours.mask[hour >> 3] ?? 0) | bit;
      return timeUs - hours.sinceUs < Number(options.knownDays) * DAY_US ? -1 : used ? 1 : 0;
    };
    return {
      relation(relation, verdict, at, link) {
        if (relation.role !== 'server' || relation.verb !== '' || !administration.has(relation.service)) return;
        const device = knowledge.device(relation.device);
        if (!device.medical) return;
        const isOddHour = usedBefore(relation.device * 2 ** 26 + relation.peer, at.timeUs) === 0;
        // Sources that nobody accepted are RC-01's.
        if (!verdict.accepted || knowledge.window(relation.device, relation.peer, relation.service, at.timeUs) !== '')
          return;
        const inUse = knowledge.inClinicalUse(relation.device);
        if (!isOddHour && !inUse) return;
        const source = knowledge.device(relation.peer);
        report({
          device: relation.device,
          peer: relation.peer,
          service: relation.service,
          verb: '',
          at,
          link,
          confidence: Number(inUse ? options.confidenceInUse : options.confidenceHour),
          neverSilent: false,
          speaksAlways: false,
          sentences: () => ({
            usual: `${source.label} works on ${device.label} by ${relation.service}, at other times and with no examination running.`,
            happened: inUse
              ? `${source.label} opened ${relation.service} to ${device.label} while it was in use for a patient, outside every approved window.`
              : `${source.label} opened ${relation.service} to ${device.label} at an hour of the week at which that never happened.`,
            matters:
              'Work on a device while it serves a patient can disturb care; at odd hours it can be a stolen account.',
            firstStep: `Ask the service team whether a visit or work order exists for ${device.label} at this time.`,
          }),
        });
      },
    };
  },
};
