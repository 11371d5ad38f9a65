/**
 * Masked packets as a capture that every tool opens (pcapng, draft-ietf-opsawg-pcapng): a section, one interface per link
 * type, one block per packet with its number in the original capture as comment.
 *
 *     type (4) · length (4) · body, padded to four bytes · length (4)
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from './files.ts';

export interface EvidencePacket {
  /** In the capture it was taken from, from 1. */
  readonly number: number;
  readonly timeUs: number;
  readonly wireBytes: number;
  readonly link: number;
  readonly bytes: Uint8Array;
}

const SECTION = 0x0a0d0d0a;
const MAGIC = 0x1a2b3c4d;
const INTERFACE = 1;
const ENHANCED_PACKET = 6;
const COMMENT = 1;
const USER_APPLICATION = 4;
const SNAP_BYTES = 262_144;
const FOUR_GIGA = 2 ** 32;

export function pcapng(packets: readonly EvidencePacket[], application: string, comment: string): Uint8Array {
  const links = [...new Set(packets.map(({ link }) => link))].sort((a, b) => a - b);
  return Buffer.concat([
    pcapngHead(application, comment),
    ...links.map((link) => block(INTERFACE, interfaceOf(link))),
    ...packets.map((packet) =>
      packetBlock(packet, links.indexOf(packet.link), [option(COMMENT, `packet ${packet.number}`), endOfOptions]),
    ),
  ]);
}

/** The beginning of a capture that grows, and then its packets one by one; `links`: link types that were described so far. */
export function pcapngHead(application: string, comment: string): Uint8Array {
  const section = Buffer.alloc(16);
  section.writeUInt32LE(MAGIC, 0);
  section.writeUInt16LE(1, 4);
  // Length of the section: not said.
  section.writeBigInt64LE(-1n, 8);
  return block(SECTION, section, option(COMMENT, comment), option(USER_APPLICATION, application), endOfOptions);
}

export function packetBytes(packet: Omit<EvidencePacket, 'number'>, links: number[]): Uint8Array {
  const known = links.indexOf(packet.link);
  if (known >= 0) return packetBlock(packet, known, []);
  links.push(packet.link);
  return Buffer.concat([block(INTERFACE, interfaceOf(packet.link)), packetBlock(packet, links.length - 1, [])]);
}

function interfaceOf(link: number): Buffer {
  const body = Buffer.alloc(8);
  body.writeUInt16LE(link, 0);
  body.writeUInt32LE(SNAP_BYTES, 4);
  return body;
}

function packetBlock(packet: Omit<EvidencePacket, 'number'>, number: number, options: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(20);
  const timeUs = Math.max(0, packet.timeUs);
  head.writeUInt32LE(number, 0);
  head.writeUInt32LE(Math.floor(timeUs / FOUR_GIGA), 4);
  head.writeUInt32LE(timeUs % FOUR_GIGA, 8);
  head.writeUInt32LE(packet.bytes.length, 12);
  head.writeUInt32LE(packet.wireBytes, 16);
  return block(ENHANCED_PACKET, head, padded(packet.bytes), ...options);
}

const endOfOptions = Buffer.alloc(4);

function option(code: number, text: string): Buffer {
  const value = Buffer.from(text.slice(0, 1000), 'utf8');
  const head = Buffer.alloc(4);
  head.writeUInt16LE(code, 0);
  head.writeUInt16LE(value.length, 2);
  return Buffer.concat([head, padded(value)]);
}

function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}

function block(type: number, ...parts: readonly Buffer[]): Buffer {
  const bytes = parts.reduce((sum, part) => sum + part.length, 12);
  const head = Buffer.alloc(8);
  head.writeUInt32LE(type, 0);
  head.writeUInt32LE(bytes, 4);
  const tail = Buffer.alloc(4);
  tail.writeUInt32LE(bytes, 0);
  return Buffer.concat([head, ...parts, tail]);
}

/** `NAME.pcapng` and, beside it, `NAME.masking.json`. Throws when the folder cannot be written. */
export function writeEvidence(folder: string, name: string, capture: Uint8Array, report: object): void {
  makeFolder(folder);
  writeFileSync(join(folder, `${name}.pcapng`), capture, { mode: 0o640 });
  writeFileSync(join(folder, `${name}.masking.json`), `${JSON.stringify(report, null, 2)}\n`, { mode: 0o640 });
}
