/**
 * RC-02: a medical device keeps a connection to the relay of a product for remote support (detection.md 4.2).
 *
 * The device calls out, so that no firewall stops it; whoever has its number in that product operates it from
 * anywhere. Products are told by the server name they ask for, by their application protocol or certificate, or by what
 * they say on the wire; a mere question for the name counts less.
 */
import { toolOfHost } from '../bytes/remote-tools.ts';
import type { Detector, Link } from '../detect.ts';
import type { Moment } from '../records.ts';

/** Products that have a decoder or a name of their own; value: as their makers write them. */
const products: Readonly<Record<string, string>> = {
  teamviewer: 'TeamViewer',
  anydesk: 'AnyDesk',
  screenconnect: 'ScreenConnect',
  splashtop: 'Splashtop',
  rustdesk: 'RustDesk',
  logmein: 'LogMeIn',
  tailscale: 'Tailscale',
  ngrok: 'ngrok',
};

export const remoteSupportRelay: Detector = {
  id: 'RC-02',
  title: 'Remote-support relay from a medical device',
  attack: ['T1219.002', 'T1133', 'T0822', 'T0886'],
  severity: ['critical', 'high', 'high', 'medium'],
  weight: 0.7,
  options: {
    /** Confidence when a session was seen, and when only the name was asked for. */
    confidence: 0.8,
    confidenceName: 0.4,
  },

  watch(options, knowledge, report) {
    const speak = (tool: string, isSession: boolean, at: Moment, link: Link): void => {
      const device = knowledge.device(link.client);
      if (device.external || !device.medical) return;
      const relation = {
        device: link.client,
        peer: link.server,
        role: 'client',
        service: link.service,
        verb: '',
      } as const;
      if (isSession && knowledge.verdict(relation).accepted) return;
      const product = products[tool] ?? tool;
      const peer = knowledge.device(link.server);
      report({
        device: link.client,
        peer: link.server,
        service: tool,
        verb: '',
        at,
        link,
        confidence: Number(isSession ? options.confidence : options.confidenceName),
        // A name may be asked for by a program that only looks for a new version.
        severitySteps: isSession ? 0 : -1,
        neverSilent: true,
        speaksAlways: false,
        sentences: () => ({
          usual: `${device.label} has no accepted connection to a product for remote support.`,
          happened: isSession
            ? `It opened a connection of ${product} to ${peer.label}.`
            : `It asked ${peer.label} for the address of a relay of ${product}.`,
          matters: `Whoever has the ${product} number of this device can operate it from the Internet.`,
          firstStep: `Ask the maker and biomedical engineering whether ${product} was agreed for ${device.label}; keep the device running for its patient.`,
        }),
      });
    };
    return {
      message(record, link) {
        if (record.kind === 'session') speak(record.protocol, true, record, link);
      },
      flowProtocol(record, link) {
        if (Object.hasOwn(products, record.protocol)) speak(record.protocol, true, record, link);
      },
      lookup(record, link) {
        const tool = record.kind === 'query' && record.fromClient ? toolOfHost(record.name) : '';
        if (tool !== '') speak(tool, false, record, link);
      },
    };
  },
};
