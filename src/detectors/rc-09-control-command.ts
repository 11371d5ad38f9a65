/**
 * RC-09: a command that can change what a device does comes from somebody who never gave it (detection.md 4.2).
 *
 * Reading is learnt, writing is not: a command that was never accepted for this source and device is held for a person
 * while learning, and speaks afterwards.
 */
import type { Detector } from '../detect.ts';

/** Protocols whose operations control devices; file services and administration have cards of their own. */
const control = new Set([
  'modbus',
  'bacnet',
  'dnp3',
  's7comm',
  'iec104',
  'knx',
  'ethernet-ip',
  'opc-ua',
  'mqtt',
  'coap',
  'onvif',
  'sdc',
  'phd',
  'intellivue',
  'poct1a',
  'astm',
  'alaris',
  'medibus',
  'nihon-kohden',
  'hl7',
  'dicom',
]);

export const controlCommand: Detector = {
  id: 'RC-09',
  title: 'Control command that was never given before',
  attack: ['T1565.002', 'T0855', 'T0836', 'T0831', 'T0858'],
  severity: ['critical', 'critical', 'high', 'medium'],
  weight: 0.8,
  options: {
    /** Confidence when the source never commanded this device, and when it did with other commands. */
    confidenceSource: 0.8,
    confidenceVerb: 0.6,
  },

  watch(options, knowledge, report) {
    return {
      operation(record, link) {
        if (record.outcome !== 'asked' || !control.has(record.protocol)) return;
        const [source, target] = record.fromClient ? [link.client, link.server] : [link.server, link.client];
        const device = knowledge.device(target);
        if (device.external) return;
        const role = record.fromClient ? 'client' : 'server';
        const verb = verbOf(record.protocol, record.verb);
        const verdict = knowledge.verdict({ device: source, peer: target, role, service: link.service, verb });
        if (verdict.accepted) return;
        const who = knowledge.device(source);
        const isKnown = verdict.acceptedCount > 0;
        const what = `${record.verb}${record.object === '' ? '' : ` (${record.object})`}`;
        report({
          device: target,
          peer: source,
          service: link.service,
          verb: record.verb,
          at: record,
          link,
          confidence: Number(isKnown ? options.confidenceVerb : options.confidenceSource),
          neverSilent: true,
          speaksAlways: false,
          sentences: () => ({
            usual: isKnown
              ? `${who.label} has been accepted to give other commands only.`
              : `Nobody has been accepted to give this command to ${device.label} from ${who.label}.`,
            happened: `${who.label} sent a command to ${device.label}: ${what}.`,
            matters: 'The command can change what the device does to, or shows of, a patient or a plant.',
            firstStep: `Check at ${device.label} whether its settings are what they should be, and ask who sent the command from ${who.label}.`,
          }),
        });
      },
    };
  },
};

/** As the baseline keeps it: DICOM's verbs are those of the requests. */
function verbOf(protocol: string, verb: string): string {
  if (protocol !== 'dicom') return verb;
  const [command = '', ...rest] = verb.split(' ');
  return [`${command}-RQ`, ...rest].join(' ');
}
