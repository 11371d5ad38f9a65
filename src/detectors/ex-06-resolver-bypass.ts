/**
 * EX-06: a medical device asks a name server outside, or asks inside of encryption (detection.md 4.3).
 *
 * What is asked inside of TLS cannot be seen: that it is asked there at all is the finding. The list of public resolvers
 * is `src/bytes/outside-services.ts`.
 */
import { isResolverAddress, isResolverName } from '../bytes/outside-services.ts';
import type { Detector, Link } from '../detect.ts';
import type { Moment } from '../records.ts';

/** Devices of which connections without a question for a name are counted; the oldest gives way. */
const DEVICES_MAX = 4_096;
/** DNS over TLS and over QUIC (RFC 7858, RFC 9250). */
const DNS_OVER_TLS_PORT = 853;
const HTTPS_PORT = 443;

interface Silence {
  sinceUs: number;
  connections: number;
}

export const resolverBypass: Detector = {
  id: 'EX-06',
  title: 'Name server outside, or questions inside of encryption',
  attack: ['T1071.004', 'T1572', 'T1573'],
  severity: ['medium', 'medium', 'medium', 'low'],
  weight: 0.4,
  options: {
    /** Connections to the outside within a day in which the device asked for no name at all. */
    connections: 20,
    silentHours: 24,
    /** Names of further resolvers, separated by spaces. */
    resolvers: '',
    confidence: 0.6,
    confidenceSilent: 0.4,
  },

  watch(options, knowledge, report) {
    const more = new Set(
      String(options.resolvers)
        .split(' ')
        .filter((name) => name !== ''),
    );
    const silences = new Map<number, Silence>();
    const asked = new Map<number, number>();

    const speak = (verb: string, happened: string, confidence: number, at: Moment, link: Link): void => {
      const device = knowledge.device(link.client);
      const peer = knowledge.device(link.server);
      const relation = { device: link.client, peer: link.server, role: 'client', service: link.service } as const;
      if (knowledge.verdict({ ...relation, verb: '' }).accepted) return;
      report({
        device: link.client,
        peer: link.server,
        service: link.service,
        verb,
        at,
        link,
        confidence,
        neverSilent: true,
        speaksAlways: false,
        sentences: () => ({
          usual: `Devices ask the name server of the hospital; ${device.label} has no accepted one outside.`,
          happened: `${device.label} ${happened} ${peer.domain || peer.address}, outside the hospital.`,
          matters: 'On this way a device can call places that the hospital blocks, and data can leave unseen.',
          firstStep: `Check the name server in the settings of ${device.label} with biomedical engineering; keep it running for its patient.`,
        }),
      });
    };

    const isOurs = ({ client, server }: Link): boolean => {
      const { external, medical } = knowledge.device(client);
      return medical && !external && knowledge.device(server).external;
    };

    /** Outside by number only: who told the device where to call? */
    const countSilent = (at: Moment, link: Link): void => {
      const { client } = link;
      const before = asked.get(client);
      const silence = silences.get(client);
      const lastsUs = Number(options.silentHours) * 3600e6;
      if (silence === undefined || (before !== undefined && before > silence.sinceUs)) {
        if (silences.size >= DEVICES_MAX) silences.delete(silences.keys().next().value ?? -1);
        silences.set(client, { sinceUs: before ?? at.timeUs, connections: 1 });
        return;
      }
      silence.connections++;
      if (at.timeUs - silence.sinceUs < lastsUs || silence.connections < Number(options.connections)) return;
      const happened = `opened ${silence.connections} encrypted connections without asking for any name, the last one to`;
      silences.delete(client);
      speak('no questions', happened, Number(options.confidenceSilent), at, link);
    };

    return {
      lookup(record, link) {
        if (record.protocol !== 'dns' || record.kind !== 'query' || !record.fromClient) return;
        if (!asked.has(link.client) && asked.size >= DEVICES_MAX) asked.delete(asked.keys().next().value ?? -1);
        asked.set(link.client, record.timeUs);
        if (isOurs(link)) speak('', 'asks the name server', Number(options.confidence), record, link);
      },
      flowEstablished(record, link) {
        if (!isOurs(link)) return;
        if (link.serverPort === DNS_OVER_TLS_PORT) {
          speak(
            '',
            'asks, inside of encryption (DNS over TLS), the name server',
            Number(options.confidence),
            record,
            link,
          );
        } else if (link.serverPort === HTTPS_PORT && isResolverAddress(link.serverAddress)) {
          speak(
            '',
            'asks, inside of encryption (DNS over HTTPS), the name server',
            Number(options.confidence),
            record,
            link,
          );
        }
      },
      handshake(record, link) {
        if (!record.fromClient || record.protocol === 'ssh' || !isOurs(link)) return;
        if (isResolverName(record.serverName, more)) {
          speak('', 'asks, inside of encryption, the name server', Number(options.confidence), record, link);
        } else countSilent(record, link);
      },
    };
  },
};
