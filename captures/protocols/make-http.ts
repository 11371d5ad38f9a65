/** Makes the captures of HTTP and what travels in it: `node captures/protocols/make-http.ts`. */
import { bytes, type Content } from '../../test/support/packet.ts';
import { connection, pcap, type Said, write } from './pcap.ts';

const client = { host: 21, port: 40_080 };
const server = (port: number): { host: number; port: number } => ({ host: 2, port });

const ask = (line: string, fields = '', body: Content = ''): Said => ({
  toServer: true,
  bytes: bytes(`${line} HTTP/1.1\r\nHost: pacs.hospital.test\r\n${fields}${lengthOf(body)}\r\n`, body),
});
const reply = (status: number, fields = '', body: Content = ''): Said => ({
  toServer: false,
  bytes: bytes(`HTTP/1.1 ${status} Said\r\n${fields}Content-Length: ${bytes(body).length}\r\n\r\n`, body),
});
const lengthOf = (body: Content): string =>
  bytes(body).length === 0 ? '' : `Content-Length: ${bytes(body).length}\r\n`;
const conversation = (port: number, ...said: readonly Said[]): Uint8Array =>
  pcap(connection(client, server(port), said));

const zeros = (count: number): Uint8Array => new Uint8Array(count);
const agent = 'User-Agent: viewer/2.1 (Windows NT 6.1; Win64)\r\n';
const login = `Authorization: Basic ${Buffer.from('nobody:orthanc').toString('base64')}\r\n`;

const http = conversation(
  80,
  ask('GET /reports/nobody.pdf?id=7', `${agent}${login}`),
  reply(401, 'Server: Apache/2.4.6 (CentOS)\r\n'),
  ask('GET /reports/nobody.pdf?id=7', agent),
  reply(200, 'Content-Type: application/pdf\r\n', bytes('%PDF-1.7', zeros(300))),
  ask('PUT /firmware/image.bin', '', bytes([0x7f], 'ELF', zeros(400))),
  reply(201),
  ask('GET /ws', 'Upgrade: websocket\r\n'),
  { toServer: false, bytes: bytes('HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n') },
);

const type = 'Content-Type: application/fhir+json\r\n';
const fhir = conversation(
  80,
  ask('GET /fhir/Patient/7', 'Accept: application/fhir+json\r\n'),
  reply(200, type, '{}'),
  ask('PUT /fhir/MedicationRequest/9', type, '{}'),
  reply(403),
  ask('GET /fhir/Patient/$export', 'Prefer: respond-async\r\n'),
  reply(202),
);

const related = 'Content-Type: multipart/related; type="application/dicom"; boundary=B\r\n';
const part = '--B\r\nContent-Type: application/dicom\r\n\r\nDICM\r\n';
const dicomweb = conversation(
  8042,
  ask('GET /dicom-web/studies?PatientID=7'),
  reply(200, 'Content-Type: application/dicom+json\r\n', '[]'),
  ask('POST /dicom-web/studies', related, `${part}${part}--B--\r\n`),
  reply(200),
  ask('GET /dicom-web/studies/1.2.3', 'Accept: multipart/related; type="application/dicom"\r\n'),
  reply(200, related, `${part}--B--\r\n`),
);

const orthanc = conversation(
  8042,
  ask('GET /patients?expand', login),
  reply(200, 'Server: Orthanc\r\nContent-Type: application/json\r\n', '[]'),
  ask('GET /studies/debbd667-6c634618-65b2533e-5db6e87e-3d2a9e32/archive', login),
  reply(200, 'Content-Type: application/zip\r\n', bytes('PK', [3, 4], zeros(300))),
  ask('DELETE /studies/debbd667-6c634618-65b2533e-5db6e87e-3d2a9e32', login),
  reply(200),
);

const kerberos = `Authorization: Kerberos ${Buffer.from('\x60\x82 a ticket').toString('base64')}\r\n`;
const encrypted = 'Content-Type: multipart/encrypted;protocol="application/HTTP-Kerberos-session-encrypted"\r\n';
const winrm = conversation(5985, ask('POST /wsman', kerberos + encrypted, 'secret'), reply(200, encrypted, 'secret'));

const upnp = conversation(
  5000,
  ask('POST /ctl/IPConn', 'SOAPACTION: "urn:schemas-upnp-org:service:WANIPConnection:1#AddPortMapping"\r\n', '<a/>'),
  reply(200),
);

const envelope = '<s:Envelope><s:Header/><s:Body><ContinuousMove/></s:Body></s:Envelope>';
const onvif = conversation(
  80,
  ask('POST /onvif/ptz_service', 'Content-Type: application/soap+xml\r\n', envelope),
  reply(200, 'Content-Type: application/soap+xml\r\n', '<s:Envelope/>'),
);

const ippType = 'Content-Type: application/ipp\r\n';
const ipp = conversation(
  631,
  ask(
    'POST /ipp/print',
    ippType,
    bytes([2, 0, 0, 2, 0, 0, 0, 1, 1, 0x42, 0, 1, 'n'.charCodeAt(0), 0, 1, 120, 3], '%PDF-1.7'),
  ),
  reply(200, ippType, [2, 0, 0, 0, 0, 0, 0, 1, 3]),
);

const frame = (kind: number, flags: number, stream: number, payload: Content): Uint8Array =>
  bytes([0, 0, bytes(payload).length, kind, flags, 0, 0, 0, stream], payload);
const literal = (name: string, value: string): Uint8Array => bytes([0x40, name.length], name, [value.length], value);
const settings = frame(4, 0, 0, [0, 3, 0, 0, 0, 100]);
const http2 = conversation(
  8080,
  {
    toServer: true,
    bytes: bytes(
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      settings,
      frame(1, 4, 1, bytes([0x83], literal(':path', '/api/upload'), literal(':authority', 'api.test'))),
      frame(0, 1, 1, bytes([0x7f], 'ELF', zeros(100))),
    ),
  },
  { toServer: false, bytes: bytes(settings, frame(4, 1, 0, ''), frame(1, 5, 1, [0x88])) },
  { toServer: true, bytes: frame(1, 5, 3, [0x82, 0xbf, 0xbe]) },
  { toServer: false, bytes: frame(1, 5, 3, bytes([0x8d], literal('server', 'nginx/1.22.1'))) },
);

const file = conversation(
  4444,
  { toServer: true, bytes: bytes('MZ', zeros(126), 'DICM', zeros(100)) },
  { toServer: true, bytes: zeros(500) },
);

export const captures = { http, fhir, dicomweb, orthanc, winrm, upnp, onvif, ipp, http2, file };

if (import.meta.main) write(captures);
