import t from 'tap';
import type { Echo } from '../../src/records.ts';
import { ethernet, icmp, ipv4, ipv6 } from '../support/packet.ts';
import { listen, START_US } from '../support/wire.ts';

/** What is told of one message. */
function told(payload: string | Uint8Array, type: number, six = false): readonly Partial<Echo>[] {
  const message = icmp(payload, { type });
  const bytes = ethernet(six ? ipv6(message, { next: 58 }) : ipv4(message, { protocol: 1 }));
  return listen([{ timeUs: START_US, bytes }], []).of('echo');
}

const one = (payload: string | Uint8Array, type = 8): Partial<Echo> => told(payload, type)[0] ?? {};

t.test('an echo is told with its size, request or reply, in IPv4 and IPv6', (t) => {
  t.match(told('abcdefgh', 8), [{ isRequest: true, fromClient: true, payloadBytes: 8, isWhole: true }]);
  t.match(told('abcdefgh', 0), [{ isRequest: false }]);
  t.match(told('abcdefgh', 128, true), [{ isRequest: true }]);
  t.match(told('abcdefgh', 129, true), [{ isRequest: false }]);
  t.same(told('abcdefgh', 3), [], 'an error is no echo');
  t.same(told('abcdefgh', 8, true), []);
  t.end();
});

t.test('the same payload has the same mark, another one another', (t) => {
  t.equal(one('abcdefgh').payloadHash, one('abcdefgh', 0).payloadHash);
  t.not(one('abcdefgh').payloadHash, one('abcdefgi').payloadHash);
  t.equal(one('').payloadHash, 0);
  t.end();
});

t.test('the filler begins behind the time of sending and ends at byte 48', (t) => {
  const filler = (payload: string): number | undefined => one(payload).fillerHash;
  const usual = `${'0'.repeat(16)}${'x'.repeat(32)}`;
  t.equal(filler(usual), filler(`${'1'.repeat(16)}${'x'.repeat(32)}`));
  t.equal(filler(usual), filler(`${usual}and more`));
  t.not(filler(usual), filler(`${'0'.repeat(16)}y${'x'.repeat(31)}`));
  t.not(filler(usual), filler(`${'0'.repeat(16)}${'x'.repeat(31)}y`));
  t.equal(filler('0'.repeat(16)), 0);
  t.end();
});

t.test('the entropy of 256 and more bytes is told', (t) => {
  const all = Uint8Array.from({ length: 256 }, (_, i) => i);
  t.equal(one(all).bitsPerByte, 8);
  t.equal(one(all.subarray(1)).bitsPerByte, -1);
  t.equal(one('ab'.repeat(200)).bitsPerByte, 1);
  t.end();
});
