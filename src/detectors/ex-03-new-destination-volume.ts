/**
 * EX-03: a destination outside that was first contacted within a day has been sent much (detection.md 4.3).
 *
 * A first contact alone is BL-02; with volume it is what a theft looks like.
 */
import type { Detector, Link } from '../detect.ts';
import type { FlowUpdate } from '../records.ts';

/** Young destinations that are counted, about 80 bytes each; the oldest gives way. */
const PAIRS_MAX = 4_096;
const DAY_US = 86_400e6;

interface Sent {
  readonly firstUs: number;
  bytes: number;
  hasSpoken: boolean;
}

export const newDestinationVolume: Detector = {
  id: 'EX-03',
  title: 'Much data to a new destination outside',
  attack: ['T1567', 'T1048', 'T1041', 'T0882'],
  severity: ['high', 'high', 'high', 'medium'],
  weight: 0.8,
  options: {
    /** Bytes sent within a day of the first contact. */
    bytes: 5_000_000,
    confidence: 0.9,
  },

  watch(options, knowledge, report) {
    const young = new Map<string, Sent>();
    const key = (device: number, domain: string): string => `${device} ${domain}`;
    const partnerOf = (number: number): string => {
      const { domain, address } = knowledge.device(number);
      return domain === '' ? address : domain;
    };
    const add = (record: FlowUpdate, link: Link): void => {
      if (young.size === 0) return;
      addOne(link.client, link.server, record.payloadToServer, record, link);
      addOne(link.server, link.client, record.payloadToClient, record, link);
    };
    const addOne = (device: number, peer: number, bytes: number, record: FlowUpdate, link: Link): void => {
      const isSent = bytes > 0 && knowledge.device(peer).external;
      const sent = isSent ? young.get(key(device, partnerOf(peer))) : undefined;
      if (sent === undefined || record.timeUs - sent.firstUs > DAY_US) return;
      sent.bytes += bytes;
      if (sent.hasSpoken || sent.bytes < Number(options.bytes)) return;
      sent.hasSpoken = true;
      speak(device, peer, sent, record, link);
    };
    const speak = (number: number, other: number, { firstUs, bytes }: Sent, at: FlowUpdate, link: Link): void => {
      const device = knowledge.device(number);
      const peer = knowledge.device(other);
      const minutes = Math.max(1, Math.round((at.timeUs - firstUs) / 60e6));
      report({
        device: number,
        peer: other,
        service: link.service,
        verb: '',
        at,
        link,
        confidence: Number(options.confidence),
        neverSilent: true,
        speaksAlways: false,
        sentences: () => ({
          usual: `${device.label} had never been in contact with ${peer.domain || peer.address} outside the hospital.`,
          happened: `Within ${minutes} ${minutes === 1 ? 'minute' : 'minutes'} of the first contact it sent ${(bytes / 1e6).toFixed(1)} MB there.`,
          matters: 'So much data to an unknown place is what the theft of images or records looks like.',
          firstStep: `Have the network team look at this connection now, and ask who uses ${device.label} at this moment.`,
        }),
      });
    };
    return {
      relation(relation, verdict, at) {
        if (relation.verb !== '' || verdict.accepted || verdict.count > 0) return;
        const device = knowledge.device(relation.device);
        if (device.external || !device.medical || !knowledge.device(relation.peer).external) return;
        const pair = key(relation.device, partnerOf(relation.peer));
        if (young.has(pair)) return;
        if (young.size >= PAIRS_MAX) young.delete(young.keys().next().value ?? '');
        young.set(pair, { firstUs: at.timeUs, bytes: 0, hasSpoken: false });
      },
      flowUpdate: add,
      flowEnd: add,
    };
  },
};
