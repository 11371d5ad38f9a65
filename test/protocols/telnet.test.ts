import t from 'tap';
import { createTelnet } from '../../protocols/telnet/decoder.ts';
import { limits } from '../../src/limits.ts';
import { NO, YES } from '../../src/protocol.ts';
import { capture, knows, odd, refusesOthers, sameForEveryCut, survivesNoise } from '../support/conversations.ts';
import { bytesOf, type Heard, segment, type Turn } from '../support/protocol.ts';
import { reassemble } from '../support/reassemble.ts';

const telnet = createTelnet({ limits });
const server = (text: string): Turn => ({ toServer: false, bytes: bytesOf(text) });
const client = (text: string): Turn => ({ toServer: true, bytes: bytesOf(text) });
const negotiation: Turn[] = [
  { toServer: false, bytes: bytesOf([255, 253, 24, 255, 253, 32, 255, 251, 1]) },
  { toServer: true, bytes: bytesOf([255, 251, 24, 255, 252, 32, 255, 253, 1]) },
  { toServer: false, bytes: bytesOf([255, 250, 24, 1, 255, 240]) },
];
const asks = (name: string, password: string): Turn[] => [
  server('\r\nus-scanner login: '),
  client(`${name}\r\n`),
  server(`${name}\r\nPassword: `),
  client(`${password}\r\0`),
];

/** `outcome method weakness` of every login. */
const logins = (list: readonly Heard[]): string[] =>
  list
    .filter(({ kind }) => kind === 'login')
    .map(({ record }) => [record.outcome, record.method, record.weakness].join(' ').trim());
const kinds = (list: readonly Heard[]): unknown[] =>
  list.filter(({ kind }) => kind === 'message').map(({ record }) => record.kind);

const cases: readonly [string, Turn[], string[]][] = [
  [
    'a password taken, then a shell',
    [...asks('anna', 'Canary-Word-77'), server('\r\n$ ')],
    ['asked password', 'success password'],
  ],
  [
    'a greeting is an answer too',
    [...asks('anna', 'short1'), server('\r\nLast login: Mon\r\n')],
    ['asked password short', 'success password'],
  ],
  [
    'a prompt without a space, behind which somebody types',
    [...asks('x', 'Canary-Word-77'), server('\r\nSwitch>'), client('e')],
    ['asked password', 'success password'],
  ],
  [
    'a refusal, then a default password',
    [...asks('root', 'wrong'), server('\r\nLogin incorrect\r\n'), ...asks('root', 'Admin'), server('\r\nWelcome\r\n')],
    ['asked password short', 'failure password', 'asked password default', 'success password'],
  ],
  [
    'the question that comes again',
    [server('Username: '), client('a\r'), server('Password:'), client('\r'), server('\r\nPassword:')],
    ['asked password empty', 'failure password'],
  ],
  [
    'a router that refuses',
    [...asks('a', 'b'), server('\r\n% Login invalid\r\n')],
    ['asked password short', 'failure password'],
  ],
  ['a name that needs no password', [server('login: '), client('root\n'), server('root\r\n~ # ')], ['success none']],
  [
    'a character that is taken back',
    [server('login: '), client('u\r\n'), server('Password: '), client('adminx\b\r\n')],
    ['asked password short'],
  ],
  [
    'words on the way that are no answer',
    [...asks('a', 'Canary-Word-77'), server('\r\nThere were 3 failed login attempts\r\nus:~$ ')],
    ['asked password', 'success password'],
  ],
  ['no answer', asks('a', 'b'), ['asked password short']],
  ['text without prompts', [server('Ready\r\n'), client('status\r\n')], []],
];
for (const [name, turns, expected] of cases) {
  t.test(`login: ${name}`, (t) => {
    const list = sameForEveryCut(t, telnet, [...negotiation, ...turns]);
    t.same(logins(list), expected);
    t.notMatch(JSON.stringify(list), /anna|canary|root|scanner/i, 'neither name nor password is told');
    t.end();
  });
}

t.test('commands are told in their own words, also inside of text', (t) => {
  const turns = [...negotiation, server('a\xff\xffb'), { toServer: true, bytes: bytesOf('x', [255, 244], 'y') }];
  t.same(kinds(sameForEveryCut(t, telnet, turns)), ['DO', 'DO', 'WILL', 'WILL', 'WONT', 'DO', 'SB', 'SE', 'IP']);
  t.end();
});

t.test('telnet_unknown_command is told once', (t) => {
  const turns = [...negotiation, server('\xff\x10\xff\x11')];
  t.same(odd(sameForEveryCut(t, telnet, turns)), ['telnet_unknown_command']);
  t.end();
});

t.test('a login is not waited for without end, nor put together over a gap', (t) => {
  const long = [...negotiation, server('.'.repeat(limits.telnetLoginBytesMax)), ...asks('a', 'b')];
  t.same(logins(sameForEveryCut(t, telnet, long)), []);
  const asked = asks('a', 'b');
  const lost = [...negotiation, ...asked.slice(0, 3), { toServer: true, gap: 2 }, ...asked.slice(3), server('\r\n$ ')];
  t.same(logins(sameForEveryCut(t, telnet, lost)), []);
  t.end();
});

t.test('is recognised by one command of either side', (t) => {
  for (const command of [251, 252, 253]) knows(t, telnet, bytesOf([255, command, 1]));
  knows(t, telnet, bytesOf([255, 250, 24, 0], 'XTERM', [255, 240]));
  knows(t, telnet, bytesOf([255, 254, 1, 255, 252, 3]));
  t.end();
});

const others: readonly [string, number[]][] = [
  ['an option that nobody assigned', [255, 251, 77]],
  ['another command', [255, 241, 1]],
  ['an escaped 255', [255, 255, 1]],
  ['UTF-16 text that begins with a line end', [255, 254, 13, 0, 10, 0]],
];
for (const [name, bytes] of others) {
  t.test(`is not ${name}`, (t) => {
    t.equal(telnet.recognises(segment(bytesOf(bytes))), NO);
    t.end();
  });
}

t.test('is not a login prompt, nor any other protocol', (t) => {
  refusesOthers(t, telnet, 'telnet option');
  t.end();
});

t.test('in the middle of a connection, three commands in a row are needed', (t) => {
  const middle = { midstream: true };
  knows(t, telnet, bytesOf([255, 251, 1, 255, 253, 3, 255, 251, 31]), middle);
  t.equal(telnet.recognises(segment(bytesOf([255, 251, 1, 255, 253, 3], 'login: '), middle)), NO);
  t.equal(telnet.recognises(segment(bytesOf('ls -l\r\n'), middle)), NO);
  t.end();
});

t.test('noise', (t) => {
  survivesNoise(t, telnet, [...negotiation, ...asks('anna', 'secret'), server('\r\n$ ')]);
  t.end();
});

for (const [path, expected] of [
  ['lab/public/p12_remote_control.pcap', ['asked password default', 'success password']],
  ['lab/public/p16_default_creds_control.pcap', ['asked password default', 'failure password']],
  ['datasets/ndpi-pcaps/telnet.pcap', ['asked password default', 'success password']],
] as const) {
  const file = capture(path);
  t.test(`real connections of ${path}`, { skip: file === null && `${path} is not there` }, (t) => {
    const streams = reassemble(file ?? '').filter((stream) => [23, 2323].includes(stream.serverPort));
    t.ok(streams.length > 0);
    for (const [i, { turns }] of streams.entries()) {
      for (const toServer of [true, false]) {
        const first = turns.find((turn) => turn.toServer === toServer)?.bytes ?? new Uint8Array();
        t.equal(telnet.recognises(segment(first, { toServer })), YES, `${toServer ? 'to' : 'from'} the server`);
      }
      const list = sameForEveryCut(t, telnet, turns);
      if (i === 0) t.same(logins(list), expected);
    }
    t.end();
  });
}
