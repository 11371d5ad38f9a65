/**
 * BL-07: a machine tries doors that nobody opens: a scan (detection.md 4.1).
 *
 * Who belongs here knows whom to ask, so that nearly every first contact succeeds. Threshold Random Walk (Jung and
 * others, 2004): every first contact that fails is a step up, every one that succeeds a step down, and four failures in
 * a row are enough. Many refused ports of one machine count by themselves, and so do far more partners than usual.
 */
import type { Detector, DeviceFacts, Link } from '../detect.ts';
import type { FlowEnd, Moment } from '../records.ts';

/** Machines that are watched, and partners remembered of each, by number; the oldest gives way. */
const SOURCES_MAX = 2_048;
const CONTACTS_MAX = 512;
/** Ports remembered of one machine and target. */
const PORTS_MAX = 64;
/** Windows of ten minutes whose number of partners is remembered for the median. */
const WINDOWS_MAX = 256;
const TCP = 6;
const DAY_US = 86_400e6;

class Source {
  readonly firstUs: number;
  readonly contacts: Set<number> = new Set();
  walk = 0;
  failures = 0;
  lastFailureUs = 0;
  target = -1;
  readonly ports: Set<number> = new Set();
  portsSinceUs = 0;
  readonly partners: Set<number> = new Set();
  windowUs = 0;
  readonly usual: number[] = [];
  saidWindowUs = -1;

  constructor(firstUs: number) {
    this.firstUs = firstUs;
    this.windowUs = firstUs;
  }
}

export const scan: Detector = {
  id: 'BL-07',
  title: 'Scan or sudden contact with many machines',
  attack: ['T1046', 'T1018', 'T0846', 'T0840', 'T0888'],
  severity: ['high', 'high', 'medium', 'medium'],
  weight: 0.4,
  options: {
    /** How likely a first contact succeeds: of somebody who belongs here, and of a scanner. */
    successUsual: 0.8,
    successScanner: 0.2,
    /** Logarithm of the odds from which on it is a scanner: 99 to 1. */
    threshold: 4.595,
    /** Failures further apart do not belong together. */
    walkMinutes: 60,
    /** A contact that nobody answered has failed after this time. */
    unansweredSeconds: 3,
    /** Ports of one machine that were tried in vain within this time. */
    ports: 10,
    portsSeconds: 60,
    /** Fewer are enough at a pace that no person and hardly any program has. */
    portsFast: 5,
    portsFastSeconds: 2,
    /** Partners inside within ten minutes: at least, and by so much more than usual; judged after these days. */
    partners: 20,
    partnersFactor: 10,
    partnersMinutes: 10,
    partnersDays: 7,
    /** Addresses that may scan, separated by spaces. */
    scanners: '',
    confidence: 0.7,
    confidencePartners: 0.5,
  },

  watch(options, knowledge, report) {
    const sources = new Map<number, Source>();
    /** Conversations of which only the client is heard; they go with their flow. */
    const oneWay = new WeakSet<Link>();
    const allowed = new Set(String(options.scanners).split(' '));
    const { successUsual, successScanner } = options;
    const up = Math.log((1 - Number(successScanner)) / (1 - Number(successUsual)));
    const down = Math.log(Number(successScanner) / Number(successUsual));

    const of = (number: number, timeUs: number): Source => {
      const known = sources.get(number);
      if (known !== undefined) return known;
      if (sources.size >= SOURCES_MAX) sources.delete(sources.keys().next().value ?? -1);
      const source = new Source(timeUs);
      sources.set(number, source);
      return source;
    };

    /** Is it the first contact of the two? Remembers it. */
    const isFirst = ({ contacts }: Source, peer: number): boolean => {
      if (contacts.has(peer)) return false;
      if (contacts.size >= CONTACTS_MAX) contacts.delete(contacts.values().next().value ?? -1);
      contacts.add(peer);
      return true;
    };

    const speak = (verb: string, happened: string, confidence: number, at: Moment, link: Link): void => {
      const device = knowledge.device(link.client);
      if (allowed.has(device.address)) return;
      report({
        device: link.client,
        peer: link.server,
        // One finding for a scan, whatever it tries.
        service: 'scan',
        verb,
        at,
        link,
        confidence,
        neverSilent: false,
        speaksAlways: true,
        sentences: () => ({
          usual: `${device.label} contacts machines that answer it.`,
          happened,
          matters: 'Looking for open doors is how an intruder or a worm finds the next machine.',
          firstStep: `Ask whether somebody ordered a scan from ${device.label}; if not, have the network team look at it now${careOf(device)}.`,
        }),
      });
    };

    const failed = (source: Source, record: FlowEnd, link: Link): void => {
      if (record.timeUs - source.lastFailureUs > Number(options.walkMinutes) * 60e6) {
        source.walk = 0;
        source.failures = 0;
      }
      source.lastFailureUs = record.timeUs;
      source.walk += up;
      source.failures++;
      if (source.walk < Number(options.threshold)) return;
      const { label } = knowledge.device(link.client);
      const happened = `${label} tried ${source.failures} machines that it never contacted before, one after the other, and none answered.`;
      source.walk = 0;
      speak('machines', happened, Number(options.confidence), record, link);
    };

    const refused = (source: Source, record: FlowEnd, link: Link): void => {
      const { server: target, startUs } = link;
      if (source.target !== target || startUs - source.portsSinceUs > Number(options.portsSeconds) * 1e6) {
        source.target = target;
        source.portsSinceUs = startUs;
        source.ports.clear();
      }
      const before = source.ports.size;
      if (before >= PORTS_MAX) return;
      source.ports.add(link.serverPort);
      const { size } = source.ports;
      const isFast = startUs - source.portsSinceUs <= Number(options.portsFastSeconds) * 1e6;
      const isMany = size === Number(options.ports) || (isFast && size === Number(options.portsFast));
      if (size === before || !isMany) return;
      const happened = `${knowledge.device(link.client).label} tried ${size} ports of ${knowledge.device(target).label} within ${isFast ? 'two seconds' : 'a minute'}, in vain.`;
      speak('ports', happened, Number(options.confidence), record, link);
    };

    const count = (source: Source, at: Moment, link: Link): void => {
      const lastsUs = Number(options.partnersMinutes) * 60e6;
      if (at.timeUs - source.windowUs >= lastsUs) {
        source.usual.push(source.partners.size);
        if (source.usual.length > WINDOWS_MAX) source.usual.shift();
        source.partners.clear();
        source.windowUs = at.timeUs;
      }
      if (knowledge.device(link.server).external || source.partners.size >= CONTACTS_MAX) return;
      source.partners.add(link.server);
      const { size } = source.partners;
      if (size <= Number(options.partners) || source.saidWindowUs === source.windowUs) return;
      if (at.timeUs - source.firstUs < Number(options.partnersDays) * DAY_US) return;
      const usual = median(source.usual);
      if (size <= Number(options.partnersFactor) * usual) return;
      source.saidWindowUs = source.windowUs;
      const happened = `${knowledge.device(link.client).label} contacted ${size} machines within ten minutes; usual are ${usual}.`;
      speak('partners', happened, Number(options.confidencePartners), at, link);
    };

    return {
      flowEstablished(record, link) {
        if (link.transport !== TCP || link.midstream) return;
        const source = of(link.client, record.timeUs);
        count(source, record, link);
        if (!isFirst(source, link.server)) return;
        source.walk = Math.max(0, source.walk + down);
        source.failures = 0;
      },
      flowUpdate(record, link) {
        if (link.transport === TCP && !link.established && record.payloadToServer > 0) oneWay.add(link);
      },
      flowEnd(record, link) {
        if (link.transport !== TCP || link.midstream || link.established) return;
        // Half of what is said may be out of sight: then nobody seems to answer.
        if (record.payloadToServer > 0 || oneWay.has(link) || knowledge.trouble() !== '') return;
        const isEarly = record.timeUs - link.startUs < Number(options.unansweredSeconds) * 1e6;
        if (record.how !== 'reset' && isEarly) return;
        const source = of(link.client, record.timeUs);
        const isOpen = record.rttUs >= 0;
        refused(source, record, link);
        if (!isFirst(source, link.server)) return;
        if (isOpen) source.walk = Math.max(0, source.walk + down);
        else failed(source, record, link);
      },
    };
  },
};

function careOf({ medical }: DeviceFacts): string {
  return medical ? '; keep the device running for its patient' : '';
}

/** Of windows in which there was contact; 1 where none is known. */
function median(counts: readonly number[]): number {
  const sorted = counts.filter((size) => size > 0).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 1;
}
