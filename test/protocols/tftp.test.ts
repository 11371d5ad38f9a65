import t from 'tap';
import { tftp } from '../../protocols/tftp/decoder.ts';
import { NO, YES } from '../../src/protocol.ts';
import { odd, refusesOthers, survivesDamage } from '../support/conversations.ts';
import { bytesOf, converse, type Heard, segment, type Turn } from '../support/protocol.ts';

const of = (list: readonly Heard[], kind: string): Record<string, unknown>[] =>
  list.filter((one) => one.kind === kind).map(({ record }) => record);
const kinds = (list: readonly Heard[]): unknown[] => of(list, 'message').map((one) => one.kind);
const transfers = (list: readonly Heard[]): unknown[] =>
  of(list, 'transfer').map((one) =>
    [one.fromClient ? 'client' : 'server', one.verb, one.extension, one.content, one.bytes].join(' '),
  );
const ask = (...parts: (string | number[] | Uint8Array)[]): Turn => ({ toServer: true, bytes: bytesOf(...parts) });
const say = (...parts: (string | number[] | Uint8Array)[]): Turn => ({ toServer: false, bytes: bytesOf(...parts) });
const high = { clientPort: 50_001, serverPort: 50_002 };

t.test('a request is told with an extension, and where the data will go; no name', (t) => {
  const list = converse(
    tftp,
    [ask([0, 1], 'CANARY.BIN\0octet\0tsize\x000\0')],
    {},
    { clientPort: 50_618, serverPort: 69 },
  );
  t.same(kinds(list), ['RRQ']);
  t.same(transfers(list), ['client read bin  -1']);
  t.match(of(list, 'expectation'), [{ protocol: 'tftp', server: '', ofClient: true, serverPort: 50_618 }]);
  t.notMatch(JSON.stringify(list), /CANARY/);
  const store = converse(tftp, [ask([0, 2], 'a.cfg\0OCTET\0blksize\x001024\0tsize\x00777\0')]);
  t.same(transfers(store), ['client write cfg  777']);
  t.end();
});

t.test('data make a conversation of their own: who begins is the server', (t) => {
  const elf = bytesOf([0x7f], 'ELF', new Uint8Array(508));
  const read = [
    ask([0, 3, 0, 1], elf),
    say([0, 4, 0, 1]),
    ask([0, 3, 0, 1], elf),
    ask([0, 3, 0, 2], 'end'),
    say([0, 4, 0, 2]),
  ];
  t.same(transfers(converse(tftp, read, {}, high)), ['server read  elf 515']);
  const write = [ask([0, 4, 0, 0]), say([0, 3, 0, 1], elf), ask([0, 4, 0, 1]), say([0, 3, 0, 2])];
  t.same(transfers(converse(tftp, write, {}, high)), ['server write  elf 512']);
  t.end();
});

t.test('larger blocks, and data that never end', (t) => {
  const block = new Uint8Array(1024);
  const list = converse(tftp, [
    ask([0, 6], 'blksize\x001024\0'),
    say([0, 4, 0, 0]),
    ask([0, 3, 0, 1], block),
    ask([0, 3, 0, 2], block),
    say([0, 5, 0, 3], 'CANARY disk full\0'),
  ]);
  t.same(kinds(list), ['OACK', 'ACK', 'DATA', 'DATA', 'ERROR']);
  t.same(transfers(list), ['server read   2048']);
  t.end();
});

t.test('tftp_unknown_operation', (t) => {
  t.same(odd(converse(tftp, [ask([0, 9, 1, 1]), ask([0, 1])])), ['tftp_unknown_operation']);
  t.end();
});

t.test('is known by a whole request, its data by their first datagram', (t) => {
  const known = (bytes: Uint8Array, over = {}): number => tftp.recognises(segment(bytes, over));
  t.equal(known(bytesOf([0, 1], 'a\0octet\0')), YES);
  t.equal(known(bytesOf([0, 1], 'a\0octets\0')), NO);
  t.equal(known(bytesOf([0, 1], '\0octet\0')), NO);
  t.equal(known(bytesOf([0, 3, 0, 1], new Uint8Array(512)), high), YES);
  t.equal(known(bytesOf([0, 3, 0, 1], new Uint8Array(512)), { ...high, serverPort: 53 }), NO);
  t.equal(known(bytesOf([0, 3, 0, 2], new Uint8Array(512)), high), NO);
  t.equal(known(bytesOf([0, 6], 'tsize\x0012\0'), high), YES);
  t.equal(known(bytesOf([0, 6], 'size\x0012\0'), high), NO);
  t.equal(known(bytesOf([0, 4, 0, 0]), high), YES);
  refusesOthers(t, tftp);
  survivesDamage(t, tftp, bytesOf([0, 2], 'a.cfg\0octet\0blksize\x001024\0'));
  t.end();
});
