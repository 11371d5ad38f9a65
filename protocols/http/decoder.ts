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
import { GIVE_UP, type Protocol, type Segment } from '../../src/protocol.ts';
import type { Records } from '../../src/records.ts';
import type { BodyReader } from './body.ts';
import { Exchanges } from './exchanges.ts';
import { HttpFlow } from './flow.ts';
import { MessageReader, SWITCHED } from './messages.ts';
import { recognise } from './recognise.ts';

export type { BodyReader, OpenBody } from './body.ts';
export { HttpFlow } from './flow.ts';
export { Http2Heads } from './heads.ts';

export interface HttpOptions {
  readonly limits: Limits;
  /** Asked in this order; the first that wants a body has it. */
  readonly bodies: readonly BodyReader[];
  /** What a connection goes on in after an upgrade to `h2c` (RFC 7540, 3.2); absent: it is left alone. */
  readonly http2?: Protocol<unknown>;
}

export function createHttp(options: HttpOptions): Protocol<HttpFlow> {
  const reader = new MessageReader(options.limits, new Exchanges(options.bodies));
  const { http2 } = options;
  return {
    name: 'http',
    transport: 'tcp',
    ports: [80, 8080, 8000, 8008, 8888, 8042],

    recognises: recognise,

    open: () => new HttpFlow(options.limits.httpPipelineMax),

    decode(state, segment, records) {
      if (state.next !== null) return http2?.decode(state.next, segment, records) ?? GIVE_UP;
      const at = reader.read(state, segment, records);
      if (at === SWITCHED && http2 !== undefined && state.upgrade === 'h2c') {
        state.next = http2.open();
        return rest(http2, state.next, reader.switchedAt, segment, records);
      }
      // What follows is another protocol: a tunnel, or what both ends agreed to switch to.
      return at === GIVE_UP || at === SWITCHED ? GIVE_UP : at - segment.start;
    },

    gap(state, segment, bytes, records) {
      if (state.next === null) reader.gap(state, segment, bytes, records);
      else http2?.gap?.(state.next, segment, bytes, records);
    },

    close(state, segment, how, records) {
      if (state.next === null) reader.close(state, how === 'closed', segment, records);
      else http2?.close?.(state.next, segment, how, records);
    },
  };
}

/** What stands behind the answer that switched, in the same segment; as much as was used of all of it. */
function rest(next: Protocol<unknown>, state: unknown, at: number, segment: Segment, records: Records): number {
  const { start } = segment;
  if (at === segment.end) return at - start;
  segment.start = at;
  const used = next.decode(state, segment, records);
  segment.start = start;
  return used === GIVE_UP ? GIVE_UP : at - start + used;
}

export const http: Protocol<HttpFlow> = createHttp({ limits, bodies: [] });
