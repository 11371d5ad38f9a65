/**
 * HTTP/1.x (RFC 9112): every request and response, who logs in how, which files go over, and where each message ends,
 * so that clinical messages in its bodies can be read.
 *
 *     start line CR LF, fields CR LF …, CR LF │ body: Content-Length bytes, chunks, or up to the end of the connection
 *
 * Bodies go to the reader that wants them; all others pass unseen and are never held. Query, credentials, file names
 * and the content of bodies never become a string; of a path only its class does.
 */
import { type Limits, limits } from '../../src/limits.ts';
import { GIVE_UP, type Protocol } from '../../src/protocol.ts';
import type { BodyReader } from './body.ts';
import { Exchanges } from './exchanges.ts';
import { HttpFlow } from './flow.ts';
import { MessageReader, SWITCHED } from './messages.ts';
import { recognise } from './recognise.ts';

export type { BodyReader, OpenBody } from './body.ts';
export { Exchanges } from './exchanges.ts';
export { HttpFlow } from './flow.ts';

export interface HttpOptions {
  readonly limits: Limits;
  /** Asked in this order; the first that wants a body has it. */
  readonly bodies: readonly BodyReader[];
}

export function createHttp(options: HttpOptions): Protocol<HttpFlow> {
  const reader = new MessageReader(options.limits, new Exchanges(options.bodies));
  return {
    name: 'http',
    transport: 'tcp',
    ports: [80, 8080, 8000, 8008, 8888, 8042],

    recognises: recognise,

    open: () => new HttpFlow(options.limits.httpPipelineMax),

    decode(state, segment, records) {
      const at = reader.read(state, segment, records);
      // What follows is another protocol: a tunnel, or what both ends agreed to switch to.
      return at === GIVE_UP || at === SWITCHED ? GIVE_UP : at - segment.start;
    },

    gap(state, segment, bytes, records) {
      reader.gap(state, segment, bytes, records);
    },

    close(state, segment, how, records) {
      reader.close(state, how === 'closed', segment, records);
    },
  };
}

export const http: Protocol<HttpFlow> = createHttp({ limits, bodies: [] });
