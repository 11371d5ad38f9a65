/**
 * EX-05: data leaves inside of questions to the name server (detection.md 4.3).
 *
 * A tunnel must make up a new name for every piece that it carries; a program that only looks things up asks for the
 * same names again. So what is counted is names never asked for before below one registered domain, and their letters.
 * Entropy is not used: it does not tell tunnels from content networks.
 */
import { registeredDomain } from '../bytes/registered-domain.ts';
import type { Detector, Link } from '../detect.ts';
import type { Lookup } from '../records.ts';

/** Domains of all devices that are watched, each with its names of one day; the oldest gives way. */
const DOMAINS_MAX = 2_048;
/** Names remembered of one domain, by hash: more than any threshold asks for. */
const NAMES_MAX = 1_100;
const DAY_US = 86_400e6;
const HOUR_US = 3_600e6;

/** Looking up numbers, the local network and services is not carrying data. */
const NOT_CARRIED = /(^|\.)(in-addr\.arpa|ip6\.arpa|local|localhost|lan|home|internal)$/;
/** Is this address on a list of senders of junk mail? Four numbers below the list's domain, and no more than they say. */
const LISTED_ADDRESS = /^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(\.|$)/;
const ADDRESS_BYTES = 4;
/** Types that carry more than an address. */
const CARRIERS = new Set(['NULL', 'TXT', 'KEY', 'CNAME', 'MX', 'SRV', 'TYPE65399']);

class Domain {
  sinceUs: number;
  readonly names: Set<number> = new Set();
  /** Of the names: questions whether an address is listed. */
  listed = 0;
  /** Registered domains of the names, where they have several. */
  readonly parents: Set<string> = new Set();
  letters = 0;
  queries = 0;
  carriers = 0;
  /** Confidence that was last said. */
  said = 0;

  constructor(sinceUs: number) {
    this.sinceUs = sinceUs;
  }
}

export const dnsTunnel: Detector = {
  id: 'EX-05',
  title: 'Data inside of DNS questions',
  attack: ['T1071.004', 'T1048.003', 'T1572', 'T0869'],
  severity: ['high', 'high', 'high', 'medium'],
  weight: 0.7,
  options: {
    /** Names of one domain never asked for before, within a day: suspicious, and nearly certain. */
    names: 100,
    namesCertain: 500,
    /** Letters of such names within a day. */
    letters: 4_096,
    /** Questions of one domain from which on the share of types that carry data counts, and that share. */
    carrierQueries: 50,
    carrierShare: 0.8,
    /** Names with a label longer than this, of any domain, within an hour. */
    longLabelLetters: 48,
    longNames: 50,
    /** Names of fewer domains than this are told by their domain. */
    longDomains: 5,
    confidenceNames: 0.5,
    confidenceLetters: 0.7,
    confidenceCertain: 0.9,
  },

  watch(options, knowledge, report) {
    const domains = new Map<string, Domain>();

    const of = (key: string, timeUs: number, lastsUs: number): Domain => {
      let domain = domains.get(key);
      if (domain === undefined || timeUs - domain.sinceUs > lastsUs) {
        domains.delete(key);
        if (domains.size >= DOMAINS_MAX) domains.delete(domains.keys().next().value ?? '');
        domain = new Domain(timeUs);
        domains.set(key, domain);
      }
      return domain;
    };

    const confidenceOf = ({ names, listed, letters, queries, carriers }: Domain): number => {
      const made = names.size - listed;
      if (made >= Number(options.namesCertain)) return Number(options.confidenceCertain);
      if (letters >= Number(options.letters)) return Number(options.confidenceLetters);
      const share = queries >= Number(options.carrierQueries) ? carriers / queries : 0;
      if (share > Number(options.carrierShare) && made >= Number(options.carrierQueries)) {
        return Number(options.confidenceLetters);
      }
      return made >= Number(options.names) ? Number(options.confidenceNames) : 0;
    };

    const speak = (what: string, domain: Domain, confidence: number, at: Lookup, link: Link): void => {
      domain.said = confidence;
      const device = knowledge.device(link.client);
      report({
        device: link.client,
        peer: link.server,
        service: link.service,
        verb: what,
        at,
        link,
        confidence,
        neverSilent: false,
        speaksAlways: true,
        sentences: () => ({
          usual: 'A device asks the name server for few names, again and again.',
          happened: `${device.label} asked for ${domain.names.size} names below ${what} that nobody asked for before, ${domain.letters} letters in all.`,
          matters: 'Made-up names are how data is smuggled out through the name server, and orders in.',
          firstStep: `Have the network team look at what ${device.label} asks for below ${what}; keep the device running for its patient.`,
        }),
      });
    };

    return {
      lookup(record, link) {
        if (record.kind !== 'query' || !record.fromClient || record.protocol !== 'dns') return;
        const { name, timeUs } = record;
        if (NOT_CARRIED.test(name)) return;
        const parent = registeredDomain(name);
        if (parent === '') return;
        if (longestLabel(name) > Number(options.longLabelLetters)) longName(parent, record, link);
        const domain = of(`${link.client} ${parent}`, timeUs, DAY_US);
        domain.queries++;
        if (CARRIERS.has(record.type)) domain.carriers++;
        if (!isNew(domain, name)) return;
        if (LISTED_ADDRESS.test(name)) {
          domain.listed++;
          domain.letters += ADDRESS_BYTES;
        } else domain.letters += Math.max(0, name.length - parent.length - 1);
        const confidence = confidenceOf(domain);
        if (confidence > domain.said) speak(parent, domain, confidence, record, link);
      },
    };

    /** Tunnels that change their domain with every name. */
    function longName(parent: string, record: Lookup, link: Link): void {
      const any = of(`${link.client}`, record.timeUs, HOUR_US);
      if (!isNew(any, record.name)) return;
      any.letters += record.name.length;
      if (any.parents.size < Number(options.longDomains)) any.parents.add(parent);
      const isSpread = any.parents.size >= Number(options.longDomains);
      const confidence = Number(options.confidenceLetters);
      if (any.said === 0 && isSpread && any.names.size >= Number(options.longNames)) {
        speak('many domains', any, confidence, record, link);
      }
    }
  },
};

/** Was the name never asked for? Remembers it. */
function isNew({ names }: Domain, name: string): boolean {
  if (names.size >= NAMES_MAX) return false;
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  const before = names.size;
  names.add(hash);
  return names.size > before;
}

function longestLabel(name: string): number {
  let longest = 0;
  let from = 0;
  for (let i = 0; i <= name.length; i++) {
    if (i < name.length && name.charCodeAt(i) !== 0x2e) continue;
    if (i - from > longest) longest = i - from;
    from = i + 1;
  }
  return longest;
}
