/**
 * RC-01: somebody opened an administration or desktop protocol to a medical device (detection.md 4.2).
 *
 * Command lines, remote desktops and shared screens are told by what is said on the wire, never by the port. The
 * maker's service engineer uses them too: that is why a known source stays silent and a new one does not.
 */
import type { Detector, Link, Verdict } from '../detect.ts';
import type { Moment } from '../records.ts';

/** Protocols that give a person or a program control, in words. */
const remoteAccess: Readonly<Record<string, string>> = {
  ssh: 'a command line (SSH)',
  telnet: 'an unencrypted command line (Telnet)',
  rlogin: 'an unencrypted command line (rlogin)',
  rsh: 'an unencrypted command line (rsh)',
  rdp: 'a remote desktop (RDP)',
  vnc: 'a shared screen (VNC)',
  radmin: 'a remote desktop (Radmin)',
  nomachine: 'a remote desktop (NoMachine)',
  ica: 'a remote desktop (Citrix ICA)',
  spice: 'a remote desktop (SPICE)',
  x11: 'windows on its screen (X11)',
  xdmcp: 'a remote login screen (XDMCP)',
  winrm: 'remote management of Windows (WinRM)',
  ipmi: 'the management controller of its hardware (IPMI)',
  adb: 'the debugging access of Android (ADB)',
  teamviewer: 'a session of TeamViewer',
  anydesk: 'a session of AnyDesk',
  rustdesk: 'a session of RustDesk',
  screenconnect: 'a session of ScreenConnect',
  splashtop: 'a session of Splashtop',
};

/** Protocols in which whatever is typed can be read by whoever listens. */
const readable = new Set(['telnet', 'rlogin', 'rsh', 'x11', 'xdmcp']);

/** Management of Windows travels inside HTTP: the baseline knows it by the path that is posted to. */
const WINRM_VERB = 'POST /wsman';

export const remoteAdministration: Detector = {
  id: 'RC-01',
  title: 'Administration or desktop session to a medical device',
  attack: ['T1021.001', 'T1021.004', 'T1021.005', 'T1021.006', 'T1133', 'T0822', 'T0886'],
  severity: ['critical', 'high', 'high', 'medium'],
  weight: 0.8,
  options: {
    /** Confidence for a source that never did this before. */
    confidence: 0.8,
    /** Confidence when the source is a listed jump host or vendor gateway. */
    confidenceJumpHost: 0.5,
  },

  watch(options, knowledge, report) {
    const speak = (protocol: string, verdict: Verdict, at: Moment, link: Link): void => {
      const what = remoteAccess[protocol];
      if (what === undefined || verdict.accepted) return;
      const device = knowledge.device(link.server);
      if (!device.medical) return;
      const source = knowledge.device(link.client);
      const listed = knowledge.isJumpHost(link.client);
      report({
        device: link.server,
        peer: link.client,
        service: protocol,
        verb: '',
        at,
        link,
        confidence: Number(listed ? options.confidenceJumpHost : options.confidence),
        neverSilent: true,
        speaksAlways: false,
        sentences: () => ({
          usual: `Nobody has been accepted to open ${what} to ${device.label} from ${source.label}.`,
          happened: `${source.label} opened ${what} to ${device.label}${listed ? '; it is a listed jump host' : ''}.`,
          matters: readable.has(protocol)
            ? 'Whoever is at the other end can operate the device, and everything typed, passwords too, is readable on the network.'
            : 'Whoever is at the other end can operate the device and reach what it stores.',
          firstStep: `Find out who uses ${source.label} at this moment and whether a service visit was agreed; keep the device running for its patient.`,
        }),
      });
    };
    return {
      relation(relation, verdict, at, link) {
        if (relation.role === 'server' && relation.verb === '') speak(link.protocol, verdict, at, link);
      },
      message(record, link) {
        if (record.protocol !== 'winrm' || !record.fromClient) return;
        const { client, server, service } = link;
        const asked = { device: client, peer: server, role: 'client', service, verb: WINRM_VERB } as const;
        speak('winrm', knowledge.verdict(asked), record, link);
      },
    };
  },
};
