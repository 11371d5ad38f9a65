/** Makes the captures of IEEE 11073 over TCP and of discovery: `node captures/protocols/make-ieee11073.ts`. */

import { action, apdu, attributes, data, event, request, response, u16 } from '../../test/support/phd.ts';
import { bytesOf } from '../../test/support/protocol.ts';
import { connection, datagrams, pcap, type Said, toGroup, write } from './pcap.ts';

const device = { host: 31, port: 40_601 };
const manager = { host: 2, port: 6024 };

/** A pulse oximeter that is given the time and measures. */
function phd(): Uint8Array {
  return pcap(
    connection(device, manager, [
      { toServer: true, bytes: request(0x190) },
      { toServer: false, bytes: response(0) },
      { toServer: false, bytes: data(1, 0x0103, u16(0), [0, 0, 0, 0]) },
      { toServer: true, bytes: attributes(1) },
      { toServer: false, bytes: action(2, 3095) },
      { toServer: true, bytes: data(2, 0x0207, u16(0), u16(3095), u16(0)) },
      { toServer: true, bytes: event(3, 3357, 'measured') },
      { toServer: false, bytes: data(3, 0x0201, u16(0), [0, 0, 0, 0], u16(3357), u16(0)) },
      { toServer: true, bytes: apdu(0xe400, u16(0)) },
      { toServer: false, bytes: apdu(0xe500, u16(0)) },
    ]),
  );
}

const V11 = 'http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01';
const ADDRESS =
  '<a:EndpointReference><a:Address>urn:uuid:2151a1b8-86d9-5f0d-b321-6bfee7cd7dbd</a:Address></a:EndpointReference>';
const TYPES =
  '<d:Types xmlns:p="http://docs.oasis-open.org/ws-dd/ns/dpws/2009/01" xmlns:m="http://standards.ieee.org/downloads/11073/11073-20702-2016">p:Device m:MedicalDevice</d:Types>';
const REST = '<d:Scopes>sdc.mds.pkp:1.2.840.10004.20701.1.1</d:Scopes><d:XAddrs>https://10.1.0.31:45821/a</d:XAddrs>';
const say = (kind: string, body: string): Uint8Array =>
  bytesOf(
    `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://www.w3.org/2005/08/addressing" xmlns:d="${V11}">` +
      `<s:Header><a:Action>${V11}/${kind}</a:Action></s:Header><s:Body>${body}</s:Body></s:Envelope>`,
  );

function discovery(): Uint8Array {
  const group = '239.255.255.250';
  const consumer = { host: 21, port: 48_809 };
  const match = `<d:ProbeMatches><d:ProbeMatch>${ADDRESS}${TYPES}${REST}</d:ProbeMatch></d:ProbeMatches>`;
  return pcap([
    toGroup(device, group, 3702, say('Hello', `<d:Hello>${ADDRESS}${TYPES}${REST}</d:Hello>`)),
    toGroup(consumer, group, 3702, say('Probe', `<d:Probe>${TYPES}</d:Probe>`)),
    ...datagrams(device, consumer, [{ toServer: true, bytes: say('ProbeMatches', match) }]),
    toGroup(device, group, 3702, say('Bye', `<d:Bye>${ADDRESS}</d:Bye>`)),
  ]);
}

const BASE = 'http://standards.ieee.org/downloads/11073';
const GLUE = `${BASE}/11073-20701-2018`;
const soap = (action: string, body: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://www.w3.org/2005/08/addressing" xmlns:m="${BASE}/11073-10207-2017/message">` +
  `<s:Header><a:Action>${action}</a:Action></s:Header><s:Body>${body}</s:Body></s:Envelope>`;
const http = (first: string, body: string): string =>
  `${first}\r\nContent-Type: application/soap+xml; charset=utf-8\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const post = (action: string, body: string): Said => ({
  toServer: true,
  bytes: http('POST /a HTTP/1.1\r\nHost: 10.1.0.31', soap(action, body)),
});
const answer = (action: string, body: string): Said => ({
  toServer: false,
  bytes: http('HTTP/1.1 200 OK', soap(action, body)),
});
const state = (name: string): string =>
  `<m:InvocationInfo><m:TransactionId>1</m:TransactionId><m:InvocationState>${name}</m:InvocationState></m:InvocationInfo>`;

/** A consumer that asks who the device is and sets a value; the report of its end comes the other way. */
function sdc(): Uint8Array {
  const transfer = 'http://schemas.xmlsoap.org/ws/2004/09/transfer';
  const model =
    '<Metadata><ThisModel><Manufacturer>Acme Medical</Manufacturer><ModelName>Infuser 2</ModelName></ThisModel>' +
    '<ThisDevice><FriendlyName>Infuser</FriendlyName><FirmwareVersion>2.1</FirmwareVersion><SerialNumber>SN-77</SerialNumber></ThisDevice></Metadata>';
  const invoked = `<m:OperationInvokedReport><m:ReportPart OperationHandleRef="rate.op">${state('Fin')}</m:ReportPart></m:OperationInvokedReport>`;
  const provider = { host: 31, port: 6464 };
  return pcap([
    ...connection({ host: 21, port: 48_810 }, provider, [
      post(`${transfer}/Get`, ''),
      answer(`${transfer}/GetResponse`, model),
      post(
        `${GLUE}/SetService/SetValue`,
        '<m:SetValue><m:OperationHandleRef>rate.op</m:OperationHandleRef><m:RequestedNumericValue>7</m:RequestedNumericValue></m:SetValue>',
      ),
      answer(`${GLUE}/SetService/SetValueResponse`, `<m:SetValueResponse>${state('Wait')}</m:SetValueResponse>`),
    ]),
    ...connection({ host: 31, port: 40_602 }, { host: 21, port: 44_389 }, [
      post(`${GLUE}/SetService/OperationInvokedReport`, invoked),
      { toServer: false, bytes: 'HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n' },
    ]),
  ]);
}

export const captures: Readonly<Record<string, Uint8Array>> = {
  phd: phd(),
  sdc: sdc(),
  'ws-discovery': discovery(),
};

if (import.meta.main) write(captures);
