import t from 'tap';
import { telnet } from '../../protocols/telnet/decoder.ts';
import { NO, YES } from '../../src/protocol.ts';
import { capture, knows, refusesOthers, sameForEveryCut, survivesNoise } from '../support/conversations.ts';
import { bytesOf, heard, segment, type Turn } from '../support/protocol.ts';
import { reassemble } from '../support/reassemble.ts';

const turns: Turn[] = [
  { toServer: false, bytes: bytesOf([255, 253, 24, 255, 253, 32, 255, 251, 1]) },
  { toServer: true, bytes: bytesOf([255, 251, 24, 255, 252, 32, 255, 253, 1]) },
  { toServer: false, bytes: bytesOf('login: ') },
  { toServer: true, bytes: bytesOf('root\r\nsecret\r\n') },
];

t.test('hears nothing of what is typed', (t) => {
  t.same(sameForEveryCut(t, telnet, turns), []);
  t.ok(telnet.decode(null, segment(bytesOf('root\r\n')), heard().records) > 1e9);
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
  survivesNoise(t, telnet, turns);
  t.end();
});

for (const [path, count] of [
  ['lab/public/p12_remote_control.pcap', 2],
  ['lab/public/p21_file_print_telemetry.pcap', 1],
  ['datasets/ndpi-pcaps/telnet.pcap', 1],
] as const) {
  const file = capture(path);
  t.test(`real connections of ${path}`, { skip: file === null && `${path} is not there` }, (t) => {
    const streams = reassemble(file ?? '').filter((stream) => [23, 2323].includes(stream.serverPort));
    t.equal(streams.length, count);
    for (const { turns } of streams) {
      for (const toServer of [true, false]) {
        const first = turns.find((turn) => turn.toServer === toServer)?.bytes ?? new Uint8Array();
        t.equal(telnet.recognises(segment(first, { toServer })), YES, `${toServer ? 'to' : 'from'} the server`);
      }
    }
    t.end();
  });
}
