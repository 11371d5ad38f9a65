/** Conversations of one protocol each, as captures and as turns for tests: said once, used by both. */
import type { Content } from '../../test/support/packet.ts';
import { connection, datagrams, pcap, type Said } from './pcap.ts';

export { write } from './pcap.ts';

export interface Conversation {
  /** Of the protocol, where the capture is named otherwise. */
  readonly name?: string;
  readonly port: number;
  readonly isDatagram?: boolean;
  readonly said: readonly Said[];
}

export const client = (bytes: Content): Said => ({ toServer: true, bytes });
export const server = (bytes: Content): Said => ({ toServer: false, bytes });

const FIRST_PORT = 41_000;

export function captureOf(conversations: Readonly<Record<string, Conversation>>): Record<string, Uint8Array> {
  return Object.fromEntries(
    Object.entries(conversations).map(([name, { port, isDatagram, said }]) => {
      const from = { host: 21, port: FIRST_PORT };
      const to = { host: 5, port };
      return [name, pcap(isDatagram === true ? datagrams(from, to, said) : connection(from, to, said))];
    }),
  );
}
