/** Versions of QUIC: their names, and what those that can be read differ in. */

/** What a version that can be read uses (RFC 9001 5.2, RFC 9369 3.3). */
export interface Readable {
  readonly salt: Uint8Array;
  /** In front of `key`, `iv` and `hp`. */
  readonly label: string;
  /** Two bits of the first byte by kind of packet. */
  readonly kinds: readonly string[];
}

const KINDS: readonly string[] = ['Initial', '0-RTT', 'Handshake', 'Retry'];
/** RFC 9369 3.2. */
const KINDS_OF_2: readonly string[] = ['Retry', 'Initial', '0-RTT', 'Handshake'];

const hex = (text: string): Uint8Array =>
  Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(i * 2, i * 2 + 2), 16));

const SALT_1 = hex('38762cf7f55934b34d179ae6a4c80cadccbb7f0a');
const SALT_2 = hex('0dede3def700a6db819381be6e269dcbf9bd2ed9');
const SALT_DRAFT_29 = hex('afbfec289993d24c9e9786f19c6111e04390a899');
const SALT_DRAFT_23 = hex('c3eef712c72ebb5a11a7d2432bb46365bef9f502');

const SALT_T051 = hex('7a4edef4e7ccee5fa4506c19124fc8ccda6e033d');

const plain = (salt: Uint8Array): Readable => ({ salt, label: 'quic', kinds: KINDS });
const draft = (number: number): number => 0xff00_0000 + number;

const READABLE = new Map<number, Readable>([
  [1, plain(SALT_1)],
  [0x6b3343cf, { salt: SALT_2, label: 'quicv2', kinds: KINDS_OF_2 }],
  ...[33, 34].map((number) => [draft(number), plain(SALT_1)] as const),
  ...[29, 30, 31, 32].map((number) => [draft(number), plain(SALT_DRAFT_29)] as const),
  ...[23, 24, 25, 26, 27, 28].map((number) => [draft(number), plain(SALT_DRAFT_23)] as const),
  // The last one that Google had of its own, with TLS inside.
  [0x54303531, plain(SALT_T051)],
  // What a large network speaks between its own machines, as its draft 27.
  [0xfaceb002, plain(SALT_DRAFT_23)],
]);

const NAMES = new Map<number, string>([
  [1, 'v1'],
  [0x6b3343cf, 'v2'],
  ...Array.from({ length: 34 }, (_, i) => [draft(i + 1), `draft-${i + 1}`] as const),
  ...[0, 1, 2].map((number) => [0xfaceb000 + number, `mvfst-${number}`] as const),
]);

const LETTER_Q = 0x51;
const LETTER_T = 0x54;
/** The long header of these is the standard's; from 43 down everything differs. */
const FIRST_LONG = 44;
const LAST = 59;

export function readable(version: number): Readable | undefined {
  return READABLE.get(version);
}

/** Number of a version of Google's QUIC, `Q043`, or -1. */
export function googleVersion(version: number): number {
  const letter = version >>> 24;
  const tens = ((version >> 8) & 255) - 0x30;
  const ones = (version & 255) - 0x30;
  if ((letter !== LETTER_Q && letter !== LETTER_T) || ((version >> 16) & 255) !== 0x30) return -1;
  const number = tens * 10 + ones;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 && number <= LAST ? number : -1;
}

export function hasLongHeader(google: number): boolean {
  return google >= FIRST_LONG;
}

/** Reserved to make a server say which versions it knows (RFC 9000 15). */
export function isReserved(version: number): boolean {
  return (version & 0x0f0f_0f0f) >>> 0 === 0x0a0a_0a0a;
}

/** Is it one that has a name? */
export function isKnown(version: number): boolean {
  return NAMES.has(version) || googleVersion(version) >= 0;
}

const google = new Map<number, string>();

/** `v1`, `v2`, `draft-29`, `Q046`, `reserved`; `other` for one that nobody has named. */
export function nameOf(version: number): string {
  const name = NAMES.get(version) ?? google.get(version);
  if (name !== undefined) return name;
  const number = googleVersion(version);
  if (number < 0) return isReserved(version) ? 'reserved' : 'other';
  const made = `${version >>> 24 === LETTER_Q ? 'Q' : 'T'}${String(number).padStart(3, '0')}`;
  // Two letters, sixty numbers.
  google.set(version, made);
  return made;
}
