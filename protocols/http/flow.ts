/** What is remembered of one HTTP connection: two directions, and the requests that wait for a response. */
import type { OpenBody } from '../../src/protocol.ts';

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
/** At the first bytes of a body that nobody reads: what is it? */
export const LOOK = 7;

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
  /** A body with a content coding that is kept until it can be inflated. */
  encoded: EncodedBody | null = null;
  readonly transfer: TransferState = new TransferState();

  // Of the head in hand.
  mediaType = '';
  /** Of the exchange that the body in hand belongs to, as in `Asked`. */
  method = '';
  owner = -1;
  topic = 0;
  status = -1;

  constructor(toServer: boolean) {
    this.toServer = toServer;
  }
}

/** Bytes of a compressed body, as far as they may be kept. */
export class EncodedBody {
  coding = 0;
  bytes: Uint8Array = new Uint8Array(0);
  length = 0;
  isTooLong = false;
}

/** A body that may be a file. */
export class TransferState {
  isWatched = false;
  /** It is told, however long it is. */
  isFile = false;
  /** Parts of a form: the file begins behind the fields of the first part. */
  isForm = false;
  isEncoded = false;
  bytes = 0;
  /** As many make it a file, whatever it is; -1: any number does not. */
  bytesMin = 0;
  verb = '';
  extension = '';
  content = '';
}

/** A request, as far as its response needs it. */
export class Asked {
  method = '';
  /** The reader that made the exchange its own, by its index, and what the request means to it. */
  owner = -1;
  topic = 0;
  /** A login whose outcome the response tells: its protocol and method, '' for none. */
  loginProtocol = '';
  loginMethod = '';
  loginIsClear = false;
  extension = '';

  clear(): void {
    this.method = '';
    this.owner = -1;
    this.topic = 0;
    this.loginProtocol = '';
    this.loginMethod = '';
    this.loginIsClear = false;
    this.extension = '';
  }
}

/** What both versions of HTTP remember of a connection, beside its messages. */
export class Connection {
  serverTold = false;
  clientTold = false;
  /** Hash of the credential that was told last and not refused: the same one is not news. */
  credential = 0;
  /** One open reader for each kind of body that was wanted, by its index. */
  readonly readers: (OpenBody | undefined)[] = [];
}

export class HttpFlow {
  readonly client: HttpSide = new HttpSide(true);
  readonly server: HttpSide = new HttpSide(false);
  readonly connection: Connection = new Connection();
  /** Ring of requests without a response yet; objects are made when they are needed. */
  private readonly waiting: Asked[] = [];
  private readonly pipelineMax: number;
  requests = 0;
  responses = 0;
  /** Nothing was lost, so the n-th response answers the n-th request. */
  isPaired = true;
  /** One bit for each oddity that was reported. */
  said = 0;
  /** What the last request with an Upgrade wants to switch to. */
  upgrade = '';
  /** State of the protocol that the connection has switched to. */
  next: unknown = null;

  constructor(pipelineMax: number) {
    this.pipelineMax = pipelineMax;
  }

  side(toServer: boolean): HttpSide {
    return toServer ? this.client : this.server;
  }

  /** Room for the request in hand. */
  asked(): Asked {
    const at = this.requests++ % this.pipelineMax;
    const asked = this.waiting[at] ?? new Asked();
    this.waiting[at] = asked;
    asked.clear();
    return asked;
  }

  /** The request that a final response now answers; null when nobody can say. */
  answered(midstream: boolean): Asked | null {
    const waiting = this.requests - this.responses;
    if (waiting === 0) return null;
    const asked = this.waiting[this.responses++ % this.pipelineMax]!;
    return this.isPaired && !midstream && waiting <= this.pipelineMax ? asked : null;
  }
}
