/** Control packets of MQTT (OASIS MQTT 3.1.1 and 5). */
import { bytesOf } from './protocol.ts';

type Content = string | readonly number[] | Uint8Array;

const u16 = (value: number): number[] => [(value >> 8) & 255, value & 255];
export const text = (value: string): Uint8Array => bytesOf(u16(value.length), value);

export function packet(first: number, ...content: readonly Content[]): Uint8Array {
  const body = bytesOf(...content);
  const length: number[] = [];
  let rest = body.length;
  do {
    length.push((rest & 127) | (rest > 127 ? 128 : 0));
    rest >>= 7;
  } while (rest > 0);
  return bytesOf([first], length, body);
}

export interface ConnectOptions {
  readonly level?: number;
  readonly id?: string;
  readonly user?: string;
  readonly password?: string;
  readonly will?: readonly [topic: string, message: string];
}

export function connect({ level = 4, id = '', user, password, will }: ConnectOptions = {}): Uint8Array {
  const flags =
    (user === undefined ? 0 : 0x80) | (password === undefined ? 0 : 0x40) | (will === undefined ? 0 : 4) | 2;
  const properties = level === 5 ? [[5, 0x11, 0, 0, 0, 9]] : [];
  return packet(
    0x10,
    text(level === 3 ? 'MQIsdp' : 'MQTT'),
    [level, flags],
    u16(60),
    ...properties,
    text(id),
    ...(will === undefined ? [] : [...(level === 5 ? [[0]] : []), text(will[0]), text(will[1])]),
    ...(user === undefined ? [] : [text(user)]),
    ...(password === undefined ? [] : [text(password)]),
  );
}

export const connack = (code: number, level = 4): Uint8Array => packet(0x20, [0, code], level === 5 ? [0] : []);
export const publish = (topic: string, payload: Content = '', flags = 0): Uint8Array =>
  packet(0x30 | flags, text(topic), (flags & 6) !== 0 ? u16(1) : [], payload);
/** Version 5, without properties. */
export const subscribe5 = (topic: string): Uint8Array => packet(0x82, u16(1), [0], text(topic), [0]);
export const subscribe = (...topics: readonly string[]): Uint8Array =>
  packet(0x82, u16(1), ...topics.flatMap((topic) => [text(topic), [0]]));
