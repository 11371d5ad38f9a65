/**
 * BL-01: a medical device uses, or offers, a service that it never did before (detection.md 4.1).
 *
 * A medical device does few things with few partners. Once those are known, a new one is either a change
 * that somebody planned or the first sign that somebody else is at work.
 */
import type { Detector, DeviceFacts } from '../detect.ts';

export const newServiceTuple: Detector = {
  id: 'BL-01',
  title: 'New service relation of a medical device',
  attack: ['T1021', 'T1571', 'T0869', 'T0885', 'T0886'],
  severity: ['medium', 'medium', 'medium', 'low'],
  weight: 0.4,
  options: {
    /** Confidence of a new relation with a partner whom other devices know. */
    confidenceBase: 0.4,
    /** Added when no other device has ever talked to this partner. */
    confidenceNewPeer: 0.2,
    /** Added when the zones of the two may not talk to each other, or the partner is outside. */
    confidenceZone: 0.2,
    /** Added when the profile of the device's class forbids it. */
    confidenceForbidden: 0.2,
  },

  watch(options, knowledge, report) {
    return {
      relation(relation, verdict, at, link) {
        // What waits for a person has been shown to one already.
        if (verdict.accepted || verdict.isHeld || relation.verb !== '') return;
        const device = knowledge.device(relation.device);
        const peer = knowledge.device(relation.peer);
        if (!device.medical) return;
        // While a device is being learnt everything is new: only a partner outside is worth a word.
        if (!peer.external && (verdict.state === 'learn' || verdict.state === 'discover')) return;
        // What its class is there for is no news (docs/profiles.md). A stranger has the class of what it does just now.
        const isKnown = verdict.acceptedCount > 0 && relation.role === 'client' && !peer.external;
        if (isKnown && knowledge.allows(relation) === 'allowed') return;
        // When both ends are medical devices the one that opened the connection speaks for both.
        if (relation.role === 'server' && peer.medical) return;
        let confidence = Number(options.confidenceBase);
        if (verdict.peerPrevalence === 0) confidence += Number(options.confidenceNewPeer);
        const [from, to] = relation.role === 'client' ? [device, peer] : [peer, device];
        if (peer.external || !knowledge.mayTalk(from.zone, to.zone)) confidence += Number(options.confidenceZone);
        if (knowledge.allows(relation) === 'forbidden') confidence += Number(options.confidenceForbidden);
        report({
          device: relation.device,
          peer: relation.peer,
          service: relation.service,
          verb: '',
          at,
          link,
          confidence: Math.min(1, Math.round(confidence * 100) / 100),
          neverSilent: peer.external,
          speaksAlways: false,
          sentences: () => ({
            usual: usual(device, verdict.acceptedCount),
            happened:
              relation.role === 'client'
                ? `It opened a connection to ${peer.label} (${relation.service}), which it never did before.`
                : `It answered a connection from ${peer.label} (${relation.service}), which it never did before.`,
            matters: peer.external
              ? 'The partner is outside the hospital: data could leave, or somebody could reach the device.'
              : 'A device that starts to talk to something new may have been changed, misconfigured or taken over.',
            firstStep: `Ask whoever looks after ${device.label} whether this connection was planned; if it was, accept it in the baseline.`,
          }),
        });
      },
    };
  },
};

function usual(device: DeviceFacts, acceptedCount: number): string {
  if (acceptedCount === 0) return `No connection of ${device.label} is known as usual yet.`;
  return `${device.label} has ${acceptedCount} usual service ${acceptedCount === 1 ? 'relation' : 'relations'}.`;
}
