/**
 * What is heard of the protocols that have no section of their own in the analyst: counted, offered to the
 * detectors, and learnt where it is a verb of the baseline (detection.md 2.1, layer B).
 */
import type { Relation } from '../detect.ts';
import { isMedicalProtocol } from '../device/classify.ts';
import type { Inventory } from '../device/inventory.ts';
import type { Posture } from '../device/posture.ts';
import type * as records from '../records.ts';
import { Joined } from './joined.ts';
import { type FlowLink, resolved } from './links.ts';
import type { PointCollector } from './points.ts';
import type { Tally } from './tally.ts';

/** The parts of the analyst that these records go to. */
export interface ExchangeParts {
  readonly tally: Tally;
  readonly points: PointCollector;
  readonly inventory: Inventory;
  readonly posture: Posture;
  learn(relation: Relation, neverSilent: boolean): void;
}

/** Expected conversations that are remembered, and for how long: a data channel is opened at once. */
const EXPECTED_MAX = 4096;
const EXPECTED_US = 60e6;

export class Exchanges {
  private readonly parts: ExchangeParts;
  private readonly verbs: Joined;
  private readonly expected = new Map<string, { protocol: string; untilUs: number }>();

  constructor(parts: ExchangeParts, keysMax: number) {
    this.parts = parts;
    this.verbs = new Joined(keysMax, (first, second) => `${first} ${second}`.trim());
  }

  message(record: records.Message, link: FlowLink): void {
    this.parts.tally.message(record);
    this.parts.points.message(record, link);
    this.parts.posture.message(record, link);
    // What travels inside another protocol has roles of its own.
    if (record.protocol !== link.protocol) addRoles(link, record.protocol);
    if (isMedicalProtocol(record.protocol)) medical(record.timeUs, link);
  }

  operation(record: records.Operation, link: FlowLink): void {
    this.parts.points.operation(record, link);
    if (record.outcome !== 'asked') return;
    this.parts.tally.operation(record);
    if (isMedicalProtocol(record.protocol)) medical(record.timeUs, link);
  }

  /** Behind the detectors: what they have judged is learnt. */
  learnOperation(record: records.Operation, link: FlowLink): void {
    if (record.outcome !== 'asked' || record.protocol === 'dicom' || record.protocol === 'hl7') return;
    this.parts.learn(link.relation(record.fromClient ? 'client' : 'server', record.verb), true);
  }

  httpMessage(record: records.HttpMessage, link: FlowLink): void {
    this.parts.tally.protocol('http').messages++;
    this.parts.points.said('http', link, record.status >= 400);
    this.parts.tally.telemetry('http', record.isRequest ? record.method : `${Math.floor(record.status / 100)}xx`, 1);
  }

  learnHttpMessage(record: records.HttpMessage, link: FlowLink): void {
    if (!record.isRequest) return;
    const verb = this.verbs.of(record.method, record.pathClass);
    this.parts.learn(link.relation(record.fromClient ? 'client' : 'server', verb), false);
  }

  login(record: records.Login, link: FlowLink): void {
    this.parts.points.login(record, link);
    this.parts.posture.login(record, link);
  }

  lookup(record: records.Lookup, link: FlowLink): void {
    const { tally, inventory, points } = this.parts;
    tally.protocol(record.protocol).messages++;
    tally.telemetry(record.protocol, record.kind, 1);
    points.said(record.protocol, link, record.responseCode > 0);
    inventory.lookup(record, resolved(record.fromClient ? link.clientDevice : link.serverDevice));
  }

  handshake(record: records.Handshake, link: FlowLink): void {
    this.parts.tally.protocol(record.protocol).messages++;
    this.parts.tally.telemetry(record.protocol, record.fromClient ? 'client hello' : 'server hello', 1);
    this.parts.points.said(record.protocol, link, false);
    this.parts.posture.handshake(record, link);
  }

  certificate(record: records.Certificate, link: FlowLink): void {
    this.parts.inventory.certificate(record, resolved(record.fromClient ? link.clientDevice : link.serverDevice));
    this.parts.posture.certificate(record, link);
  }

  transfer(_record: records.Transfer, _link: FlowLink): void {}

  expectation(record: records.Expectation, link: FlowLink | undefined): void {
    let { server } = record;
    if (server === '') server = (record.ofClient ? link?.clientKey : link?.serverKey) ?? '';
    if (server === '') return;
    if (this.expected.size >= EXPECTED_MAX) this.expected.delete(this.expected.keys().next().value ?? '');
    const untilUs = record.timeUs + EXPECTED_US;
    this.expected.set(`${server}${record.serverPort}`, { protocol: record.protocol, untilUs });
  }

  /** The protocol that was agreed for this conversation, or ''. */
  expectedOf(record: records.FlowStart): string {
    if (this.expected.size === 0) return '';
    const found = this.expected.get(`${record.server}${record.serverPort}`);
    return found !== undefined && record.timeUs <= found.untilUs ? found.protocol : '';
  }
}

/** Protocols in which a role says something about the class of a device; DICOM and HL7 have roles of their own. */
const toldByRole = new Set([
  ...['ipp', 'lpd', 'jetdirect', 'pjl'],
  ...['modbus', 'bacnet', 's7comm', 'ethernet-ip', 'opc-ua', 'knx', 'dnp3', 'iec104'],
]);

interface Roles {
  readonly client: string;
  readonly server: string;
  readonly speaker: string;
}

/** Made once for each protocol: messages ask for them again and again. */
const roles = new Map<string, Roles | null>();

function rolesOf(protocol: string): Roles | null {
  const known = roles.get(protocol);
  if (known !== undefined) return known;
  const tells = toldByRole.has(protocol) || (isMedicalProtocol(protocol) && protocol !== 'dicom' && protocol !== 'hl7');
  const made = tells
    ? { client: `${protocol} client`, server: `${protocol} server`, speaker: `${protocol} speaker` }
    : null;
  // Decoders name protocols from a closed list.
  roles.set(protocol, made);
  return made;
}

/** Who is client and who is server of a protocol; a speaker tells everybody, and nobody answers. */
export function addRoles(link: FlowLink, protocol: string): void {
  const told = rolesOf(protocol);
  if (told === null) return;
  const client = resolved(link.clientDevice);
  const server = resolved(link.serverDevice);
  if (server.group) client.addRole(told.speaker);
  else if (link.established) {
    client.addRole(told.client);
    server.addRole(told.server);
  }
}

/** Both ends of a flow that carries medical messages. */
export function medical(timeUs: number, link: FlowLink): void {
  resolved(link.clientDevice).medical(timeUs);
  resolved(link.serverDevice).medical(timeUs);
}
