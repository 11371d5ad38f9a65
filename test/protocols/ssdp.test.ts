import t from 'tap';
import { createSsdp } from '../../protocols/ssdp/decoder.ts';
import { limits } from '../../src/limits.ts';
import { NO, YES } from '../../src/protocol.ts';
import { odd, refusesOthers, survivesDamage } from '../support/conversations.ts';
import { identities, messages } from '../support/names.ts';
import { bytesOf, converse, type Heard, segment } from '../support/protocol.ts';

const ssdp = createSsdp({ limits });
const lines = (...all: readonly string[]): Uint8Array => bytesOf([...all, '', ''].join('\r\n'));
const told = (datagram: Uint8Array): Heard[] => converse(ssdp, [{ toServer: true, bytes: datagram }]);

const search = lines(
  'M-SEARCH * HTTP/1.1',
  'HOST: 239.255.255.250:1900',
  'MAN: "ssdp:discover"',
  'ST: ssdp:all',
  'User-Agent: Windows/10 UPnP/1.1',
);
const device = [
  'LOCATION: http://10.1.0.9/CANARY.xml',
  'SERVER:Linux/4.9 UPnP/1.0 Frame Grabber/2.1',
  'USN: uuid:2fac1234-31f8-11b4-a222-08002b34c003::urn:schemas-upnp-org:device:MediaServer:1',
];
const alive = lines(
  'NOTIFY * HTTP/1.1',
  'NT: urn:schemas-upnp-org:device:MediaServer:1',
  'NTS: ssdp:alive',
  'X-NOTE: CANARY',
  ...device,
);
const response = lines('HTTP/1.1 200 OK', 'ST: upnp:rootdevice', ...device);

const uuid = 'device-uid 2fac1234-31f8-11b4-a222-08002b34c003 by SSDP USN';
const software = 'server-software Linux/4.9 UPnP/1.0 Frame Grabber/2.1 by SSDP SERVER';

t.test('somebody searches', (t) => {
  t.same(messages(told(search)), ['M-SEARCH']);
  t.same(identities(told(search)), ['user-agent Windows/10 UPnP/1.1 by SSDP USER-AGENT']);
  t.end();
});

t.test('a device announces itself, and answers a search', (t) => {
  t.same(messages(told(alive)), ['ssdp:alive']);
  t.same(identities(told(alive)), ['service urn:schemas-upnp-org:device:MediaServer:1 by SSDP NT', software, uuid]);
  t.same(messages(told(response)), ['response']);
  t.same(identities(told(response)), [software, uuid]);
  t.end();
});

t.test('a device that leaves is counted', (t) => {
  const bye = told(lines('NOTIFY * HTTP/1.1', 'nts: ssdp:byebye', ...device));
  t.same(messages(bye), ['ssdp:byebye']);
  t.same(identities(bye), []);
  t.end();
});

t.test('nothing else is told, nor a USN that a person typed', (t) => {
  for (const one of [alive, response, lines('HTTP/1.1 200 OK', 'USN: uuid:CANARY of somebody')])
    t.notMatch(JSON.stringify(told(one)), /CANARY/);
  t.end();
});

t.test('oddities', (t) => {
  t.same(odd(told(bytesOf('GET / HTTP/1.1\r\n\r\n'))), ['ssdp_unknown_message']);
  t.same(odd(told(lines('HTTP/1.1 200 OK', ...Array<string>(limits.ssdpLinesMax + 1).fill('A: b')))), [
    'ssdp_many_lines',
  ]);
  t.end();
});

t.test('is known from either side; a response also by its port', (t) => {
  for (const toServer of [true, false]) {
    for (const one of [search, alive]) t.equal(ssdp.recognises(segment(one, { toServer })), YES);
    t.equal(ssdp.recognises(segment(response, { toServer, clientPort: 1900 })), YES);
    t.equal(ssdp.recognises(segment(response, { toServer, clientPort: 1901 })), NO);
  }
  refusesOthers(t, ssdp);
  for (const one of [search, alive, response]) survivesDamage(t, ssdp, one);
  t.end();
});
