/**
 * CONNECT (OASIS MQTT 3.1.1 and 5, 3.1): who connects, and whether a password passes in clear.
 *
 *     name: length 2, text │ level │ flags │ keep alive 2 │ [5: properties] │ client id │ [will] │ [user] │ [password]
 *
 * A client id may be the name of a person. Only where it carries a hardware address or a UUID, that part is told.
 */

import { weaknessOf } from '../../src/bytes/secret.ts';
import { readText } from '../../src/bytes/text.ts';

const HAS_USER = 0x80;
const HAS_PASSWORD = 0x40;
const HAS_WILL = 0x04;
const VERSION_5 = 5;

const CLIENT_ID_BYTES_MAX = 128;
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;
const HARDWARE_ADDRESS =
  /(?<![0-9a-z])(?:[0-9a-f]{2}(?::[0-9a-f]{2}){5}|[0-9a-f]{2}(?:-[0-9a-f]{2}){5}|[0-9a-f]{12})(?![0-9a-z])/i;

/** Of the last CONNECT. */
export class Connect {
  level = 0;
  hasUser = false;
  hasPassword = false;
  weakness: 'empty' | 'default' | 'short' | '' = '';
  device = '';
  private at = 0;

  /** `[from, end)` may be the beginning only: what does not lie in it stays unknown. */
  read(view: DataView, from: number, end: number): void {
    this.level = 0;
    this.weakness = '';
    this.device = '';
    this.hasUser = false;
    this.hasPassword = false;
    this.at = from;
    if (!this.skip(view, end) || this.at + 4 > end) return;
    this.level = view.getUint8(this.at) & 127;
    const flags = view.getUint8(this.at + 1);
    this.hasUser = (flags & HAS_USER) !== 0;
    this.hasPassword = (flags & HAS_PASSWORD) !== 0;
    this.at += 4;
    if (this.level === VERSION_5 && !this.skipProperties(view, end)) return;
    const client = this.at;
    if (!this.skip(view, end)) return;
    this.device = deviceIn(view, client + 2, this.at);
    if ((flags & HAS_WILL) !== 0) {
      if (this.level === VERSION_5 && !this.skipProperties(view, end)) return;
      if (!this.skip(view, end) || !this.skip(view, end)) return;
    }
    if (this.hasUser && !this.skip(view, end)) return;
    const password = this.at;
    if (this.hasPassword && this.skip(view, end))
      this.weakness = weaknessOf(view, password + 2, this.at - password - 2);
  }

  /** Past a text or binary field; false when it does not lie in the packet whole. */
  private skip(view: DataView, end: number): boolean {
    if (this.at + 2 > end) return false;
    this.at += 2 + view.getUint16(this.at);
    return this.at <= end;
  }

  private skipProperties(view: DataView, end: number): boolean {
    let length = 0;
    for (let i = 0; i < 4; i++) {
      if (this.at >= end) return false;
      const byte = view.getUint8(this.at++);
      length += (byte & 127) * 128 ** i;
      if (byte < 128) break;
    }
    this.at += length;
    return this.at <= end;
  }
}

/** Letters and digits in both, as a name has not: a row of digits may be the number of a patient. */
function deviceIn(view: DataView, at: number, end: number): string {
  if (end - at < 12 || end - at > CLIENT_ID_BYTES_MAX) return '';
  let digits = 0;
  let letters = 0;
  for (let i = at; i < end; i++) {
    const byte = view.getUint8(i);
    if (byte >= 0x30 && byte <= 0x39) digits++;
    else if ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66) letters++;
  }
  if (digits + letters < 12 || digits < 2 || letters < 1) return '';
  const text = readText(view, at, end - at);
  const found = (UUID.exec(text) ?? HARDWARE_ADDRESS.exec(text))?.[0] ?? '';
  return /[a-f]/i.test(found) && /[0-9]/.test(found) ? found.toLowerCase() : '';
}
