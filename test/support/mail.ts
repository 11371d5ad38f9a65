/** What tests of mail protocols share: lines of two sides, and TLS that takes over in the middle. */
import { createTls } from '../../protocols/tls/decoder.ts';
import { limits } from '../../src/limits.ts';
import { clientHelloBody, handshakeMessage, serverHelloBody, serverNameExtension } from './hello.ts';
import { bytes, type Content, u16 } from './packet.ts';
import type { Heard, Turn } from './protocol.ts';

export const tls = createTls({ limits, isInside: true });

/** Lines of the client begin with `C: `, of the server with `S: `; each is a turn. */
export const talk = (text: string): Turn[] =>
  text
    .trim()
    .split('\n')
    .map((line) => {
      const [side = '', ...rest] = line.trim().split(/(?<=^[CS]:) ?/);
      return { toServer: side === 'C:', bytes: bytes(`${rest.join('')}\r\n`) };
    });

const record = (content: Content): Uint8Array => bytes([22, 3, 3], u16(bytes(content).length), content);
/** Hellos of both sides, as they follow STARTTLS. */
export const hellos: readonly Turn[] = [
  { toServer: true, bytes: record(handshakeMessage(1, clientHelloBody([serverNameExtension('mail.hosp.test')]))) },
  { toServer: false, bytes: record(handshakeMessage(2, serverHelloBody())) },
];

export const ofKind = (list: readonly Heard[], kind: string): Record<string, unknown>[] =>
  list.filter((entry) => entry.kind === kind).map(({ record: told }) => told);
export const kindsOf = (list: readonly Heard[]): unknown[] => ofKind(list, 'message').map(({ kind }) => kind);
export const identitiesOf = (list: readonly Heard[]): string[] =>
  ofKind(list, 'identity').map(
    ({ ofClient, attribute, value }) => `${ofClient ? 'client' : 'server'} ${attribute} ${value}`,
  );
