/** What the messages of a handshake tell: hellos, end certificates, alerts, and remote tools that show themselves. */
import { toolOfAlpn, toolOfHost, toolOfOrganization, toolOfOwner } from '../../src/bytes/remote-tools.ts';
import { alertKind } from '../../src/bytes/tls-alert.ts';
import { describeHello } from '../../src/bytes/tls-fingerprint.ts';
import { CLIENT_HELLO, Hello, readHello, SERVER_HELLO } from '../../src/bytes/tls-hello.ts';
import { readCertificate, X509 } from '../../src/bytes/x509.ts';
import type { Segment } from '../../src/protocol.ts';
import { Certificate, FlowProtocol, Handshake, Identity, Message, type Records, stamp } from '../../src/records.ts';
import { CERTIFICATE, MESSAGE_HEADER_BYTES } from './handshake.ts';

const said = new FlowProtocol();
const name = new Identity();
const handshake = new Handshake();
const certificate = new Certificate();
const message = new Message();
const hello = new Hello();
const owner = new X509();

/** The length of the list and of its first certificate stand before it (RFC 5246 7.4.2). */
const CERTIFICATE_AT = MESSAGE_HEADER_BYTES + 6;

/** Speaks for one connection. */
export class Teller {
  /** The last ServerHello asked for another ClientHello. */
  isRetry = false;
  /** TLS 1.3 was chosen: all that follows is encrypted. */
  isSealed = false;
  private tool = '';
  private versionTold = false;
  private readonly isInside: boolean;
  private segment: Segment;
  private records: Records;

  constructor(isInside: boolean, segment: Segment, records: Records) {
    this.isInside = isInside;
    this.segment = segment;
    this.records = records;
  }

  /** Whose bytes come next. */
  listen(segment: Segment, records: Records): void {
    this.segment = segment;
    this.records = records;
  }

  oddity(name: string): void {
    this.records.oddity(name, this.segment.flow, this.segment.timeUs);
  }

  /** One handshake message; a certificate may be cut off. */
  message(view: DataView, at: number, end: number): void {
    const type = view.getUint8(at);
    if (type === CERTIFICATE) this.certificate(view, at, end);
    else if (type === CLIENT_HELLO || type === SERVER_HELLO) this.hello(view, at, end, type);
  }

  private hello(view: DataView, at: number, end: number, type: number): void {
    readHello(view, at + MESSAGE_HEADER_BYTES, end, type, false, hello);
    if (hello.broken) this.oddity('tls_malformed_hello');
    if (hello.legacyVersion === 0) return;
    stamp(handshake, this.segment);
    handshake.fromClient = this.segment.toServer;
    handshake.protocol = 'tls';
    describeHello(hello, 't', handshake);
    this.records.handshake(handshake);
    if (hello.fromClient) {
      this.serverName();
      this.remoteTool(toolOfHost(hello.serverName) || toolOfAlpn(hello.alpn));
    } else {
      this.isRetry = hello.isRetry;
      this.isSealed = handshake.version === 'TLS 1.3' && !hello.isRetry;
      this.version(handshake.version);
    }
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
    this.records.identity(name);
  }

  /** What both will speak, once. */
  version(version: string): void {
    // Inside another protocol the flow keeps its name.
    if (this.isInside || this.versionTold) return;
    this.versionTold = true;
    stamp(said, this.segment);
    said.protocol = 'tls';
    said.detail = version.startsWith('TLS ') ? version.slice(4) : version;
    this.records.flowProtocol(said);
  }

  /** A hello in the format of SSL 2.0, or an answer to it. */
  oldHello(version: string): void {
    stamp(handshake, this.segment);
    handshake.fromClient = this.segment.toServer;
    handshake.protocol = 'tls';
    handshake.version = version;
    handshake.serverName = '';
    handshake.alpn = '';
    handshake.cipher = -1;
    handshake.ja3 = '';
    handshake.ja4 = '';
    this.records.handshake(handshake);
    if (!this.segment.toServer) this.version(version);
  }

  private certificate(view: DataView, at: number, end: number): void {
    const from = at + CERTIFICATE_AT;
    // A client without one sends an empty list.
    if (from >= end) return;
    const bytes = view.getUint32(from - 4) & 0xffffff;
    if (!readCertificate(view, from, Math.min(end, from + bytes), this.segment.toServer, owner)) {
      this.oddity('tls_malformed_certificate');
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
    this.records.certificate(certificate);
    this.remoteTool(toolOfOwner(view, owner.subjectAt, owner.subjectEnd) || toolOfOrganization(owner.organization));
  }

  /** A remote tool is told once. */
  private remoteTool(tool: string): void {
    if (tool === '' || tool === this.tool) return;
    this.tool = tool;
    stamp(message, this.segment);
    message.fromClient = this.segment.toServer;
    message.protocol = tool;
    message.kind = 'session';
    this.records.message(message);
  }

  alert(description: number): void {
    stamp(message, this.segment);
    message.fromClient = this.segment.toServer;
    message.protocol = 'tls';
    message.kind = alertKind(description);
    this.records.message(message);
  }
}
