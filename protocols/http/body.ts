/**
 * What a protocol that travels in bodies of HTTP offers, so that the HTTP decoder can hand them over.
 *
 * A plain shape: whoever has an object of it need not know this file. `protocols/index.ts` brings both together.
 */
import type { Segment } from '../../src/protocol.ts';
import type { Records } from '../../src/records.ts';

export interface BodyReader {
  readonly name: string;
  /**
   * Does it want this body? `mediaType` in lower case without parameters, '' when not said;
   * the first bytes (eight, or the whole body when it is shorter) in `view[start, end)`.
   */
  wants(mediaType: string, view: DataView<ArrayBufferLike>, start: number, end: number): boolean;
  /** The memory for one connection: request and response bodies alike. */
  open(): OpenBody;
}

export interface OpenBody {
  /** Bytes of the body, in order: `segment[start, end)`. All of them must be taken. */
  read(segment: Segment, records: Records): void;
  /** The body has ended. Not whole: bytes of it were lost, or never sent. */
  end(segment: Segment, isWhole: boolean, records: Records): void;
}
