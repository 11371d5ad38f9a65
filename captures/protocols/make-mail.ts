/** Makes the captures of TLS, and of mail that goes over to it: `node captures/protocols/make-mail.ts`. */
import { certificate, certificateList } from '../../test/support/certificate.ts';
import {
  clientHelloBody,
  handshakeMessage,
  helloExtension,
  protocolsExtension,
  serverHelloBody,
  serverNameExtension,
} from '../../test/support/hello.ts';
import { bytes, type Content, u16 } from '../../test/support/packet.ts';
import { connection, pcap, type Said, write } from './pcap.ts';

const client = { host: 21, port: 40_443 };
const host = (port: number): { host: number; port: number } => ({ host: 7, port });

const record = (type: number, content: Content): Uint8Array => bytes([type, 3, 3], u16(bytes(content).length), content);
const hello = (type: number, body: Uint8Array): Uint8Array => handshakeMessage(type, body);
const sealed = record(23, new Uint8Array(48).fill(0x99));
const changes = record(20, [1]);

const owner = { subject: 'pacs.hospital.test', organization: 'Hospital', hostNames: ['pacs.hospital.test'] };
const scanner = { subject: 'us-room2.hospital.test', issuer: 'Hospital CA', hostNames: ['us-room2.hospital.test'] };
const groups = [helloExtension(10, [0, 4], u16(29), u16(23)), helloExtension(13, [0, 4], u16(0x0403), u16(0x0804))];

/** TLS 1.2: both sides show a certificate; the server's is its own. */
const tls: readonly Said[] = [
  {
    toServer: true,
    bytes: record(22, hello(1, clientHelloBody([serverNameExtension('pacs.hospital.test'), ...groups]))),
  },
  {
    toServer: false,
    bytes: record(
      22,
      bytes(
        hello(2, serverHelloBody()),
        hello(
          11,
          certificateList(certificate({ ...owner, issuer: 'pacs.hospital.test', issuerOrganization: 'Hospital' })),
        ),
        hello(14, new Uint8Array(0)),
      ),
    ),
  },
  {
    toServer: true,
    bytes: bytes(
      record(22, hello(11, certificateList(certificate(scanner)))),
      record(22, hello(16, new Uint8Array(33))),
    ),
  },
  { toServer: true, bytes: bytes(changes, sealed) },
  { toServer: false, bytes: bytes(changes, sealed) },
];

/** A remote tool, turned down. */
const tool: readonly Said[] = [
  {
    toServer: true,
    bytes: record(
      22,
      hello(1, clientHelloBody([serverNameExtension('relay-00000001.net.anydesk.com'), protocolsExtension('h2')])),
    ),
  },
  { toServer: false, bytes: record(21, [2, 40]) },
];

const lines = (text: string): Said[] =>
  text
    .trim()
    .split('\n')
    .map((line) => ({ toServer: line.trim().startsWith('C:'), bytes: `${line.trim().slice(3)}\r\n` }));

const secret = Buffer.from('\0scanner\0admin').toString('base64');

const smtp = lines(`
  S: 220 mail.hospital.test ESMTP Postfix (Debian/GNU)
  C: EHLO us-room2.hospital.test
  S: 250-mail.hospital.test
  S: 250 AUTH PLAIN LOGIN
  C: AUTH PLAIN ${secret}
  S: 235 2.7.0 Authentication successful
  C: MAIL FROM:<us-room2@hospital.test>
  S: 250 2.1.0 Ok
  C: RCPT TO:<nobody@hospital.test>
  S: 250 2.1.5 Ok
  C: DATA
  S: 354 End data with <CR><LF>.<CR><LF>
  C: Subject: nobody reads this
  C: .
  S: 250 2.0.0 Ok: queued
  C: QUIT
  S: 221 2.0.0 Bye`);

const smtpProtected = [
  ...lines(`
  S: 220 mail.hospital.test ESMTP Exim 4.94.2
  C: EHLO us-room2
  S: 250 STARTTLS
  C: STARTTLS
  S: 220 TLS go ahead`),
  ...tls.slice(0, 2),
];

const imap = lines(`
  S: * OK [CAPABILITY IMAP4rev1 STARTTLS] Dovecot ready.
  C: a1 LOGIN nobody "1234"
  S: a1 NO [AUTHENTICATIONFAILED] Authentication failed.
  C: a2 AUTHENTICATE PLAIN ${secret}
  S: a2 OK Logged in
  C: a3 FETCH 1 (BODY[TEXT])
  S: * 1 FETCH (BODY[TEXT] {8}
  S: nobody
  S: )
  S: a3 OK Fetch completed
  C: a4 LOGOUT
  S: * BYE Logging out`);

const pop3 = lines(`
  S: +OK Dovecot ready.
  C: USER nobody
  S: +OK
  C: PASS password
  S: -ERR Authentication failed.
  C: APOP nobody c4c9334bac560ecc979e58001b3e22fb
  S: +OK Logged in.
  C: RETR 1
  S: +OK 9 octets
  S: nobody
  S: .
  C: QUIT
  S: +OK Logging out.`);

export const captures: Readonly<Record<string, Uint8Array>> = {
  tls: pcap([
    ...connection(client, host(443), tls),
    ...connection({ ...client, port: 40_444 }, { host: 8, port: 443 }, tool),
  ]),
  smtp: pcap([
    ...connection(client, host(25), smtp),
    ...connection({ ...client, port: 40_444 }, host(587), smtpProtected),
  ]),
  imap: pcap(connection(client, host(143), imap)),
  pop3: pcap(connection(client, host(110), pop3)),
};

if (import.meta.main) write(captures);
