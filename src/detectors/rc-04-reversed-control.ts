/**
 * RC-04: a medical device called somebody, and then that one commands the device: a reverse shell or tunnel
 * (detection.md 4.2).
 *
 * Firewalls let a device call out. Who leads shows in the rhythm: the called end types, it is the first to speak after a
 * silence, and few bytes of it are answered with many. A desktop that is offered to whoever was called shows by its
 * first words.
 */
import type { Detector, Link } from '../detect.ts';
import type { Moment } from '../records.ts';
import { typesOn } from '../statistics/typing.ts';

/** First words of the end that is going to be controlled, by protocol and kind of message, when the caller says them. */
const offers: Readonly<Record<string, string>> = { rdp: 'connect confirm' };

/** Protocols that push to whoever subscribed, in small messages; and screens, which the caller watches. */
const pushing = new Set(['mqtt', 'amqp', 'hl7', 'dicom', 'telnet', 'rdp', 'vnc', 'ftp']);

export const reversedControl: Detector = {
  id: 'RC-04',
  title: 'Control in the wrong direction: reverse shell or tunnel',
  attack: ['T1572', 'T1090', 'T1095', 'T1071.001', 'T0884', 'T0869'],
  severity: ['critical', 'critical', 'high', 'high'],
  weight: 0.8,
  options: {
    /** Share of the bursts that the called end begins, and how many it must have begun. */
    leadShare: 0.6,
    leadBursts: 3,
    /** Bytes of the device for each byte of the called end. */
    answerRatio: 3,
    /** Typing and leading; with short orders and long answers besides, or a desktop that is offered. */
    confidenceLed: 0.6,
    confidence: 0.8,
  },

  watch(options, knowledge, report) {
    const speak = (at: Moment, link: Link, confidence: number, how: string): void => {
      const device = knowledge.device(link.client);
      if (!device.medical || device.external) return;
      const { client, server, service } = link;
      if (knowledge.verdict({ device: client, peer: server, role: 'client', service, verb: '' }).accepted) return;
      const peer = knowledge.device(server);
      const where = peer.external ? `${peer.domain || peer.address}, outside the hospital` : peer.label;
      report({
        device: client,
        peer: server,
        service,
        verb: '',
        at,
        link,
        confidence,
        neverSilent: true,
        speaksAlways: false,
        sentences: () => ({
          usual: `${device.label} asks and others answer; nobody it calls has been accepted to command it.`,
          happened: `${device.label} called ${where} (${service}), and then ${how}.`,
          matters:
            'Somebody may be operating the device from there, through a connection that the device itself opened.',
          firstStep: `Have the connection to ${peer.address} closed at the firewall, look after the patient at ${device.label} first, and call the security team.`,
        }),
      });
    };
    return {
      rhythm(record, link) {
        if (link.midstream || pushing.has(link.protocol) || !typesOn(link.protocol, record, false)) return;
        const { burstsByServer, burstsByClient, ordersByServer } = record;
        const least = Math.max(
          (burstsByServer + burstsByClient) * Number(options.leadShare),
          Number(options.leadBursts),
        );
        if (burstsByServer < least) return;
        const hasOrders =
          ordersByServer >= least && record.payloadToServer > record.payloadToClient * Number(options.answerRatio);
        const confidence = Number(hasOrders ? options.confidence : options.confidenceLed);
        speak(record, link, confidence, 'that machine typed commands to the device, not the other way round');
      },
      message(record, link) {
        if (!record.fromClient || offers[record.protocol] !== record.kind) return;
        speak(record, link, Number(options.confidence), 'offered its own screen to that machine');
      },
    };
  },
};
