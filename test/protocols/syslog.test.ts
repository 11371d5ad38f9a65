import t from 'tap';
import { syslog, syslogOverTcp } from '../../protocols/syslog/decoder.ts';
import { NO, YES } from '../../src/protocol.ts';
import { odd, refusesOthers, sameForEveryCut, survivesDamage, survivesNoise } from '../support/conversations.ts';
import { identities, messages } from '../support/names.ts';
import { bytesOf, converse, type Heard, segment } from '../support/protocol.ts';

const modern = '<131>1 2026-11-23T14:41:01Z ct RESONA7 77 - [t x="1"] CANARY-TEXT';
const older = '<134>Nov 23 14:41:01 ct RESONA7: CANARY-TEXT';
const bare = '<0>CANARY-TEXT';
const counted = (text: string): string => `${text.length} ${text}`;
const told = (text: string): Heard[] => converse(syslog, [{ toServer: true, bytes: bytesOf(text) }]);

t.test('a message is counted by its severity, and an application named by RFC 5424', (t) => {
  t.same(messages(told(modern)), ['error']);
  t.same(identities(told(modern)), ['application RESONA7 by syslog APP-NAME']);
  t.same(messages(told(older)), ['informational']);
  t.same(messages(told(bare)), ['emergency']);
  t.same(identities(told(older)), []);
  t.same(identities(told(modern.replace('RESONA7', '-'))), [], 'no application');
  t.end();
});

t.test('the text is never told', (t) => {
  for (const one of [modern, older, bare, '<34>1 CANARY', '<34>1 - - CANARY']) {
    t.notMatch(JSON.stringify(told(one)), /CANARY/);
  }
  t.end();
});

t.test('of one flow no more than eight applications are told', (t) => {
  const many = Array.from({ length: 20 }, (_, i) => ({
    toServer: true,
    bytes: bytesOf(modern.replace('RESONA7', `P${i % 10}`)),
  }));
  t.equal(identities(converse(syslog, many)).length, 8);
  t.equal(messages(converse(syslog, many)).length, 20);
  t.end();
});

t.test('over TCP counted, or line by line, wherever it is cut', (t) => {
  const all = [modern, older, modern.replace('131', '15')];
  const kinds = ['error', 'informational', 'debug'];
  const long = `${older}${'x'.repeat(2_000)}`;
  for (const text of [all.map(counted).join(''), `${all.join('\n')}\n`]) {
    const list = sameForEveryCut(t, syslogOverTcp, [{ toServer: true, bytes: bytesOf(text) }]);
    t.same(messages(list), kinds);
    t.same(odd(list), []);
  }
  const longs = counted(long) + counted(modern);
  t.same(messages(sameForEveryCut(t, syslogOverTcp, [{ toServer: true, bytes: bytesOf(longs) }])), [
    'informational',
    'error',
  ]);
  t.same(messages(sameForEveryCut(t, syslogOverTcp, [{ toServer: true, bytes: bytesOf(`${long}\n${modern}\n`) }])), [
    'informational',
    'error',
  ]);
  t.end();
});

t.test('over TCP the next message behind a gap is found', (t) => {
  for (const text of [counted(modern), `${modern}\n`]) {
    const turns = [
      { toServer: true, bytes: bytesOf(text).subarray(0, 30) },
      { toServer: true, gap: 9 },
      { toServer: true, bytes: bytesOf(text.slice(39) + text) },
    ];
    t.match(messages(sameForEveryCut(t, syslogOverTcp, turns)).at(-1), 'error');
  }
  t.end();
});

t.test('something else is an oddity', (t) => {
  t.same(odd(told('<999>1 2026')), ['syslog_no_priority']);
  t.same(odd(converse(syslogOverTcp, [{ toServer: true, bytes: bytesOf(`${older}\nhello you\n`) }])), [
    'syslog_no_priority',
  ]);
  t.end();
});

t.test('is known from either side; without a version or month only on its port', (t) => {
  for (const toServer of [true, false]) {
    for (const one of [modern, older]) {
      t.equal(syslog.recognises(segment(bytesOf(one), { toServer, serverPort: 9 })), YES);
      for (const framed of [one, counted(one)])
        t.equal(syslogOverTcp.recognises(segment(bytesOf(framed), { toServer, serverPort: 9 })), YES);
    }
    t.equal(syslog.recognises(segment(bytesOf(bare), { toServer, serverPort: 514 })), YES);
    t.equal(syslog.recognises(segment(bytesOf(bare), { toServer, serverPort: 9 })), NO);
    for (const other of ['<html><body>', '<192>1 2026', '<1>\x00\x01', '220 <1>x', '<?xml version="1.0"?>'])
      t.equal(syslog.recognises(segment(bytesOf(other), { toServer, serverPort: 514 })), NO, other);
  }
  refusesOthers(t, syslog);
  refusesOthers(t, syslogOverTcp);
  survivesDamage(t, syslog, bytesOf(modern));
  survivesNoise(t, syslogOverTcp, [{ toServer: true, bytes: bytesOf(counted(modern)) }]);
  t.end();
});
