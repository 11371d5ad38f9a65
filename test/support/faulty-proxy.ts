/**
 * A bad road to a server: a proxy on loopback that does to each request what a list of faults says, one after the other, and
 * passes what comes once the list is empty. Faults behind which the server had the request tell on which side of a
 * half the sensor stands: it cannot know, and must ask again.
 */
import { createServer, type IncomingMessage, type RequestListener, request, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export type Fault =
  /** Passed on, and the answer comes back. */
  | { readonly kind: 'pass' }
  /** The server never hears of it. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body?: string;
      readonly headers?: Record<string, string>;
    }
  /** Half of the request is taken, then the connection breaks: the server never hears of it. */
  | { readonly kind: 'cut request' }
  /** The server has it all; of its answer a few bytes arrive, then the connection breaks. */
  | { readonly kind: 'half answer' }
  /** The server has it all; the connection breaks without a byte. */
  | { readonly kind: 'no answer' }
  /** The server never hears of it, and nothing ever comes back. */
  | { readonly kind: 'silence' }
  /** Slow-loris: the server never hears of it, and an answer without end comes byte by byte. */
  | { readonly kind: 'drip'; readonly part: 'head' | 'body' };

export interface FaultyProxy {
  readonly url: string;
  /** What is to come, first to last. */
  readonly faults: Fault[];
  /** What each request got, and when (milliseconds of a clock that never jumps). */
  readonly seen: { readonly fault: Fault['kind']; readonly atMs: number }[];
}

const DRIP_MS = 50;

export async function faultyProxy(
  t: { teardown(action: () => unknown): unknown },
  target: string,
  tls?: { readonly key: string; readonly cert: string },
): Promise<FaultyProxy> {
  const faults: Fault[] = [];
  const seen: { fault: Fault['kind']; atMs: number }[] = [];
  const listener: RequestListener = (incoming, outgoing) => {
    incoming.on('error', () => {});
    outgoing.on('error', () => {});
    const fault = faults.shift() ?? { kind: 'pass' };
    seen.push({ fault: fault.kind, atMs: performance.now() });
    if (fault.kind === 'cut request') {
      incoming.once('data', () => incoming.socket.destroy());
      return;
    }
    const parts: Buffer[] = [];
    incoming.on('data', (part: Buffer) => parts.push(part));
    incoming.on('end', () => treat(fault, target, incoming, Buffer.concat(parts), outgoing));
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const scheme = tls === undefined ? 'http' : 'https';
  return { url: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`, faults, seen };
}

function treat(fault: Fault, target: string, incoming: IncomingMessage, body: Buffer, outgoing: ServerResponse): void {
  switch (fault.kind) {
    case 'silence':
    case 'cut request':
      return;
    case 'answer':
      outgoing.writeHead(fault.status, fault.headers).end(fault.body ?? '');
      return;
    case 'drip':
      drip(fault.part, outgoing);
      return;
    default:
      forward(target, incoming, body, (status, headers, answer) => {
        if (fault.kind === 'pass') outgoing.writeHead(status, headers).end(answer);
        else if (fault.kind === 'no answer') outgoing.socket?.destroy();
        else outgoing.socket?.end('HTTP/1.1 204 No Con');
      });
  }
}

function forward(
  target: string,
  { method, url, headers }: IncomingMessage,
  body: Buffer,
  answered: (status: number, headers: IncomingMessage['headers'], body: Buffer) => void,
): void {
  const passed = request(new URL(url ?? '/', target), { method, headers }, (response) => {
    const parts: Buffer[] = [];
    response.on('data', (part: Buffer) => parts.push(part));
    response.on('end', () => answered(response.statusCode ?? 502, response.headers, Buffer.concat(parts)));
  });
  passed.on('error', () => answered(502, {}, Buffer.from('bad gateway')));
  passed.end(body);
}

function drip(part: 'head' | 'body', outgoing: ServerResponse): void {
  const { socket } = outgoing;
  socket?.write(
    part === 'head' ? 'HTTP/1.1 204 No Content\r\nX-Slow: ' : 'HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n',
  );
  const timer = setInterval(() => {
    if (socket === null || socket.destroyed) clearInterval(timer);
    else socket.write('x');
  }, DRIP_MS);
}
