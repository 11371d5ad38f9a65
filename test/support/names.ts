/** Builders for messages made of domain names (RFC 1035 4.1), and what was told of them as lines. */
import { addressText } from '../../src/bytes/address.ts';
import { bytes, type Content, u16, u32 } from './packet.ts';
import type { Heard } from './protocol.ts';

export const domain = (text: string): Uint8Array =>
  bytes(...text.split('.').flatMap((label): Content[] => [[label.length], label]), [0]);

export const header = (flags: number, ...counts: readonly number[]): Uint8Array =>
  bytes(u16(0x1234), u16(flags), ...counts.map(u16));

export const question = (name: Content, type: number, dnsClass = 1): Uint8Array =>
  bytes(name, u16(type), u16(dnsClass));

export const record = (name: Content, type: number, data: Content, timeToLive = 300): Uint8Array =>
  bytes(name, u16(type), u16(1), u32(timeToLive), u16(bytes(data).length), data);

/** A pointer to the first name of the message. */
export const toFirst: Content = [0xc0, 12];

/** The first level encoding of a NetBIOS name (RFC 1001 14.1). */
export function netbios(name: string, suffix: number): Uint8Array {
  const plain = [...Buffer.from(name.padEnd(15)), suffix];
  return bytes(
    [32],
    plain.flatMap((byte) => [0x41 + (byte >> 4), 0x41 + (byte & 15)]),
    [0],
  );
}

export const lookups = (list: readonly Heard[]): string[] =>
  list
    .filter(({ kind }) => kind === 'lookup')
    .map(({ record: one }) => `${one.kind} ${one.name} ${one.type} ${addressText(String(one.address))}`.trimEnd());

export const identities = (list: readonly Heard[]): string[] =>
  list
    .filter(({ kind }) => kind === 'identity')
    .map(({ record: one }) => `${one.attribute} ${one.value} by ${one.source}`);

export const messages = (list: readonly Heard[]): unknown[] =>
  list.filter(({ kind }) => kind === 'message').map(({ record: one }) => one.kind);
