/**
 * ME-02: a device was in contact with something on the site's list of what is known to be bad (detection.md 4.4).
 *
 * The list is the site's own (`site.indicators`); none comes with the program. Source and age are told with every match,
 * for addresses change hands and many names share one.
 */
import type { Detector, Indicator, Link } from '../detect.ts';
import type { FlowUpdate, Moment } from '../records.ts';

const DAY_US = 86_400e6;

const things: Readonly<Record<Indicator['kind'], string>> = {
  address: 'the address',
  name: 'the name',
  ja4: 'a program with the TLS fingerprint (JA4)',
  hassh: 'a program with the SSH fingerprint (HASSH)',
};

export const knownBad: Detector = {
  id: 'ME-02',
  title: 'Contact with something known to be bad',
  attack: ['T1071', 'T0869'],
  severity: ['high', 'high', 'high', 'medium'],
  weight: 0.7,
  options: {
    confidence: 0.7,
    /** Older than this, an entry is believed less. */
    freshDays: 180,
    confidenceStale: 0.4,
    /** So much on one connection makes a match surer, and by how much. */
    bytes: 25_000_000,
    surer: 0.15,
  },

  watch(options, knowledge, report) {
    /** Conversations that matched, with what they carried; they go with their flow. */
    const matched = new WeakMap<Link, { readonly indicator: Indicator; bytes: number }>();

    const speak = (indicator: Indicator, surer: number, at: Moment, link: Link): void => {
      const isOurs = !knowledge.device(link.client).external;
      const [device, peer] = isOurs ? [link.client, link.server] : [link.server, link.client];
      const ageDays = Math.max(0, Math.floor((at.timeUs - indicator.addedUs) / DAY_US));
      const isStale = ageDays > Number(options.freshDays);
      const { label } = knowledge.device(device);
      report({
        device,
        peer,
        service: link.service,
        verb: indicator.value,
        at,
        link,
        confidence: Number(isStale ? options.confidenceStale : options.confidence) + surer,
        neverSilent: false,
        speaksAlways: true,
        sentences: () => ({
          usual: `No device should be in contact with what is on the list of ${indicator.source}.`,
          happened: `${label} was in contact with ${knowledge.device(peer).label}: ${things[indicator.kind]} ${indicator.value} is on that list for ${ageDays} days.`,
          matters: 'The list says that intruders use it.',
          firstStep: `Check with ${indicator.source} whether the entry still holds, and have the network team look at ${label}; keep it running for its patient.`,
        }),
      });
    };

    const match = (kind: Indicator['kind'], value: string, at: Moment, link: Link): void => {
      const indicator = value === '' ? null : knowledge.indicator(kind, value);
      if (indicator === null) return;
      matched.set(link, { indicator, bytes: 0 });
      speak(indicator, 0, at, link);
    };

    const add = (record: FlowUpdate, link: Link): void => {
      const one = matched.get(link);
      if (one === undefined) return;
      const before = one.bytes;
      one.bytes += record.payloadToServer + record.payloadToClient;
      const enough = Number(options.bytes);
      if (before < enough && one.bytes >= enough) speak(one.indicator, Number(options.surer), record, link);
    };

    return {
      flowEstablished(record, link) {
        match('address', link.serverAddress, record, link);
        match('address', link.clientAddress, record, link);
      },
      lookup(record, link) {
        if (record.kind === 'query' && record.fromClient) match('name', record.name, record, link);
      },
      httpMessage(record, link) {
        if (record.isRequest) match('name', record.host, record, link);
      },
      handshake(record, link) {
        match('name', record.serverName, record, link);
        match('ja4', record.ja4, record, link);
        match('hassh', record.hassh, record, link);
      },
      flowUpdate: add,
      flowEnd: add,
    };
  },
};
