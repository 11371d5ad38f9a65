/** Makes the captures of IEEE 11073 over TCP and of discovery: `node captures/protocols/make-ieee11073.ts`. */

import { action, apdu, attributes, data, event, request, response, u16 } from '../../test/support/phd.ts';
import { bytesOf } from '../../test/support/protocol.ts';
import { connection, datagrams, pcap, toGroup, write } from './pcap.ts';

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

export const captures: Readonly<Record<string, Uint8Array>> = { phd: phd(), 'ws-discovery': discovery() };

if (import.meta.main) write(captures);
