/** Synchronous inflate with a bounded output, for deflated data sets and compressed bodies (contract 4.4). */
import { constants, inflateRawSync } from 'node:zlib';

/**
 * Inflates the beginning of a raw deflate stream that may be cut anywhere.
 * Returns at most `outputMax` bytes; null when the bytes are not deflate or would grow beyond it.
 */
export function inflateStart(bytes: Uint8Array, outputMax: number): Uint8Array | null {
  try {
    return inflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: outputMax });
  } catch {
    return null;
  }
}
