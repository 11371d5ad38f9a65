/**
 * What can be said of a password without ever holding it: empty, one that everybody knows, short.
 *
 * Characters are offered one by one, as they pass; what is kept is their number and which of the known words they
 * still may be. No character is stored, and none can be had back.
 */

/** Passwords that devices are delivered with, and those that are tried first; in lower case. */
const KNOWN: readonly string[] = [
  ...['admin', 'root', 'password', 'pass', 'default', 'guest', 'user', 'service', 'support', 'system'],
  ...['administrator', 'operator', 'supervisor', 'manager', 'test', 'demo', 'public', 'private', 'changeme'],
  ...['0000', '1111', '1234', '12345', '123456', '1234567', '12345678', '123456789', '4321', '54321', '666666'],
  ...['888888', 'admin1', 'admin123', 'password1', 'root123', 'toor', 'letmein', 'qwerty', 'master', 'tech'],
  ...['field', 'maint', 'install', 'netlink', 'dicom', 'pacs', 'orthanc', 'medical', 'hospital', 'monitor'],
  ...['ubnt', 'raspberry', 'cisco', 'alpine', 'calvin', 'oracle'],
];

/** Under this many characters a password is short (NIST SP 800-63B and what medical device guides ask for). */
const SHORT_BELOW = 12;

/** Known words that one number of bits holds. */
const WORD_BITS = 30;
const FIRST_WORDS = 2 ** Math.min(WORD_BITS, KNOWN.length) - 1;
const OTHER_WORDS = 2 ** Math.max(0, Math.min(WORD_BITS, KNOWN.length - WORD_BITS)) - 1;

const UPPER_A = 0x41;
const UPPER_Z = 0x5a;
const TO_LOWER = 0x20;

export class Secret {
  /** Characters so far. */
  length = 0;
  /** Which known words fit what has passed. */
  private first = FIRST_WORDS;
  private other = OTHER_WORDS;

  clear(): void {
    this.length = 0;
    this.first = FIRST_WORDS;
    this.other = OTHER_WORDS;
  }

  add(code: number): void {
    const character = code >= UPPER_A && code <= UPPER_Z ? code + TO_LOWER : code;
    if (this.first !== 0) this.first = narrowed(this.first, 0, this.length, character);
    if (this.other !== 0) this.other = narrowed(this.other, WORD_BITS, this.length, character);
    this.length++;
  }

  /** A character was taken back. Which one is not known: from here no known word fits. */
  drop(): void {
    if (this.length > 0) this.length--;
    this.first = 0;
    this.other = 0;
    if (this.length === 0) this.clear();
  }

  /** As `Login.weakness`. */
  weakness(): 'empty' | 'default' | 'short' | '' {
    if (this.length === 0) return 'empty';
    if (isWhole(this.first, 0, this.length) || isWhole(this.other, WORD_BITS, this.length)) return 'default';
    return this.length < SHORT_BELOW ? 'short' : '';
  }
}

const passing = new Secret();

/** Of a password that lies whole in `[at, at + length)`. */
export function weaknessOf(view: DataView, at: number, length: number): 'empty' | 'default' | 'short' | '' {
  passing.clear();
  // Longer ones are none of the known words, and not short.
  if (length > 64) return '';
  for (let i = at; i < at + length; i++) passing.add(view.getUint8(i));
  const weakness = passing.weakness();
  passing.clear();
  return weakness;
}

function narrowed(words: number, from: number, position: number, character: number): number {
  let left = words;
  for (let i = 0; i < WORD_BITS; i++) {
    const bit = 1 << i;
    if ((left & bit) !== 0 && KNOWN[from + i]!.charCodeAt(position) !== character) left &= ~bit;
  }
  return left;
}

function isWhole(words: number, from: number, length: number): boolean {
  for (let i = 0; i < WORD_BITS; i++) if ((words & (1 << i)) !== 0 && KNOWN[from + i]!.length === length) return true;
  return false;
}
