import t from 'tap';
import { vnc } from '../../protocols/vnc/decoder.ts';
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
import { bytesOf, converse, type Heard, segment, type Turn } from '../support/protocol.ts';
import { reassemble } from '../support/reassemble.ts';

const desktop = bytesOf([4, 0, 3, 0], new Uint8Array(16), [0, 0, 0, 9], 'BED7-DOE ');
const session = (version: string, offer: number[], choice: number[], answer = version): Turn[] => [
  { toServer: false, bytes: bytesOf(`RFB ${version}\n`) },
  { toServer: true, bytes: bytesOf(`RFB ${answer}\n`) },
  { toServer: false, bytes: bytesOf(offer) },
  ...(choice.length > 0 ? [{ toServer: true, bytes: bytesOf(choice) }] : []),
  { toServer: true, bytes: bytesOf([1, 4, 1, 0, 0, 0, 0, 0, 'D'.charCodeAt(0)]) },
  { toServer: false, bytes: desktop },
];

const cases: readonly [string, Turn[], string[]][] = [
  ['the only type offered', session('003.008', [1, 2], [2]), ['RFB 003.008 security vnc']],
  ['no lock at all', session('003.008', [1, 1], [1]), ['RFB 003.008 security none']],
  [
    'a list, then the choice',
    session('003.008', [3, 19, 2, 1], [2]),
    ['RFB 003.008 security vencrypt,vnc,none', 'RFB 003.008 security vnc'],
  ],
  ['a type without name', session('003.007', [1, 99], [99]), ['RFB 003.007 security type 99']],
  ['the server decides in 3.3', session('003.003', [0, 0, 0, 2], []), ['RFB 003.003 security vnc']],
  ['an old client of a new server', session('003.008', [0, 0, 0, 1], [], '003.003'), ['RFB 003.003 security none']],
  ['a refusal', session('003.008', [0, 0, 0, 0, 4, 66, 65, 68, 33], []), ['RFB 003.008']],
];
for (const [name, turns, expected] of cases) {
  t.test(`tells ${name}`, (t) => {
    const list = sameForEveryCut(t, vnc, turns);
    t.same(details(list), expected);
    t.same(odd(list), []);
    t.notMatch(JSON.stringify(list), /DOE/, 'the name of the desktop stays inside');
    t.end();
  });
}

const server = (...parts: (number[] | string)[]): Turn => ({ toServer: false, bytes: bytesOf(...parts) });
const client = (...parts: (number[] | string)[]): Turn => ({ toServer: true, bytes: bytesOf(...parts) });
const greet = (version: string): Turn[] => [server(`RFB ${version}\n`), client(`RFB ${version}\n`)];
const sixteen = new Array<number>(16).fill(7);
const input = client([4, 1, 0, 0, 0, 0, 0, 0x61, 5, 0, 0, 9, 0, 9, 5, 1, 0, 9, 0, 9, 4, 0, 0, 0, 0, 0, 0, 0x61]);
const capability = (code: number): number[] => [0, 0, 0, code, ...new Array<number>(12).fill(65)];
const logins = (list: readonly Heard[]): string[] =>
  list
    .filter(({ kind }) => kind === 'login')
    .map(({ record }) =>
      [record.outcome, record.method, record.isClear ? 'clear' : '', record.weakness].filter(Boolean).join(' '),
    );
const valuesOf = (list: readonly Heard[], kind: string, field: string): unknown[] =>
  list.filter((entry) => entry.kind === kind).map(({ record }) => record[field]);

const doors: readonly [string, Turn[], string[]][] = [
  [
    'a password that is taken',
    [
      ...greet('003.008'),
      server([1, 2]),
      client([2]),
      server(sixteen),
      client(sixteen),
      server([0, 0, 0, 0]),
      client([1]),
      input,
    ],
    ['asked password', 'success password'],
  ],
  [
    'a password that is refused',
    [...greet('003.003'), server([0, 0, 0, 2], sixteen), client(sixteen), server([0, 0, 0, 1])],
    ['asked password', 'failure password'],
  ],
  [
    'no lock in 3.8',
    [...greet('003.008'), server([1, 1]), client([1]), server([0, 0, 0, 0]), client([1]), input],
    ['success none'],
  ],
  ['no lock in 3.3', [...greet('003.003'), server([0, 0, 0, 1]), client([1]), input], ['success none']],
  [
    'the lock of TightVNC',
    [
      ...greet('003.008'),
      server([1, 16]),
      client([16]),
      server([0, 0, 0, 1], capability(0)),
      client([0, 0, 0, 0]),
      server([0, 0, 0, 1], capability(2)),
      client([0, 0, 0, 2]),
      server(sixteen),
      client(sixteen),
      server([0, 0, 0, 0]),
      client([1]),
      input,
    ],
    ['asked password', 'success password'],
  ],
  [
    'TightVNC without a lock',
    [
      ...greet('003.008'),
      server([1, 16]),
      client([16]),
      server([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
      client([1]),
      input,
    ],
    ['success none'],
  ],
  [
    'a password in clear',
    [
      ...greet('003.008'),
      server([1, 19]),
      client([19]),
      server([0, 2]),
      client([0, 2]),
      server([0, 1, 0, 0, 1, 0]),
      client([0, 0, 1, 0]),
      client([0, 0, 0, 4, 0, 0, 0, 5], 'anna', 'ADMIN'),
      server([0, 0, 0, 0]),
      client([1]),
      input,
    ],
    ['asked password clear default', 'success password clear'],
  ],
  [
    'the lock of a Mac',
    [
      ...greet('003.889'),
      server([2, 30, 33]),
      client([30]),
      server([0, 5, 0, 2, 1, 2, 3, 4]),
      client(new Array<number>(130).fill(1)),
      server([0, 0, 0, 0]),
      client([1]),
      input,
    ],
    ['asked password', 'success password'],
  ],
];
for (const [name, turns, expected] of doors) {
  t.test(`login: ${name}`, (t) => {
    const list = sameForEveryCut(t, vnc, turns);
    t.same(logins(list), expected);
    t.notMatch(JSON.stringify(list), /anna|ADMIN/);
    const typed = ['key event', 'pointer event', 'pointer event', 'key event'];
    t.same(valuesOf(list, 'message', 'kind'), turns.includes(input) ? typed : []);
    t.same(valuesOf(list, 'operation', 'verb'), turns.includes(input) ? ['key event', 'pointer event'] : []);
    survivesNoise(t, vnc, turns);
    t.end();
  });
}

t.test('what goes on inside of TLS is not followed', (t) => {
  const turns = [
    ...greet('003.008'),
    server([1, 19]),
    client([19]),
    server([0, 2]),
    client([0, 2]),
    server([0, 1, 0, 0, 1, 6]),
    client([0, 0, 1, 6]),
    server([1, 22, 3, 3]),
    client([22, 3, 1, 0, 4]),
  ];
  const list = sameForEveryCut(t, vnc, turns);
  t.same(details(list), ['RFB 003.008 security vencrypt', 'RFB 003.008 security vencrypt x509plain']);
  t.same(logins(list), []);
  t.end();
});

t.test('messages of every length, up to one that nobody documents', (t) => {
  const open = [...greet('003.003'), server([0, 0, 0, 1]), client([1])];
  const all = client(
    [0, 0, 0, 0, ...sixteen, 2, 0, 0, 1, 0, 0, 0, 0, 3, 1, 0, 0, 0, 0, 0, 9, 0, 9, 6, 0, 0, 0, 0, 0, 0, 6],
    'CANARY',
    [250, 0, 1, 3, 251, 0, 0, 9, 0, 9, 1, 0, ...sixteen, 255, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2],
    [255, 1, 0, 0, 253, 129, 0, 2, 8, 8, 248, 0, 0, 0, 0, 0, 0, 0, 0, 99, 4, 1, 0, 0, 0, 0, 0, 0x61],
  );
  const list = sameForEveryCut(t, vnc, [...open, all]);
  t.same(valuesOf(list, 'message', 'kind'), [
    ...['set pixel format', 'set encodings', 'update request', 'clipboard', 'xvp', 'set desktop size'],
    ...['key event', 'audio', 'general input', 'fence'],
  ]);
  t.same(valuesOf(list, 'operation', 'verb'), [
    'clipboard',
    'xvp reboot',
    'set desktop size',
    'key event',
    'general input',
  ]);
  t.notMatch(JSON.stringify(list), /CANARY/);
  t.end();
});

t.test('tells the lock when only the server is seen', (t) => {
  const list = converse(
    vnc,
    session('003.008', [1, 2], []).filter((turn) => !turn.toServer),
  );
  t.same(details(list), ['RFB 003.008 security vnc']);
  t.end();
});

t.test('a repeater’s greeting has no lock', (t) => {
  t.same(details(converse(vnc, [{ toServer: false, bytes: bytesOf('RFB 000.000\n', [1, 2]) }])), []);
  t.end();
});

t.test('vnc_no_version when a side begins with something else', (t) => {
  const turns: Turn[] = [
    { toServer: false, bytes: bytesOf('RFB 003.008\n') },
    { toServer: true, bytes: bytesOf('GET / HTTP/1.1\r\n') },
  ];
  t.same(odd(sameForEveryCut(t, vnc, turns)), ['vnc_no_version']);
  t.end();
});

t.test('is recognised by the version of either side, and by nothing else', (t) => {
  knows(t, vnc, bytesOf('RFB 003.008\n'));
  knows(t, vnc, bytesOf('RFB 003.889\n'));
  t.equal(vnc.recognises(segment(bytesOf('RFB 3.8\n'))), NO);
  t.equal(vnc.recognises(segment(bytesOf('RFB 003.008\r'))), NO);
  refusesOthers(t, vnc, 'vnc version');
  t.end();
});

const middle = { midstream: true, clientPort: 40_000, serverPort: 7_001 };
const update = [3, 1, 0, 0, 0, 0, 4, 0, 3, 0];
const key = [4, 1, 0, 0, 0, 0, 0, 0x61];
const pointer = [5, 0, 0, 9, 0, 9];
const fence = [248, 0, 0, 0, 0, 0, 0, 1, 1, 1];
const drawn = [0, 0, 0, 1, 0, 9, 0, 9, 0, 8, 0, 8, 0, 0, 0, 16, 1, 2, 3];
const told: readonly [string, number[], Record<string, unknown>, number][] = [
  ['two messages on any port', [...key, ...update], {}, YES],
  ['pointer and key', [...pointer, ...key], {}, YES],
  ['one key on its own port', key, { serverPort: 5901 }, YES],
  ['one key on any port', key, {}, NO],
  ['pointers alone', [...pointer, ...pointer, ...pointer], { serverPort: 5900 }, NO],
  ['a message cut off', [...key, ...update.slice(0, 9)], {}, NO],
  ['a key with dirt in its padding', [...update, ...key.with(2, 1)], {}, NO],
  ['an update of no size', [...key, ...update.with(6, 0)], {}, NO],
  ['an update behind a fence', [...fence, ...drawn], {}, YES],
  ['an update on its own port', drawn, { serverPort: 5900 }, YES],
  ['an update on any port', drawn, {}, NO],
  ['an unknown encoding', drawn.with(15, 99), { serverPort: 5900 }, NO],
  ['nothing but zeros', new Array<number>(32).fill(0), { serverPort: 5900 }, NO],
];
for (const [name, bytes, over, expected] of told) {
  t.test(`in the middle, ${name}: ${expected === YES ? 'yes' : 'no'}`, (t) => {
    t.equal(vnc.recognises(segment(bytesOf(bytes), { ...middle, ...over })), expected);
    t.equal(vnc.recognises(segment(bytesOf(bytes), { ...middle, ...over, midstream: false })), NO, 'not at the start');
    const list = converse(vnc, [{ toServer: true, bytes: bytesOf(bytes) }], { pieceBytes: 5 }, { ...middle, ...over });
    t.same(odd(list), []);
    t.end();
  });
}

t.test('other protocols are not VNC in the middle', (t) => {
  for (const bytes of [
    bytesOf('MSH|^~\\&|'),
    bytesOf([4, 0, 0, 0, 0, 10, 0, 0, 0, 6, 1, 3]),
    bytesOf([23, 3, 3, 0, 1, 9]),
  ])
    t.equal(vnc.recognises(segment(bytes, middle)), NO);
  t.end();
});

t.test('noise', (t) => {
  survivesNoise(t, vnc, session('003.008', [2, 2, 1], [2]));
  t.end();
});

// One of the lab's four clients speaks 3.3 to a server of 3.8; the other capture is a RealVNC of its own version.
for (const [path, port, expected] of [
  ['lab/public/p12_remote_control.pcap', 5900, ['003.003 security vnc', '003.008 security vnc']],
  [
    'datasets/ndpi-pcaps/vnc.pcap',
    6900,
    ['004.001 security type 13', '004.001 security type 13,type 133,ra2,ra2-256,ra2ne,ra2ne-256,vnc'],
  ],
] as const) {
  const file = capture(path);
  t.test(`real connections of ${path}`, { skip: file === null && `${path} is not there` }, (t) => {
    const streams = reassemble(file ?? '').filter((stream) => stream.serverPort === port);
    const found: unknown[] = [];
    for (const { turns } of streams) {
      for (const toServer of [true, false]) {
        const first = turns.find((turn) => turn.toServer === toServer)?.bytes;
        if (first === undefined) continue;
        t.equal(vnc.recognises(segment(first, { toServer })), YES, `${toServer ? 'to' : 'from'} the server`);
      }
      const list = sameForEveryCut(t, vnc, turns.slice(0, 40));
      found.push(...details(list));
      t.same(odd(list), []);
    }
    t.same(
      [...new Set(found)].sort(),
      expected.map((detail) => `RFB ${detail}`),
    );
    t.end();
  });
}

const late = capture('lab/public/v12_remote_midstream.pcap');
t.test('is told in the middle of a real connection', { skip: late === null && 'v12 is not there' }, (t) => {
  const [stream] = reassemble(late ?? '').filter((one) => one.midstream && one.serverPort === 5900);
  t.ok(stream !== undefined);
  for (const toServer of [true, false]) {
    const pieces = (stream?.turns ?? []).filter((turn) => turn.toServer === toServer).slice(0, 64);
    const answers = pieces.map(({ bytes = new Uint8Array() }) =>
      vnc.recognises(segment(bytes, { ...middle, toServer })),
    );
    t.ok(answers.includes(YES), `${toServer ? 'to' : 'from'} the server, without a hint by the port`);
  }
  t.end();
});
