/** What every network says: names (RFC 1035), time (RFC 5905), leases (RFC 2131), polls (RFC 1157), logs (RFC 5424). */
import { domain, header, question, record, toFirst } from '../../test/support/names.ts';
import { bytes, type Content, u16, u32 } from '../../test/support/packet.ts';
import type { Numbers } from './numbers.ts';

const withId = (id: number, message: Uint8Array): Uint8Array => {
  message[0] = id >> 8;
  message[1] = id & 255;
  return message;
};

export const TYPE_A = 1;
export const TYPE_TXT = 16;

export function nameAsked(id: number, name: string, type = TYPE_A): Uint8Array {
  return withId(id, bytes(header(0x0100, 1, 0, 0, 0), question(domain(name), type)));
}

export function nameAnswered(id: number, name: string, address: Uint8Array): Uint8Array {
  const asked = question(domain(name), TYPE_A);
  return withId(id, bytes(header(0x8180, 1, 1, 0, 0), asked, record(toFirst, TYPE_A, address)));
}

/** The answer of a tunnel: text. */
export function textAnswered(id: number, name: string, text: string): Uint8Array {
  const asked = question(domain(name), TYPE_TXT);
  return withId(id, bytes(header(0x8180, 1, 1, 0, 0), asked, record(toFirst, TYPE_TXT, bytes([text.length], text))));
}

/** Seconds from 1900 to 1970. */
const NTP_EPOCH_SECONDS = 2_208_988_800;
const VERSION_4 = 0x20;

export function clockAsked(timeUs: number): Uint8Array {
  return bytes([VERSION_4 | 3, 0, 6, 0xe9], new Uint8Array(36), ntpTime(timeUs));
}

export function clockAnswered(timeUs: number): Uint8Array {
  const time = ntpTime(timeUs);
  return bytes([VERSION_4 | 4, 2, 6, 0xe9], u32(256), u32(512), [10, 20, 0, 1], time, time, time, time);
}

function ntpTime(timeUs: number): Uint8Array {
  const seconds = Math.floor(timeUs / 1e6);
  const fraction = Math.floor(((timeUs % 1e6) / 1e6) * 0x1_0000_0000);
  return bytes(u32(seconds + NTP_EPOCH_SECONDS), u32(fraction));
}

export interface Lease {
  readonly mac: Uint8Array;
  readonly name: string;
  readonly address: Uint8Array;
  readonly server: Uint8Array;
  readonly id: number;
}

const option = (code: number, value: Content): Uint8Array => bytes([code, bytes(value).length], value);

/** DISCOVER, OFFER, REQUEST, ACK: from the client, from the server, in turn. */
export function leased({ mac, name, address, server, id }: Lease): readonly Uint8Array[] {
  const message = (isAnswer: boolean, kind: number, ...options: Uint8Array[]): Uint8Array => {
    const fixed = new Uint8Array(240);
    fixed.set([isAnswer ? 2 : 1, 1, 6, 0]);
    fixed.set(u32(id), 4);
    if (isAnswer) fixed.set(address, 16);
    fixed.set(mac, 28);
    fixed.set([0x63, 0x82, 0x53, 0x63], 236);
    const body = bytes(fixed, option(53, [kind]), ...options, [255]);
    return body.length >= 300 ? body : bytes(body, new Uint8Array(300 - body.length));
  };
  const wants = [option(12, name), option(55, [1, 3, 6, 15])];
  const given = [option(54, server), option(51, u32(86_400)), option(1, [255, 255, 0, 0])];
  return [
    message(false, 1, ...wants),
    message(true, 2, ...given),
    message(false, 3, option(50, address), option(54, server), ...wants),
    message(true, 5, ...given),
  ];
}

const ber = (tag: number, ...content: Content[]): Uint8Array => {
  const inside = bytes(...content);
  return bytes([tag, inside.length], inside);
};
/** sysUpTime.0 */
const UPTIME = [0x2b, 6, 1, 2, 1, 1, 3, 0];

function poll(kind: number, id: number, value: Uint8Array): Uint8Array {
  const number = ber(2, [(id >> 8) & 0x7f, id & 255]);
  const binding = ber(0x30, ber(0x30, ber(6, UPTIME), value));
  return ber(0x30, ber(2, [1]), ber(4, 'public'), ber(kind, number, ber(2, [0]), ber(2, [0]), binding));
}

export const pollAsked = (id: number): Uint8Array => poll(0xa0, id, ber(5));
export const pollAnswered = (id: number, ticks: number): Uint8Array =>
  poll(0xa2, id, ber(0x43, [(ticks >> 16) & 0x7f, (ticks >> 8) & 255, ticks & 255]));

export function logLine(host: string, timeUs: number, numbers: Numbers): Uint8Array {
  const time = new Date(Math.floor(timeUs / 1000)).toISOString();
  return bytes(`<134>1 ${time} ${host} daemon ${numbers.between(100, 9_999)} - - task ${numbers.between(1, 99)} done`);
}

/** An echo request or its answer, behind the checksum. */
export const ping = (id: number, sequence: number, data: Content): Uint8Array => bytes(u16(id), u16(sequence), data);
