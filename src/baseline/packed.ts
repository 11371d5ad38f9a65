/** Arrays of numbers as text in documents: base64 of float32, least significant byte first; the same text everywhere. */
import { bytesOf, fillFrom } from '../statistics/rings.ts';

/** Bytes that become text at once: each is an argument of one call. */
const PIECE = 4_096;

export function packed(values: Float32Array): string {
  return packedBytes(bytesOf(values));
}

export function packedBytes(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += PIECE) text += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  return btoa(text);
}

/** Fills the numbers from text; what does not fit is left. */
export function unpackInto(values: Float32Array, text: string): void {
  fillFrom(values, unpackedBytes(text));
}

export function unpackedBytes(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
