import t from 'tap';
import { createWsDiscovery } from '../../protocols/ws-discovery/decoder.ts';
import { limits } from '../../src/limits.ts';
import { NO, YES } from '../../src/protocol.ts';
import { odd, refusesOthers, survivesDamage } from '../support/conversations.ts';
import { bytesOf, type Heard, heard, segment } from '../support/protocol.ts';

const discovery = createWsDiscovery({ limits });

const V11 = 'http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01';
const V2005 = 'http://schemas.xmlsoap.org/ws/2005/04/discovery';
const MEDICAL = 'http://standards.ieee.org/downloads/11073/11073-20702-2016';

const envelope = (kind: string, body: string, version = V11): string =>
  `<?xml version='1.0' encoding='UTF-8'?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="x" xmlns:d="${version}">` +
  `<s:Header><a:Action>${version}/${kind}</a:Action><a:MessageID>urn:uuid:1</a:MessageID></s:Header><s:Body>${body}</s:Body></s:Envelope>`;
const device = (number: number, contacts = '', types = 'p:Device m:MedicalDevice'): string =>
  `<a:EndpointReference><a:Address>urn:uuid:2151a1b8-86d9-5f0d-b321-6bfee7cd7d0${number}</a:Address></a:EndpointReference>` +
  `<d:Types xmlns:m="${MEDICAL}">${types}</d:Types>` +
  `<d:Scopes>sdc.ctxt.loc:/sdc.ctxt.loc.detail/CANARY?bed=CANARY sdc.ctxt.opr:/CANARY</d:Scopes><d:XAddrs>${contacts}</d:XAddrs>`;

function tell(text: string, over = {}): readonly Heard[] {
  const { records, list } = heard();
  const bytes = bytesOf(text);
  t.equal(discovery.recognises(segment(bytes)), YES);
  discovery.decode(discovery.open(), segment(bytes, over), records);
  t.notMatch(JSON.stringify(list), /CANARY/);
  return list;
}
const of = (all: readonly Heard[], kind: string): Record<string, unknown>[] =>
  all.filter((one) => one.kind === kind).map((one) => one.record);
const messages = (all: readonly Heard[]): unknown[] => of(all, 'message').map((one) => `${one.protocol} ${one.kind}`);
const identities = (all: readonly Heard[]): unknown[] =>
  of(all, 'identity').map(
    (one) => `${one.ofClient ? 'client' : 'server'} ${one.attribute} ${one.value} (${one.source})`,
  );
const expected = (all: readonly Heard[]): unknown[] =>
  of(all, 'expectation').map(
    (one) => `${one.protocol} at ${one.ofClient ? 'client' : 'server'}:${one.serverPort}${one.server}`,
  );

t.test('a medical device says hello: what it is, and where it can be reached', (t) => {
  const contacts =
    'https://10.20.3.12:45821/a http://10.20.3.12/b https://[fe80::1]:70/ http://x:99999 https://m.test/ urn:x';
  const all = tell(envelope('Hello', `<d:Hello>${device(1, contacts)}</d:Hello>`));
  t.same(messages(all), ['ws-discovery Hello', 'sdc Hello']);
  t.same(identities(all), [
    'client device-uid urn:uuid:2151a1b8-86d9-5f0d-b321-6bfee7cd7d01 (WS-Discovery EndpointReference)',
    'client service MedicalDevice (WS-Discovery Types)',
  ]);
  t.same(expected(all), ['sdc at client:45821', 'sdc at client:80', 'sdc at client:70', 'sdc at client:443']);
  t.same(odd(all), []);
  t.end();
});

t.test('who looks for medical devices says nothing about itself', (t) => {
  const all = tell(envelope('Probe', `<d:Probe><d:Types xmlns:m="${MEDICAL}">m:MedicalDevice</d:Types></d:Probe>`));
  t.same(messages(all), ['ws-discovery Probe', 'sdc Probe']);
  t.same(identities(all), []);
  t.end();
});

t.test('an answer speaks of its sender; one about several devices does not', (t) => {
  const match = (number: number): string => `<d:ProbeMatch>${device(number, 'http://10.0.0.1:99/')}</d:ProbeMatch>`;
  const one = tell(envelope('ProbeMatches', `<d:ProbeMatches>${match(1)}</d:ProbeMatches>`), { toServer: false });
  t.equal(identities(one).length, 2);
  t.match(identities(one)[0], /^server device-uid/);
  const two = tell(envelope('ProbeMatches', `<d:ProbeMatches>${match(1)}${match(2)}</d:ProbeMatches>`));
  t.same([messages(two).length, identities(two), expected(two)], [2, [], []]);
  t.end();
});

t.test('cameras and printers speak the older version', (t) => {
  const types = 'dn:NetworkVideoTransmitter tds:Device wprt:PrintDeviceType x:MedicalDevice';
  const body = device(1, 'http://10.0.0.9/onvif', types).replace(MEDICAL, 'urn:else');
  const all = tell(envelope('Hello', `<d:Hello>${body}</d:Hello>`, V2005));
  t.same(messages(all), ['ws-discovery Hello']);
  t.match(identities(all)[1], /service NetworkVideoTransmitter/);
  t.same(expected(all), []);
  t.end();
});

t.test('the body says the kind where the action is missing', (t) => {
  const all = tell(envelope('Bye', `<d:Bye>${device(1)}</d:Bye>`).replace(/<a:Action>.*<\/a:Action>/, ''));
  t.same(messages(all)[0], 'ws-discovery Bye');
  t.end();
});

t.test('ws_discovery_unknown_message', (t) => {
  const all = tell(envelope('Farewell', '<d:Farewell/>'));
  t.same([odd(all), messages(all)], [['ws_discovery_unknown_message'], []]);
  t.end();
});

t.test('ws_discovery_broken: a datagram that breaks off tells its kind and no more', (t) => {
  const whole = envelope('Hello', `<d:Hello>${device(1)}</d:Hello>`);
  const all = tell(whole.slice(0, -20));
  t.same([odd(all), messages(all)[0], identities(all)], [['ws_discovery_broken'], 'ws-discovery Hello', []]);
  t.end();
});

t.test('what is no discovery is refused', (t) => {
  for (const text of ['', '<?xml version="1.0"?><s:Envelope/>', `x ${V11}`, '<HEL.R01>'])
    t.equal(discovery.recognises(segment(bytesOf(text))), NO);
  refusesOthers(t, discovery);
  t.end();
});

t.test('damage', (t) => {
  survivesDamage(t, discovery, bytesOf(envelope('Hello', `<d:Hello>${device(1, 'http://10.0.0.1:99/')}</d:Hello>`)));
  t.end();
});
