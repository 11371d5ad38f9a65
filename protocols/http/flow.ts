/** What is remembered of one HTTP connection: two directions, and the requests that wait for a response. */
import type { OpenBody } from './body.ts';

/** Before or in a start line and its fields. */
export const HEAD = 0;
/** At the first byte of a body: who wants it? */
export const OFFER = 1;
/** In a body, or in the data of one chunk, of known length. */
export const DATA = 2;
export const CHUNK_SIZE = 3;
/** The line end behind the data of a chunk. */
export const CHUNK_END = 4;
export const TRAILER = 5;
/** Not in step: a start line at the beginning of a segment begins anew. */
export const LOST = 6;

/** How a body is delimited (RFC 9112, 6.3). */
export const NO_BODY = 0;
export const LENGTH = 1;
export const CHUNKED = 2;
export const UNTIL_CLOSE = 3;

export class HttpSide {
  readonly toServer: boolean;
  place = HEAD;
  /** Bytes at the place in hand that were looked at before and left for later. */
  seen = 0;
  delimiting = NO_BODY;
  /** Bytes left of the body or chunk. */
  remaining = 0;
  trailerBytes = 0;
  /** Who reads the body in hand; null when it passes unseen. */
  body: OpenBody | null = null;
  /** The body has been offered, so that its later chunks go to the same reader. */
  isOffered = false;

  // Of the head in hand.
  mediaType = '';
  isEncoded = false;

  constructor(toServer: boolean) {
    this.toServer = toServer;
  }
}

/** Requests in order, as far as their method decides how the response ends (RFC 9112, 6.3). */
export const OTHER_METHOD = 0;
export const HEAD_METHOD = 1;
export const CONNECT_METHOD = 2;

export class HttpFlow {
  readonly client: HttpSide = new HttpSide(true);
  readonly server: HttpSide = new HttpSide(false);
  /** Ring of methods without a response yet. */
  readonly methods: Uint8Array;
  requests = 0;
  responses = 0;
  /** Nothing was lost, so the n-th response answers the n-th request. */
  isPaired = true;
  /** One open reader for each kind of body that was wanted, by its index. */
  readonly readers: (OpenBody | undefined)[] = [];
  /** One bit for each oddity that was reported. */
  said = 0;
  serverTold = false;
  clientTold = false;

  constructor(pipelineMax: number) {
    this.methods = new Uint8Array(pipelineMax);
  }

  side(toServer: boolean): HttpSide {
    return toServer ? this.client : this.server;
  }

  asked(method: number): void {
    this.methods[this.requests++ % this.methods.length] = method;
  }

  /** Method of the request that a final response now answers; nothing special when that was not seen. */
  answered(midstream: boolean): number {
    const waiting = this.requests - this.responses;
    if (waiting === 0) return OTHER_METHOD;
    const method = this.methods[this.responses++ % this.methods.length]!;
    return this.isPaired && !midstream && waiting <= this.methods.length ? method : OTHER_METHOD;
  }
}
