import t from 'tap';
import { createTls } from '../../protocols/tls/decoder.ts';
import { limits } from '../../src/limits.ts';
import { GIVE_UP, MAYBE, NO, YES } from '../../src/protocol.ts';
import { certificate, certificateList } from '../support/certificate.ts';
import {
  capture,
  details,
  knows,
  odd,
  refusesOthers,
  sameForEveryCut,
  survivesNoise,
} from '../support/conversations.ts';
import { bytesOf, converse, type Heard, heard, segment, type Turn } from '../support/protocol.ts';
import { reassemble } from '../support/reassemble.ts';

const tls = createTls({ limits });
const u16 = (value: number): number[] => [value >> 8, value & 255];
const list = (bytes: Uint8Array): Uint8Array => bytesOf(u16(bytes.length), bytes);
const record = (type: number, body: Uint8Array, version = 0x0303): Uint8Array =>
  bytesOf([type], u16(version), u16(body.length), body);
const handshake = (type: number, body: Uint8Array): Uint8Array => bytesOf([type, 0], u16(body.length), body);
const extension = (type: number, data: Uint8Array): Uint8Array => bytesOf(u16(type), list(data));
const serverName = (name: string): Uint8Array => extension(0, list(bytesOf([0], list(bytesOf(name)))));
const versions = (version: number): Uint8Array => extension(43, bytesOf(u16(version)));

const clientHello = (...extensions: Uint8Array[]): Uint8Array =>
  handshake(
    1,
    bytesOf(
      [3, 3],
      new Uint8Array(32),
      [0],
      list(bytesOf([0x13, 1, 0xc0, 0x2f])),
      [1, 0],
      list(bytesOf(...extensions)),
    ),
  );
const serverHello = (version: number, ...extensions: Uint8Array[]): Uint8Array =>
  handshake(2, bytesOf(u16(version), new Uint8Array(32), [0, 0x13, 1, 0], list(bytesOf(...extensions))));

const data = (length: number): Uint8Array => record(23, new Uint8Array(length).fill(0x99));
const session = (client: Uint8Array, server: Uint8Array): Turn[] => [
  { toServer: true, bytes: record(22, client, 0x0301) },
  { toServer: false, bytes: bytesOf(record(22, server), record(20, bytesOf([1])), data(300)) },
  { toServer: true, bytes: bytesOf(record(20, bytesOf([1])), data(60), data(5)) },
  { toServer: false, bytes: data(400) },
];
const names = (heard: readonly Heard[]): unknown[] =>
  heard.filter((entry) => entry.kind === 'identity').map((entry) => entry.record);

const spoken: readonly [string, Uint8Array][] = [
  ['1.3', serverHello(0x0303, versions(0x0304))],
  ['1.3', serverHello(0x0303, versions(0x7f1c))],
  ['1.2', serverHello(0x0303)],
  ['1.1', serverHello(0x0302)],
  ['1.0', serverHello(0x0301)],
  ['SSL 3.0', serverHello(0x0300)],
];
for (const [version, hello] of spoken) {
  t.test(`tells version ${version} and the name of the server`, (t) => {
    const told = sameForEveryCut(t, tls, session(clientHello(serverName('PACS.hosp.test'), versions(0x0304)), hello));
    t.same(details(told), [version]);
    t.match(names(told), [
      { ofClient: false, attribute: 'name', value: 'pacs.hosp.test', source: 'TLS SNI', confidence: 0.4 },
    ]);
    t.same(odd(told), []);
    t.end();
  });
}

const told = (heard: readonly Heard[], kind: string): Record<string, unknown>[] =>
  heard.filter((entry) => entry.kind === kind).map((entry) => entry.record);
const protocols = (...names: string[]): Uint8Array =>
  extension(16, list(bytesOf(...names.flatMap((name) => [[name.length], name]))));

t.test('tells what each side offers and chooses', (t) => {
  const offered = extension(43, bytesOf([4, 0x7a, 0x7a, 3, 4]));
  const client = clientHello(serverName('pacs.hosp.test'), protocols('h2', 'http/1.1'), offered);
  const server = serverHello(0x0303, versions(0x0304), protocols('h2'));
  t.match(told(sameForEveryCut(t, tls, session(client, server)), 'handshake'), [
    {
      fromClient: true,
      protocol: 'tls',
      version: 'TLS 1.3',
      serverName: 'pacs.hosp.test',
      alpn: 'h2 http/1.1',
      cipher: -1,
      ja3: '336f5f33f4497e06a9cd5231997c3982',
      ja4: 't13d0203h2_c1929292aa6b_b9a491fefe05',
    },
    { fromClient: false, version: 'TLS 1.3', cipher: 0x1301, alpn: 'h2', serverName: '', ja3: '', ja4: '' },
  ]);
  t.end();
});

t.test('a hello that was turned down is followed by another, and 1.3 looks like 1.2 in between', (t) => {
  const retryRandom = 'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c';
  const retry = serverHello(0x0303, versions(0x0304));
  retry.set(Buffer.from(retryRandom, 'hex'), 6);
  const pretend = record(20, bytesOf([1]));
  const turns: Turn[] = [
    { toServer: true, bytes: record(22, clientHello(serverName('a.example'))) },
    { toServer: false, bytes: bytesOf(record(22, retry), pretend) },
    { toServer: true, bytes: bytesOf(pretend, record(22, clientHello(serverName('b.example')))) },
    { toServer: false, bytes: bytesOf(record(22, serverHello(0x0303, versions(0x0304))), data(30)) },
  ];
  const handshakes = told(sameForEveryCut(t, tls, turns), 'handshake');
  t.same(
    handshakes.map(({ serverName: name }) => name),
    ['a.example', '', 'b.example', ''],
  );
  t.end();
});

const certified = (one: Uint8Array): Uint8Array => handshake(11, certificateList(one, certificate({ subject: 'CA' })));

t.test('tells the end certificate of the server', (t) => {
  const fields = { subject: 'pacs.hosp.test', organization: 'Hospital', issuer: 'Hospital CA' };
  const server = bytesOf(serverHello(0x0303), certified(certificate({ ...fields, notAfter: '20550101000000Z' })));
  const list = told(sameForEveryCut(t, tls, session(clientHello(), server)), 'certificate');
  t.match(list, [{ fromClient: false, ...fields, isSelfSigned: false, notBeforeUs: Date.UTC(2026, 0, 1) * 1000 }]);
  t.equal(list[0]?.notAfterUs, Date.UTC(2055, 0, 1) * 1000);
  t.end();
});

t.test('a certificate over many records is put together, and only its beginning is kept', (t) => {
  const hostNames = Array.from({ length: 200 }, (_, i) => `host-${i}.hosp.test`);
  const long = handshake(11, certificateList(certificate({ subject: 'long', hostNames })));
  const records: Uint8Array[] = [];
  for (let at = 0; at < long.length; at += 100) records.push(record(22, long.slice(at, at + 100)));
  const turns: Turn[] = [{ toServer: false, bytes: bytesOf(record(22, serverHello(0x0303)), ...records) }];
  for (const tlsCertificateBytesMax of [500, 16_384]) {
    const cut = createTls({ limits: { ...limits, tlsCertificateBytesMax } });
    const heard = converse(cut, [...turns, { toServer: false, bytes: record(21, bytesOf([2, 40])) }]);
    t.match(told(heard, 'certificate'), [{ subject: 'long' }]);
    t.match(told(heard, 'message'), [{ kind: 'alert handshake_failure' }]);
    t.same(odd(heard), []);
  }
  t.end();
});

t.test('the name in the certificate of a client may be a person, unless it is a host', (t) => {
  const asked = (fields: object): Record<string, unknown>[] => {
    const client = record(22, handshake(11, certificateList(certificate(fields))));
    const turns: Turn[] = [
      ...session(clientHello(), serverHello(0x0303)).slice(0, 1),
      { toServer: true, bytes: client },
    ];
    return told(converse(tls, turns), 'certificate');
  };
  const person = { subject: 'PRIVATE^PERSON', issuer: 'PRIVATE^PERSON' };
  t.match(asked(person), [{ fromClient: true, subject: '', issuer: '', isSelfSigned: true }]);
  t.match(asked({ ...person, issuer: 'Hospital CA' }), [{ subject: '', issuer: 'Hospital CA', isSelfSigned: false }]);
  t.match(asked({ ...person, hostNames: ['x.test'], mailNames: ['x@x.test'] }), [{ subject: '' }]);
  t.match(asked({ subject: 'pump-7', hostNames: ['pump-7.test'] }), [{ subject: 'pump-7' }]);
  t.end();
});

t.test('a client without a certificate says so, and nothing is told', (t) => {
  const empty = record(22, handshake(11, bytesOf([0, 0, 0])));
  t.same(converse(tls, [{ toServer: true, bytes: bytesOf(record(22, clientHello()), empty) }]).slice(1), []);
  t.end();
});

t.test('remote tools show themselves by name, protocol or certificate, once', (t) => {
  const tools = (client: Uint8Array, server = serverHello(0x0303)): unknown[] =>
    told(converse(tls, session(client, server)), 'message').map(({ protocol, kind }) => [protocol, kind]);
  t.same(tools(clientHello(serverName('relay-0a1b2c3d.net.anydesk.com'))), [['anydesk', 'session']]);
  t.same(tools(clientHello(protocols('anydesk/6.2.0/windows'))), [['anydesk', 'session']]);
  const server = bytesOf(serverHello(0x0303), certified(certificate({ organization: 'philandro Software GmbH' })));
  t.same(tools(clientHello(), server), [['anydesk', 'session']]);
  t.same(tools(clientHello(serverName('x.anydesk.com')), server), [['anydesk', 'session']], 'once');
  t.same(tools(clientHello(serverName('instance-x.screenconnect.com'))), [['screenconnect', 'session']]);
  t.same(tools(clientHello(serverName('notanydesk.com'))), []);
  t.end();
});

t.test('inside another protocol the flow keeps its name', (t) => {
  const inside = createTls({ limits, isInside: true });
  const heard = converse(inside, session(clientHello(), serverHello(0x0303)));
  t.same(details(heard), []);
  t.equal(told(heard, 'handshake').length, 2);
  t.end();
});

t.test('alerts in clear are told by name', (t) => {
  const alert = (level: number, code: number): Uint8Array => record(21, bytesOf([level, code]));
  const heard = sameForEveryCut(t, tls, [
    { toServer: true, bytes: record(22, clientHello()) },
    {
      toServer: false,
      bytes: bytesOf(alert(1, 112), alert(2, 40), alert(2, 200), record(20, bytesOf([1])), alert(2, 1)),
    },
  ]);
  t.same(
    told(heard, 'message').map(({ kind }) => kind),
    ['alert unrecognized_name', 'alert handshake_failure', 'alert unknown'],
  );
  t.end();
});

t.test('a hello without extensions is a hello', (t) => {
  const short = (hello: Uint8Array): Uint8Array => {
    const cut = hello.slice(0, hello.length - 2);
    return cut.with(3, cut.length - 4);
  };
  const told = sameForEveryCut(t, tls, session(short(clientHello()), short(serverHello(0x0301))));
  t.same(details(told), ['1.0']);
  t.same(odd(told), []);
  t.end();
});

t.test('beside an encrypted hello the name counts half', (t) => {
  const told = converse(
    tls,
    session(clientHello(serverName('front.example'), extension(0xfe0d, bytesOf([0]))), serverHello(0x0303)),
  );
  t.match(names(told), [{ value: 'front.example', confidence: 0.2 }]);
  t.end();
});

for (const name of ['10.20.2.10', 'evil\x1b[2J', 'a b', '', `${'a'.repeat(254)}`]) {
  t.test(`${JSON.stringify(name.slice(0, 12))} is no host name`, (t) => {
    t.same(names(converse(tls, session(clientHello(serverName(name)), serverHello(0x0303)))), []);
    t.end();
  });
}

t.test('puts a hello together from many records', (t) => {
  const hello = clientHello(extension(0x0033, new Uint8Array(1_500)), serverName('pq.example'));
  for (const piece of [1, 3, 4, 100, 1_400]) {
    const records: Uint8Array[] = [];
    for (let at = 0; at < hello.length; at += piece) records.push(record(22, hello.slice(at, at + piece)));
    const told = converse(tls, [{ toServer: true, bytes: bytesOf(...records, data(40)) }], { pieceBytes: 500 });
    t.match(names(told), [{ value: 'pq.example' }], `records of ${piece} bytes`);
    t.same(odd(told), []);
  }
  t.end();
});

t.test('asks for no byte behind the first encrypted record', (t) => {
  const state = tls.open();
  const { records } = heard();
  tls.decode(state, segment(record(22, clientHello())), records);
  t.ok(tls.decode(state, segment(data(5_000).subarray(0, 700)), records) > 1e9);
  const server = { toServer: false };
  t.ok(tls.decode(tls.open(), segment(record(20, bytesOf([1])), server), records) > 1e9, 'change cipher spec');
  const chosen = record(22, serverHello(0x0303, versions(0x0304)));
  t.ok(tls.decode(tls.open(), segment(chosen, server), records) > 1e9, 'a server that speaks 1.3');
  t.end();
});

const broken = clientHello(serverName('a.example'));
const oddities: readonly [string, Turn[]][] = [
  ['tls_unknown_record', [{ toServer: true, bytes: bytesOf(record(22, clientHello()), 'GET / HTTP/1.1\r\n') }]],
  ['tls_record_too_long', [{ toServer: true, bytes: bytesOf(record(22, clientHello()), [23, 3, 3, 0xff, 0xff]) }]],
  ['tls_malformed_hello', [{ toServer: true, bytes: record(22, broken.with(40, 200)) }]],
  ['tls_malformed_hello', [{ toServer: true, bytes: record(22, broken.with(broken.length - 15, 99)) }]],
  ['tls_malformed_hello', [{ toServer: true, bytes: record(22, handshake(1, bytesOf([3, 3], new Uint8Array(20)))) }]],
  ['tls_malformed_certificate', [{ toServer: false, bytes: record(22, certified(bytesOf('not a certificate'))) }]],
  ['tls_hello_too_long', [{ toServer: true, bytes: record(22, bytesOf([1, 1, 0, 0, 3, 3], new Uint8Array(60))) }]],
];
for (const [name, turns] of oddities) {
  t.test(`${name} in ${turns[0]?.bytes?.length} bytes`, (t) => {
    t.same(odd(sameForEveryCut(t, tls, turns)), [name]);
    t.end();
  });
}

const ssl2 = bytesOf([0x80, 9 + 6 + 16, 1, 3, 1, 0, 6, 0, 0, 0, 16, 0, 0, 4, 1, 0, 0x80], new Uint8Array(16));

t.test('tls_ssl2_hello, and the version that was agreed on', (t) => {
  const told = sameForEveryCut(t, tls, [
    { toServer: true, bytes: ssl2 },
    { toServer: false, bytes: record(22, serverHello(0x0301)) },
    { toServer: true, bytes: data(20) },
  ]);
  t.same(odd(told), ['tls_ssl2_hello']);
  t.same(details(told), ['1.0']);
  t.end();
});

t.test('an answer in SSL 2.0 is told, and ends the reading', (t) => {
  const told = sameForEveryCut(t, tls, [
    { toServer: true, bytes: ssl2 },
    { toServer: false, bytes: bytesOf([0x80, 40, 4, 0, 1, 0, 2, 0, 0, 0, 3, 0, 16], new Uint8Array(29)) },
    { toServer: true, bytes: bytesOf([0x80, 30, 2], new Uint8Array(29)) },
    { toServer: false, bytes: bytesOf([0x00, 40, 7], new Uint8Array(39)) },
  ]);
  t.same(details(told), ['SSL 2.0']);
  t.same(odd(told), ['tls_ssl2_hello']);
  t.end();
});

t.test('a server of an early draft of 1.3 is understood', (t) => {
  const draft = handshake(
    2,
    bytesOf([0x7f, 18], new Uint8Array(32), [0x13, 1], list(extension(51, new Uint8Array(36)))),
  );
  const told = sameForEveryCut(t, tls, session(clientHello(), draft));
  t.same(details(told), ['1.3']);
  t.same(odd(told), []);
  t.end();
});

t.test('behind lost bytes nothing is read', (t) => {
  const turns: Turn[] = [
    { toServer: true, bytes: record(22, clientHello()) },
    { toServer: true, gap: 100 },
    { toServer: true, bytes: bytesOf('noise that is not a record') },
  ];
  t.same(
    converse(tls, turns).map(({ kind }) => kind),
    ['handshake'],
  );
  t.same(odd(converse(tls, session(clientHello(), serverHello(0x0303)))), []);
  t.end();
});

t.test('is recognised by a hello of either side, an old hello and an alert', (t) => {
  knows(t, tls, record(22, clientHello(), 0x0301).subarray(0, 40));
  knows(t, tls, record(22, serverHello(0x0303)).subarray(0, 40));
  knows(t, tls, ssl2);
  knows(t, tls, record(21, bytesOf([2, 40])));
  knows(t, tls, record(22, clientHello().subarray(0, 3)), { midstream: false });
  t.end();
});

t.test('is nobody else, and not encrypted data at the beginning', (t) => {
  refusesOthers(t, tls, 'tls hello');
  t.equal(tls.recognises(segment(data(40))), NO);
  t.equal(tls.recognises(segment(record(22, clientHello()).with(1, 4))), NO);
  t.equal(tls.recognises(segment(record(22, handshake(11, new Uint8Array(50))))), NO);
  t.equal(tls.recognises(segment(ssl2.with(6, 7))), NO, 'lengths that do not add up');
  t.end();
});

t.test('in the middle: two records in a row, or one that fills its segment', (t) => {
  const middle = { midstream: true };
  knows(t, tls, data(40), middle);
  knows(t, tls, bytesOf(data(40), data(60)), middle);
  knows(t, tls, bytesOf(record(22, handshake(16, new Uint8Array(66))), record(20, bytesOf([1]))), middle);
  t.equal(tls.recognises(segment(bytesOf(data(40), data(3_000)).subarray(0, 300), middle)), YES);
  t.equal(tls.recognises(segment(data(3_000).subarray(0, 1_400), middle)), MAYBE);
  t.equal(tls.recognises(segment(bytesOf(data(40), 'GET / HTTP'), middle)), NO);
  t.equal(tls.recognises(segment(bytesOf(data(40), record(23, bytesOf([1]), 0x0301)), middle)), NO, 'version changes');
  t.equal(tls.recognises(segment(bytesOf([23, 3, 3, 0, 0]), middle)), NO, 'an empty record');
  t.end();
});

t.test('picked up in the middle, nothing is asked for, and a late hello still counts', (t) => {
  const { records } = heard();
  t.ok(tls.decode(tls.open(), segment(data(40), { midstream: true }), records) > 1e9);
  const told = converse(tls, session(clientHello(), serverHello(0x0302)), { pieceBytes: 7 }, { midstream: true });
  t.same(details(told), ['1.1']);
  t.not(tls.decode(tls.open(), segment(bytesOf('xxxxxxxx'), { midstream: true }), records), GIVE_UP);
  t.end();
});

t.test('noise', (t) => {
  survivesNoise(t, tls, session(clientHello(serverName('a.example')), serverHello(0x0303)));
  t.end();
});

// Version and name of every connection in the order they began, as tshark reads them.
const real: readonly [string, (string | null)[], string[]][] = [
  [
    'lab/public/p22_tls_versions.pcap',
    ['1.3', '1.2', '1.1', '1.0', '1.0', '1.2', '1.3', '1.2', null],
    ['pacs.hosp.test', 'pacs.hosp.test'],
  ],
  ['third-party/background/zeek__tls-hrr.pcap', ['1.3'], []],
];
for (const [path, version, name] of real) {
  const file = capture(path);
  t.test(`real connections of ${path}`, { skip: file === null && `${path} is not there` }, (t) => {
    const found: unknown[] = [];
    const named: unknown[] = [];
    for (const { turns } of reassemble(file ?? '')) {
      for (const toServer of [true, false]) {
        const first = turns.find((turn) => turn.toServer === toServer)?.bytes ?? new Uint8Array();
        t.equal(tls.recognises(segment(first, { toServer })), YES, `${toServer ? 'to' : 'from'} the server`);
      }
      const told = sameForEveryCut(t, tls, turns);
      found.push(details(told)[0] ?? null);
      named.push(...names(told).map((record) => (record as { value: string }).value));
      t.same(odd(told), []);
    }
    t.same(found, version);
    t.same(named, name);
    t.end();
  });
}

for (const path of ['lab/public/p04_dicom_tls.pcap', 'lab/public/p07_hl7_tls.pcap', 'lab/public/p41_sdc_tls.pcap']) {
  const file = capture(path);
  t.test(`both sides of ${path} are told in the middle`, { skip: file === null && `${path} is not there` }, (t) => {
    for (const { turns, serverPort } of reassemble(file ?? '')) {
      // Without the opening, both directions: what a sensor sees that starts late.
      const late = turns.slice(Math.floor(turns.length / 2));
      const answers = late.map(({ bytes = new Uint8Array(), toServer }) =>
        tls.recognises(segment(bytes, { toServer, midstream: true })),
      );
      if (turns.length > 8) t.ok(answers.includes(YES), `port ${serverPort}, ${late.length} pieces`);
      t.same(odd(converse(tls, late, {}, { midstream: true })), []);
    }
    t.end();
  });
}
