/**
 * MQTT 3.1, 3.1.1 and 5 over TCP: who connects to which broker, what kinds of packets pass, and orders to devices.
 *
 *     fixed header (packet.ts) │ variable header │ payload        CONNECT → CONNACK → PUBLISH, SUBSCRIBE … → DISCONNECT
 *
 * Topics may name persons, and payloads are what was measured: neither is kept. Of a topic only its last part is
 * compared with the words that mean an order. Payloads pass unseen.
 */
import type { Limits } from '../../src/limits.ts';
import { GIVE_UP, MAYBE, NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { FlowProtocol, Identity, Login, Message, Operation, type Records, stamp } from '../../src/records.ts';
import { Connect } from './connect.ts';
import {
  AUTH,
  CONNACK,
  CONNECT,
  Header,
  inTheMiddle,
  isFlagged,
  PORT,
  PUBLISH,
  readHeader,
  recognise,
  SUBSCRIBE,
} from './packet.ts';
import { isEverything, isSystemTopic, orderOf } from './topic.ts';

const KINDS = [
  ...['', 'CONNECT', 'CONNACK', 'PUBLISH', 'PUBACK', 'PUBREC', 'PUBREL', 'PUBCOMP', 'SUBSCRIBE', 'SUBACK'],
  ...['UNSUBSCRIBE', 'UNSUBACK', 'PINGREQ', 'PINGRESP', 'DISCONNECT', 'AUTH'],
];
const VERSIONS: Readonly<Record<number, string>> = { 3: 'MQTT 3.1', 4: 'MQTT 3.1.1', 5: 'MQTT 5' };
const ODDITIES = ['mqtt_bad_length', 'mqtt_bad_type', 'mqtt_bad_flags', 'mqtt_bad_quality', 'mqtt_before_connect'];
/** Return codes from here on are refusals of version 5; before it all but 0 are (3.2.2). */
const REFUSED_FROM = 1;
const QUALITY_BITS = 6;
const WAIT = -2;

export class MqttSide {
  /** Bytes were lost: silent up to a packet that begins a segment. */
  isLost = false;
}

export class MqttFlow {
  readonly client = new MqttSide();
  readonly server = new MqttSide();
  level = 0;
  /** How the client logs in, '' before it has. */
  method = '';
  isClear = false;
  weakness = '';
  isConnected = false;
  said = 0;
}

export function createMqtt({ limits }: { readonly limits: Limits }): Protocol<MqttFlow> {
  const reader = new PacketReader(limits);
  const header = new Header();
  return {
    name: 'mqtt',
    transport: 'tcp',
    ports: [PORT],

    recognises: (segment) => recognise(header, segment),

    open: () => new MqttFlow(),

    decode: (flow, segment, records) => reader.read(flow, segment, records),

    gap(flow, segment) {
      (segment.toServer ? flow.client : flow.server).isLost = true;
    },
  };
}

class PacketReader {
  private readonly limits: Limits;
  private readonly header = new Header();
  private readonly connect = new Connect();
  private readonly message = new Message();
  private readonly login = new Login();
  private readonly identity = new Identity();
  private readonly operation = new Operation();
  private readonly version = new FlowProtocol();

  constructor(limits: Limits) {
    this.limits = limits;
    this.message.protocol = 'mqtt';
    this.login.protocol = 'mqtt';
    this.operation.protocol = 'mqtt';
    this.version.protocol = 'mqtt';
  }

  read(flow: MqttFlow, segment: Segment, records: Records): number {
    const { view, start, end } = segment;
    const side = segment.toServer ? flow.client : flow.server;
    if (side.isLost) {
      const known = inTheMiddle(this.header, view, start, end);
      if (known !== YES) return known === MAYBE ? 0 : end - start;
      side.isLost = false;
    }
    let at = start;
    while (at < end) {
      const next = this.packet(flow, segment, records, at);
      if (next === WAIT) break;
      if (next === GIVE_UP) return GIVE_UP;
      at = next;
    }
    return at - start;
  }

  /** Behind the packet at `at`, perhaps beyond the end: what follows its head is not waited for. */
  private packet(flow: MqttFlow, segment: Segment, records: Records, at: number): number {
    const { header } = this;
    const { view, end } = segment;
    const known = readHeader(header, view, at, end);
    if (known === MAYBE) return WAIT;
    if (known === NO) return this.giveUp(flow, 'mqtt_bad_length', segment, records);
    if (header.type === 0 || (header.type === AUTH && flow.level !== 0 && flow.level < 5))
      return this.giveUp(flow, 'mqtt_bad_type', segment, records);
    const head = this.headBytes(view, end);
    if (head === WAIT || header.at + head > end) return WAIT;
    if (!isFlagged(header)) this.odd(flow, 'mqtt_bad_flags', segment, records);
    const isFirst = header.type === CONNECT || header.type === CONNACK;
    if (!isFirst && !flow.isConnected && !segment.midstream) this.odd(flow, 'mqtt_before_connect', segment, records);
    flow.isConnected = true;
    this.tell(flow, segment, records, header.at, header.at + head);
    return header.at + header.length;
  }

  /** How much of the packet in hand is read. */
  private headBytes(view: DataView, end: number): number {
    const { type, at, length } = this.header;
    if (type !== PUBLISH) return Math.min(length, this.limits.mqttHeadBytesMax);
    if (length < 2) return length;
    if (end - at < 2) return WAIT;
    return Math.min(length, 2 + view.getUint16(at), this.limits.mqttHeadBytesMax);
  }

  private tell(flow: MqttFlow, segment: Segment, records: Records, at: number, end: number): void {
    const { view } = segment;
    switch (this.header.type) {
      case CONNECT:
        this.tellMessage(segment, records, 'CONNECT');
        this.tellConnect(flow, segment, records, at, end);
        break;
      case CONNACK:
        this.tellAnswer(flow, segment, records, at, end);
        break;
      case PUBLISH:
        this.tellPublish(flow, segment, records, at, end);
        break;
      case SUBSCRIBE:
        this.tellMessage(segment, records, isEverything(view, at, end, flow.level === 5) ? 'SUBSCRIBE #' : 'SUBSCRIBE');
        break;
      default:
        this.tellMessage(segment, records, KINDS[this.header.type] ?? 'other');
    }
  }

  private tellConnect(flow: MqttFlow, segment: Segment, records: Records, at: number, end: number): void {
    const { connect, identity, version } = this;
    connect.read(segment.view, at, end);
    flow.level = connect.level;
    flow.method = connect.hasPassword || connect.hasUser ? 'password' : 'none';
    flow.isClear = connect.hasPassword;
    flow.weakness = connect.weakness;
    const name = VERSIONS[connect.level];
    if (name !== undefined) {
      stamp(version, segment);
      version.detail = name;
      records.flowProtocol(version);
    }
    this.tellLogin(flow, segment, records, 'asked', segment.toServer);
    if (connect.device === '') return;
    stamp(identity, segment);
    identity.ofClient = segment.toServer;
    identity.attribute = 'device-uid';
    identity.value = connect.device;
    identity.source = 'MQTT client id';
    identity.confidence = 0.5;
    records.identity(identity);
  }

  private tellAnswer(flow: MqttFlow, segment: Segment, records: Records, at: number, end: number): void {
    const code = end - at >= 2 ? segment.view.getUint8(at + 1) : REFUSED_FROM;
    const isAccepted = code < REFUSED_FROM;
    this.tellMessage(segment, records, isAccepted ? 'CONNACK accepted' : 'CONNACK refused');
    if (flow.method !== '')
      this.tellLogin(flow, segment, records, isAccepted ? 'success' : 'failure', !segment.toServer);
    flow.method = '';
  }

  private tellPublish(flow: MqttFlow, segment: Segment, records: Records, at: number, end: number): void {
    const { view } = segment;
    if ((this.header.flags & QUALITY_BITS) === QUALITY_BITS) this.odd(flow, 'mqtt_bad_quality', segment, records);
    const topic = at + 2;
    this.tellMessage(segment, records, isSystemTopic(view, topic, end) ? 'PUBLISH $SYS' : 'PUBLISH');
    // What a broker hands on was asked for by somebody else.
    const order = segment.toServer ? orderOf(view, topic, end) : '';
    if (order === '') return;
    const { operation } = this;
    stamp(operation, segment);
    operation.fromClient = true;
    operation.verb = 'PUBLISH';
    operation.object = order;
    records.operation(operation);
  }

  private tellLogin(
    flow: MqttFlow,
    segment: Segment,
    records: Records,
    outcome: 'asked' | 'success' | 'failure',
    fromClient: boolean,
  ): void {
    const { login } = this;
    stamp(login, segment);
    login.fromClient = fromClient;
    login.method = flow.method;
    login.outcome = outcome;
    login.isClear = flow.isClear;
    login.weakness = flow.weakness;
    records.login(login);
  }

  private tellMessage(segment: Segment, records: Records, kind: string): void {
    const { message } = this;
    stamp(message, segment);
    message.fromClient = segment.toServer;
    message.kind = kind;
    records.message(message);
  }

  private giveUp(flow: MqttFlow, name: string, segment: Segment, records: Records): number {
    this.odd(flow, name, segment, records);
    return GIVE_UP;
  }

  private odd(flow: MqttFlow, name: string, segment: Segment, records: Records): void {
    const bit = 1 << ODDITIES.indexOf(name);
    if ((flow.said & bit) !== 0) return;
    flow.said |= bit;
    records.oddity(name, segment.flow, segment.timeUs);
  }
}
