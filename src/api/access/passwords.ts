/**
 * Passwords, kept as scrypt digests (RFC 7914): `scrypt$log2(N)$r$p$salt$digest`, salt and digest in base64url. 32 MiB and some tenths
 * of a second for each guess; two at a time, so that guessing cannot take the machine.
 */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

export const PASSWORD_CHARACTERS_MIN = 12;
export const PASSWORD_CHARACTERS_MAX = 200;

const COST_LOG2 = 15;
const BLOCKS = 8;
const LANES = 3;
const DIGEST_BYTES = 32;
const SALT_BYTES = 16;
const AT_ONCE = 2;

/** '' or what is wrong with a new password. */
export function weakness(password: string, name: string): string {
  const characters = [...password].length;
  if (characters < PASSWORD_CHARACTERS_MIN) return `a password has at least ${PASSWORD_CHARACTERS_MIN} characters`;
  if (characters > PASSWORD_CHARACTERS_MAX) return `a password has at most ${PASSWORD_CHARACTERS_MAX} characters`;
  const plain = password.toLowerCase();
  if (name.length >= 3 && plain.replaceAll(name.toLowerCase(), '').length < PASSWORD_CHARACTERS_MIN - 4) {
    return 'the password is little more than the name';
  }
  if (new Set(plain).size < 5) return 'the password repeats a few characters';
  if (/^(?:0123|1234|abcd|qwer|pass)/.test(plain) && new Set(plain).size < 10)
    return 'the password is too easy to guess';
  return '';
}

export async function keptPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const digest = await derived(password, salt, COST_LOG2, BLOCKS, LANES);
  return ['scrypt', COST_LOG2, BLOCKS, LANES, salt.toString('base64url'), digest.toString('base64url')].join('$');
}

/** Takes as long for somebody who does not exist (`kept` ''). */
export async function isPassword(password: string, kept: string): Promise<boolean> {
  const parts = kept.split('$');
  const isKept = parts.length === 6 && parts[0] === 'scrypt';
  const [costLog2, blocks, lanes] = isKept ? parts.slice(1, 4).map(Number) : [COST_LOG2, BLOCKS, LANES];
  const salt = isKept ? Buffer.from(parts[4] ?? '', 'base64url') : Buffer.alloc(SALT_BYTES);
  const wanted = isKept ? Buffer.from(parts[5] ?? '', 'base64url') : Buffer.alloc(DIGEST_BYTES);
  const found = await derived(password, salt, costLog2 ?? COST_LOG2, blocks ?? BLOCKS, lanes ?? LANES);
  return wanted.length === found.length && timingSafeEqual(wanted, found) && isKept;
}

let running = 0;
const waiting: (() => void)[] = [];

async function derived(
  password: string,
  salt: Buffer,
  costLog2: number,
  blocks: number,
  lanes: number,
): Promise<Buffer> {
  if (running >= AT_ONCE) await new Promise<void>((go) => waiting.push(go));
  else running++;
  try {
    const cost = 2 ** costLog2;
    const options = { N: cost, r: blocks, p: lanes, maxmem: 256 * cost * blocks };
    return await new Promise<Buffer>((resolve, reject) => {
      scrypt(password.normalize('NFKC'), salt, DIGEST_BYTES, options, (error, digest) => {
        if (error === null) resolve(digest);
        else reject(error);
      });
    });
  } finally {
    const next = waiting.shift();
    // The place goes to whoever waits.
    if (next === undefined) running--;
    else next();
  }
}
