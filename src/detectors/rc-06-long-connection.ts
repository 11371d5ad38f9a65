/**
 * RC-06: a connection of a medical device stays open for hours, and nobody accepted it (detection.md 4.2).
 *
 * Reported while it is open: a connection that never ends would otherwise never be seen. Medical sockets stay up for
 * weeks by design, so accepted relations are silent.
 */
import type { Detector } from '../detect.ts';

const HOUR_SECONDS = 3600;

export const longConnection: Detector = {
  id: 'RC-06',
  title: 'Long or never-ending connection',
  attack: ['T1071', 'T1572', 'T1133', 'T0822'],
  severity: ['medium', 'medium', 'medium', 'low'],
  weight: 0.3,
  options: {
    /** Hours that a connection inside, and one to the outside, must be open. */
    hoursInside: 4,
    hoursOutside: 1,
    confidenceInside: 0.3,
    confidenceOutside: 0.6,
    /** Added from this many hours on. */
    hoursVeryLong: 12,
    confidenceVeryLong: 0.2,
  },

  watch(options, knowledge, report) {
    return {
      flowOpen(record, link) {
        const [client, server] = [knowledge.device(link.client), knowledge.device(link.server)];
        const isClient = client.medical && !client.external;
        if (!isClient && (!server.medical || server.external)) return;
        const [device, peer, role] = isClient
          ? [client, server, 'client' as const]
          : [server, client, 'server' as const];
        const hours = record.stepSeconds / HOUR_SECONDS;
        if (hours < Number(peer.external ? options.hoursOutside : options.hoursInside)) return;
        const relation = { device: device.number, peer: peer.number, role, service: link.service, verb: '' };
        if (knowledge.verdict(relation).accepted) return;
        let confidence = Number(peer.external ? options.confidenceOutside : options.confidenceInside);
        if (hours >= Number(options.hoursVeryLong)) confidence += Number(options.confidenceVeryLong);
        report({
          device: device.number,
          peer: peer.number,
          service: link.service,
          verb: '',
          at: record,
          link,
          confidence: Math.round(confidence * 100) / 100,
          neverSilent: peer.external,
          speaksAlways: false,
          sentences: () => ({
            usual: `No lasting connection of ${device.label} with ${peer.label} has been accepted.`,
            happened: `A connection (${link.service}) with ${peer.label} has been open for ${hours} ${hours === 1 ? 'hour' : 'hours'}.`,
            matters: peer.external
              ? 'A connection that stays open to the outside is a way in and out for whoever holds its other end.'
              : 'A connection that stays open can be a session that nobody ended, or one that nobody should have begun.',
            firstStep: `Find out which program on ${peer.label} holds the connection and whether it is meant to.`,
          }),
        });
      },
    };
  },
};
