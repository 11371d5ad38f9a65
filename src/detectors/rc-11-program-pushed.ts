/**
 * RC-11: a program, firmware or large file goes to a medical device from somebody who never sent it any
 * (detection.md 4.2).
 *
 * Told by the first bytes of what passes, whatever its name, or by its size. A device that fetches a program from a
 * partner that nobody accepted counts as well, and a bedside device that opens a network folder.
 */
import { isExecutable } from '../bytes/magic.ts';
import type { Detector, Link } from '../detect.ts';
import type { Moment } from '../records.ts';

export const programPushed: Detector = {
  id: 'RC-11',
  title: 'Program, firmware or large file brought to a device',
  attack: ['T1105', 'T1570', 'T1601', 'T1542.005', 'T0843', 'T0857', 'T0839', 'T0867'],
  severity: ['critical', 'high', 'high', 'medium'],
  weight: 0.7,
  options: {
    /** Bytes above which a file that nobody knows the kind of counts. */
    bytes: 65_536,
    confidenceProgram: 0.8,
    confidenceLarge: 0.5,
    /** A program from a partner who was accepted for this service: an update, most of the time. */
    confidenceAccepted: 0.3,
    confidenceFolder: 0.5,
  },

  watch(options, knowledge, report) {
    const speak = (target: number, source: number, what: string, at: Moment, link: Link, confidence: number): void => {
      const device = knowledge.device(target);
      const who = knowledge.device(source);
      report({
        device: target,
        peer: source,
        service: link.service,
        verb: '',
        at,
        link,
        confidence,
        neverSilent: who.external,
        speaksAlways: false,
        sentences: () => ({
          usual: `${who.label} has not been accepted to bring programs to ${device.label}.`,
          happened: `${what} ${who.external ? `${who.domain || who.address}, outside the hospital` : who.label}.`,
          matters: 'A new program can change what the device does, or be how somebody keeps control of it.',
          firstStep: `Ask biomedical engineering and the maker whether an update of ${device.label} was planned; if not, do not restart it before it was looked at.`,
        }),
      });
    };
    const isAccepted = (target: number, source: number, link: Link): boolean =>
      knowledge.verdict({
        device: target,
        peer: source,
        role: target === link.client ? 'client' : 'server',
        service: link.service,
        verb: '',
      }).accepted;

    return {
      transfer(record, link) {
        const isRead = record.verb === 'read';
        if (!isRead && record.verb !== 'write' && record.verb !== 'execute') return;
        const asker = record.fromClient ? link.client : link.server;
        const other = record.fromClient ? link.server : link.client;
        const [target, source] = isRead ? [asker, other] : [other, asker];
        const device = knowledge.device(target);
        if (!device.medical || device.external) return;
        const isProgram = isExecutable(record.content);
        const isLarge = !isRead && record.bytes > Number(options.bytes);
        if (!isProgram && !isLarge) return;
        const accepted = isAccepted(target, source, link);
        if (accepted && (isRead || !isProgram)) return;
        const kind = isProgram ? `A program (${record.content})` : 'A large file';
        const size = record.bytes > 0 ? ` of ${sizeText(record.bytes)}` : '';
        const way = `${isRead ? 'was fetched by' : 'was copied to'} ${device.label} from`;
        let confidence = options.confidenceLarge;
        if (isProgram) confidence = accepted ? options.confidenceAccepted : options.confidenceProgram;
        speak(target, source, `${kind}${size} ${way}`, record, link, Number(confidence));
      },
      message(record, link) {
        if (record.protocol !== 'mount' || record.kind !== 'MNT' || !record.fromClient) return;
        const device = knowledge.device(link.client);
        if (!device.medical || device.external || device.tier > 2 || isAccepted(link.client, link.server, link)) return;
        const what = `${device.label} opened a network folder of`;
        speak(link.client, link.server, what, record, link, Number(options.confidenceFolder));
      },
    };
  },
};

function sizeText(bytes: number): string {
  return bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.max(1, Math.round(bytes / 1000))} kB`;
}
