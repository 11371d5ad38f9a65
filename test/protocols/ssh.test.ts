import { createHash } from 'node:crypto';
import t from 'tap';
import { createSsh } from '../../protocols/ssh/decoder.ts';
import { limits } from '../../src/limits.ts';
import { MAYBE, NO, YES } from '../../src/protocol.ts';
import {
  capture,
  details,
  knows,
  odd,
  openings,
  refusesOthers,
  sameForEveryCut,
  survivesNoise,
} from '../support/conversations.ts';
import { bytesOf, converse, type Heard, heard, segment, type Turn } from '../support/protocol.ts';
import { reassemble } from '../support/reassemble.ts';

const ssh = createSsh({ limits });
const u32 = (value: number): number[] => [value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255];

/** KEXINIT with these lists (kex, host keys, ciphers, MACs, compressions to the server, and to the client), RFC 4253 7.1. */
function kexInit(lists: readonly string[]): Uint8Array {
  const named = [...lists, ...new Array<string>(10 - lists.length).fill('')];
  const payload = bytesOf(
    [20],
    new Uint8Array(16).fill(7),
    ...named.map((list) => bytesOf(u32(list.length), list)),
    [0, 0, 0, 0, 0],
  );
  const padding = 4 + ((8 - ((payload.length + 9) % 8)) % 8);
  return bytesOf(u32(payload.length + 1 + padding), [padding], payload, new Uint8Array(padding));
}

const keyExchange = kexInit(['kex', 'host', 'cipher-up', 'cipher-down', 'mac-up', 'mac-down', 'none', 'zlib']);
const turns: Turn[] = [
  { toServer: false, bytes: bytesOf('SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10\r\n', keyExchange) },
  { toServer: true, bytes: bytesOf('SSH-2.0-PuTTY_Release_0.80\r\n', keyExchange) },
  { toServer: true, bytes: new Uint8Array(90).fill(0xa5) },
  { toServer: false, bytes: new Uint8Array(90).fill(0x5a) },
];

t.test('says the software of both ends, and the version line of the server without its comment', (t) => {
  const list = sameForEveryCut(t, ssh, turns);
  t.same(details(list), ['SSH-2.0-OpenSSH_9.2p1']);
  t.match(
    list.filter((entry) => entry.kind === 'identity').map((entry) => entry.record),
    [
      { ofClient: false, attribute: 'ssh-software', value: 'OpenSSH_9.2p1 Debian-2+deb12u10', source: 'SSH banner' },
      { ofClient: true, attribute: 'ssh-software', value: 'PuTTY_Release_0.80', confidence: 0.6 },
    ],
  );
  t.same(odd(list), []);
  t.end();
});

const hashes = (list: readonly Heard[]): unknown[] =>
  list
    .filter((entry) => entry.kind === 'handshake')
    .map(({ record }) => [record.fromClient, record.protocol, record.version, record.hassh]);

t.test('fingerprints what each side can send', (t) => {
  const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
  t.same(hashes(sameForEveryCut(t, ssh, turns)), [
    [false, 'ssh', 'SSH 2.0', md5('kex;cipher-down;mac-down;zlib')],
    [true, 'ssh', 'SSH 2.0', md5('kex;cipher-up;mac-up;none')],
  ]);
  t.end();
});

t.test('the published fingerprint of CyberDuck 6.7.1', (t) => {
  const groups = (...names: string[]): string[] => names.map((name) => `diffie-hellman-group${name}`);
  const kex = [
    'curve25519-sha256@libssh.org',
    ...groups('-exchange-sha256'),
    ...['ecdh-sha2-nistp521', 'ecdh-sha2-nistp384', 'ecdh-sha2-nistp256'],
    ...groups('-exchange-sha1', '1-sha1', '14-sha1', '14-sha256', '15-sha512', '16-sha512', '17-sha512', '18-sha512'),
    ...groups('14-sha256@ssh.com', '15-sha256', '15-sha256@ssh.com', '15-sha384@ssh.com', '16-sha256'),
    ...groups('16-sha384@ssh.com', '16-sha512@ssh.com', '18-sha512@ssh.com'),
  ].join();
  const both = (...names: string[]): string[] => names.flatMap((name) => [`${name}-cbc`, `${name}-ctr`]);
  const ciphers = [
    ...both('aes128', 'aes192', 'aes256', 'blowfish', 'cast128', 'idea', 'serpent128', 'serpent192', 'serpent256'),
    ...both('3des', 'twofish128', 'twofish192', 'twofish256'),
    ...['twofish-cbc', 'arcfour', 'arcfour128', 'arcfour256'],
  ].join();
  const macs = 'hmac-sha1,hmac-sha1-96,hmac-md5,hmac-md5-96,hmac-sha2-256,hmac-sha2-512';
  const packet = kexInit([kex, 'ssh-rsa', ciphers, '', macs, '', 'zlib@openssh.com,zlib,none']);
  const list = sameForEveryCut(t, ssh, [{ toServer: true, bytes: bytesOf('SSH-2.0-Cyberduck\r\n', packet) }]);
  t.same(hashes(list), [[true, 'ssh', 'SSH 2.0', '8a8ae540028bf433cd68356c1b9e8d5b']]);
  t.end();
});

t.test('asks for no byte behind the key exchange', (t) => {
  const state = ssh.open();
  const { records } = heard();
  t.ok(ssh.decode(state, segment(turns[0]?.bytes ?? new Uint8Array(), { toServer: false }), records) > 1e9);
  t.end();
});

t.test('takes lines before the version, as a server may send them', (t) => {
  const greeting: Turn[] = [{ toServer: false, bytes: bytesOf('Authorised use only\r\nSSH-2.0-x\n', keyExchange) }];
  t.same(details(sameForEveryCut(t, ssh, greeting)), ['SSH-2.0-x']);
  t.end();
});

t.test('makes a hostile banner harmless', (t) => {
  const list = converse(ssh, [{ toServer: false, bytes: bytesOf('SSH-2.0-\x1b[2Jevil\x00\xff x\r\n', keyExchange) }]);
  t.same(details(list), ['SSH-2.0-?[2Jevil??']);
  t.end();
});

t.test('behind lost bytes nothing is read', (t) => {
  t.same(
    converse(ssh, [
      { toServer: false, gap: 30 },
      { toServer: false, bytes: new Uint8Array(300) },
    ]),
    [],
  );
  t.end();
});

const oddities: readonly [string, Uint8Array][] = [
  ['ssh_no_banner', bytesOf('x'.repeat(3_000))],
  ['ssh_no_banner', bytesOf('line\n'.repeat(600))],
  ['ssh_no_banner', bytesOf('SSH-2.0\r\n')],
  ['ssh_banner_too_long', bytesOf(`SSH-2.0-${'a'.repeat(300)}\r\n`)],
  ['ssh_banner_too_long', bytesOf(`SSH-2.0-${'a'.repeat(300)}`)],
  ['ssh_version_1', bytesOf('SSH-1.5-1.2.27\n')],
  ['ssh_malformed_key_exchange', bytesOf('SSH-2.0-x\r\n', keyExchange.with(24, 255))],
  ['ssh_malformed_key_exchange', bytesOf('SSH-2.0-x\r\n', [0, 0, 0, 12, 4, 20], new Uint8Array(10))],
  ['ssh_no_key_exchange', bytesOf('SSH-2.0-x\r\nGET / HTTP/1.1\r\n')],
];
for (const [name, bytes] of oddities) {
  t.test(`${name} for ${bytes.length} bytes`, (t) => {
    t.same(odd(sameForEveryCut(t, ssh, [{ toServer: false, bytes }])), [name]);
    t.end();
  });
}

t.test('version 1.99 is version 2 with a past, and what follows is for the client to choose', (t) => {
  const old = [0, 0, 0, 40, 6, 20, ...new Uint8Array(38)];
  for (const [bytes, count] of [
    [new Uint8Array(40), 0],
    [old, 0],
    [keyExchange, 1],
  ] as const) {
    const list = sameForEveryCut(t, ssh, [{ toServer: false, bytes: bytesOf('SSH-1.99-Cisco-1.25\n', bytes) }]);
    t.same(odd(list), []);
    t.equal(hashes(list).length, count);
  }
  t.end();
});

t.test('is recognised by the version of either side, and by nothing else', (t) => {
  knows(t, ssh, bytesOf('SSH-2.0-x'));
  knows(t, ssh, bytesOf('SSH-1.5-x'));
  t.equal(ssh.recognises(segment(bytesOf('SSH-3.0-x'))), NO);
  t.equal(ssh.recognises(segment(bytesOf('SSHD'))), NO);
  refusesOthers(t, ssh, 'ssh version');
  t.end();
});

t.test('is not guessed in the middle of a connection', (t) => {
  t.equal(ssh.recognises(segment(keyExchange, { midstream: true })), NO);
  t.equal(ssh.recognises(segment(new Uint8Array(0), { midstream: true })), MAYBE);
  t.equal(ssh.recognises(segment(openings['ssh version'] ?? new Uint8Array(), { midstream: true })), YES);
  t.end();
});

t.test('noise', (t) => {
  survivesNoise(t, ssh, turns);
  t.end();
});

for (const [path, count] of [
  ['lab/public/p12_remote_control.pcap', 2],
  ['lab/public/p21_file_print_telemetry.pcap', 1],
  ['datasets/ndpi-pcaps/ssh.pcap', 1],
] as const) {
  const file = capture(path);
  t.test(`real connections of ${path}`, { skip: file === null && `${path} is not there` }, (t) => {
    const streams = reassemble(file ?? '').filter((stream) => stream.serverPort === 22);
    t.equal(streams.length, count);
    for (const { turns } of streams) {
      for (const toServer of [true, false]) {
        const first = turns.find((turn) => turn.toServer === toServer)?.bytes ?? new Uint8Array();
        t.equal(ssh.recognises(segment(first, { toServer })), YES);
      }
      const list = sameForEveryCut(t, ssh, turns);
      t.equal(details(list).length, 1);
      t.match(details(list)[0], /^SSH-2\.0-OpenSSH_/);
      t.equal(list.filter((entry) => entry.kind === 'identity').length, 2);
      t.equal(hashes(list).length, 2);
      t.same(odd(list), []);
    }
    t.end();
  });
}
