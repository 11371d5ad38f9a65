/**
 * Logins by SASL (RFC 4422) in text protocols: SMTP, IMAP, POP3. Which method, whether its credential can be read on
 * the wire, and how weak it is; names, passwords and tokens are looked at where they lie and never kept.
 *
 *     PLAIN  base64 of `authorise NUL name NUL password` (RFC 4616)      LOGIN  base64 of the name, then of the password
 */
import { decodeBase64 } from './base64.ts';
import { weaknessOf } from './secret.ts';
import { Words } from './words.ts';

export const PLAIN = 0;
export const LOGIN = 1;

const names = new Words([
  ...['PLAIN', 'LOGIN', 'CRAM-MD5', 'DIGEST-MD5', 'NTLM', 'GSSAPI', 'GSS-SPNEGO', 'KERBEROS_V4', 'EXTERNAL'],
  ...['XOAUTH2', 'OAUTHBEARER', 'SCRAM-SHA-1', 'SCRAM-SHA-1-PLUS', 'SCRAM-SHA-256', 'SCRAM-SHA-256-PLUS'],
  ...['ANONYMOUS', 'XYMCOOKIE', 'APOP', 'MSN', 'OTP', 'SCRAM-SHA-512', 'SCRAM-SHA-512-PLUS'],
]);
/** As `Login.method`, in the same order. */
const METHODS: readonly string[] = [
  ...['password', 'password', 'digest', 'digest', 'ntlm', 'kerberos', 'kerberos', 'kerberos', 'certificate'],
  ...['token', 'token', 'digest', 'digest', 'digest', 'digest'],
  ...['none', 'token', 'digest', 'ntlm', 'password', 'digest', 'digest'],
];
const CLEAR: ReadonlySet<string> = new Set(['password', 'token']);

/** Number of the mechanism that fills `[at, end)`, or -1. */
export function mechanism(view: DataView, at: number, end: number): number {
  return names.find(view, at, end);
}

export function methodOf(number: number): string {
  return METHODS[number] ?? '';
}

export function isReadable(number: number): boolean {
  return CLEAR.has(methodOf(number));
}

const SCRATCH_BYTES = 512;
const scratch = new Uint8Array(SCRATCH_BYTES);
const scratchView = new DataView(scratch.buffer);

/** Weakness of the password in a response of PLAIN, `[at, end)`. */
export function weaknessOfPlain(view: DataView, at: number, end: number): 'empty' | 'default' | 'short' | '' {
  const bytes = decodeBase64(view, at, end, scratch);
  let nulls = 0;
  let from = 0;
  while (from < bytes && nulls < 2) if (scratch[from++] === 0) nulls++;
  const weakness = nulls < 2 ? '' : weaknessOf(scratchView, from, bytes - from);
  scratch.fill(0, 0, bytes);
  return weakness;
}

/** Weakness of a password that stands alone, in base64. */
export function weaknessOfBase64(view: DataView, at: number, end: number): 'empty' | 'default' | 'short' | '' {
  const bytes = decodeBase64(view, at, end, scratch);
  const weakness = weaknessOf(scratchView, 0, bytes);
  scratch.fill(0, 0, bytes);
  return weakness;
}
