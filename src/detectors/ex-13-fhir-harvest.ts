/**
 * EX-13: records are taken from a record system in bulk over FHIR (detection.md 4.3), as far as it passes in clear.
 *
 * A bulk export is asked for by its own operation. Whoever has no such right reads record after record instead: that is
 * counted by the hour, against what this client usually reads.
 */
import type { Detector, Link } from '../detect.ts';
import type { HttpMessage, Message, Moment } from '../records.ts';

const HOUR_US = 3_600e6;
/** Pairs of client and server, about 200 bytes each; the oldest gives way. */
const PAIRS_MAX = 1_024;
/** Hours of which the number of requests is remembered. */
const HOURS_MAX = 168;
const READS: ReadonlySet<string> = new Set(['read', 'vread', 'search', 'history', 'everything']);

interface Reading {
  sinceUs: number;
  requests: number;
  hasSpoken: boolean;
  readonly hours: number[];
}

export const fhirHarvest: Detector = {
  id: 'EX-13',
  title: 'FHIR bulk export or harvest of records',
  attack: ['T1213', 'T1119', 'T0802'],
  severity: ['high', 'high', 'high', 'high'],
  weight: 0.6,
  options: {
    /** Reads and searches of one client within an hour: more than this, and by so much more than its median. */
    requestsPerHour: 2_000,
    factor: 8,
    /** Hours that must be known of an accepted client before it is judged. */
    knownHours: 24,
    confidence: 0.8,
    confidenceReads: 0.6,
  },

  watch(options, knowledge, report) {
    const readings = new Map<string, Reading>();

    const speak = (verb: string, happened: string, confidence: number, at: Moment, fromClient: boolean, link: Link) => {
      const [client, server] = fromClient ? [link.client, link.server] : [link.server, link.client];
      const device = knowledge.device(client);
      const peer = knowledge.device(server);
      report({
        device: client,
        peer: server,
        service: 'fhir',
        verb,
        at,
        link,
        confidence,
        learntBy: server,
        neverSilent: true,
        speaksAlways: false,
        sentences: () => ({
          usual: `${device.label} has not been accepted to take records in bulk from ${peer.label}.`,
          happened: `${device.label} ${happened} ${peer.label}.`,
          matters: 'Records of very many patients may be copied to a place that nobody has approved.',
          firstStep: `Ask who runs the program on ${device.label} and whether this export was ordered.`,
        }),
      });
    };

    const isAccepted = (fromClient: boolean, verb: string, { client, server, service }: Link): boolean => {
      const [device, peer] = fromClient ? [client, server] : [server, client];
      return knowledge.verdict({ device, peer, role: fromClient ? 'client' : 'server', service, verb }).accepted;
    };

    const exports = (record: HttpMessage, link: Link): void => {
      if (isAccepted(record.fromClient, `${record.method} ${record.pathClass}`, link)) return;
      const what = 'asked for the export of all records from';
      speak('bulk export', what, Number(options.confidence), record, record.fromClient, link);
    };

    const reads = (record: Message, link: Link): void => {
      const key = record.fromClient ? `${link.client} ${link.server}` : `${link.server} ${link.client}`;
      let reading = readings.get(key);
      if (reading === undefined) {
        if (readings.size >= PAIRS_MAX) readings.delete(readings.keys().next().value ?? '');
        reading = { sinceUs: record.timeUs, requests: 0, hasSpoken: false, hours: [] };
        readings.set(key, reading);
      } else if (record.timeUs - reading.sinceUs >= HOUR_US) {
        reading.hours.push(reading.requests);
        if (reading.hours.length > HOURS_MAX) reading.hours.shift();
        reading.sinceUs = record.timeUs;
        reading.requests = 0;
        reading.hasSpoken = false;
      }
      reading.requests += record.count;
      const { requests, hours } = reading;
      if (reading.hasSpoken || requests <= Number(options.requestsPerHour)) return;
      if (requests <= Number(options.factor) * median(hours)) return;
      if (hours.length < Number(options.knownHours) && isAccepted(record.fromClient, '', link)) return;
      reading.hasSpoken = true;
      const what = `read or searched ${requests} times within an hour at`;
      speak('many records', what, Number(options.confidenceReads), record, record.fromClient, link);
    };

    return {
      httpMessage(record, link) {
        if (record.isRequest && record.pathClass.includes('$export')) exports(record, link);
      },
      message(record, link) {
        if (record.protocol === 'fhir' && READS.has(record.kind)) reads(record, link);
      },
    };
  },
};

/** 0 where nothing is known. */
function median(counts: readonly number[]): number {
  return [...counts].sort((a, b) => a - b)[Math.floor(counts.length / 2)] ?? 0;
}
