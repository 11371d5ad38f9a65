/**
 * RC-01: somebody opened an administration or desktop protocol to a medical device (detection.md 4.2).
 *
 * SSH, Telnet, remote desktop and VNC are told by what is said on the wire, never by the port. The
 * maker's service engineer uses them too: that is why a known source stays silent and a new one does not.
 */
import type { Detector } from '../detect.ts';

/** Protocols that give a person or a program control, in words. */
const remoteAccess: Readonly<Record<string, string>> = {
  ssh: 'a command line (SSH)',
  telnet: 'an unencrypted command line (Telnet)',
  rdp: 'a remote desktop (RDP)',
  vnc: 'a shared screen (VNC)',
};

export const remoteAdministration: Detector = {
  id: 'RC-01',
  title: 'Administration or desktop session to a medical device',
  attack: ['T1021.001', 'T1021.004', 'T1021.005', 'T1133', 'T0822', 'T0886'],
  severity: ['critical', 'high', 'high', 'medium'],
  weight: 0.8,
  options: {
    /** Confidence for a source that never did this before. */
    confidence: 0.8,
    /** Confidence when the source is a listed jump host or vendor gateway. */
    confidenceJumpHost: 0.5,
  },

  watch(options, knowledge, report) {
    return {
      relation(relation, verdict, at, link) {
        if (relation.role !== 'server' || relation.verb !== '' || verdict.accepted) return;
        const what = remoteAccess[link.protocol];
        if (what === undefined) return;
        const device = knowledge.device(relation.device);
        if (!device.medical) return;
        const source = knowledge.device(relation.peer);
        const listed = knowledge.isJumpHost(relation.peer);
        report({
          device: relation.device,
          peer: relation.peer,
          service: relation.service,
          verb: '',
          at,
          link,
          confidence: Number(listed ? options.confidenceJumpHost : options.confidence),
          neverSilent: true,
          speaksAlways: false,
          sentences: () => ({
            usual: `Nobody has been accepted to open ${what} to ${device.label} from ${source.label}.`,
            happened: `${source.label} opened ${what} to ${device.label}${listed ? '; it is a listed jump host' : ''}.`,
            matters:
              link.protocol === 'telnet'
                ? 'Whoever is at the other end can operate the device, and everything typed, passwords too, is readable on the network.'
                : 'Whoever is at the other end can operate the device and reach what it stores.',
            firstStep: `Find out who uses ${source.label} at this moment and whether a service visit was agreed; keep the device running for its patient.`,
          }),
        });
      },
    };
  },
};
