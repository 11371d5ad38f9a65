/**
 * BL-04: one device does what nearly none of its kind does, or much more of it (detection.md 4.1). Context for other
 * cards: it says what is odd, not that it is wrong.
 */
import type { Detector } from '../detect.ts';
import { Seldom } from '../statistics/seldom.ts';

const DAY_US = 86_400e6;
/** A difference stands for long: it is said again after so many days. Things said that are remembered, 100 bytes each. */
const PAUSE_DAYS = 30;
const SAID_MAX = 16_384;

export const peerGroupOutlier: Detector = {
  id: 'BL-04',
  title: 'One device unlike the others of its kind',
  attack: [],
  severity: ['low', 'low', 'low', 'low'],
  weight: 0.3,
  options: {
    /** Devices of one class, model and zone that make a group. */
    group: 5,
    /** A relation of at most this share of the group (or of one device) is unlike the others, while it is this young. */
    share: 0.05,
    days: 30,
    /** A usual day so many spreads away from that of the group. */
    spreads: 5,
    confidence: 0.5,
  },

  watch(options, knowledge, report) {
    const seldom = new Seldom(PAUSE_DAYS * DAY_US, SAID_MAX);
    return {
      relation(relation, verdict, at, link) {
        if (relation.verb !== '' || verdict.accepted || verdict.groupSize < Number(options.group)) return;
        const others = verdict.groupKnowing - (verdict.count > 0 ? 1 : 0);
        const few = Math.max(1, Number(options.share) * verdict.groupSize);
        if (others + 1 > few || knowledge.device(relation.device).external) return;
        if (verdict.count > 0 && at.timeUs - verdict.firstSeenUs > Number(options.days) * DAY_US) return;
        const device = knowledge.device(relation.device);
        const peer = knowledge.device(relation.peer);
        if (!device.medical) return;
        if (!seldom.may(`${device.number} ${peer.number} ${relation.service}`, at.timeUs)) return;
        report({
          device: relation.device,
          peer: relation.peer,
          service: relation.service,
          verb: '',
          at,
          link,
          confidence: Number(options.confidence),
          neverSilent: false,
          speaksAlways: false,
          sentences: () => ({
            usual: `${verdict.groupSize - 1} of ${verdict.groupSize} devices like ${device.label} have nothing to do with ${peer.domain || peer.label} over ${relation.service}.`,
            happened: `${device.label} ${relation.role === 'client' ? 'talks to' : 'answers'} it.`,
            matters: 'Devices of one kind should behave alike; the one that does not is worth a look.',
            firstStep: `Compare the software version and the settings of ${device.label} with its neighbours.`,
          }),
        });
      },
      bins: [
        { metric: 'bytes-out-external', span: 'day' },
        { metric: 'bytes-out-internal', span: 'day' },
        { metric: 'flows', span: 'day' },
      ],
      bin(bin, at, link) {
        const { longTerm, metric } = bin;
        if (longTerm === null || longTerm.groupSize < Number(options.group)) return;
        if (metric !== 'flows' && metric !== 'bytes-out-external' && metric !== 'bytes-out-internal') return;
        if (!(Math.abs(longTerm.groupDeviation) > Number(options.spreads))) return;
        if (bin.state !== 'settle' && bin.state !== 'watch') return;
        const device = knowledge.device(bin.device);
        if (!device.medical || !seldom.may(`${device.number} ${metric}`, bin.endUs)) return;
        const what = metric === 'flows' ? 'conversations' : 'MB sent';
        const show = (size: number): string => (metric === 'flows' ? size.toFixed(0) : (size / 1e6).toFixed(1));
        report({
          device: bin.device,
          peer: bin.device,
          service: '',
          verb: metric,
          at,
          link: knowledge.standing(bin.device),
          confidence: Number(options.confidence),
          neverSilent: false,
          speaksAlways: false,
          sentences: () => ({
            usual: `${longTerm.groupSize} devices of this kind have ${show(longTerm.groupMiddle)} ${what} on a usual day.`,
            happened: `${device.label} has ${show(longTerm.middle)}.`,
            matters: 'Devices of one kind should behave alike; the one that does not is worth a look.',
            firstStep: `Compare how ${device.label} is used and set up with its neighbours${link.service === '' ? '' : `; it used ${link.service} most`}.`,
          }),
        });
      },
    };
  },
};
