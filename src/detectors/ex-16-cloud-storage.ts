/**
 * EX-16: a medical device puts data into a place for files on the Internet (detection.md 4.3).
 *
 * Places are told by the name that is asked for in TLS, QUIC or HTTP, or under which the address was looked up; the list is
 * `src/bytes/outside-services.ts`. A look alone does not speak: what is sent is counted.
 */
import { fileStoreOf } from '../bytes/outside-services.ts';
import type { Detector, Link } from '../detect.ts';
import type { FlowUpdate } from '../records.ts';

const DAY_US = 86_400e6;
/** Pairs of device and place of one day; the oldest gives way. */
const PAIRS_MAX = 2_048;
const TIER_MAX = 3;

interface Sent {
  readonly sinceUs: number;
  bytes: number;
  hasSpoken: boolean;
}

export const cloudStorage: Detector = {
  id: 'EX-16',
  title: 'Data to a place for files on the Internet',
  attack: ['T1567.002'],
  severity: ['high', 'high', 'high', 'low'],
  weight: 0.6,
  options: {
    /** Sent by one device to one place within a day. */
    bytes: 1_000_000,
    /** Further names of such places, separated by spaces. */
    places: '',
    confidence: 0.7,
  },

  watch(options, knowledge, report) {
    const more = new Set(
      String(options.places)
        .split(' ')
        .filter((name) => name !== ''),
    );
    const sent = new Map<string, Sent>();
    /** Which place a conversation goes to; it goes with its flow. */
    const places = new WeakMap<Link, string>();

    const goesTo = (name: string, link: Link): void => {
      const place = fileStoreOf(name, more);
      if (place !== '') places.set(link, place);
    };

    const add = (record: FlowUpdate, link: Link): void => {
      if (record.payloadToServer === 0) return;
      const peer = knowledge.device(link.server);
      if (!peer.external) return;
      const device = knowledge.device(link.client);
      if (!device.medical || device.external || device.tier > TIER_MAX) return;
      const place = places.get(link) ?? fileStoreOf(peer.domain, more);
      if (place === '') return;
      const key = `${device.number} ${place}`;
      let one = sent.get(key);
      if (one === undefined || record.timeUs - one.sinceUs > DAY_US) {
        sent.delete(key);
        if (sent.size >= PAIRS_MAX) sent.delete(sent.keys().next().value ?? '');
        one = { sinceUs: record.timeUs, bytes: 0, hasSpoken: false };
        sent.set(key, one);
      }
      one.bytes += record.payloadToServer;
      if (one.hasSpoken || one.bytes < Number(options.bytes)) return;
      one.hasSpoken = true;
      speak(place, one.bytes, record, link);
    };

    const speak = (place: string, bytes: number, at: FlowUpdate, link: Link): void => {
      const device = knowledge.device(link.client);
      const relation = { device: link.client, peer: link.server, role: 'client', service: link.service } as const;
      if (knowledge.verdict({ ...relation, verb: '' }).accepted) return;
      report({
        device: link.client,
        peer: link.server,
        service: link.service,
        verb: place,
        at,
        link,
        confidence: Number(options.confidence),
        neverSilent: true,
        speaksAlways: false,
        sentences: () => ({
          usual: `${device.label} has no accepted place for files on the Internet.`,
          happened: `It sent ${(bytes / 1e6).toFixed(1)} MB to ${place} within a day.`,
          matters: 'Whatever the device holds of patients may now lie with a company outside, open to others.',
          firstStep: `Ask who works on ${device.label} and whether the maker collects logs there; keep it running for its patient.`,
        }),
      });
    };

    return {
      handshake(record, link) {
        if (record.fromClient) goesTo(record.serverName, link);
      },
      httpMessage(record, link) {
        if (record.isRequest && record.fromClient) goesTo(record.host, link);
      },
      flowUpdate: add,
      flowEnd: add,
    };
  },
};
