/**
 * The standing condition of a device that a person should know of and nobody needs to be woken for: clear-text
 * logins, old protocols, certificates that run out. Never an alarm by itself (docs/posture.md).
 *
 * Hears the analyst's records and keeps one line for each device, rule and peer. All judgement is by packet time.
 */
import { ordered } from '../bytes/ordered.ts';
import { isoTime } from '../bytes/time.ts';
import type { DeviceFacts, Link } from '../detect.ts';
import type { Limits } from '../limits.ts';
import type { PostureRow } from '../model.ts';
import type {
  Certificate,
  FlowProtocol,
  FlowUpdate,
  Handshake,
  Hl7Message,
  Instance,
  Login,
  Message,
  Moment,
  Query,
} from '../records.ts';
import { isMedicalProtocol } from './classify.ts';
import type { Device } from './device.ts';
import { again, Book, join, NOBODY, type Sight } from './posture/book.ts';
import { Logins } from './posture/logins.ts';
import { memoryOf, type PostureLink } from './posture/memory.ts';
import { type PostureRule, type PostureRuleName, postureRules } from './posture/rules.ts';
import { Services } from './posture/services.ts';
import { supportSights } from './posture/support.ts';

const TCP = 6;
const UDP = 17;
const SCTP = 132;

const DAY_US = 24 * 3600e6;
/** Nothing said for this long on a connection that is kept alive. */
const IDLE_US = 2 * DAY_US;
/** Time to order and install a new certificate. */
const EXPIRES_US = 30 * DAY_US;

/** Versions that were withdrawn (RFC 6176, RFC 7568, RFC 8996). */
const oldVersions = new Set(['SSL 2.0', 'SSL 3.0', 'TLS 1.0', 'TLS 1.1', 'DTLS 1.0']);

/** Protocols whose use is worth a line, whoever uses them. */
const clearProtocols: Readonly<Record<string, PostureRuleName>> = { telnet: 'telnet-in-use', ftp: 'ftp-in-use' };

/** Tunnels of a VPN, by name and by port where nobody knows the name. */
const vpnProtocols = new Set(['ike', 'isakmp', 'ipsec', 'openvpn', 'wireguard', 'l2tp', 'pptp']);
const vpnPorts = new Set([500, 1194, 1701, 4500, 51_820]);

/** Who a device number is; asked when something is worth a line. */
export interface Parties {
  /** Number, id and facts of the record a number stands for now. */
  resolve(device: number): number;
  id(device: number): string;
  facts(device: number): DeviceFacts;
  /** A person's list names it as a jump host or a vendor's gateway. */
  isJumpHost(device: number): boolean;
}

export class Posture {
  private readonly parties: Parties;
  private readonly book: Book;
  private readonly logins: Logins;
  private readonly services: Services;
  private nowUs = 0;

  constructor(limits: Limits, parties: Parties) {
    this.parties = parties;
    this.book = new Book(limits);
    this.services = new Services(limits);
    this.logins = new Logins((rule, ofServer, detail, timeUs, link) => this.say(rule, ofServer, detail, timeUs, link));
  }

  /** Lines that found no room. */
  get refused(): number {
    return this.book.refused;
  }

  // ── flows ──────────────────────────────────────────────────────────────────────────────────────────

  /** The flow has become a relation: both ends were heard, its protocol is known or stays unknown. */
  relation({ timeUs }: Moment, link: PostureLink): void {
    this.nowUs = Math.max(this.nowUs, timeUs);
    const rule = clearProtocols[link.protocol];
    if (rule !== undefined) this.say(rule, true, '', timeUs, link);
    if (link.transport !== TCP && link.transport !== UDP && link.transport !== SCTP) return;
    const client = this.parties.facts(link.client);
    const server = this.parties.facts(link.server);
    if (client.external === server.external) return;
    if (isVpn(link) || this.parties.isJumpHost(client.external ? link.client : link.server)) return;
    this.say(
      client.external ? 'reachable-from-internet' : 'talks-to-internet',
      client.external,
      link.service,
      timeUs,
      link,
    );
  }

  flowProtocol({ protocol, detail, timeUs }: FlowProtocol, link: PostureLink): void {
    if (protocol === 'ssh' && detail.startsWith('SSH-1.')) this.say('ssh1-in-use', true, detail, timeUs, link);
    if (protocol === 'smb' && detail.startsWith('SMB 1')) this.say('smb1-in-use', true, '', timeUs, link);
  }

  flowUpdate(record: FlowUpdate, link: PostureLink): void {
    this.stretch(record, link, false);
  }

  flowEnd(record: FlowUpdate, link: PostureLink): void {
    this.logins.settle(link, '');
    this.stretch(record, link, true);
  }

  private stretch(record: FlowUpdate, link: PostureLink, isOver: boolean): void {
    const { timeUs } = record;
    this.nowUs = Math.max(this.nowUs, timeUs);
    this.services.hear(record, link, isOver);
    if (link.transport !== TCP) return;
    const known = link.posture;
    if (known === null) {
      // Most conversations are over before they are told of twice: they need no memory.
      if (!isOver) memoryOf(link, timeUs);
      return;
    }
    // Keepalive probes of some systems carry one byte that was said before.
    const packets = record.packetsToServer + record.packetsToClient;
    if (record.payloadToServer + record.payloadToClient > packets) known.lastPayloadUs = timeUs;
    else if (packets > 0 && timeUs - known.lastPayloadUs >= IDLE_US)
      this.say('connection-idle', false, link.service, timeUs, link);
  }

  // ── patient data ───────────────────────────────────────────────────────────────────────────────────

  hl7Message(record: Hl7Message, link: PostureLink): void {
    if (record.acknowledgement === '') this.carries(record.fromClient, 'hl7', record.timeUs, link);
  }

  instance(record: Instance, link: PostureLink): void {
    this.carries(record.fromClient, 'dicom', record.timeUs, link);
  }

  query(record: Query, link: PostureLink): void {
    // The answers name patients, whoever asks.
    this.carries(!record.fromClient, 'dicom', record.timeUs, link);
  }

  message(record: Message, link: PostureLink): void {
    if (isMedicalProtocol(record.protocol)) this.carries(record.fromClient, record.protocol, record.timeUs, link);
  }

  /** What was decoded was in clear. The sender is the device; of one that sends from outside, who takes it. */
  private carries(fromClient: boolean, protocol: string, timeUs: number, link: PostureLink): void {
    const memory = memoryOf(link, timeUs);
    if (memory.carried === undefined) memory.carried = this.carry(fromClient, protocol, timeUs, link);
    else if (memory.carried !== null) again(memory.carried, timeUs);
  }

  private carry(fromClient: boolean, protocol: string, timeUs: number, link: PostureLink): Sight | null {
    const sender = fromClient ? link.client : link.server;
    const receiver = fromClient ? link.server : link.client;
    const from = this.parties.facts(sender);
    const to = this.parties.facts(receiver);
    if (from.external && to.external) return null;
    if (from.external || to.external) {
      const [inside, outside] = from.external ? [receiver, sender] : [sender, receiver];
      return this.book.add('patient-data-leaves-site', inside, outside, protocol, timeUs);
    }
    if (from.zone === '' || to.zone === '' || from.zone === to.zone) return null;
    const detail = `${protocol} from ${from.zone} to ${to.zone}`;
    return this.book.add('patient-data-crosses-zones', sender, receiver, detail, timeUs);
  }

  // ── logins, handshakes, certificates ───────────────────────────────────────────────────────────────

  login(record: Login, link: PostureLink): void {
    this.logins.hear(record, link);
  }

  handshake({ version, fromClient, timeUs }: Handshake, link: PostureLink): void {
    // A server's word is what was agreed; a client's is the best it can.
    if (oldVersions.has(version)) this.say('old-tls', !fromClient, version, timeUs, link);
  }

  certificate({ fromClient, notAfterUs, timeUs }: Certificate, link: PostureLink): void {
    if (!Number.isFinite(notAfterUs) || notAfterUs - timeUs > EXPIRES_US) return;
    const owner = fromClient ? link.client : link.server;
    if (this.parties.facts(owner).external) return;
    const rule = notAfterUs < timeUs ? 'certificate-expired' : 'certificate-expires';
    this.book.add(rule, owner, NOBODY, `valid until ${dayOf(notAfterUs)}`, timeUs);
  }

  // ── rows ───────────────────────────────────────────────────────────────────────────────────────────

  /** Of the device at one end, with the other end as its peer. What stands outside is none of the site's devices. */
  private say(rule: PostureRuleName, ofServer: boolean, detail: string, timeUs: number, link: PostureLink): void {
    const device = ofServer ? link.server : link.client;
    if (this.parties.facts(device).external) return;
    this.book.add(rule, device, ofServer ? link.client : link.server, detail, timeUs);
  }

  /** All that is known now, by device, rule and peer. */
  rows(devices: readonly Device[]): PostureRow[] {
    const { parties } = this;
    const resolve = (device: number): number => (device === NOBODY ? NOBODY : parties.resolve(device));
    const kept = [...this.book.sights.values()].map((sight) => ({
      ...sight,
      device: resolve(sight.device),
      peer: resolve(sight.peer),
    }));
    const unused = this.services.unused(this.nowUs, resolve).map(
      ({ device, port, firstUs, lastUs, opened }): Sight => ({
        rule: 'service-unused',
        device,
        peer: NOBODY,
        details: [`tcp/${port}`],
        firstUs,
        lastUs,
        count: opened,
      }),
    );
    const sights = join([...kept, ...unused, ...supportSights(devices)]);
    const rows = sights.filter((sight) => this.applies(sight)).map((sight) => this.row(sight));
    return ordered(rows, keyOf);
  }

  /** Whether a device is medical may be known only later. */
  private applies({ rule, device, peer }: Sight): boolean {
    // Two records that proved to be one device: it speaks to itself.
    if (device === peer) return false;
    const { isMedicalOnly }: PostureRule = postureRules[rule];
    const { external, medical } = this.parties.facts(device);
    return !external && (isMedicalOnly !== true || medical);
  }

  private row({ rule, device, peer, details, firstUs, lastUs, count }: Sight): PostureRow {
    const { parties } = this;
    const known = peer !== NOBODY;
    return {
      device: parties.id(device),
      deviceAddress: parties.facts(device).address,
      rule,
      what: postureRules[rule].what,
      detail: details.join(', '),
      peer: known ? parties.id(peer) : '',
      peerAddress: known ? parties.facts(peer).address : '',
      firstSeenUs: firstUs,
      lastSeenUs: lastUs,
      count,
    };
  }
}

function keyOf({ device, rule, peer }: PostureRow): string {
  return [device, rule, peer].join('\n');
}

function isVpn(link: Link): boolean {
  return vpnProtocols.has(link.protocol) || (link.protocol === '' && vpnPorts.has(link.serverPort));
}

/** `2027-03-01`. */
function dayOf(timeUs: number): string {
  return isoTime(timeUs).slice(0, 10);
}
