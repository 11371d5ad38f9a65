/** What tests of small decoders share: real captures, first bytes of everybody, every cut, and noise. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Test } from 'tap';
import { MAYBE, NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { bytesOf, converse, type Heard, heard, segment, type Turn } from './protocol.ts';

/** Path of a shared capture, or null where the shared folder is absent. */
export function capture(path: string): string | null {
  const full = join(process.env.WARDWATCH_SHARED ?? '../shared', 'captures', path);
  return existsSync(full) ? full : null;
}

/** The first bytes of conversations, by who speaks them. */
export const openings: Readonly<Record<string, Uint8Array>> = {
  'dicom request': bytesOf(
    [1, 0, 0, 0, 0, 93, 0, 1, 0, 0],
    'PACS            CT1             ',
    new Uint8Array(32),
    [0x10, 0, 0, 21],
    '1.2.840.10008.3.1.1.1',
  ),
  'dicom reject': bytesOf([3, 0, 0, 0, 0, 4, 0, 1, 1, 7]),
  'hl7 message': bytesOf('\x0bMSH|^~\\&|MON|ICU|EHR|HOSP|20260101||ORU^R01|1|P|2.6\r\x1c\r'),
  'http request': bytesOf('GET / HTTP/1.1\r\nHost: pacs\r\n\r\n'),
  'http response': bytesOf('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'),
  'tls hello': bytesOf([22, 3, 1, 0, 47, 1, 0, 0, 43, 3, 3], new Uint8Array(41)),
  'ssh version': bytesOf('SSH-2.0-OpenSSH_9.2p1\r\n'),
  'telnet option': bytesOf([255, 253, 3, 255, 251, 24]),
  'rdp request': bytesOf([3, 0, 0, 19, 14, 0xe0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 3, 0, 0, 0]),
  's7 request': bytesOf([3, 0, 0, 22, 17, 0xe0, 0, 0, 0, 1, 0, 0xc0, 1, 10, 0xc1, 2, 1, 0, 0xc2, 2, 1, 2]),
  's7 confirm': bytesOf([3, 0, 0, 22, 17, 0xd0, 0, 1, 0, 2, 0, 0xc0, 1, 10, 0xc1, 2, 1, 0, 0xc2, 2, 1, 2]),
  'vnc version': bytesOf('RFB 003.008\n'),
  'ftp banner': bytesOf('220 FTP server ready.\r\n'),
  'login prompt': bytesOf('\r\nUbuntu 22.04 LTS\r\nlogin: '),
  'utf-16 text': bytesOf([0xff, 0xfe, 0x3c, 0, 0x3f, 0]),
  'jpeg image': bytesOf([0xff, 0xd8, 0xff, 0xe0, 0, 0x10], 'JFIF'),
  'smb negotiate': bytesOf([0, 0, 0, 64, 0xfe], 'SMB', [64, 0], new Uint8Array(58)),
  'modbus read': bytesOf([0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 10]),
  'mqtt connect': bytesOf([0x10, 16, 0, 4], 'MQTT', [4, 2, 0, 60, 0, 4], 'mon1'),
  zeros: new Uint8Array(64),
};

/** Every opening that is not the protocol's own gets NO, from either side. */
export function refusesOthers<State>(t: Test, protocol: Protocol<State>, ...own: string[]): void {
  for (const [name, bytes] of Object.entries(openings)) {
    if (own.includes(name)) continue;
    for (const toServer of [true, false]) {
      t.equal(protocol.recognises(segment(bytes, { toServer })), NO, `${name} ${toServer ? 'to' : 'from'} the server`);
    }
  }
}

/** Recognised whole from either side; a beginning may ask for more, but never says no; and stays bounded in asking. */
export function knows<State>(t: Test, protocol: Protocol<State>, bytes: Uint8Array, over: Partial<Segment> = {}): void {
  for (const toServer of [true, false]) t.equal(protocol.recognises(segment(bytes, { ...over, toServer })), YES);
  for (let cut = 0; cut < bytes.length; cut++) {
    const answer = protocol.recognises(segment(bytes.subarray(0, cut), over));
    if (answer !== MAYBE && answer !== YES) t.fail(`no after ${cut} of ${bytes.length} bytes`);
  }
}

/** The same is heard wherever the stream is cut. Long turns are cut only near their ends. */
export function sameForEveryCut<State>(
  t: Test,
  protocol: Protocol<State>,
  turns: readonly Turn[],
  over: Partial<Segment> = {},
): readonly Heard[] {
  const whole = converse(protocol, turns, {}, over);
  const longest = Math.max(0, ...turns.map((turn) => turn.bytes?.length ?? 0));
  for (let cut = 1; cut < longest; cut += cut < 700 ? 1 : 97) {
    const cuts = converse(protocol, turns, { cuts: [cut] }, over);
    if (JSON.stringify(cuts) !== JSON.stringify(whole)) t.same(cuts, whole, `cut at ${cut}`);
  }
  t.same(converse(protocol, turns, { pieceBytes: 1 }, over), whole, 'byte by byte');
  return whole;
}

/** Any bytes at all, alone or behind a good beginning: no exception, nothing that depends on the cuts. */
export function survivesNoise<State>(t: Test, protocol: Protocol<State>, good: readonly Turn[]): void {
  const piece = fc.integer({ min: 1, max: 40 });
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 120 }),
      fc.boolean(),
      fc.boolean(),
      fc.boolean(),
      piece,
      fc.nat(good.length),
      (bytes, toServer, midstream, honest, pieceBytes, kept) => {
        const turns = [
          ...(honest ? good.slice(0, kept) : []),
          { toServer, bytes },
          { toServer, gap: 3 },
          { toServer, bytes },
        ];
        protocol.recognises(segment(bytes, { toServer, midstream }));
        const whole = converse(protocol, turns, {}, { midstream });
        const cut = converse(protocol, turns, { pieceBytes }, { midstream });
        return JSON.stringify(whole) === JSON.stringify(cut);
      },
    ),
    { numRuns: 300 },
  );
  t.pass('noise does no harm');
}

/** A damaged copy of every datagram: each byte changed, each length cut off. Nothing throws. */
export function survivesDamage<State>(t: Test, protocol: Protocol<State>, bytes: Uint8Array): void {
  const { records } = heard();
  const offer = (damaged: Uint8Array): void => {
    protocol.recognises(segment(damaged));
    protocol.decode(protocol.open(), segment(damaged), records);
  };
  for (let at = 0; at < bytes.length; at++) {
    offer(bytes.subarray(0, at));
    for (const value of [0, 1, 127, 255]) offer(bytes.with(at, value));
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (noise) => offer(noise)),
    { numRuns: 300 },
  );
  t.pass('damage does no harm');
}

/** Names of oddities in what was heard. */
export const odd = (list: readonly Heard[]): unknown[] =>
  list.filter((entry) => entry.kind === 'oddity').map((entry) => entry.record.name);

/** Details of `flowProtocol` in what was heard. */
export const details = (list: readonly Heard[]): unknown[] =>
  list.filter((entry) => entry.kind === 'flowProtocol').map((entry) => entry.record.detail);
