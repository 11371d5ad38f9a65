/**
 * EX-15: a bedside or laboratory device sends files or print jobs, which such devices do not do (detection.md 4.3).
 *
 * To the outside the first packet to such a port is enough: monitors have been built that sent patient data to a fixed
 * address on a printer's port.
 */
import type { Detector, DeviceFacts, Link } from '../detect.ts';
import type { Moment } from '../records.ts';

const DAY_US = 86_400e6;
/** Pairs that were spoken of today; the oldest gives way. */
const PAIRS_MAX = 4_096;
const SECOND_US = 1e6;

/** First packets of a device to one partner: whoever knocks at many of these ports looks for open ones (BL-07). */
interface Knocks {
  readonly sinceUs: number;
  readonly kinds: Set<string>;
}

const TCP = 6 * 65_536;
const UDP = 17 * 65_536;

/** Ports of printing and file services, by what they are called. */
const ports: ReadonlyMap<number, string> = new Map([
  [TCP + 515, 'printing (LPD)'],
  [TCP + 9100, 'printing (JetDirect)'],
  [TCP + 631, 'printing (IPP)'],
  [TCP + 21, 'file transfer (FTP)'],
  [UDP + 69, 'file transfer (TFTP)'],
  [TCP + 2049, 'a network folder (NFS)'],
  [UDP + 2049, 'a network folder (NFS)'],
  [TCP + 111, 'a network folder (NFS)'],
  [UDP + 111, 'a network folder (NFS)'],
  [TCP + 445, 'a network folder (SMB)'],
  [TCP + 873, 'file transfer (rsync)'],
]);

/**
 * Addresses built into the firmware of a patient monitor (CISA ICSMA-25-030-01): patient data goes to them in clear, and
 * new firmware is taken from them. Whatever contacts them is such a device.
 */
const BUILT_IN = /^202\.114\.4\.(119|120)$/;

const verbs: Readonly<Record<string, string>> = { write: 'sent a file to', print: 'sent a print job to' };

export const filesLeavingDevice: Detector = {
  id: 'EX-15',
  title: 'Files or print jobs from a device that has none to send',
  attack: ['T1048.003', 'T1039', 'T0882'],
  severity: ['high', 'high', 'high', 'medium'],
  weight: 0.7,
  options: {
    /** A file that was seen to go; a first packet to the outside. */
    confidence: 0.7,
    confidenceFirstPacket: 0.7,
    /** More kinds of services than this on one partner within so many seconds are a scan. */
    kinds: 2,
    kindsSeconds: 60,
  },

  watch(options, knowledge, report) {
    const said = new Map<string, number>();
    const knocks = new Map<string, Knocks>();

    const isScan = (pair: string, what: string, timeUs: number): boolean => {
      let before = knocks.get(pair);
      if (before === undefined || timeUs - before.sinceUs > Number(options.kindsSeconds) * SECOND_US) {
        knocks.delete(pair);
        if (knocks.size >= PAIRS_MAX) knocks.delete(knocks.keys().next().value ?? '');
        before = { sinceUs: timeUs, kinds: new Set() };
        knocks.set(pair, before);
      }
      before.kinds.add(what);
      return before.kinds.size > Number(options.kinds);
    };

    const speak = (
      device: DeviceFacts,
      peer: DeviceFacts,
      what: string,
      at: Moment,
      link: Link,
      confidence: number,
    ): void => {
      const key = `${device.number} ${peer.number} ${what}`;
      const before = said.get(key);
      if (before !== undefined && at.timeUs - before < DAY_US) return;
      if (said.size >= PAIRS_MAX) said.delete(said.keys().next().value ?? '');
      said.set(key, at.timeUs);
      report({
        device: device.number,
        peer: peer.number,
        service: link.service,
        verb: '',
        at,
        link,
        confidence,
        neverSilent: false,
        speaksAlways: peer.external,
        sentences: () => ({
          usual: `A device such as ${device.label} has no files or print jobs to send${peer.external ? ' outside the hospital' : ''}.`,
          happened: `${device.label} ${what} ${peer.external ? `${peer.domain || peer.address}, outside the hospital` : peer.label}.`,
          matters: 'Measurements and names of patients may be in what it sends.',
          firstStep: `Ask the maker what ${device.label} sends there, and have the way to it closed until it is known; keep the device running for its patient.`,
        }),
      });
    };
    return {
      flowStart(record, link) {
        if (record.midstream) return;
        const peer = knowledge.device(link.server);
        if (!peer.external) return;
        const isBuiltIn = BUILT_IN.test(peer.address);
        const device = knowledge.device(link.client);
        const what = ports.get(link.transport * 65_536 + link.serverPort) ?? (isBuiltIn ? link.service : undefined);
        if (what === undefined || device.external) return;
        if (!device.medical && !isBuiltIn) return;
        if (isAccepted(link) || isScan(`${device.number} ${peer.number}`, what, record.timeUs)) return;
        speak(device, peer, `began a connection for ${what} to`, record, link, Number(options.confidenceFirstPacket));
      },
      transfer(record, link) {
        const what = verbs[record.verb];
        if (what === undefined || record.protocol.startsWith('http')) return;
        const [from, to] = record.fromClient ? [link.client, link.server] : [link.server, link.client];
        const device = knowledge.device(from);
        const isBedside = device.tier <= 2 || device.class === 'lab-analyser';
        const peer = knowledge.device(to);
        if (!device.medical || device.external || (!isBedside && !peer.external) || isAccepted(link)) return;
        speak(device, peer, what, record, link, Number(options.confidence));
      },
    };

    function isAccepted(link: Link): boolean {
      const relation = {
        device: link.client,
        peer: link.server,
        role: 'client',
        service: link.service,
        verb: '',
      } as const;
      return knowledge.verdict(relation).accepted;
    }
  },
};
