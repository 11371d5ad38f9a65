/** What is remembered of one HTTP/2 connection. */
import { FieldTable } from './hpack.ts';

/** At the preface of the client. */
export const PREFACE = 0;
/** At the header of a frame. */
export const FRAME = 1;
/** In the payload of one that is stepped over or counted. */
export const PAYLOAD = 2;
/** Out of step for good: nothing is read any more. */
export const LOST = 3;

export class Http2Side {
  readonly toServer: boolean;
  place: number;
  /** Bytes of the frame's payload that are still to come. */
  remaining = 0;
  /** Bytes of the payload that were looked at before and left for later. */
  seen = 0;
  /** Stream whose data the payload is, 0 for what is stepped over. */
  stream = 0;
  endsStream = false;
  readonly table: FieldTable;
  /** A block in several frames: its bytes so far, and its stream (0: none). */
  block: Uint8Array = new Uint8Array(0);
  blockLength = 0;
  blockStream = 0;
  blockEndsStream = false;
  blockIsPushed = false;

  constructor(toServer: boolean, place: number, tableBytesMax: number) {
    this.toServer = toServer;
    this.place = place;
    this.table = new FieldTable(tableBytesMax);
  }
}

/** One direction of a stream. */
export class Http2Body {
  bytes = 0;
  content = '';
  /** It is told, however long it is. */
  isFile = false;
  /** Part of a page: size says nothing. */
  isPage = false;
  isEncoded = false;
}

/** A request and its response. */
export class Http2Stream<Asked> {
  asked: Asked | null = null;
  isAnswered = false;
  readonly toServer: Http2Body = new Http2Body();
  readonly toClient: Http2Body = new Http2Body();
}

export class Http2Flow<Connection, Asked> {
  readonly client: Http2Side;
  readonly server: Http2Side;
  readonly connection: Connection;
  readonly streams = new Map<number, Http2Stream<Asked>>();
  said = 0;

  constructor(connection: Connection, tableBytesMax: number) {
    this.connection = connection;
    this.client = new Http2Side(true, PREFACE, tableBytesMax);
    this.server = new Http2Side(false, FRAME, tableBytesMax);
  }
}
