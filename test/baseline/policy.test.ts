import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { Value } from 'typebox/value';
import { Baseline } from '../../src/baseline/baseline.ts';
import { DeviceBaseline } from '../../src/baseline/device-baseline.ts';
import { type DeviceDocument, deviceDocument, type RelationDocument } from '../../src/baseline/document.ts';
import { Names } from '../../src/baseline/names.ts';
import { isLetThrough, type PeerPlaces, type Policy, type PolicyRule, policyOf } from '../../src/baseline/policy.ts';
import { acceptMud } from '../../src/baseline/policy-import.ts';
import { mudDocument, notInMud } from '../../src/baseline/policy-mud.ts';
import { type MudReading, readMud } from '../../src/baseline/policy-mud-read.ts';
import { nftText } from '../../src/baseline/policy-nft.ts';
import { policyRows } from '../../src/baseline/policy-table.ts';
import { limits } from '../../src/limits.ts';
import type { DeviceRow } from '../../src/model.ts';
import { Places } from '../../src/pipeline/policies.ts';
import { mudSchema } from '../support/mud.ts';
import { sampleDevice } from '../support/store.ts';
import { temporaryFolder } from '../support/temporary.ts';

const CT = '00:00:00:00:00:01';
const PACS = '00:00:00:00:00:02';
const NOW_US = 2_000_000_000e6;
const SEEN_US = 1_772_445_600e6;

const rows: DeviceRow[] = [
  sampleDevice(CT, { addresses: ['10.20.1.11', 'fd00::11'] }),
  sampleDevice(PACS, { addresses: ['10.20.2.10', 'fd00::10'] }),
  sampleDevice('203.0.113.7', { addresses: ['203.0.113.7'], names: ['eu.maker.example'], external: true }),
];
const places = new Places(rows);
const placesOf = (peer: string): PeerPlaces => places.of(peer);

function relation(fields: Partial<RelationDocument>): RelationDocument {
  return {
    role: 'client',
    peer: PACS,
    service: 'dicom',
    verb: '',
    firstUs: SEEN_US,
    lastUs: SEEN_US,
    lastDay: 0,
    days: 1,
    count: 7,
    acceptedBy: 'rule',
    untilUs: 0,
    rejected: false,
    neverSilent: false,
    endpoints: ['tcp/104'],
    ...fields,
  };
}

function device(...relations: RelationDocument[]): DeviceDocument {
  const empty = deviceDocument(new DeviceBaseline(1, 0), CT, new Names());
  return { ...empty, structure: { ...empty.structure, relations } };
}

function policy(...relations: RelationDocument[]): Policy {
  return policyOf(device(...relations), places.of(CT).addresses, placesOf, NOW_US);
}

/** Everything that a rule can be at once. */
const whole = policy(
  relation({}),
  relation({ role: 'server', endpoints: ['tcp/104', 'tcp/11112'] }),
  relation({ service: 'ntp', endpoints: ['udp/123'] }),
  relation({ service: 'icmp', endpoints: ['icmp/0'] }),
  relation({ service: 'tls', peer: 'maker.example', endpoints: ['tcp/443'] }),
  relation({ service: 'tcp/8443', peer: '198.51.100.0/24', endpoints: ['tcp/8443'] }),
  relation({ role: 'server', service: 'tcp/5000', peer: '10.20.9.9', endpoints: ['tcp/5000'] }),
);
const mudOptions = { url: 'https://mud.example/ct.json', systemInfo: 'CT', updatedUs: SEEN_US };

t.test('only what is accepted is in a policy, and what cannot be said is named', (t) => {
  const made = policy(
    relation({}),
    relation({ service: 'a', acceptedBy: '' }),
    relation({ service: 'b', rejected: true }),
    relation({ service: 'c', untilUs: NOW_US }),
    relation({ service: 'd', untilUs: NOW_US + 1 }),
    relation({ service: 'e', endpoints: [] }),
    relation({ service: 'f', peer: '00:00:00:00:00:99' }),
  );
  t.strictSame(
    made.rules.map(({ service }) => service),
    ['dicom', 'd'],
  );
  t.strictSame(made.left, [
    `client e ${PACS}: it was never seen, so nobody knows its port`,
    'client f 00:00:00:00:00:99: no address of the peer is known',
  ]);
  t.match(policyRows(made)[0], [
    'client',
    'dicom',
    PACS,
    '10.20.2.10, fd00::10',
    'tcp/104',
    'rule',
    '7',
    /^2026-03-02/,
  ]);
  t.end();
});

t.test('a service on ever new ports is open from 1024 up, and nowhere else', (t) => {
  const ports = [21, 5001, 5002, 5003, 5004, 5005, 5006, 5007];
  const seven = policy(relation({ endpoints: ports.slice(1).map((port) => `tcp/${port}`) }));
  const eight = policy(relation({ endpoints: ports.map((port) => `tcp/${port}`) }));
  const isOpen = (made: Policy, transport: number, port: number): boolean =>
    isLetThrough(made, 'client', ({ peer }) => peer === PACS, { transport, port });
  t.notOk(isOpen(seven, 6, 6000));
  t.ok(isOpen(seven, 6, 5001));
  t.ok(isOpen(eight, 6, 6000));
  t.ok(isOpen(eight, 6, 1024));
  t.notOk(isOpen(eight, 6, 1023));
  t.ok(isOpen(eight, 6, 21), 'a fixed port among them stays');
  t.notOk(isOpen(eight, 17, 6000), 'another transport');
  t.notOk(
    isLetThrough(eight, 'server', () => true, { transport: 6, port: 6000 }),
    'the other role',
  );
  t.notOk(
    isLetThrough(eight, 'client', () => false, { transport: 6, port: 6000 }),
    'another peer',
  );
  t.equal(policyRows(eight)[0]?.[4], 'tcp/1024 and up');
  t.match(nftText(eight), /tcp dport \{ 21, 1024-65535 \} counter accept/);
  t.ok(Value.Check(mudSchema, mudDocument(eight, mudOptions)));
  t.end();
});

t.test('the MUD file has the structure of RFC 8520', (t) => {
  const document = mudDocument(whole, mudOptions);
  t.strictSame([...Value.Errors(mudSchema, document)], []);
  const acls = document['ietf-access-control-list:acls'] as {
    acl: { name: string; aces: { ace: { name: string }[] } }[];
  };
  const mud = document['ietf-mud:mud'] as Record<string, { 'access-lists': { 'access-list': { name: string }[] } }>;
  const named = ['from-device-policy', 'to-device-policy'].flatMap(
    (key) => mud[key]?.['access-lists']['access-list'].map(({ name }) => name) ?? [],
  );
  t.strictSame(named.sort(), acls.acl.map(({ name }) => name).sort(), 'every list is used, and there');
  for (const { name, aces } of acls.acl) {
    t.equal(new Set(aces.ace.map((one) => one.name)).size, aces.ace.length, `names of entries are keys in ${name}`);
  }
  const sctp = policy(relation({ endpoints: ['sctp/104'] }));
  t.strictSame(notInMud(sctp), [`client dicom ${PACS}: MUD has no ports of SCTP`]);
  t.strictSame(readable(sctp), []);
  t.strictSame(notInMud(whole), []);
  t.end();
});

function readable(made: Policy): string[] {
  return readMudOf(mudDocument(made, mudOptions)).relations.map(({ role, service }) => `${role} ${service}`);
}

function readMudOf(document: unknown): MudReading {
  try {
    return readMud(JSON.parse(JSON.stringify(document)));
  } catch {
    return { relations: [], unmapped: [] };
  }
}

/** A baseline that knows one device, and what is accepted for it after the import. */
function importing(reading: MudReading, before: readonly RelationDocument[] = []) {
  const baseline = new Baseline({
    limits,
    on: true,
    structureDays: 14,
    laterDays: 7,
    acceptDays: 3,
    learnUntilUs: null,
  });
  baseline.restore({ schema: 1, siteFirstUs: 0, day: 0, devices: [device(...before)] });
  const [one] = baseline.devices.values();
  if (one === undefined) throw new Error('no device');
  const imported = acceptMud(baseline, one, reading.relations, places.peersOf);
  const [after] = baseline.document(() => '').devices;
  if (after === undefined) throw new Error('no device');
  return { ...imported, after, made: policyOf(after, places.of(CT).addresses, placesOf, NOW_US) };
}

const essence = ({ role, service, peer, endpoints }: PolicyRule): string =>
  `${role} ${service} ${peer} ${JSON.stringify(endpoints)}`;

t.test('our own MUD file read again is the same set', (t) => {
  const reading = readMud(JSON.parse(JSON.stringify(mudDocument(whole, mudOptions))));
  t.strictSame(reading.unmapped, []);
  const { made, left, accepted, after } = importing(reading);
  t.strictSame(left, []);
  t.equal(accepted, whole.rules.length);
  t.strictSame(made.rules.map(essence).sort(), whole.rules.map(essence).sort());
  t.strictSame([...new Set(after.structure.relations.map(({ acceptedBy }) => acceptedBy))], ['mud']);
  t.strictSame(
    importing(reading, after.structure.relations).made.rules.map(essence).sort(),
    made.rules.map(essence).sort(),
  );

  const kept = importing(reading, [relation({}), relation({ service: 'ntp', rejected: true, acceptedBy: '' })]);
  t.equal(
    kept.after.structure.relations.find(({ role, service }) => role === 'client' && service === 'dicom')?.acceptedBy,
    'rule',
  );
  t.strictSame(kept.left, [`client ntp ${PACS}: a person has rejected it`]);
  t.end();
});

t.test('whatever is accepted comes back from its MUD file', (t) => {
  const port = fc.integer({ min: 0, max: 65_535 });
  const one = fc.record({
    role: fc.constantFrom('client', 'server'),
    peer: fc.constantFrom(PACS, 'maker.example', 'other.example', '198.51.100.0/24', '10.20.9.9', '2001:db8:7::/48'),
    service: fc.constantFrom('dicom', 'tcp/8081', 'tcp/eph', 'ip/6', 'icmp'),
    transport: fc.constantFrom('tcp', 'udp'),
    ports: fc.uniqueArray(port, { minLength: 1, maxLength: 7 }),
  });
  const key = {
    selector: ({ role, peer, service }: { role: string; peer: string; service: string }) => role + peer + service,
  };
  fc.assert(
    fc.property(fc.uniqueArray(one, { maxLength: 12, ...key }), (all) => {
      const made = policy(
        ...all.map(({ role, peer, service, transport, ports }) => {
          const endpoints = ports.toSorted((a, b) => a - b).map((number) => `${transport}/${number}`);
          return relation({ role, peer, service, endpoints: service === 'icmp' ? ['icmp/0'] : endpoints });
        }),
      );
      const document = JSON.parse(JSON.stringify(mudDocument(made, mudOptions)));
      if (!Value.Check(mudSchema, document)) return false;
      if (made.rules.length === 0) return true;
      const back = importing(readMud(document)).made.rules.map(essence).sort();
      return JSON.stringify(back) === JSON.stringify(made.rules.map(essence).sort());
    }),
    { numRuns: 200 },
  );
  t.end();
});

const entry = (name: string, matches: object, forwarding = 'accept'): object => ({
  name,
  matches,
  actions: { forwarding },
});
const https = { 'ietf-mud:direction-initiated': 'from-device', 'destination-port': { operator: 'eq', port: 443 } };
const cloud = { 'ietf-acldns:dst-dnsname': 'Cloud.Maker.example', protocol: 6 };

function foreign(...ace: object[]): MudReading {
  return readMud({
    'ietf-mud:mud': {
      'mud-version': 1,
      'from-device-policy': { 'access-lists': { 'access-list': [{ name: 'f' }, { name: 'gone' }] } },
    },
    'ietf-access-control-list:acls': { acl: [{ name: 'f', type: 'ipv4-acl-type', aces: { ace } }] },
  });
}

t.test('what a foreign MUD file says and a baseline cannot hold is told line by line', (t) => {
  const local = { 'ietf-mud:mud': { 'local-networks': [null] } };
  const ntp = { 'destination-port': { operator: 'eq', port: 123 } };
  const { relations, unmapped } = foreign(
    entry('cloud', { ipv4: cloud, tcp: https }),
    entry('time', { ...local, ipv4: { protocol: 17 }, udp: ntp }),
    entry('wide', { ipv4: cloud, tcp: { ...https, 'destination-port': { 'lower-port': 1, 'upper-port': 9 } } }),
    entry('narrow', { ipv4: cloud, tcp: { ...https, 'destination-port': { 'lower-port': 2, 'upper-port': 9 } } }),
    entry('deny', { ipv4: cloud, tcp: https }, 'drop'),
    entry('boss', { 'ietf-mud:mud': { 'my-controller': [null] }, ipv4: { protocol: 6 }, tcp: https }),
    entry('all', { ipv4: { protocol: 6 }, tcp: https }),
    entry('mac', { eth: {}, ipv4: cloud, tcp: https }),
    entry('mark', { ipv4: { ...cloud, dscp: 3 }, tcp: https }),
    entry('who', { ipv4: { ...cloud, protocol: 17 }, udp: {} }),
    entry('port', { ipv4: cloud, tcp: { 'ietf-mud:direction-initiated': 'from-device' } }),
    entry('not', { ipv4: cloud, tcp: { ...https, 'destination-port': { operator: 'neq', port: 1 } } }),
    entry('high', { ipv4: cloud, tcp: { ...https, 'destination-port': { operator: 'eq', port: 65_536 } } }),
    entry('gre', { ipv4: { ...cloud, protocol: 47 } }),
  );
  t.strictSame(
    relations.map(({ role, service, place, endpoints }) => [role, service, JSON.stringify(place), endpoints.length]),
    [
      ['client', 'tls', '{"domain":"cloud.maker.example"}', 1],
      ['client', 'ntp', '{"local":true}', 1],
      ['client', 'tcp/eph', '{"domain":"cloud.maker.example"}', 0],
      ['client', 'tcp/2', '{"domain":"cloud.maker.example"}', 8],
    ],
  );
  t.strictSame(
    unmapped.map((text) => text.replace(/^f, /, '').split(':')[0]),
    ['deny', 'boss', 'all', 'mac', 'mark', 'who', 'port', 'not', 'high', 'gre', 'gone'],
  );
  const seen = [
    relation({ service: 'ntp' }),
    relation({ service: 'ntp', peer: '198.51.100.0/24', neverSilent: true, acceptedBy: '' }),
  ];
  t.match(importing({ relations, unmapped }, seen), { accepted: 4, left: [] });
  t.match(importing({ relations, unmapped }), {
    accepted: 3,
    left: ['client ntp local networks: no such relation was seen yet'],
  });
  for (const wrong of [null, [], 7, {}, { 'ietf-mud:mud': {} }]) t.throws(() => readMud(wrong), /no MUD file/);
  t.end();
});

t.test('an address stands for the device that has it, a network outside for itself', (t) => {
  t.strictSame(places.peersOf({ network: '10.20.2.10/32' }), [PACS]);
  t.strictSame(places.peersOf({ network: 'fd00::10/128' }), [PACS]);
  t.strictSame(places.peersOf({ network: '10.20.2.99/32' }), ['10.20.2.99']);
  t.strictSame(places.peersOf({ network: '203.0.113.7/32' }), ['203.0.113.0/24']);
  t.strictSame(places.peersOf({ network: '2001:db8:7:8::9/128' }), ['2001:db8:7::/48']);
  t.strictSame(places.peersOf({ network: '203.0.113.0/24' }), ['203.0.113.0/24']);
  t.strictSame(places.peersOf({ network: '203.0.0.0/16' }), [], 'the baseline keeps no such network');
  t.strictSame(places.peersOf({ network: '10.20.0.0/24' }), [], 'nobody in particular');
  t.strictSame(places.peersOf({ network: 'x' }), []);
  t.match(places.of('maker.example'), { addresses: ['203.0.113.7'], domain: 'maker.example' });
  t.match(places.of('other.example'), { addresses: [], domain: 'other.example' });
  t.end();
});

const nft = ['/usr/sbin/nft', '/sbin/nft', 'nft'].find((path) => spawnSync(path, ['--version']).status === 0);
const lacksNft =
  nft === undefined ? 'nft (nftables) is not here' : process.getuid?.() === 0 ? false : 'nft -c needs root';

t.test('nftables takes the ruleset', { skip: lacksNft }, (t) => {
  const odd = policy(relation({ service: 'x"; drop', peer: '2001:db8:7::/48' }), relation({ peer: 'other.example' }));
  const made = [whole, odd, { ...policy(), addresses: [] }];
  made.forEach((one, index) => {
    const file = join(temporaryFolder(t), `${index}.nft`);
    writeFileSync(file, nftText(one));
    const { status, stderr } = spawnSync(nft ?? '', ['-c', '-f', file], { encoding: 'utf8' });
    t.equal(status, 0, stderr);
  });
  t.match(nftText(odd), /# Not in the rules: client dicom other\.example: no address is known/);
  t.end();
});

t.test('every rule is counted, and what no rule names is dropped', (t) => {
  const text = nftText(whole);
  t.match(text, 'ip daddr { 10.20.2.10 } tcp dport { 104 } counter accept comment "client dicom 00:00:00:00:00:02"');
  t.match(text, 'ip6 saddr { fd00::10 } tcp dport { 104, 11112 } counter accept');
  t.match(text, 'ip daddr { 10.20.2.10 } meta l4proto 1 counter accept');
  t.equal(text.split('counter drop').length, 3);
  t.end();
});
