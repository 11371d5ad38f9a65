/**
 * ME-01: the sensor cannot see (detection.md 4.4). Packets are lost before it, bytes of conversations are missing, only
 * one direction arrives, or nothing comes at all. It speaks of the sensor, not of a device; while it holds, nothing is
 * learnt and silence of a device means nothing.
 */
import type { Detector } from '../detect.ts';
import { Moment } from '../records.ts';

const SENSOR = -1;
const SECOND_US = 1e6;
/** Updates of conversations that must stay out: one may be late. */
const UPDATES = 1.5;

export const blindSensor: Detector = {
  id: 'ME-01',
  title: 'The sensor cannot see enough',
  attack: [],
  severity: ['medium', 'medium', 'medium', 'medium'],
  weight: 0.3,
  options: {
    /**
     * Nothing at all for so long, after at least so long in which no minute was without traffic; at least three and six
     * intervals of the site (`intervalSeconds`).
     */
    silentSeconds: 180,
    busySeconds: 1_800,
    /** Largest pause that still counts as busy. */
    pauseSeconds: 90,
    confidence: 0.9,
  },

  watch(options, knowledge, report) {
    // A conversation that goes on is heard of once an interval, however many packets it has.
    const atLeastUs = UPDATES * knowledge.updateSeconds() * SECOND_US;
    const pauseUs = Math.max(Number(options.pauseSeconds) * SECOND_US, atLeastUs);
    const silentUs = Math.max(Number(options.silentSeconds) * SECOND_US, 2 * atLeastUs);
    const busyUs = Math.max(Number(options.busySeconds) * SECOND_US, 4 * atLeastUs);
    let lastUs = Number.NaN;
    let busySinceUs = Number.NaN;
    let said = '';
    let isSilent = false;
    const hear = (timeUs: number): void => {
      if (!(timeUs - lastUs <= pauseUs)) busySinceUs = timeUs;
      lastUs = timeUs;
      isSilent = false;
    };
    const speak = (nowUs: number, verb: string, happened: string): void =>
      report({
        device: SENSOR,
        peer: SENSOR,
        service: '',
        verb,
        at: Object.assign(new Moment(), { timeUs: nowUs, flow: -1 }),
        link: knowledge.standing(SENSOR),
        confidence: Number(options.confidence),
        neverSilent: false,
        speaksAlways: true,
        sentences: () => ({
          usual: 'The sensor is given a copy of all traffic of the devices.',
          happened,
          matters: 'What it does not see it cannot report; until it sees again, silence of a device means nothing.',
          firstStep:
            'Ask the network team about the mirror port or tap, its load and its cables. No device needs to be touched.',
        }),
      });
    return {
      flowStart: (record) => hear(record.timeUs),
      flowUpdate: (record) => hear(record.timeUs),
      flowEnd: (record) => hear(record.timeUs),
      tick(nowUs) {
        const trouble = knowledge.trouble();
        if (trouble !== '' && said === '') {
          speak(nowUs, 'loss', `In the last minutes it saw too little: ${trouble}.`);
        }
        said = trouble;
        if (isSilent || !(nowUs - lastUs >= silentUs)) return;
        isSilent = true;
        if (lastUs - busySinceUs < busyUs) return;
        const minutes = Math.round((nowUs - lastUs) / (60 * SECOND_US));
        speak(nowUs, 'silence', `Nothing at all has arrived for ${minutes} minutes, from any device.`);
      },
    };
  },
};
