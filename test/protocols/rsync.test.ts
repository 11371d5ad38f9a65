import t from 'tap';
import { rsync } from '../../protocols/rsync/decoder.ts';
import { details, knows, odd, refusesOthers, sameForEveryCut, survivesNoise } from '../support/conversations.ts';
import { bytesOf, converse, type Heard, type Turn } from '../support/protocol.ts';

const ask = (text: string): Turn => ({ toServer: true, bytes: bytesOf(text) });
const say = (text: string): Turn => ({ toServer: false, bytes: bytesOf(text) });
const of = (list: readonly Heard[], kind: string): Record<string, unknown>[] =>
  list.filter((one) => one.kind === kind).map(({ record }) => record);
const kinds = (list: readonly Heard[]): unknown[] =>
  of(list, 'message').map((one) => `${one.fromClient ? '>' : '<'} ${one.kind}`);
const logins = (list: readonly Heard[]): unknown[] => of(list, 'login').map((one) => `${one.method} ${one.outcome}`);
const transfers = (list: readonly Heard[]): unknown[] => of(list, 'transfer').map((one) => `${one.verb} ${one.bytes}`);

const hello = [say('@RSYNCD: 31.0 sha512 md5\n'), ask('@RSYNCD: 31.0 md5\n'), ask('CANARY-MODULE\n')];
const fetch: Turn[] = [
  ...hello,
  say('@RSYNCD: AUTHREQD CANARY-CHALLENGE\n'),
  ask('CANARY-USER CANARY-ANSWER\n'),
  say('@RSYNCD: OK\n'),
  ask('--server\0--sender\0-vlogDtpr\0.\0CANARY/path\0\0'),
  ask('12'),
  say('x'.repeat(2_000)),
];

t.test('who fetches with a password; no module, user or path', (t) => {
  const list = sameForEveryCut(t, rsync, fetch);
  t.same(details(list), ['rsync 31.0']);
  t.same(kinds(list), ['< greeting', '> greeting', '> module', '< login required', '> login', '< ok', '> fetch']);
  t.same(logins(list), ['digest asked', 'digest success']);
  t.same(transfers(list), ['read 2000']);
  t.notMatch(JSON.stringify(list), /CANARY/);
  t.end();
});

t.test('storing without any password, in the older way', (t) => {
  const list = sameForEveryCut(t, rsync, [
    ...hello,
    say('@RSYNCD: OK\n'),
    ask('--server\n-vlogDtpr\n.\nmodule\n\n'),
    ask('y'.repeat(300)),
    say('z'),
  ]);
  t.same(logins(list), ['none asked', 'none success']);
  t.same(transfers(list), ['write 300']);
  t.end();
});

t.test('lists, refusals', (t) => {
  const list = sameForEveryCut(t, rsync, [
    say('@RSYNCD: 30.0\n'),
    ask('@RSYNCD: 30.0\n#list\n'),
    say('CANARY-MODULE\ttext\n@RSYNCD: EXIT\n'),
  ]);
  t.same(kinds(list), ['< greeting', '> greeting', '> list modules', '< exit']);
  t.notMatch(JSON.stringify(list), /CANARY/);
  const refused = [...fetch.slice(0, 5), say('@ERROR: auth failed on module x\n')];
  t.same(logins(sameForEveryCut(t, rsync, refused)), ['digest asked', 'digest failure']);
  t.end();
});

t.test('rsync_line_too_long', (t) => {
  for (const pieceBytes of [1, 5_000])
    t.same(odd(converse(rsync, [ask('x'.repeat(3_000)), ask('\nmore\n')], { pieceBytes })), ['rsync_line_too_long']);
  t.end();
});

t.test('lost bytes are counted', (t) => {
  const list = converse(rsync, [...fetch, { toServer: false, gap: 500 }, say('more')]);
  t.same(transfers(list), ['read 2504']);
  t.end();
});

t.test('is known by its greeting, from either side; noise', (t) => {
  knows(t, rsync, bytesOf('@RSYNCD: 31.0\n'));
  refusesOthers(t, rsync);
  survivesNoise(t, rsync, fetch);
  t.end();
});
