/** What the messages of a handshake tell: hellos, end certificates, alerts, and remote tools that show themselves. */
import { toolOfAlpn, toolOfHost, toolOfOrganization, toolOfOwner } from '../../src/bytes/remote-tools.ts';
import { alertKind } from '../../src/bytes/tls-alert.ts';
import { describeHello } from '../../src/bytes/tls-fingerprint.ts';
import { CLIENT_HELLO, Hello, readHello } from '../../src/bytes/tls-hello.ts';
import { readCertificate, X509 } from '../../src/bytes/x509.ts';
import { Segment } from '../../src/protocol.ts';
import { Certificate, FlowProtocol, Handshake, Identity, Message, type Records, stamp } from '../../src/records.ts';

export const HELLO_VERIFY_REQUEST = 3;
export const CERTIFICATE = 11;

/** The length of the list and of its first certificate stand before it (RFC 5246 7.4.2). */
const CERTIFICATE_AT = 6;
/** In front of the random stands the version, in its beginning the time in old ones. */
const RANDOM_AT = 10;

const said = new FlowProtocol();
const name = new Identity();
const handshake = new Handshake();
const certificate = new Certificate();
const message = new Message();
const hello = new Hello();
const owner = new X509();

const nobody = new Segment();

/** Speaks for one flow. */
export class Teller {
  /** Of the random of the last first hello. */
  private random = -1;
  private tool = '';
  private detail = '';
  /** Each oddity once. */
  private readonly odd = new Set<string>();
  private segment: Segment = nobody;
  private records: Records | null = null;
  private readonly isInside: boolean;

  constructor(isInside: boolean) {
    this.isInside = isInside;
  }

  /** Whose bytes come next. */
  listen(segment: Segment, records: Records): void {
    this.segment = segment;
    this.records = records;
  }

  oddity(what: string): void {
    if (this.odd.has(what)) return;
    this.odd.add(what);
    this.records?.oddity(what, this.segment.flow, this.segment.timeUs);
  }

  /** Is the first hello at `body` another one than the last? The same is sent again when it was lost. */
  isAnother(view: DataView, body: number, end: number): boolean {
    if (end - body < RANDOM_AT + 4) return false;
    const random = view.getUint32(body + RANDOM_AT);
    const isAnother = this.random >= 0 && random !== this.random;
    this.random = random;
    return isAnother;
  }

  /** One message, its body `[at, end)`; a certificate may be cut off. */
  message(type: number, view: DataView, at: number, end: number): void {
    if (type === CERTIFICATE) this.certificate(view, at, end);
    else if (type === HELLO_VERIFY_REQUEST) this.say('HelloVerifyRequest');
    else this.hello(view, at, end, type);
  }

  private hello(view: DataView, at: number, end: number, type: number): void {
    readHello(view, at, end, type, true, hello);
    if (hello.broken) this.oddity('dtls_malformed_hello');
    if (hello.legacyVersion === 0) return;
    stamp(handshake, this.segment);
    handshake.fromClient = this.segment.toServer;
    handshake.protocol = 'dtls';
    describeHello(hello, 'd', handshake);
    this.records?.handshake(handshake);
    if (type === CLIENT_HELLO) {
      this.serverName();
      this.remoteTool(toolOfHost(hello.serverName) || toolOfAlpn(hello.alpn));
    } else this.version(handshake.version);
  }

  private serverName(): void {
    if (hello.serverName === '') return;
    stamp(name, this.segment);
    // Whoever sends the ClientHello names the other end.
    name.ofClient = !this.segment.toServer;
    name.attribute = 'name';
    name.value = hello.serverName;
    name.source = 'TLS SNI';
    // With an encrypted hello inside, the outer name may be a front.
    name.confidence = hello.encryptedInside ? 0.2 : 0.4;
    this.records?.identity(name);
  }

  /** What both will speak. */
  private version(version: string): void {
    const detail = version.startsWith('DTLS ') ? version.slice(5) : version;
    // Inside another protocol the flow keeps its name.
    if (this.isInside || detail === this.detail) return;
    this.detail = detail;
    stamp(said, this.segment);
    said.protocol = 'dtls';
    said.detail = detail;
    this.records?.flowProtocol(said);
  }

  private certificate(view: DataView, at: number, end: number): void {
    const from = at + CERTIFICATE_AT;
    // Who has none sends an empty list.
    if (from >= end) return;
    const bytes = view.getUint32(from - 4) & 0xff_ffff;
    if (!readCertificate(view, from, Math.min(end, from + bytes), this.segment.toServer, owner)) {
      this.oddity('dtls_malformed_certificate');
      return;
    }
    stamp(certificate, this.segment);
    certificate.fromClient = this.segment.toServer;
    certificate.subject = owner.subject;
    certificate.issuer = owner.issuer;
    certificate.organization = owner.organization;
    certificate.notBeforeUs = owner.notBeforeUs;
    certificate.notAfterUs = owner.notAfterUs;
    certificate.isSelfSigned = owner.isSelfSigned;
    this.records?.certificate(certificate);
    this.remoteTool(toolOfOwner(view, owner.subjectAt, owner.subjectEnd) || toolOfOrganization(owner.organization));
  }

  /** A remote tool is told once. */
  private remoteTool(tool: string): void {
    if (tool === '' || tool === this.tool) return;
    this.tool = tool;
    this.say('session', tool);
  }

  alert(description: number): void {
    this.say(alertKind(description));
  }

  private say(kind: string, protocol = 'dtls'): void {
    stamp(message, this.segment);
    message.fromClient = this.segment.toServer;
    message.protocol = protocol;
    message.kind = kind;
    this.records?.message(message);
  }
}
