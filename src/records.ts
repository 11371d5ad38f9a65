/**
 * What decoders say and what inventory, baseline and detectors hear.
 *
 * Each record is one object that its owner fills again and again. A listener reads what it needs
 * before it returns and keeps no reference. Fields are numbers, strings and booleans only, so that a
 * record can cross a thread as it is. No field may hold anything that identifies a patient.
 */
import type { AddressKey, MacKey } from './bytes/address.ts';
import type { FlowEnding } from './protocol.ts';

/** When, in which flow, and which packet told us. */
export class Moment {
  timeUs = 0;
  flow = 0;
  packet = 0;
}

/** Copies time, flow and packet of a segment (or of another record) into a record. */
export function stamp(record: Moment, from: Moment | { timeUs: number; flow: number; packet: number }): void {
  record.timeUs = from.timeUs;
  record.flow = from.flow;
  record.packet = from.packet;
}

/** First packet of a conversation between two addresses. Flow numbers are used again after `FlowEnd`. */
export class FlowStart extends Moment {
  /** IP protocol number. */
  transport = 0;
  client: AddressKey = '';
  server: AddressKey = '';
  clientPort = 0;
  serverPort = 0;
  vlan = -1;
  /** Who is client was guessed from the ports: the opening was not seen. */
  midstream = false;
}

/** Both sides have spoken: TCP payload past the handshake, or at least two datagrams each way. */
export class FlowEstablished extends Moment {}

/** The protocol of a flow has been told from its content. */
export class FlowProtocol extends Moment {
  protocol = '';
  /** Short, harmless detail: a version or product banner (`SSH-2.0-OpenSSH_9.2p1`), or ''. */
  detail = '';
}

/** What a flow carried since its last update; on `flowEnd` with the sums of its life. */
export class FlowUpdate extends Moment {
  packetsToServer = 0;
  packetsToClient = 0;
  /** Bytes on the wire from the IP header on. */
  bytesToServer = 0;
  bytesToClient = 0;
  /** Bytes of TCP or UDP payload, retransmissions included. */
  payloadToServer = 0;
  payloadToClient = 0;
  retransmits = 0;
  gapBytes = 0;
  /** Since the flow's first packet. */
  durationUs = 0;
  /** Smallest time from SYN to SYN-ACK to ACK; -1 when not seen. */
  rttUs = -1;
}

export class FlowEnd extends FlowUpdate {
  how: FlowEnding = 'closed';
}

/** A flow is still open after 10 min, 30 min, 1 h, 4 h, 8 h, 12 h, 24 h. */
export class FlowOpen extends Moment {
  stepSeconds = 0;
  payloadToServer = 0;
  payloadToClient = 0;
}

/**
 * In which rhythm both ends of a TCP conversation speak, since its beginning; told once per interval and before its
 * end, of conversations in which one end may be typing. Small: payload of at most 20 bytes; short: at most 100. A pair
 * is two such packets of one direction, one behind the other; in the band: 10 ms to 2 s apart.
 */
export class Rhythm extends Moment {
  /** Packets with payload, retransmissions left out. */
  packetsToServer = 0;
  packetsToClient = 0;
  smallPairsToServer = 0;
  smallPairsToClient = 0;
  smallInBandToServer = 0;
  smallInBandToClient = 0;
  /** Standard deviation of the gaps in the band by their mean; -1 with fewer than two. */
  smallVariationToServer = -1;
  smallVariationToClient = -1;
  shortPairsToServer = 0;
  shortPairsToClient = 0;
  shortInBandToServer = 0;
  shortInBandToClient = 0;
  shortVariationToServer = -1;
  shortVariationToClient = -1;
  /** Bursts (half a second of silence before them, two seconds after the opening) that each end began. */
  burstsByClient = 0;
  burstsByServer = 0;
  /** Of these, the bursts that began with at most 200 bytes and were answered. */
  ordersByClient = 0;
  ordersByServer = 0;
  payloadToServer = 0;
  payloadToClient = 0;
  durationUs = 0;
  /** When bursts began since the last time: one UTF-16 unit each, in steps of 2 ms after `idleEndsFromUs`. */
  idleEnds = '';
  idleEndsFromUs = 0;
}

/** One ICMP echo request or reply: how much it carries and marks of it, never what. */
export class Echo extends Moment {
  fromClient = true;
  isRequest = true;
  /** Identifier and sequence number: the same in a request and its reply. */
  question = 0;
  payloadBytes = 0;
  /** All of the payload was captured: its hash can be compared. */
  isWhole = true;
  payloadHash = 0;
  /** Of bytes 16 to 48, behind the time of sending: always the same in an ordinary ping. 0: there are none. */
  fillerHash = 0;
  /** Entropy of 256 and more bytes; -1 with fewer. */
  bitsPerByte = -1;
}

/** An address was seen with a hardware address. Not bound to a flow. */
export class Neighbour extends Moment {
  address: AddressKey = '';
  mac: MacKey = '';
  /** `ip`: source of an IP packet · `arp-request`, `arp-reply`, `arp-gratuitous` · `ndp`. */
  how = 'ip';
  timeToLive = 0;
}

/** A DHCP server and a client agreed, or a client introduced itself. */
export class Lease extends Moment {
  mac: MacKey = '';
  /** Offered or acknowledged address, '' when the client only asks. */
  address: AddressKey = '';
  server: AddressKey = '';
  /** DHCP message type (RFC 2132, 9.6): 1 discover … 8 inform. */
  kind = 0;
  hostName = '';
  vendorClass = '';
  leaseSeconds = 0;
  /** Option 55 in the order of the client, `1,3,6,15`: a mark of its system. */
  parameters = '';
  /** Option 61 in hexadecimal, or ''. */
  clientId = '';
}

/** Something a device says about itself. */
export class Identity extends Moment {
  /** The device at which end of the flow. */
  ofClient = true;
  /**
   * `manufacturer` `model` `serial` `udi` `specialisation` `software` `name` `modality` `ae-title`
   * `device-uid` `application` `facility`
   * `dicom-implementation` `ssh-software` `user-agent` `operating-system` `server-software` `vendor-class` `domain`
   * `service` `capability`.
   */
  attribute = '';
  value = '';
  /** Where it stood, as the standard names it: `DICOM (0008,1090)`, `HL7 MSH-3`. */
  source = '';
  /** 0 to 1. */
  confidence = 0;
}

/** DICOM A-ASSOCIATE-RQ, or the first PDU of a connection picked up in the middle (AE titles are then ''). */
export class Association extends Moment {
  /** The requestor opened the connection; false: the flow's ends were guessed the other way round. */
  fromClient = true;
  callingAe = '';
  calledAe = '';
  contextsProposed = 0;
  /** Largest P-DATA-TF the requestor takes, 0 = unlimited, -1 = not said. */
  maxPduBytes = -1;
  implementationUid = '';
  implementationVersion = '';
  /** Type of user identity (PS3.7 D.3.3.7), 0 = none. The identity itself is never read. */
  userIdentity = 0;
  /** Abstract syntaxes proposed for which the requestor offers to be SCP, space-joined. */
  roles = '';
  midstream = false;
}

/** DICOM A-ASSOCIATE-AC. */
export class AssociationAnswer extends Moment {
  contextsAccepted = 0;
  maxPduBytes = -1;
  implementationUid = '';
  implementationVersion = '';
  /** Distinct abstract and transfer syntaxes accepted, space-joined, sorted. */
  sopClasses = '';
  transferSyntaxes = '';
}

export class AssociationEnd extends Moment {
  how: 'released' | 'rejected' | 'aborted' | 'dropped' | 'open' = 'released';
  /** Of a rejection or abort (PS3.8 9.3.4, 9.3.8); -1 otherwise. */
  result = -1;
  source = -1;
  reason = -1;
  instances = 0;
  instanceBytes = 0;
  durationUs = 0;
}

/** One DIMSE command set. */
export class Dimse extends Moment {
  fromClient = true;
  /** `C-STORE-RQ`, `N-ACTION-RSP` …; `0xhhhh` for a command field the standard does not know. */
  verb = '';
  /** -1 on a request. */
  status = -1;
  messageId = -1;
  sopClass = '';
  /** C-MOVE-RQ: the AE title where the images shall go. */
  moveDestination = '';
  /** C-STORE-RQ of a C-MOVE: who asked for it. */
  moveOriginator = '';
  /** Sub-operations, -1 when not said. */
  remaining = -1;
  completed = -1;
  failed = -1;
  warning = -1;
  /** N-ACTION: action type; N-EVENT-REPORT: event type; else -1. */
  typeId = -1;
  hasDataSet = false;
  /** On a response: time since its request; -1 when the request was not seen. */
  latencyUs = -1;
}

/** The data set of a C-STORE has passed. */
export class Instance extends Moment {
  fromClient = true;
  sopClass = '';
  transferSyntax = '';
  modality = '';
  /** Bytes of the data set on the wire. */
  bytes = 0;
  /** Keyed hash of the study UID for counting in memory; never written anywhere. 0 = not seen. */
  studyHash = 0;
  /** Instance Creation Date and Time minus capture time where the object names its zone; NaN otherwise. */
  clockSkewUs = Number.NaN;
  /** The same where it names none, its local time read as if it were UTC; NaN otherwise. */
  localClockSkewUs = Number.NaN;
}

/** The identifier of a C-FIND, C-MOVE or C-GET request, classified in place. */
export class Query extends Moment {
  fromClient = true;
  verb = '';
  sopClass = '';
  /** PATIENT, STUDY, SERIES, IMAGE, or ''. */
  level = '';
  /** No key that narrows the answer to a patient, study or date: all of them absent, empty or wildcards. */
  broad = false;
}

/** One HL7 v2 message. */
export class Hl7Message extends Moment {
  fromClient = true;
  type = '';
  trigger = '';
  structure = '';
  sendingApplication = '';
  sendingFacility = '';
  receivingApplication = '';
  receivingFacility = '';
  version = '';
  processingId = '';
  profile = '';
  characterSet = '';
  /** `mllp`, `none` (no start block or no end block), `http`. */
  framing = 'mllp';
  inBatch = false;
  /** The component separator of MSH-2 is the recommended `^`. */
  usualSeparators = true;
  /** MSA-1 of an acknowledgement, else ''. */
  acknowledgement = '';
  /** ERR-3 code, else ''. */
  errorCode = '';
  /** On an acknowledgement: time since the message with that control id; -1 when it was not seen. */
  latencyUs = -1;
  /** MSH-7 minus capture time where the sender gives its zone; NaN otherwise. */
  clockSkewUs = Number.NaN;
  /** The same where it gives none, its local time read as if it were UTC; NaN otherwise. */
  localClockSkewUs = Number.NaN;
  segments = 0;
  observations = 0;
  bytes = 0;
}

/** An HL7 batch: FHS or BHS up to the end of its frame. Its messages come as `Hl7Message` with `inBatch`. */
export class Hl7Batch extends Moment {
  fromClient = true;
  messages = 0;
}

/** A message of a protocol that has no record of its own: counted by protocol and kind. */
export class Message extends Moment {
  fromClient = true;
  /** Name as in docs/protocols.md; may be one that travels inside the flow's own (`fhir` in `http`). */
  protocol = '';
  /** From a closed list of the protocol, as its document spells it: `GetMdib`, `read coils`, `PUBLISH`, `query`. */
  kind = '';
  count = 1;
}

/** A command of any protocol that can change what a device does. Read commands are not reported one by one. */
export class Operation extends Moment {
  fromClient = true;
  protocol = '';
  /** As the protocol names it: `RGV^O15`, `N-ACTION 1.2.840.10008.1.20.1`, `write multiple registers`. */
  verb = '';
  /** What it acts on: operation handle, register range, object id. Never a value, never a person. */
  object = '';
  /** `asked`, or what the device answered: `done`, `failed`. Only `asked` counts as an operation. */
  outcome = 'asked';
}

/** Somebody logs in, as far as the wire tells it. No name, no password, no token. */
export class Login extends Moment {
  /** The client logs in to the server (nearly always). */
  fromClient = true;
  protocol = '';
  /** `password`, `none`, `basic`, `digest`, `ntlm`, `kerberos`, `certificate`, `community`, `token`,
   * `eap`, or ''. */
  method = '';
  /** `asked`, `success`, `failure`. */
  outcome = 'asked';
  /** The credential itself could be read on the wire. */
  isClear = false;
  /** Of a credential that could be read: `empty`, `default`, `short` (under 12 characters), or ''. */
  weakness = '';
}

/** A name was asked for, answered or announced: DNS, mDNS, LLMNR, NetBIOS. One record per question or address. */
export class Lookup extends Moment {
  fromClient = true;
  protocol = 'dns';
  kind: 'query' | 'answer' | 'announcement' = 'query';
  name = '';
  /** `A`, `AAAA`, `PTR`, `TXT` …, `TYPE65` for one without a name. */
  type = '';
  /** Of an answer (RFC 1035 4.1.1), else -1. */
  responseCode = -1;
  /** What the name stands for, where that is an address. */
  address: AddressKey = '';
  /** Of the whole message. */
  bytes = 0;
}

/** Head of one HTTP message. */
export class HttpMessage extends Moment {
  fromClient = true;
  isRequest = true;
  /** `1.0`, `1.1`, `2`. */
  version = '';
  method = '';
  host = '';
  /** The path with everything that may name a person or a record replaced: `/dicom-web/studies/*`, never a query. */
  pathClass = '';
  /** -1 on a request. */
  status = -1;
  mediaType = '';
  /** Scheme of Authorization, never what follows. */
  authorization = '';
  /** -1: not said, chunked or up to the end. */
  contentBytes = -1;
}

/** What one side offers when a protected conversation begins: TLS, DTLS, QUIC, SSH. */
export class Handshake extends Moment {
  fromClient = true;
  protocol = '';
  /** Highest version offered, or the one chosen: `TLS 1.3`, `SSH 2.0`. */
  version = '';
  serverName = '';
  /** Protocols offered or chosen, space-joined. */
  alpn = '';
  /** Cipher suite chosen by the server (IANA number), -1 otherwise. */
  cipher = -1;
  /** Published fingerprints; '' where they do not apply. */
  ja3 = '';
  ja4 = '';
  hassh = '';
}

/** The end certificate of one side, where it passes in clear. */
export class Certificate extends Moment {
  fromClient = false;
  /** Common names. */
  subject = '';
  issuer = '';
  organization = '';
  notBeforeUs = Number.NaN;
  notAfterUs = Number.NaN;
  isSelfSigned = false;
}

/** A file or document goes over, or is asked for; HTTP, FTP, TFTP, SMB, NFS, rsync, printing. Never its name. */
export class Transfer extends Moment {
  fromClient = true;
  protocol = '';
  /** `read`, `write`, `list`, `delete`, `rename`, `print`, `execute`. */
  verb = '';
  /** File name extension in lower case, at most eight letters and digits, or ''. */
  extension = '';
  /** What the first bytes are: `elf`, `pe`, `u-boot`, `squashfs`, `zip`, `uf2`, `dicom`, `pe-in-dicom`, …, or ''. */
  content = '';
  /** Share or service the file belongs to (`ADMIN$`), or ''. */
  share = '';
  /** -1 while not known. */
  bytes = -1;
}

/** A second conversation was agreed: whoever connects there speaks this protocol (FTP data). Heard by the analyst. */
export class Expectation extends Moment {
  protocol = '';
  /** Who listens there; '': an end of this flow, its client when `ofClient`. */
  server: AddressKey = '';
  ofClient = false;
  serverPort = 0;
}

/** What a station says about itself below IP (LLDP, CDP). Not bound to a flow. */
export class Announcement extends Moment {
  mac: MacKey = '';
  /** As in `Identity`. */
  attribute = '';
  value = '';
  source = '';
  confidence = 0;
}

/** One method per kind of record: a decoder calls it, a listener implements it. */
export interface Records {
  flowStart(record: FlowStart): void;
  flowEstablished(record: FlowEstablished): void;
  flowProtocol(record: FlowProtocol): void;
  flowUpdate(record: FlowUpdate): void;
  flowOpen(record: FlowOpen): void;
  rhythm(record: Rhythm): void;
  echo(record: Echo): void;
  flowEnd(record: FlowEnd): void;
  neighbour(record: Neighbour): void;
  lease(record: Lease): void;
  identity(record: Identity): void;
  association(record: Association): void;
  associationAnswer(record: AssociationAnswer): void;
  associationEnd(record: AssociationEnd): void;
  dimse(record: Dimse): void;
  instance(record: Instance): void;
  query(record: Query): void;
  hl7Message(record: Hl7Message): void;
  hl7Batch(record: Hl7Batch): void;
  message(record: Message): void;
  operation(record: Operation): void;
  login(record: Login): void;
  lookup(record: Lookup): void;
  httpMessage(record: HttpMessage): void;
  handshake(record: Handshake): void;
  certificate(record: Certificate): void;
  transfer(record: Transfer): void;
  expectation(record: Expectation): void;
  announcement(record: Announcement): void;
  /** Traffic that breaks a rule of its protocol. Names are documented in docs/oddities.md. `flow` -1: no flow. */
  oddity(name: string, flow: number, timeUs: number): void;
}

/** A fresh record of every kind, by the name of its method: what a thread needs to write and read them. */
export const recordKinds = {
  flowStart: () => new FlowStart(),
  flowEstablished: () => new FlowEstablished(),
  flowProtocol: () => new FlowProtocol(),
  flowUpdate: () => new FlowUpdate(),
  flowOpen: () => new FlowOpen(),
  rhythm: () => new Rhythm(),
  echo: () => new Echo(),
  flowEnd: () => new FlowEnd(),
  neighbour: () => new Neighbour(),
  lease: () => new Lease(),
  identity: () => new Identity(),
  association: () => new Association(),
  associationAnswer: () => new AssociationAnswer(),
  associationEnd: () => new AssociationEnd(),
  dimse: () => new Dimse(),
  instance: () => new Instance(),
  query: () => new Query(),
  hl7Message: () => new Hl7Message(),
  hl7Batch: () => new Hl7Batch(),
  message: () => new Message(),
  operation: () => new Operation(),
  login: () => new Login(),
  lookup: () => new Lookup(),
  httpMessage: () => new HttpMessage(),
  handshake: () => new Handshake(),
  certificate: () => new Certificate(),
  transfer: () => new Transfer(),
  expectation: () => new Expectation(),
  announcement: () => new Announcement(),
} as const satisfies Record<Exclude<keyof Records, 'oddity'>, () => Moment>;
