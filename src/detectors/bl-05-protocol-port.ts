/**
 * BL-05: a port carries another protocol than it should (detection.md 4.1).
 *
 * Ports that are registered for medical protocols say what belongs on them; on other ports of a medical device it is what
 * they carried so far. Only a protocol that was recognised is judged: what nobody knows is never a mismatch.
 */
import type { Detector, Link } from '../detect.ts';
import type { FlowUpdate, Moment } from '../records.ts';

const DAY_US = 86_400e6;
const TCP = 6;
/** Ports of devices, about 200 bytes each; the oldest gives way. */
const PORTS_MAX = 8_192;
/** Protocols of one port that are told apart. */
const PROTOCOLS_MAX = 8;

/** Registered with IANA: acr-nema, dicom, dicom-tls, hl7. */
const registered: ReadonlyMap<number, readonly string[]> = new Map([
  [104, ['dicom']],
  [11_112, ['dicom']],
  [2_762, ['tls', 'dicom']],
  [2_575, ['hl7']],
]);
const labels: ReadonlyMap<string, string> = new Map([
  ['dicom', 'images (DICOM)'],
  ['hl7', 'messages (HL7)'],
  ['ssh', 'a remote command line (SSH)'],
  ['tls', 'something encrypted (TLS)'],
  ['http', 'web traffic (HTTP)'],
]);

class Port {
  readonly firstUs: number;
  /** Connections by protocol. */
  readonly seen: Map<string, number> = new Map();
  readonly said: Set<string> = new Set();

  constructor(firstUs: number) {
    this.firstUs = firstUs;
  }
}

export const protocolOfPort: Detector = {
  id: 'BL-05',
  title: 'A port carries another protocol than it should',
  attack: ['T1571', 'T1001.003', 'T1572', 'T0885'],
  severity: ['high', 'high', 'medium', 'medium'],
  weight: 0.4,
  options: {
    /** Connections of the wrong protocol, or bytes of a single one. */
    connections: 2,
    bytes: 10_000,
    /** A port that is not registered: connections of one protocol and days from which on it is known. */
    knownConnections: 10,
    knownDays: 7,
    confidence: 0.7,
    /** Encryption where there was none: as a rule somebody switched it on. */
    confidenceTls: 0.3,
  },

  watch(options, knowledge, report) {
    const ports = new Map<string, Port>();
    /** Conversations with a wrong protocol and their bytes; they go with their flow. */
    const wrong = new WeakMap<Link, { readonly port: Port; readonly expected: string; bytes: number }>();

    const of = (link: Link, timeUs: number): Port => {
      const key = `${link.server} ${link.serverPort}`;
      const known = ports.get(key);
      if (known !== undefined) return known;
      if (ports.size >= PORTS_MAX) ports.delete(ports.keys().next().value ?? '');
      const port = new Port(timeUs);
      ports.set(key, port);
      return port;
    };

    /** What belongs on the port; '' when nobody knows or the protocol is right. */
    const expectedOn = (port: Port, protocol: string, link: Link, timeUs: number): string => {
      const own = registered.get(link.serverPort);
      if (own !== undefined) return own.includes(protocol) ? '' : (own[0] ?? '');
      if (timeUs - port.firstUs < Number(options.knownDays) * DAY_US) return '';
      if (!knowledge.device(link.server).medical) return '';
      const [usual, ...others] = [...port.seen].filter(([, count]) => count >= Number(options.knownConnections));
      return usual === undefined || others.length > 0 || usual[0] === protocol ? '' : usual[0];
    };

    const speak = (port: Port, expected: string, protocol: string, at: Moment, link: Link): void => {
      if (port.said.has(protocol)) return;
      port.said.add(protocol);
      const device = knowledge.device(link.server);
      const peer = knowledge.device(link.client);
      const should = labels.get(expected) ?? expected;
      const does = labels.get(protocol) ?? protocol;
      report({
        device: link.server,
        peer: link.client,
        service: protocol,
        verb: `port ${link.serverPort}`,
        at,
        link,
        confidence: Number(protocol === 'tls' ? options.confidenceTls : options.confidence),
        neverSilent: false,
        speaksAlways: false,
        sentences: () => ({
          usual: `Port ${link.serverPort} of ${device.label} should carry ${should}.`,
          happened: `A connection of ${peer.label} to this port carried ${does}.`,
          matters: 'Whoever wants to pass a firewall hides behind a port that is open for something else.',
          firstStep: `Ask the maker and the network team what was changed on ${device.label}; keep it running for its patient.`,
        }),
      });
    };

    const add = (record: FlowUpdate, link: Link): void => {
      const one = wrong.get(link);
      if (one === undefined) return;
      one.bytes += record.payloadToServer + record.payloadToClient;
      if (one.bytes >= Number(options.bytes)) speak(one.port, one.expected, link.protocol, record, link);
    };

    return {
      flowProtocol(record, link) {
        // A protocol that is told later goes on inside of the first.
        if (link.transport !== TCP || link.midstream || link.protocol !== '') return;
        if (knowledge.device(link.server).external) return;
        const { protocol, timeUs } = record;
        const port = of(link, timeUs);
        const count = (port.seen.get(protocol) ?? 0) + 1;
        const expected = expectedOn(port, protocol, link, timeUs);
        if (count > 1 || port.seen.size < PROTOCOLS_MAX) port.seen.set(protocol, count);
        if (expected === '') return;
        wrong.set(link, { port, expected, bytes: 0 });
        if (count >= Number(options.connections)) speak(port, expected, protocol, record, link);
      },
      flowUpdate: add,
      flowEnd: add,
    };
  },
};
