/**
 * Captures of single protocols in, the records our decoders make of them out: one line per record, in order.
 * A field that says nothing (its value is the one of a fresh record) is left out.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { addressText } from '../../src/bytes/address.ts';
import { recordKinds } from '../../src/records.ts';
import type { Heard } from '../support/protocol.ts';
import { recordsOf } from '../support/tshark.ts';

const folder = join(import.meta.dirname, '../../captures/protocols');

/** The bookkeeping of flows and hardware addresses says nothing about a protocol. */
const leftOut = new Set([
  ...['flowStart', 'flowEstablished', 'flowUpdate', 'flowOpen', 'flowEnd', 'neighbour', 'rhythm'],
]);
const keys = new Set(['address', 'server', 'client', 'mac']);
const moment = new Set(['timeUs', 'flow', 'packet']);

/** Names of the captures, without `.pcap`, in order. */
export function protocolCaptures(): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.pcap'))
    .sort()
    .map((name) => name.slice(0, -'.pcap'.length));
}

export async function protocolText(name: string): Promise<string> {
  const list = await recordsOf(join(folder, `${name}.pcap`));
  const lines = list.filter(({ kind }) => !leftOut.has(kind)).map(lineOf);
  return `${lines.join('\n')}\n`;
}

function lineOf({ kind, record }: Heard): string {
  if (kind === 'oddity') return `oddity ${record.name}`;
  const fresh = recordKinds[kind as keyof typeof recordKinds]() as unknown as Record<string, unknown>;
  const fields = Object.entries(record)
    .filter(([field, value]) => !moment.has(field) && !Object.is(value, fresh[field]))
    .map(([field, value]) => `${field}=${keys.has(field) ? addressText(String(value)) : JSON.stringify(value)}`);
  return [`${record.packet}`, kind, ...fields].join(' ');
}
