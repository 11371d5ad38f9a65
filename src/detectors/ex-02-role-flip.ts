/**
 * EX-02: a device that usually takes begins to give (detection.md 4.3): the share of what it sends of all that it
 * carries, from -1 to +1, has changed its sign.
 *
 * Sizes are payload of TCP and UDP, without headers; retransmissions count. Only the direction that can be a leak
 * speaks: a device that begins to receive has an update, most likely.
 */
import type { Detector } from '../detect.ts';

/** Devices whose last hours are remembered, 16 bytes each. */
const DEVICES_MAX = 16_384;

export const roleFlip: Detector = {
  id: 'EX-02',
  title: 'A device that receives has begun to send',
  attack: ['T1041', 'T1048', 'T1074', 'T0882'],
  severity: ['medium', 'medium', 'medium', 'low'],
  weight: 0.3,
  options: {
    /** By how much the balance (-1 only receives, +1 only sends) must differ from what is usual in this hour of the week. */
    difference: 0.5,
    /** Bytes that must be carried in the hour, both ways. */
    bytes: 1_000_000,
    /** Hours in a row. */
    hours: 2,
    confidence: 0.7,
  },

  watch(options, knowledge, report) {
    const runs = new Map<number, number>();
    return {
      bins: [{ metric: 'bytes-in', span: 'hour' }],
      bin(bin, at, link) {
        if (bin.balance === null || bin.metric !== 'bytes-in' || bin.span !== 'hour') return;
        const { now, usual, bytes } = bin.balance;
        const device = knowledge.device(bin.device);
        const isFlip =
          usual < 0 && now > 0 && now - usual > Number(options.difference) && bytes >= Number(options.bytes);
        const isLearnt = bin.state === 'settle' || bin.state === 'watch';
        if (!isFlip || !isLearnt || !device.medical) {
          runs.delete(device.number);
          return;
        }
        const run = (runs.get(device.number) ?? 0) + 1;
        if (runs.size < DEVICES_MAX || runs.has(device.number)) runs.set(device.number, run);
        if (run < Number(options.hours)) return;
        const peer = knowledge.device(bin.peer);
        report({
          device: bin.device,
          peer: bin.peer,
          service: link.service,
          verb: '',
          at,
          link,
          confidence: Number(options.confidence),
          neverSilent: false,
          speaksAlways: false,
          sentences: () => ({
            usual: `At this hour ${device.label} usually receives: ${percent(-usual)} of what it carries more than it sends.`,
            happened: `For ${run} hours it has been sending instead, ${Math.round(bytes / 1e6)} MB in the last one${bin.peer === bin.device ? '' : `, most of it to ${peer.domain || peer.label}`}.`,
            matters: 'A station that should show images or results and sends them away may be emptied by somebody.',
            firstStep: `Ask who works at ${device.label} now, and whether a second opinion or an export was agreed.`,
          }),
        });
      },
    };
  },
};

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
