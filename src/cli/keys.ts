/** The key of keyed hashes: from a file for a replay, the site's own for live capture. */
import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Configuration } from '../configuration.ts';
import { KEY_BYTES, publishedKey } from '../pipeline/key.ts';
import { reasonOf, UsageError } from './outcome.ts';

const DAY_MS = 86_400_000;

/** 32 bytes as they are, or as 64 hexadecimal digits, or in base64. */
export function readKey(file: string): Uint8Array {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new UsageError(`key file ${file}: ${reasonOf(error)}`);
  }
  if (bytes.length === KEY_BYTES) return bytes;
  const text = bytes.subarray(0, 1024).toString('latin1').trim();
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return Buffer.from(text, 'base64');
  throw new UsageError(
    `key file ${file}: a key is ${KEY_BYTES} bytes, or 64 hexadecimal digits, or those bytes in base64`,
  );
}

export function replayKey(file: string | undefined): Uint8Array {
  return file === undefined ? publishedKey : readKey(file);
}

/** The key file of the configuration, or one in the store's folder that is made, and replaced when it is old. */
export function siteKey(folder: string, { privacy }: Configuration, nowMs = Date.now()): Uint8Array {
  if (privacy.keyFile !== null) return readKey(privacy.keyFile);
  const file = join(folder, 'key');
  const made = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  if (made !== undefined && nowMs - made < privacy.rotateDays * DAY_MS) return readKey(file);
  const key = randomBytes(KEY_BYTES);
  writeFileSync(`${file}.new`, key, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return key;
}
