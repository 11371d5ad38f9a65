/** What the analyst keeps of every open flow: its two ends, its protocol, its sums. */
import { type AddressKey, addressText } from '../bytes/address.ts';
import type { Link, Relation } from '../detect.ts';
import type { Device } from '../device/device.ts';
import type { FlowMemory, PostureLink } from '../device/posture/memory.ts';
import type { FlowStart } from '../records.ts';
import { communityId } from '../wire/community-id.ts';
import { SCTP, TCP, UDP } from '../wire/frame.ts';
import type { OpenFlow } from './conversations.ts';
import type { Hl7Pair } from './tally.ts';

/** Ports from here on are given out by systems at random (the lowest usual range is that of Linux). */
const EPHEMERAL_PORT = 32_768;

export class FlowLink implements PostureLink {
  readonly clientDevice: Device;
  readonly serverDevice: Device;
  readonly transport: number;
  readonly clientPort: number;
  readonly serverPort: number;
  readonly midstream: boolean;
  readonly startUs: number;
  protocol = '';
  established = false;
  /** The relation has been judged and learnt. */
  related = false;
  /** When the relation was last learnt. */
  learntUs = 0;
  /** It is not an accepted one, as client and server see it. */
  isStrangeToClient = false;
  isStrangeToServer = false;
  packetsToServer = 0;
  packetsToClient = 0;
  payload = 0;
  /** It has been counted as a conversation between its two devices. */
  isCounted = false;
  /** It is not what its devices usually do, by the judgement of a baseline that is learnt. */
  isStrange = false;
  /** What posture remembers of it. */
  posture: FlowMemory | null = null;
  /** Who has spoken HL7 here: from the client, from the server. */
  hl7OfClient: Hl7Pair | null = null;
  hl7OfServer: Hl7Pair | null = null;
  /** While it is counted among the conversations of its devices. */
  conversation: OpenFlow | null = null;
  private portService = '';
  readonly clientKey: AddressKey;
  readonly serverKey: AddressKey;

  constructor(start: FlowStart, client: Device, server: Device) {
    this.clientDevice = client;
    this.serverDevice = server;
    this.clientKey = start.client;
    this.serverKey = start.server;
    this.transport = start.transport;
    this.clientPort = start.clientPort;
    this.serverPort = start.serverPort;
    this.midstream = start.midstream;
    this.startUs = start.timeUs;
  }

  get client(): number {
    return resolved(this.clientDevice).number;
  }
  get server(): number {
    return resolved(this.serverDevice).number;
  }
  get clientAddress(): string {
    return addressText(this.clientKey);
  }
  get serverAddress(): string {
    return addressText(this.serverKey);
  }

  get service(): string {
    if (this.protocol !== '') return this.protocol;
    if (this.portService === '') this.portService = this.serviceOfPort();
    return this.portService;
  }

  private serviceOfPort(): string {
    const name = transportNames.get(this.transport);
    if (name === undefined) return `ip/${this.transport}`;
    if (name.startsWith('icmp')) return name;
    return `${name}/${this.serverPort < EPHEMERAL_PORT ? this.serverPort : 'eph'}`;
  }

  communityId(): string {
    if (this.transport !== TCP && this.transport !== UDP && this.transport !== SCTP) return '';
    return communityId(this.transport, this.clientKey, this.serverKey, this.clientPort, this.serverPort);
  }

  /** The relation as one of its two ends sees it. */
  relation(role: 'client' | 'server', verb: string): Relation {
    const { client, server, service } = this;
    return role === 'client'
      ? { device: client, peer: server, role, service, verb }
      : { device: server, peer: client, role, service, verb };
  }
}

/** For a report that has no conversation: the device is both of its ends. */
export class StandingLink implements Link {
  private readonly device: Device;
  private readonly peer: Device;
  readonly transport: number = 0;
  readonly clientPort: number = 0;
  readonly serverPort: number = 0;
  readonly protocol: string = '';
  readonly service: string = '';
  readonly established: boolean = false;
  readonly midstream: boolean = false;
  readonly startUs: number = 0;
  readonly payload: number = 0;

  constructor(device: Device, peer: Device = device) {
    this.device = device;
    this.peer = peer;
  }

  get client(): number {
    return resolved(this.device).number;
  }
  get server(): number {
    return resolved(this.peer).number;
  }
  get clientAddress(): string {
    return addressText(resolved(this.device).address);
  }
  get serverAddress(): string {
    return addressText(resolved(this.peer).address);
  }
  communityId(): string {
    return '';
  }
}

const transportNames = new Map([
  [TCP, 'tcp'],
  [UDP, 'udp'],
  [SCTP, 'sctp'],
  [1, 'icmp'],
  [58, 'icmpv6'],
]);

export function resolved(device: Device): Device {
  let found = device;
  while (found.mergedInto !== null) found = found.mergedInto;
  // As in `Inventory.get`: a long way is gone once.
  if (device !== found) device.mergedInto = found;
  return found;
}
