/**
 * RC-10: alarm limits or the state of alarms of a device are changed over the network by somebody who was not accepted
 * to do it (detection.md 4.2).
 *
 * An alarm that was silenced or widened is missed at the bedside. A central station does it too, at shift change and in
 * bursts: once accepted, it is silent.
 */
import type { Detector, Link } from '../detect.ts';
import type { Moment } from '../records.ts';

/** Words by which protocols name what has to do with alarms: SetAlertState, alarm limits, audio pause. */
const ABOUT_ALARMS = /al(?:arm|ert)|limit|silence|audio.?pause/i;
/** Messages that tell a device what became of its alarm (HL7 2.9 chapter 7; IHE PCD-05). */
const messages = new Set(['ORA^R41', 'ORA^R42']);
/** Lists of what is sent first: the only settings of IntelliVue that the public guide names and that alarm nobody. */
const INTELLIVUE_LISTS = /priority list/;

const HOUR_US = 3600e6;
const MINUTES_US = 60e6;
/** Devices and kinds of changes that are remembered, about 100 bytes each; the oldest gives way. */
const KEYS_MAX = 1_024;
const TIMES_MAX = 16;

export const alarmsChanged: Detector = {
  id: 'RC-10',
  title: 'Alarm limits or alarm state changed over the network',
  attack: ['T1565.002', 'T0838', 'T0878'],
  severity: ['critical', 'critical', 'high', 'medium'],
  weight: 0.8,
  options: {
    confidence: 0.7,
    /** More changes than this within an hour on one device. */
    changesPerHour: 3,
    /** The same change on so many devices within so many minutes. */
    devices: 3,
    devicesMinutes: 10,
    /** Added for each of these two. */
    confidenceMany: 0.1,
  },

  watch(options, knowledge, report) {
    const changes = new Map<number, number[]>();
    const wards = new Map<string, Map<number, number>>();

    const changesOf = (device: number, timeUs: number): number => {
      const before = (changes.get(device) ?? []).filter((at) => timeUs - at < HOUR_US);
      const times = [...before.slice(-TIMES_MAX), timeUs];
      if (!changes.has(device) && changes.size >= KEYS_MAX) changes.delete(changes.keys().next().value ?? -1);
      changes.set(device, times);
      return times.length;
    };
    const devicesOf = (change: string, device: number, timeUs: number): number => {
      let ward = wards.get(change);
      if (ward === undefined) {
        if (wards.size >= KEYS_MAX) wards.delete(wards.keys().next().value ?? '');
        ward = new Map();
        wards.set(change, ward);
      }
      for (const [number, at] of ward)
        if (timeUs - at >= Number(options.devicesMinutes) * MINUTES_US) ward.delete(number);
      if (ward.size < KEYS_MAX) ward.set(device, timeUs);
      return ward.size;
    };

    const change = (fromClient: boolean, verb: string, object: string, at: Moment, link: Link): void => {
      const [source, target] = fromClient ? [link.client, link.server] : [link.server, link.client];
      const device = knowledge.device(target);
      if (!device.medical || device.external) return;
      const role = fromClient ? 'client' : 'server';
      const relation = { device: source, peer: target, role, service: link.service, verb } as const;
      if (knowledge.verdict(relation).accepted) return;
      const many = changesOf(target, at.timeUs);
      const wide = devicesOf(`${source} ${verb}`, target, at.timeUs);
      let confidence = Number(options.confidence);
      if (many > Number(options.changesPerHour)) confidence += Number(options.confidenceMany);
      if (wide >= Number(options.devices)) confidence += Number(options.confidenceMany);
      const who = knowledge.device(source);
      const what = object === '' ? verb : `${verb} (${object})`;
      report({
        device: target,
        peer: source,
        service: link.service,
        verb,
        at,
        link,
        confidence: Math.round(confidence * 100) / 100,
        neverSilent: true,
        speaksAlways: false,
        sentences: () => ({
          usual: `Nobody has been accepted to change alarms of ${device.label} from ${who.label} over the network.`,
          happened: `${who.label} changed alarms of ${device.label} over the network, not at the bedside: ${what}${
            wide >= Number(options.devices) ? `; the same on ${wide} devices within minutes` : ''
          }.`,
          matters: 'An alarm that was silenced, or whose limits were widened, is missed when a patient needs help.',
          firstStep: `Have somebody at the bedside compare the alarm limits of ${device.label} with what was ordered, then ask who works at ${who.label}.`,
        }),
      });
    };

    return {
      operation(record, link) {
        if (record.outcome !== 'asked') return;
        const { protocol, verb, object } = record;
        const isSetting = protocol === 'intellivue' && verb.startsWith('set') && !INTELLIVUE_LISTS.test(object);
        if (!isSetting && !ABOUT_ALARMS.test(verb) && !ABOUT_ALARMS.test(object)) return;
        change(record.fromClient, verb, object, record, link);
      },
      hl7Message(record, link) {
        const verb = `${record.type}^${record.trigger}`;
        if (messages.has(verb)) change(record.fromClient, verb, '', record, link);
      },
    };
  },
};
