/**
 * BL-08: two machines claim to be the same one (detection.md 4.1).
 *
 * Below IP: two hardware addresses answer for one network address at once or in turn, or one insists on an address that
 * was another's; or a second machine gives out addresses. Above it: a second host calls itself by the AE title or serial number of a host that is active. HL7
 * applications are left out: devices of one kind, and an engine and those behind it, share one name on purpose.
 */
import { addressText } from '../bytes/address.ts';
import type { Detector, Link } from '../detect.ts';
import { type Identity, type Lease, Moment, type Neighbour } from '../records.ts';

/** Addresses and names that are watched, about 200 bytes each; the oldest gives way. */
const CLAIMS_MAX = 8_192;
const DAY_US = 86_400e6;
/** Hardware addresses that several routers share on purpose: VRRP, HSRP 1 and 2, HSRP for IPv6, GLBP. */
const SHARED_MAC = /^(00:00:5e:00:0[12]|00:00:0c:07:ac|00:00:0c:9f:f|00:05:73:a0|00:07:b4)/;
/** What tools call themselves when nobody gives them a name. */
const COMMON_AE = /^(ANY-?SCP|ANYAE|(STORE|FIND|MOVE|GET|ECHO|TERM|PRINT|MPPS|ACME|QR)_?SC[UP]|DCM\w*|PYNETDICOM|\w)$/i;

interface AddressClaim {
  /** Who had the address first: hardware address and device. */
  owner: string;
  readonly ownerKey: string;
  readonly device: number;
  /** Who answered last when somebody asked for it. */
  answer: string;
  answerUs: number;
  last: string;
  changes: number;
  sinceUs: number;
  replies: number;
  repliesSinceUs: number;
  saidUs: number;
}

interface NameClaim {
  device: number;
  seenUs: number;
}

export const identityClash: Detector = {
  id: 'BL-08',
  title: 'Two machines with the same identity',
  attack: ['T1557.002', 'T1200', 'T0830', 'T0848', 'T0849', 'T0864'],
  severity: ['high', 'high', 'high', 'medium'],
  weight: 0.5,
  options: {
    windowMinutes: 10,
    /** How often the answer for one address changes hands within the window. */
    changes: 3,
    /** Two machines that answer within this time answer the same question. */
    bothSeconds: 1,
    /** Answers within a minute for an address that was another's: one more than this speaks. */
    repliesPerMinute: 10,
    confidence: 0.7,
    /** Same AE title or serial number: a name is more easily shared by mistake. */
    confidenceName: 0.5,
  },

  watch(options, knowledge, report) {
    const addresses = new Map<string, AddressClaim>();
    const names = new Map<string, NameClaim>();
    /** Which device a hardware address belongs to, as far as it was heard of an address that nobody had before. */
    const machines = new Map<string, number>();
    /** Who gives out addresses. */
    const givers = new Set<string>();
    const windowUs = Number(options.windowMinutes) * 60e6;

    const speak = (device: number, peer: number, what: Said, at: Moment, link: Link, always = true): void => {
      const { label } = knowledge.device(device);
      report({
        device,
        peer,
        service: 'identity',
        verb: what.verb,
        at,
        link,
        confidence: Number(what.confidence),
        neverSilent: !always,
        speaksAlways: always,
        sentences: () => ({
          usual: `${what.name} belongs to one machine.`,
          happened: what.happened,
          matters: 'Whoever takes the place of another machine gets the data that is meant for it, and can change it.',
          firstStep: `Ask whether ${label} was replaced or has a standby; if not, have the network team find the second machine. Keep the device running for its patient.`,
        }),
      });
    };

    const claimed = (record: Neighbour, link: Link): void => {
      const { timeUs } = record;
      const claim = addresses.get(record.address);
      const mac = claim?.ownerKey === record.mac ? claim.owner : addressText(record.mac);
      if (claim === undefined) {
        if (mac === '' || SHARED_MAC.test(mac)) return;
        if (addresses.size >= CLAIMS_MAX) addresses.delete(addresses.keys().next().value ?? '');
        addresses.set(record.address, fresh(mac, link.server, record));
        if (machines.size >= CLAIMS_MAX) machines.delete(machines.keys().next().value ?? '');
        if (!machines.has(mac)) machines.set(mac, link.server);
        return;
      }
      if (mac !== claim.owner && (mac === '' || SHARED_MAC.test(mac))) return;
      if (timeUs - claim.sinceUs > windowUs) {
        claim.changes = 0;
        claim.sinceUs = timeUs;
      }
      const before = claim.last;
      if (mac !== before) claim.changes++;
      claim.last = mac;
      const insists = mac !== claim.owner && isReply(record) && countReply(claim, timeUs);
      const both = answersToo(claim, mac, record);
      if (!insists && !both && claim.changes < Number(options.changes)) return;
      if (timeUs - claim.saidUs < DAY_US) return;
      claim.saidUs = timeUs;
      const name = `The address ${addressText(record.address)}`;
      const other = mac === claim.owner ? before : mac;
      const second = other === claim.owner ? 'another machine' : `the machine ${other}`;
      const happened = `Two machines answer for ${addressText(record.address)}: ${claim.owner}, which had it first, and ${second}.`;
      const device = knowledge.device(claim.device).number;
      const peer = knowledge.device(machines.get(other) ?? device).number;
      const said = { verb: 'address', name, happened, confidence: options.confidence };
      speak(device, peer, said, record, knowledge.standing(device, peer));
    };

    /** Is it the second answer to one question? */
    const answersToo = (claim: AddressClaim, mac: string, { how, timeUs }: Neighbour): boolean => {
      if (how !== 'arp-reply') return false;
      const both = claim.answer !== mac && timeUs - claim.answerUs <= Number(options.bothSeconds) * 1e6;
      claim.answer = mac;
      claim.answerUs = timeUs;
      return both;
    };

    /** A machine that never did gives out addresses, although another one does. */
    const gives = ({ kind, server, mac, timeUs, flow, packet }: Lease, link: Link): void => {
      if (server === '' || (kind !== OFFERED && kind !== ACKNOWLEDGED) || givers.has(server)) return;
      const claim = addresses.get(server);
      // Behind a relay nobody sees the server itself: then there may be several.
      if (claim === undefined && givers.size > 0) return;
      if (givers.size >= CLAIMS_MAX) givers.delete(givers.values().next().value ?? '');
      givers.add(server);
      if (claim === undefined || givers.size === 1) return;
      const giver = knowledge.device(claim.device).number;
      if (knowledge.offers(giver, 'dhcp')) return;
      const device = knowledge.device(machines.get(addressText(mac)) ?? link.server).number;
      const name = 'Giving out addresses';
      const happened = `${knowledge.device(giver).label} gave an address to ${knowledge.device(device).label}, which only another machine did before.`;
      const said = { verb: 'leases', name, happened, confidence: options.confidence };
      const at = Object.assign(new Moment(), { timeUs, flow, packet });
      speak(device, giver, said, at, knowledge.standing(device, giver), false);
    };

    const countReply = (claim: AddressClaim, timeUs: number): boolean => {
      if (timeUs - claim.repliesSinceUs > 60e6) {
        claim.replies = 0;
        claim.repliesSinceUs = timeUs;
      }
      claim.replies++;
      return claim.replies > Number(options.repliesPerMinute);
    };

    const named = (record: Identity, link: Link): void => {
      const kind = kindOf(record);
      if (kind === '') return;
      const [device, peer] = record.ofClient ? [link.client, link.server] : [link.server, link.client];
      const key = `${record.attribute} ${record.value}`;
      const known = names.get(key);
      if (known === undefined) {
        if (names.size >= CLAIMS_MAX) names.delete(names.keys().next().value ?? '');
        names.set(key, { device, seenUs: record.timeUs });
        return;
      }
      const first = knowledge.device(known.device).number;
      const isActive = record.timeUs - known.seenUs <= windowUs;
      known.device = device;
      known.seenUs = record.timeUs;
      if (first === device || !isActive) return;
      const name = `The ${kind} "${record.value}"`;
      const happened = `${knowledge.device(device).label} calls itself "${record.value}" (${kind}), as ${knowledge.device(first).label} did minutes ago.`;
      speak(device, peer, { verb: key, name, happened, confidence: options.confidenceName }, record, link);
    };

    return {
      neighbour: claimed,
      lease(record, link) {
        gives(record, link);
        // The address was given to another machine.
        if (record.kind === ACKNOWLEDGED) addresses.delete(record.address);
      },
      identity: named,
    };
  },
};

/** DHCP message types (RFC 2132, 9.6). */
const OFFERED = 2;
const ACKNOWLEDGED = 5;

interface Said {
  readonly verb: string;
  readonly name: string;
  readonly happened: string;
  readonly confidence: number | string | boolean | undefined;
}

function fresh(mac: string, device: number, { timeUs, how, mac: ownerKey }: Neighbour): AddressClaim {
  return {
    owner: mac,
    ownerKey,
    device,
    answer: mac,
    answerUs: how === 'arp-reply' ? timeUs : -DAY_US,
    last: mac,
    changes: 0,
    sinceUs: timeUs,
    replies: 0,
    repliesSinceUs: timeUs,
    saidUs: -DAY_US,
  };
}

function isReply({ how }: Neighbour): boolean {
  return how === 'arp-reply' || how === 'arp-gratuitous' || how === 'ndp';
}

/** What a name is that a machine gives itself; '' when it may be somebody else's. */
function kindOf({ attribute, value, source, ofClient }: Identity): string {
  if (value === '') return '';
  if (attribute === 'ae-title') return ofClient && !COMMON_AE.test(value) ? 'AE title' : '';
  // The serial number in an image is that of the scanner, whoever sends it.
  if (attribute === 'serial') return /^(DICOM|HL7)/.test(source) ? '' : 'serial number';
  return '';
}
