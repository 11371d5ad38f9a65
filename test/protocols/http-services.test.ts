import t, { type Test } from 'tap';
import { createHttp } from '../../protocols/http/decoder.ts';
import { createExchangeReaders } from '../../protocols/index.ts';
import { limits } from '../../src/limits.ts';
import { bytesOf, converse, type Heard, type Turn } from '../support/protocol.ts';

const http = createHttp({ limits, bodies: createExchangeReaders({ limits, key: new Uint8Array(32) }) });

const ask = (line: string, fields = '', body: string | Uint8Array = ''): Turn => ({
  toServer: true,
  bytes: bytesOf(`${line} HTTP/1.1\r\nHost: pacs.test\r\n${fields}${lengthOf(body)}\r\n`, body),
});
const reply = (status: number, fields = '', body: string | Uint8Array = ''): Turn => ({
  toServer: false,
  bytes: bytesOf(`HTTP/1.1 ${status} Said\r\n${fields}Content-Length: ${body.length}\r\n\r\n`, body),
});
const lengthOf = (body: string | Uint8Array): string => (body.length === 0 ? '' : `Content-Length: ${body.length}\r\n`);

/** What was told of a kind, and the same however the conversation is cut. */
function told(t: Test, turns: readonly Turn[], serverPort = 80): Heard[] {
  const whole = converse(http, turns, {}, { serverPort });
  const pieces = converse(http, turns, { pieceBytes: 1 }, { serverPort });
  const withoutPackets = (list: readonly Heard[]): unknown => list.map(({ kind, record }) => [kind, record]);
  t.same(withoutPackets(pieces), withoutPackets(whole), 'the same in pieces of one byte');
  t.notMatch(JSON.stringify(whole), /CANARY/, 'and nothing that may name a person');
  return whole;
}
const kindsOf = (list: readonly Heard[], protocol: string): unknown[] =>
  list
    .filter(({ kind, record }) => kind === 'message' && record.protocol === protocol)
    .map(({ record }) => record.kind);
const operationsOf = (list: readonly Heard[], protocol: string): string[] =>
  list
    .filter(({ kind, record }) => kind === 'operation' && record.protocol === protocol)
    .map(({ record }) => `${record.verb} ${record.object} ${record.outcome}`);

const FHIR = 'Accept: application/fhir+json\r\n';
for (const [line, kind, fields] of [
  ['GET /fhir/Patient/CANARY7', 'read', ''],
  ['GET /fhir/Patient/CANARY7/_history/1', 'vread', ''],
  ['GET /fhir/Patient/CANARY7/_history', 'history', ''],
  ['GET /fhir/Observation?patient=CANARY', 'search', ''],
  ['GET /api/r4/Observation?patient=CANARY', 'search', FHIR],
  ['POST /fhir/Patient/_search', 'search', ''],
  ['GET /fhir/Patient/CANARY/Observation', 'search', ''],
  ['GET /fhir/Patient/$export', 'bulk export', ''],
  ['GET /fhir/Group/CANARY/$export', 'bulk export', ''],
  ['GET /fhir/$export', 'bulk export', ''],
  ['GET /fhir/Patient/CANARY/$everything', 'everything', ''],
  ['GET /hapi-fhir/metadata', 'capabilities', ''],
  ['POST /fhir/$process-message', 'operation', ''],
  ['GET /fhir/index.html', undefined, ''],
  ['GET /Patient/CANARY', undefined, ''],
  ['GET /', undefined, ''],
] as const) {
  t.test(`FHIR: ${line} is ${kind ?? 'nothing'}`, (t) => {
    const list = told(t, [ask(line, fields), reply(200)]);
    t.same(kindsOf(list, 'fhir'), kind === undefined ? [] : [kind]);
    t.same(operationsOf(list, 'fhir'), []);
    t.end();
  });
}

for (const [line, verb, object] of [
  ['POST /fhir/Observation', 'create', 'Observation'],
  ['PUT /fhir/MedicationRequest/CANARY', 'update', 'MedicationRequest'],
  ['PATCH /fhir/Device/CANARY', 'patch', 'Device'],
  ['DELETE /fhir/Patient/CANARY', 'delete', 'Patient'],
  ['POST /fhir', 'batch', ''],
] as const) {
  t.test(`FHIR: ${line} is an operation with an outcome`, (t) => {
    const body = '{"resourceType": "CANARY"}';
    const type = 'Content-Type: application/fhir+json\r\n';
    t.same(operationsOf(told(t, [ask(line, type, body), reply(201)]), 'fhir'), [
      `${verb} ${object} asked`,
      `${verb} ${object} done`,
    ]);
    t.same(operationsOf(told(t, [ask(line, type, body), reply(403)]), 'fhir')[1], `${verb} ${object} failed`);
    t.end();
  });
}

t.test('FHIR: a path that only looks like it is told by the media type of its response', (t) => {
  const list = told(t, [ask('GET /rest/Patient/CANARY'), reply(200, 'Content-Type: application/fhir+json\r\n', '{}')]);
  t.match(
    list.filter(({ kind }) => kind === 'message'),
    [{ record: { kind: 'read', fromClient: true } }],
  );
  t.end();
});

for (const [line, kind, fields] of [
  ['GET /dicom-web/studies?PatientID=CANARY', 'QIDO-RS study', ''],
  ['GET /dicom-web/studies/1.2.3/series', 'QIDO-RS series', ''],
  ['GET /rs/instances', 'QIDO-RS instance', ''],
  ['GET /dcm4chee-arc/aets/ARC/rs/studies/1.2.3', 'WADO-RS study', ''],
  ['GET /dicom-web/studies/1.2.3/series/1.2.4/instances/1.2.5', 'WADO-RS instance', ''],
  ['GET /dicom-web/studies/1.2.3/series/1.2.4/instances/1.2.5/frames/1', 'WADO-RS frames', ''],
  ['GET /dicom-web/studies/1.2.3/metadata', 'WADO-RS metadata', ''],
  ['GET /dicom-web/studies/1.2.3/rendered', 'WADO-RS rendered', ''],
  ['GET /wado?requestType=WADO&studyUID=CANARY', 'WADO-URI', ''],
  ['GET /archive/studies/1.2.3', 'WADO-RS study', 'Accept: multipart/related; type="application/dicom"\r\n'],
  ['GET /archive/studies/1.2.3', undefined, ''],
  ['GET /ups/workitems?CANARY', undefined, ''],
  ['GET /rs/workitems?CANARY', 'UPS-RS search', ''],
] as const) {
  t.test(`DICOMweb: ${line} is ${kind ?? 'nothing'}`, (t) => {
    t.same(kindsOf(told(t, [ask(line, fields), reply(200)]), 'dicomweb'), kind === undefined ? [] : [kind]);
    t.end();
  });
}

const part = (type: string): string => `--B=1\r\nContent-Type: ${type}\r\n\r\nCANARY\r\n-- no boundary\r`;
const related = `${part('application/dicom')}\n${part('application/dicom')}\n${part('application/dicom+json')}\n--B=1--\r\n`;

t.test('DICOMweb: what is stored is counted, and is an operation', (t) => {
  const type = 'Content-Type: multipart/related; type="application/dicom"; boundary=B=1\r\n';
  const list = told(t, [ask('POST /dicom-web/studies', type, related), reply(200)]);
  t.same(operationsOf(list, 'dicomweb'), ['STOW-RS instances asked', 'STOW-RS instances done']);
  t.match(
    list.filter(({ record }) => record.kind === 'instance stored'),
    [{ kind: 'message', record: { count: 2 } }],
  );
  t.match(
    list.filter(({ kind }) => kind === 'transfer'),
    [{ record: { protocol: 'dicomweb', verb: 'write', content: 'dicom', bytes: related.length } }],
  );
  t.end();
});

t.test('DICOMweb: what is retrieved is counted', (t) => {
  const type = 'Content-Type: multipart/related; type="application/dicom"; boundary=B=1\r\n';
  const list = told(t, [ask('GET /dicom-web/studies/1.2'), reply(200, type, related)]);
  t.same(kindsOf(list, 'dicomweb'), ['WADO-RS study', 'instance retrieved']);
  t.match(
    list.filter(({ kind }) => kind === 'transfer'),
    [{ record: { verb: 'read', fromClient: true } }],
  );
  t.end();
});

const id = 'debbd667-6c634618-65b2533e-5db6e87e-3d2a9e32';
for (const [line, kind, operation, port] of [
  [`GET /studies/${id}/archive`, 'archive', '', 80],
  [`GET /instances/${id}/file`, 'file', '', 80],
  [`DELETE /studies/${id}`, 'delete', 'delete studies asked', 80],
  [`POST /modalities/CANARY/store`, 'store', 'store modalities asked', 8042],
  ['POST /instances', 'upload', 'upload instances asked', 8042],
  ['POST /tools/execute-script', 'execute-script', 'execute-script tools asked', 8042],
  ['GET /patients?expand', 'patients', '', 8042],
  ['GET /patients', undefined, '', 80],
  ['GET /x', undefined, '', 8042],
] as const) {
  t.test(`Orthanc: ${line} on port ${port} is ${kind ?? 'nothing'}`, (t) => {
    const list = told(t, [ask(line)], port);
    t.same(kindsOf(list, 'orthanc'), kind === undefined ? [] : [kind]);
    t.same(operationsOf(list, 'orthanc'), operation === '' ? [] : [operation]);
    t.end();
  });
}

t.test('WinRM: requests and how they log in', (t) => {
  const type = 'Content-Type: multipart/encrypted;protocol="application/HTTP-Kerberos-session-encrypted"\r\n';
  const token = Buffer.from('\x60\x82CANARY, a ticket of Kerberos').toString('base64');
  const list = told(t, [
    ask('POST /wsman', `Authorization: Kerberos ${token}\r\n${type}`, 'CANARY'),
    reply(200, type, 'CANARY'),
    ask('POST /wsman', 'Content-Type: application/soap+xml\r\n', '<CANARY/>'),
    reply(401),
  ]);
  t.same(kindsOf(list, 'winrm'), ['encrypted request', 'encrypted response', 'request', 'refused']);
  t.match(
    list.filter(({ kind }) => kind === 'login'),
    [
      { record: { protocol: 'winrm', method: 'kerberos', outcome: 'asked', isClear: false } },
      { record: { protocol: 'winrm', method: 'kerberos', outcome: 'success' } },
    ],
  );
  t.end();
});

t.test('UPnP: a port that is opened to the outside is an operation', (t) => {
  const action = (name: string): string => `SOAPACTION: "urn:schemas-upnp-org:service:WANIPConnection:1#${name}"\r\n`;
  const list = told(t, [
    ask('POST /ctl/IPConn', action('GetExternalIPAddress'), '<CANARY/>'),
    reply(200),
    ask('POST /ctl/IPConn', action('AddPortMapping'), '<CANARY/>'),
    reply(500),
    ask('POST /ctl/IPConn', action('CANARYAction'), '<CANARY/>'),
  ]);
  t.same(kindsOf(list, 'upnp'), ['GetExternalIPAddress', 'AddPortMapping', 'other']);
  t.same(operationsOf(list, 'upnp'), ['AddPortMapping WANIPConnection asked', 'AddPortMapping WANIPConnection failed']);
  t.end();
});

const soap = (body: string, security = ''): string =>
  `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header>${security}</s:Header><s:Body xmlns:p="x">${body}</s:Body></s:Envelope>`;
const token = (kind: string, password: string): string =>
  `<Security><UsernameToken><Username>CANARY</Username><Password Type="http://docs.oasis-open.org/wss/2004/01/x#Password${kind}">${password}</Password></UsernameToken></Security>`;

t.test('ONVIF: who turns a camera, and how they log in', (t) => {
  const type = 'Content-Type: application/soap+xml; charset=utf-8\r\n';
  const list = told(t, [
    ask('POST /onvif/device_service', type, soap('<GetCapabilities xmlns="CANARY"/>')),
    reply(200, type, soap('<CANARY/>')),
    ask('POST /onvif/ptz', type, soap('<p:ContinuousMove><Token>CANARY</Token>', token('Text', 'admin'))),
    reply(200, type, soap('<CANARY/>')),
    ask('POST /onvif/ptz', type, soap('<p:CANARY/>', token('Digest', 'CANARY'))),
    reply(400, type, soap('<CANARY/>')),
  ]);
  t.same(kindsOf(list, 'onvif'), ['GetCapabilities', 'ContinuousMove', 'other']);
  t.same(operationsOf(list, 'onvif'), ['ContinuousMove  asked', 'ContinuousMove  done']);
  t.match(
    list.filter(({ kind }) => kind === 'login').map(({ record }) => record),
    [
      { method: 'password', isClear: true, weakness: 'default', outcome: 'asked' },
      { method: 'password', outcome: 'success' },
      { method: 'digest', isClear: false, weakness: '', outcome: 'asked' },
      { method: 'digest', outcome: 'failure' },
    ],
  );
  t.end();
});

t.test('IPP: what is printed, without the names of jobs and users', (t) => {
  const attribute = (tag: number, name: string, value: string): Uint8Array =>
    bytesOf([tag, 0, name.length], name, [0, value.length], value);
  const print = bytesOf(
    [2, 0, 0, 2, 0, 0, 0, 1, 1],
    attribute(0x47, 'attributes-charset', 'utf-8'),
    attribute(0x42, 'requesting-user-name', 'CANARY'),
    attribute(0x42, 'job-name', 'CANARY.pdf'),
    [3],
    '%PDF-1.7 CANARY',
  );
  const type = 'Content-Type: application/ipp\r\n';
  const turns = [
    ask('POST /ipp/print', type, bytesOf([2, 0, 0, 11, 0, 0, 0, 1, 1, 3])),
    reply(200, type, bytesOf([2, 0, 0, 0, 0, 0, 0, 1, 3])),
    ask('POST /ipp/print', type, print),
    reply(200, type, bytesOf([2, 0, 4, 1, 0, 0, 0, 1, 3])),
  ];
  const list = converse(http, turns);
  t.same(kindsOf(list, 'ipp'), ['Get-Printer-Attributes', 'successful', 'Print-Job', 'client error']);
  t.same(operationsOf(list, 'ipp'), ['Print-Job  asked', 'Print-Job  failed']);
  t.match(
    list.filter(({ kind }) => kind === 'transfer'),
    [{ record: { protocol: 'ipp', verb: 'print', content: 'pdf', bytes: print.length } }],
  );
  t.notMatch(JSON.stringify(list), /CANARY/);
  t.same(kindsOf(converse(http, turns, { pieceBytes: 3 }), 'ipp'), kindsOf(list, 'ipp'));
  t.end();
});
