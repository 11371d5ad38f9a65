/**
 * BL-02: a medical device talks to a partner outside the hospital that it never talked to (detection.md 4.1).
 *
 * Most medical devices have no business outside. Partners are keyed by their domain, or by their network where nobody
 * asked for a name: a cloud service that changes its address stays what it is.
 */
import type { Detector } from '../detect.ts';

export const newExternalDestination: Detector = {
  id: 'BL-02',
  title: 'New destination outside the hospital',
  attack: ['T1071', 'T1041', 'T1568', 'T0883', 'T0884'],
  severity: ['high', 'high', 'medium', 'low'],
  weight: 0.5,
  options: {
    /** Confidence of a first contact. */
    confidenceBase: 0.5,
    /** Added when no other device of the site has ever talked to this partner. */
    confidenceNewOnSite: 0.15,
    /** Taken away when this many devices of the site talk to it. */
    commonDevices: 10,
    confidenceCommon: 0.15,
    /** Added when the address was used without its name being asked for. */
    confidenceNoName: 0.2,
  },

  watch(options, knowledge, report) {
    return {
      relation(relation, verdict, at, link) {
        if (relation.role !== 'client' || relation.verb !== '' || verdict.accepted || verdict.isHeld) return;
        const peer = knowledge.device(relation.peer);
        const device = knowledge.device(relation.device);
        if (!peer.external || device.external || !device.medical) return;
        let confidence = Number(options.confidenceBase);
        if (verdict.peerPrevalence === 0) confidence += Number(options.confidenceNewOnSite);
        if (verdict.peerPrevalence >= Number(options.commonDevices)) confidence -= Number(options.confidenceCommon);
        if (peer.domain === '') confidence += Number(options.confidenceNoName);
        const where = peer.domain === '' ? peer.address : `${peer.domain} (${peer.address})`;
        report({
          device: relation.device,
          peer: relation.peer,
          service: relation.service,
          verb: '',
          at,
          link,
          confidence: Math.round(confidence * 100) / 100,
          neverSilent: true,
          speaksAlways: false,
          sentences: () => ({
            usual: `${device.label} has never been accepted to talk to ${peer.domain || 'this network'} outside the hospital.`,
            happened: `It contacted ${where} (${relation.service})${peer.domain === '' ? ' without asking for a name first' : ''}.`,
            matters: 'What the device holds could leave the hospital on this way, or somebody outside could steer it.',
            firstStep: `Ask the maker of ${device.label} and the network team whether this destination belongs to it; keep the device running for its patient.`,
          }),
        });
      },
    };
  },
};
