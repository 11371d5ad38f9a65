/**
 * The key of keyed hashes in a replay. It is public on purpose: a replay of the same capture must say exactly
 * the same everywhere. A live site has a key of its own (`privacy.keyFile`), replaced at intervals.
 *
 * What is hashed stays in memory and no output depends on its value (docs/privacy.md), so that knowing this key
 * tells nobody anything about a patient.
 */
export const KEY_BYTES = 32;

/** The ASCII text below: 32 bytes that anybody can see hide nothing. */
export const publishedKey: Uint8Array = new TextEncoder().encode('wardwatch published replay key 1');
