import t from 'tap';
import { createRdp } from '../../protocols/rdp/decoder.ts';
import { NO, YES } from '../../src/protocol.ts';
import {
  capture,
  details,
  knows,
  odd,
  refusesOthers,
  sameForEveryCut,
  survivesNoise,
} from '../support/conversations.ts';
import { hellos, ofKind, tls } from '../support/mail.ts';
import { bytesOf, converse, type Heard, segment, type Turn } from '../support/protocol.ts';
import { reassemble } from '../support/reassemble.ts';

const rdp = createRdp();

function connect(code: number, variable: Uint8Array): Uint8Array {
  const length = 11 + variable.length;
  return bytesOf([3, 0, length >> 8, length & 255, length - 5, code, 0, 0, 0, 0, 0], variable);
}
const negotiation = (type: number, value: number): Uint8Array => bytesOf([type, 0, 8, 0, value, 0, 0, 0]);
const request = connect(0xe0, bytesOf('Cookie: mstshash=DOE-JOHN\r\n', negotiation(1, 11)));
const confirm = (selected: number): Uint8Array => connect(0xd0, negotiation(2, selected));
const session = (answer: Uint8Array): Turn[] => [
  { toServer: true, bytes: request },
  { toServer: false, bytes: answer },
  { toServer: true, bytes: new Uint8Array(80).fill(22) },
  { toServer: false, bytes: new Uint8Array(80).fill(23) },
];

const kinds = (list: readonly Heard[]): unknown[] =>
  list.filter(({ kind }) => kind === 'message').map(({ record }) => record.kind);
const logins = (list: readonly Heard[]): unknown[] =>
  list
    .filter(({ kind }) => kind === 'login')
    .map(({ record }) => `${record.fromClient} ${record.outcome} ${record.method}`);

/** A block of the conference request or response behind its key. */
const conference = (tag: number, key: string, block: Uint8Array): Uint8Array => {
  const inside = bytesOf([2, 0xf0, 0x80, 0x7f, tag, 0x82, 1, 0], new Uint8Array(12), key, [0x80, block.length], block);
  return bytesOf([3, 0, 0, inside.length + 4], inside);
};
const stationName = Array.from('CONSOLE-7').flatMap((letter) => [letter.charCodeAt(0), 0]);
const core = bytesOf([1, 0xc0, 56, 0], new Uint8Array(20), stationName, new Uint8Array(32 - stationName.length));
const level = (number: number): Uint8Array => bytesOf([2, 12, 12, 0, 2, 0, 0, 0, number, 0, 0, 0]);

t.test('connection and login are told, the user name is not', (t) => {
  const list = sameForEveryCut(t, rdp, session(confirm(1)));
  t.same(kinds(list), ['connect request with cookie', 'connect confirm']);
  t.same(logins(list), ['true asked password']);
  t.same(logins(sameForEveryCut(t, rdp, session(confirm(2)))), ['true asked ']);
  t.same(kinds(sameForEveryCut(t, rdp, [{ toServer: true, bytes: connect(0xe0, negotiation(1, 3)) }])), [
    'connect request',
  ]);
  const refused = sameForEveryCut(t, rdp, session(connect(0xd0, negotiation(3, 5))));
  t.same(kinds(refused)[1], 'negotiation failure HYBRID_REQUIRED_BY_SERVER');
  t.same(logins(refused), []);
  t.end();
});

t.test('without TLS the conference names the station and the encryption', (t) => {
  const turns: Turn[] = [
    { toServer: true, bytes: request },
    { toServer: false, bytes: confirm(0) },
    { toServer: true, bytes: conference(0x65, 'Duca', bytesOf([2, 0xc0, 12, 0], new Uint8Array(8), core)) },
    { toServer: false, bytes: conference(0x66, 'McDn', bytesOf([1, 12, 8, 0, 0, 0, 0, 0], level(2))) },
    { toServer: true, bytes: bytesOf([3, 0, 0, 9, 2, 0xf0, 0x80, 4, 1]) },
  ];
  const list = sameForEveryCut(t, rdp, turns);
  t.same(kinds(list).slice(2), ['conference request', 'conference response, encryption level 2']);
  t.match(list.find(({ kind }) => kind === 'identity')?.record, {
    attribute: 'name',
    value: 'CONSOLE-7',
    ofClient: true,
  });
  survivesNoise(t, rdp, turns);
  t.end();
});

for (const [selected, detail] of [
  [0, 'rdp'],
  [1, 'tls'],
  [2, 'credssp'],
  [4, 'rdstls'],
  [8, 'credssp'],
] as const) {
  t.test(`security protocol ${selected} is ${detail}`, (t) => {
    const list = sameForEveryCut(t, rdp, session(confirm(selected)));
    t.same(details(list), [detail]);
    t.notMatch(JSON.stringify(list), /DOE/, 'the user name of the cookie stays inside');
    t.same(odd(list), []);
    t.end();
  });
}

t.test('a confirm without negotiation is plain RDP, a refusal has no security', (t) => {
  const over = { serverPort: 3389 };
  t.same(details(sameForEveryCut(t, rdp, session(connect(0xd0, new Uint8Array())), over)), ['rdp']);
  t.same(details(sameForEveryCut(t, rdp, session(connect(0xd0, negotiation(3, 5))))), []);
  t.end();
});

t.test('rdp_unknown_security for a protocol no standard names', (t) => {
  t.same(odd(sameForEveryCut(t, rdp, session(confirm(64)))), ['rdp_unknown_security']);
  t.end();
});

t.test('rdp_no_connection_request when a side begins with something else', (t) => {
  const turns: Turn[] = [
    { toServer: true, bytes: request },
    { toServer: false, bytes: bytesOf('hello') },
  ];
  t.same(odd(sameForEveryCut(t, rdp, turns)), ['rdp_no_connection_request']);
  t.same(odd(converse(rdp, turns, {}, { midstream: true })), [], 'in the middle nobody knows');
  t.end();
});

t.test('is recognised by cookie, request, response and failure, on any port', (t) => {
  knows(t, rdp, request);
  knows(t, rdp, connect(0xe0, bytesOf('Cookie: msts=3640205228.15629.0000\r\n')));
  knows(t, rdp, connect(0xe0, negotiation(1, 3)));
  knows(t, rdp, confirm(1));
  knows(t, rdp, connect(0xd0, negotiation(3, 2)));
  t.end();
});

t.test('a bare connect request or confirm is RDP on its own port only', (t) => {
  for (const code of [0xe0, 0xd0]) {
    const bare = connect(code, new Uint8Array());
    t.equal(rdp.recognises(segment(bare, { serverPort: 102 })), NO);
    t.equal(rdp.recognises(segment(bare, { serverPort: 3389 })), YES);
    t.equal(rdp.recognises(segment(bare, { clientPort: 3389 })), YES);
  }
  t.end();
});

t.test('is not S7, nor any other protocol', (t) => {
  refusesOthers(t, rdp, 'rdp request');
  t.equal(rdp.recognises(segment(request.with(3, request.length + 1))), NO, 'lengths disagree');
  t.end();
});

t.test('what TLS says in clear is read on, and the flow keeps its name', (t) => {
  const list = sameForEveryCut(t, createRdp({ tls }), [...session(confirm(2)).slice(0, 2), ...hellos]);
  t.match(ofKind(list, 'handshake'), [{ fromClient: true, protocol: 'tls' }, { version: 'TLS 1.2' }]);
  t.same(details(list), ['credssp']);
  t.same(odd(list), []);
  t.end();
});

t.test('in the middle without TLS it is told by channel data', (t) => {
  const data = bytesOf([3, 0, 0, 20, 2, 0xf0, 0x80, 0x64, 0, 6, 3, 0xeb, 0x70, 6, 0, 0, 0, 0, 0, 0]);
  knows(t, rdp, data, { midstream: true });
  t.equal(rdp.recognises(segment(data)), NO, 'not at the beginning');
  const s7 = bytesOf([3, 0, 0, 25, 2, 0xf0, 0x80, 0x32, 1, 0, 0, 4, 0, 0, 8, 0, 0, 0xf0, 0, 0, 1, 0, 1, 1, 0xe0]);
  t.equal(rdp.recognises(segment(s7, { midstream: true })), NO, 'not S7');
  t.same(converse(rdp, [{ toServer: true, bytes: data }], { pieceBytes: 3 }, { midstream: true }), []);
  t.end();
});

t.test('noise', (t) => {
  survivesNoise(t, rdp, session(confirm(2)));
  t.end();
});

// What the servers chose, as tshark reads it: one confirm without negotiation and protocol 1; protocol 8.
for (const [path, expected] of [
  ['lab/public/p12_remote_control.pcap', ['rdp', 'tls']],
  ['datasets/ndpi-pcaps/rdp.pcap', ['credssp']],
] as const) {
  const file = capture(path);
  t.test(`real connections of ${path}`, { skip: file === null && `${path} is not there` }, (t) => {
    const found: unknown[] = [];
    for (const { turns, serverPort } of reassemble(file ?? '').filter((stream) => stream.serverPort === 3389)) {
      for (const toServer of [true, false]) {
        const first = turns.find((turn) => turn.toServer === toServer)?.bytes ?? new Uint8Array();
        t.equal(
          rdp.recognises(segment(first, { toServer, serverPort })),
          YES,
          `${toServer ? 'to' : 'from'} the server`,
        );
      }
      const list = sameForEveryCut(t, rdp, turns, { serverPort });
      t.same(odd(list), []);
      found.push(...details(list));
    }
    t.same(found.sort(), expected);
    t.end();
  });
}

const s7 = capture('datasets/ndpi-pcaps/s7comm.pcap');
t.test('real S7 is nobody’s desktop', { skip: s7 === null && 's7comm.pcap is not there' }, (t) => {
  for (const { turns, serverPort } of reassemble(s7 ?? '')) {
    for (const { bytes = new Uint8Array(), toServer } of turns.slice(0, 40)) {
      for (const midstream of [true, false]) {
        t.equal(rdp.recognises(segment(bytes, { toServer, serverPort, midstream })), NO);
      }
    }
  }
  t.end();
});
