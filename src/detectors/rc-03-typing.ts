/**
 * RC-03: somebody types on a connection of a medical device that is no session of any protocol for that
 * (detection.md 4.2).
 *
 * Hands have a rhythm: small packets, from a hundredth of a second to two seconds apart, unevenly. Machines that ask at
 * a steady pace do not vary. Sessions of known protocols (SSH, Telnet, desktops) are RC-01's and not judged here.
 */
import { isResolverAddress } from '../bytes/outside-services.ts';
import type { Detector } from '../detect.ts';
import { typesOn } from '../statistics/typing.ts';

/** Protocols inside of which anything may be typed; '' is one that nobody knows. */
const mayHide = new Set(['', 'tls']);

export const typing: Detector = {
  id: 'RC-03',
  title: 'Typing where only machines talk',
  attack: ['T1059', 'T1571', 'T1021', 'T0807', 'T0886'],
  severity: ['high', 'high', 'high', 'medium'],
  weight: 0.5,
  options: {
    /** In clear, and inside of encryption, where lengths tell less. */
    confidence: 0.7,
    confidenceEncrypted: 0.5,
  },

  watch(options, knowledge, report) {
    return {
      rhythm(record, link) {
        if (!mayHide.has(link.protocol) || link.midstream || !typesOn(link.protocol, record, true)) return;
        // What the called end types comes back as an echo: then it is the one who works (RC-04).
        if (record.burstsByServer > record.burstsByClient) return;
        const [client, server] = [knowledge.device(link.client), knowledge.device(link.server)];
        // Questions for names follow whoever browses; that they are asked there is EX-06's.
        if (link.protocol === 'tls' && isResolverAddress(server.address)) return;
        const isServer = server.medical && !server.external;
        if (!isServer && (!client.medical || client.external)) return;
        const [device, peer] = isServer ? [server, client] : [client, server];
        const role = isServer ? 'server' : 'client';
        const relation = { device: device.number, peer: peer.number, role, service: link.service, verb: '' } as const;
        if (knowledge.verdict(relation).accepted) return;
        report({
          device: device.number,
          peer: peer.number,
          service: link.service,
          verb: '',
          at: record,
          link,
          confidence: Number(link.protocol === 'tls' ? options.confidenceEncrypted : options.confidence),
          neverSilent: true,
          speaksAlways: false,
          sentences: () => ({
            usual: `Nobody has been accepted to work by hand on ${device.label} over ${link.service}.`,
            happened: isServer
              ? `Packets from ${peer.label} reached ${device.label} on port ${link.serverPort} in the rhythm of human typing.`
              : `Packets from ${device.label} reached ${peer.label} on port ${link.serverPort} in the rhythm of human typing.`,
            matters: 'A person seems to give commands on a connection on which only machines should talk.',
            firstStep: `Find out who uses ${peer.label} at this moment, and ask whoever looks after ${device.label} whether that is service work.`,
          }),
        });
      },
    };
  },
};
