/** Builders of BER (ITU-T X.690) for tests and for the captures of single protocols: SNMP, LDAP, Kerberos. */
import { bytes, type Content, u16 } from './packet.ts';

export function element(tag: number, ...parts: readonly Content[]): Uint8Array {
  const content = bytes(...parts);
  if (content.length < 128) return bytes([tag, content.length], content);
  return bytes([tag, 0x82], u16(content.length), content);
}

export const sequence = (...parts: readonly Content[]): Uint8Array => element(0x30, ...parts);
export const octets = (content: Content): Uint8Array => element(4, content);
export const integer = (value: number): Uint8Array => element(2, value < 128 ? [value] : [0, ...u16(value)]);

/** `1.3.6.1.2.1` */
export function object(text: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const part = (value: number): number[] => {
    const digits = [value & 127];
    for (let left = Math.floor(value / 128); left > 0; left = Math.floor(left / 128))
      digits.unshift((left & 127) | 128);
    return digits;
  };
  return element(6, [first * 40 + second, ...rest.flatMap(part)]);
}
