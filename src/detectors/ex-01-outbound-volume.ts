/**
 * EX-01: a device sends far more than it usually does at this hour, to the outside or to partners inside that nobody
 * accepted (detection.md 4.3 and 2.4).
 *
 * Volume alone is a blunt instrument: a spiky device hides megabytes. It never stands alone; EX-03 and EX-04 join it
 * with the newness of the destination. What is usual is the baseline's, so nothing is remembered here.
 */
import type { Bin, Detector, Link } from '../detect.ts';
import type { Moment } from '../records.ts';

const LENGTHS = { minutes: 'five minutes', hour: 'hour', day: 'day' } as const;

export const outboundVolume: Detector = {
  id: 'EX-01',
  title: 'Far more sent than usual',
  attack: ['T1041', 'T1048', 'T1020', 'T0882'],
  severity: ['high', 'high', 'high', 'medium'],
  weight: 0.35,
  options: {
    /** Bins of five minutes, hours or days in a row that deviate. */
    bins: 2,
    /** Less than this in a bin is never told, in bytes. */
    bytes: 5_000_000,
    /** Sent to the outside in an hour, in bytes: speaks whatever is usual is not known to be more. */
    ceilingBytes: 100_000_000,
    /** The same for classes of devices that have no partners outside. */
    ceilingBytesWithoutPartners: 1_000_000,
    confidence: 0.7,
    confidenceCeiling: 0.6,
  },

  watch(options, knowledge, report) {
    const ceilingOf = (device: number): number => {
      const profile = knowledge.profile(device);
      const hasNone = profile !== null && profile.external.length === 0;
      return Number(hasNone ? options.ceilingBytesWithoutPartners : options.ceilingBytes);
    };
    const speak = (bin: Bin, at: Moment, link: Link, isCeiling: boolean): void => {
      const device = knowledge.device(bin.device);
      const peer = knowledge.device(bin.peer);
      const where = bin.metric === 'bytes-out-external' ? 'outside' : 'to partners inside that nobody accepted';
      const mostly = bin.peer === bin.device ? '' : `, most of it to ${peer.domain || peer.label}`;
      report({
        device: bin.device,
        peer: bin.peer,
        service: link.service,
        verb: '',
        at,
        link,
        confidence: Number(isCeiling ? options.confidenceCeiling : options.confidence),
        neverSilent: false,
        speaksAlways: false,
        sentences: () => ({
          usual: Number.isNaN(bin.usual)
            ? `A device like ${device.label} has little to send ${where}.`
            : `${device.label} usually sends ${amount(bin.usual)} ${where} in ${LENGTHS[bin.span] === 'hour' ? 'an' : 'a period of'} ${LENGTHS[bin.span]} like this one.`,
          happened: `In the last ${LENGTHS[bin.span]} it sent ${amount(bin.value)}${mostly}.`,
          matters: 'So much more than usual is what the theft of images or records looks like.',
          firstStep: `Ask who works with ${device.label} now and whether a backup, an export or a migration is under way.`,
        }),
      });
    };
    return {
      bins: [{ metric: 'bytes-out-external', span: 'hour' }],
      bin(bin, at, link) {
        const isOutside = bin.metric === 'bytes-out-external';
        if (!isOutside && bin.metric !== 'bytes-out-strange') return;
        if (!knowledge.device(bin.device).medical) return;
        const isLearnt = bin.state === 'settle' || bin.state === 'watch';
        if (isLearnt && bin.run >= Number(options.bins) && bin.value >= Number(options.bytes)) {
          speak(bin, at, link, false);
        } else if (
          isOutside &&
          bin.span === 'hour' &&
          bin.value >= ceilingOf(bin.device) &&
          !(bin.value <= bin.limit)
        ) {
          speak(bin, at, link, true);
        }
      },
    };
  },
};

function amount(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  return bytes >= 1e5 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.round(bytes / 1e3)} kB`;
}
