import t from 'tap';
import { createSunRpc, createSunRpcOverUdp } from '../../protocols/sunrpc/decoder.ts';
import { limits } from '../../src/limits.ts';
import { NO, YES } from '../../src/protocol.ts';
import {
  capture,
  details,
  knows,
  odd,
  refusesOthers,
  sameForEveryCut,
  survivesDamage,
  survivesNoise,
} from '../support/conversations.ts';
import { u32 } from '../support/packet.ts';
import { bytesOf, converse, type Heard, segment, type Turn } from '../support/protocol.ts';
import { reassemble } from '../support/reassemble.ts';
import { call, hyper, nfs3, opaque, record, reply } from '../support/sunrpc.ts';

const tcp = createSunRpc({ limits });
const udp = createSunRpcOverUdp({ limits });
const NFS = 100_003;
const ask = (...messages: Uint8Array[]): Turn => ({ toServer: true, bytes: bytesOf(...messages.map(record)) });
const say = (...messages: Uint8Array[]): Turn => ({ toServer: false, bytes: bytesOf(...messages.map(record)) });
const of = (list: readonly Heard[], kind: string): Record<string, unknown>[] =>
  list.filter((one) => one.kind === kind).map(({ record }) => record);
const kinds = (list: readonly Heard[]): unknown[] =>
  of(list, 'message').map((one) => `${one.fromClient ? '>' : '<'} ${one.protocol} ${one.kind}`);
const transfers = (list: readonly Heard[]): unknown[] =>
  of(list, 'transfer').map((one) => [one.verb, one.extension, one.content, one.bytes].join(' '));

const ok = u32(0);
const elf = bytesOf([0x7f], 'ELF', new Uint8Array(3_000));
const session: Turn[] = [
  ask(call(1, NFS, 3, 3, nfs3.lookup('dir', 'CANARY.BIN'))),
  say(reply(1, nfs3.found('handle-1'))),
  ask(call(2, NFS, 3, 6, nfs3.read('handle-1', 0, 4096))),
  say(reply(2, nfs3.data(elf, false))),
  ask(call(3, NFS, 3, 6, nfs3.read('handle-1', 3004, 4096))),
  say(reply(3, nfs3.data('end', true))),
  ask(call(4, NFS, 3, 7, nfs3.write('handle-2', 0, elf)), call(5, NFS, 3, 7, nfs3.write('handle-2', 3004, 'end'))),
  say(reply(5, ok), reply(4, ok)),
  ask(call(6, NFS, 3, 21, nfs3.commit('handle-2'))),
  say(reply(6, ok)),
];

t.test('what is read and written by NFS 3; no name of a file or machine', (t) => {
  const list = sameForEveryCut(t, tcp, session);
  t.same(details(list), ['NFS 3']);
  t.same(kinds(list).slice(0, 4), ['> nfs LOOKUP', '< nfs LOOKUP', '> nfs READ', '< nfs READ']);
  t.same(transfers(list), ['read bin elf 3007', 'write  elf 3007']);
  t.notMatch(JSON.stringify(list), /CANARY|handle/);
  t.same(odd(list), []);
  t.end();
});

t.test('removing, renaming, listing; what is refused is not told', (t) => {
  const list = sameForEveryCut(t, tcp, [
    ask(call(1, NFS, 3, 12, nfs3.lookup('dir', 'a.dcm')), call(2, NFS, 3, 14, nfs3.rename('b.locked'))),
    say(reply(1, ok), reply(2, ok)),
    ask(call(3, NFS, 3, 16, nfs3.readdir(0)), call(4, NFS, 3, 16, nfs3.readdir(7))),
    say(reply(3, ok), reply(4, ok)),
    ask(call(5, NFS, 3, 12, nfs3.lookup('dir', 'c.dcm'))),
    say(reply(5, u32(13))),
  ]);
  t.same(transfers(list), ['delete dcm  -1', 'rename locked  -1', 'list   -1']);
  t.end();
});

t.test('NFS 4: the operations of a compound', (t) => {
  const state = new Uint8Array(16);
  const open = bytesOf(
    u32(18),
    u32(0),
    u32(1),
    u32(0),
    hyper(9),
    opaque('owner'),
    u32(0),
    u32(0),
    opaque('CANARY.txt'),
  );
  const write = bytesOf(u32(38), state, hyper(0), u32(2), opaque('%PDF-1.7 text'));
  const compound = (...operations: Uint8Array[]): Uint8Array =>
    call(1, NFS, 4, 1, opaque('tag'), u32(0), u32(operations.length), ...operations);
  const list = sameForEveryCut(t, tcp, [
    ask(
      compound(bytesOf(u32(24)), open, bytesOf(u32(10)), bytesOf(u32(9), u32(2), u32(1), u32(2))),
      compound(bytesOf(u32(22), opaque('handle')), write, bytesOf(u32(4), u32(1), state)),
      compound(bytesOf(u32(22), opaque('dir')), bytesOf(u32(28), opaque('x.exe'))),
      compound(bytesOf(u32(99)), bytesOf(u32(25))),
    ),
  ]);
  t.same(kinds(list).slice(0, 5), ['> nfs COMPOUND', '> nfs PUTROOTFH', '> nfs OPEN', '> nfs GETFH', '> nfs GETATTR']);
  t.same(transfers(list), ['write  pdf 13', 'delete exe  -1']);
  t.notMatch(JSON.stringify(list), /CANARY/);
  t.end();
});

t.test('port mapper, mounts, and programs that are only counted, over UDP', (t) => {
  const list = [
    call(1, 100_000, 2, 3, new Uint8Array(16)),
    call(2, 100_005, 3, 1, opaque('/CANARY')),
    call(3, 100_024, 1, 5),
  ].flatMap((bytes) =>
    converse(udp, [
      { toServer: true, bytes },
      { toServer: false, bytes: reply(9, ok) },
    ]),
  );
  t.same(
    kinds(list).filter((one) => String(one).startsWith('>')),
    ['> portmap GETPORT', '> mount MNT', '> sunrpc call'],
  );
  t.ok(kinds(list).includes('< sunrpc reply'));
  t.notMatch(JSON.stringify(list), /CANARY/);
  t.end();
});

t.test(
  'sunrpc_no_record ends it, sunrpc_unknown_message is stepped over; behind lost bytes the next record is found',
  (t) => {
    t.same(odd(sameForEveryCut(t, tcp, [ask(new Uint8Array(40)), ...session.slice(0, 2)])), ['sunrpc_unknown_message']);
    t.same(odd(sameForEveryCut(t, tcp, [{ toServer: true, bytes: bytesOf('hello world') }])), ['sunrpc_no_record']);
    const whole = record(call(1, NFS, 3, 3, nfs3.lookup('dir', 'x')));
    const list = converse(tcp, [
      { toServer: true, bytes: whole.subarray(0, 30) },
      { toServer: true, gap: whole.length - 30 },
      { toServer: true, bytes: bytesOf([1, 2, 3], whole) },
    ]);
    t.same(kinds(list), ['> nfs LOOKUP']);
    t.end();
  },
);

t.test('a call is known anywhere, a reply on its ports or in the middle', (t) => {
  const asked = call(1, NFS, 3, 3, nfs3.lookup('dir', 'x'));
  knows(t, tcp, record(asked));
  t.equal(udp.recognises(segment(asked)), YES);
  t.equal(udp.recognises(segment(reply(1, ok))), NO);
  t.equal(udp.recognises(segment(reply(1, ok), { serverPort: 2049 })), YES);
  t.equal(tcp.recognises(segment(record(reply(1, ok)), { midstream: true })), YES);
  refusesOthers(t, tcp);
  refusesOthers(t, udp);
  survivesDamage(t, udp, asked);
  survivesNoise(t, tcp, session);
  t.end();
});

const lab = capture('lab/public/p21_file_print_telemetry.pcap');
t.test('NFS 3 and 4 in the lab', { skip: lab === null && 'the shared captures are not there' }, (t) => {
  const list = reassemble(lab ?? '')
    .filter((stream) => stream.serverPort === 2049)
    .flatMap(({ turns }) => converse(tcp, turns, {}, { serverPort: 2049 }));
  t.same(transfers(list).sort(), ['list   -1', 'list   -1', 'read   70000', 'read avi  70000']);
  t.same(odd(list), []);
  t.end();
});
