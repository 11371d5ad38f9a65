/** HL7 version 2 over MLLP, bedside monitors (IntelliVue) and syringe pumps (Alaris), as they are asked and answer. */
import { bytes, type Content, u16, u32 } from '../../test/support/packet.ts';
import type { Said } from './wire.ts';

export interface Letter {
  /** `ADT^A01` */
  readonly type: string;
  readonly sender: string;
  readonly receiver: string;
  /** Control id. */
  readonly id: string;
  /** YYYYMMDDHHMMSS */
  readonly time: string;
  /** Values that are observed, by name. */
  readonly values?: readonly (readonly [code: string, value: number])[];
}

const segments = (...all: readonly string[]): string => `\x0b${all.map((one) => `${one}\r`).join('')}\x1c\r`;

const head = (type: string, sender: string, receiver: string, time: string, id: string): string =>
  `MSH|^~\\&|${sender}|HOSPITAL|${receiver}|HOSPITAL|${time}||${type}|${id}|P|2.5`;

/** One message. Whoever it is about is nobody: every field says so. */
export function letter({ type, sender, receiver, id, time, values = [] }: Letter): Uint8Array {
  const body = [head(type, sender, receiver, time, id)];
  if (type.startsWith('ADT')) body.push(`EVN|${type.slice(4)}|${time}`);
  body.push('PID|1||CANARYMRN^^^HOSPITAL||CANARYNAME^GEN||19700101|F', 'PV1|1|I|WARD^CANARYBED');
  if (type.startsWith('ORM')) body.push(`ORC|NW|${id}`, `OBR|1|${id}||IMG^Image`);
  if (values.length > 0) body.push(`OBR|1|${id}||SET^Set|||${time}`);
  values.forEach(([code, value], index) => {
    body.push(`OBX|${index + 1}|NM|${code}^${code}||${value}|1|||||F`);
  });
  return bytes(segments(...body));
}

function acknowledgement({ sender, receiver, id, time }: Letter): Uint8Array {
  return bytes(segments(head('ACK', receiver, sender, time, `A${id}`), `MSA|AA|${id}`));
}

/** Messages on one connection, each acknowledged before the next. */
export function feed(letters: readonly Letter[], gapUs = 50_000): Said[] {
  return letters.flatMap((one, index): Said[] => [
    { toServer: true, bytes: letter(one), afterUs: index === 0 ? 1_000 : gapUs },
    { toServer: false, bytes: acknowledgement(one), afterUs: 8_000 },
  ]);
}

// ── IntelliVue (Philips data export protocol over the LAN) ─────────────────────────────────────────────

const counted = (...content: Content[]): Uint8Array => bytes(u16(bytes(...content).length), ...content);
const attribute = (id: number, ...content: Content[]): Uint8Array => bytes(u16(id), counted(...content));
const list = (...all: Uint8Array[]): Uint8Array => bytes(u16(all.length), counted(...all));
const operation = (type: number, ...body: Content[]): Uint8Array => bytes(u16(type), counted(...body));
const command = (id: number, code: number, ...body: Content[]): Uint8Array =>
  bytes(u16(id), u16(code), counted(...body));
const exported = (type: number, body: Uint8Array): Uint8Array => bytes([0xe1, 0, 0, 2], operation(type, body));
const object = bytes(u16(0x21), u32(0));
const session = [5, 8, 0x13, 1, 0, 0x16, 1, 2, 0x80, 0, 0x14, 2, 0, 2, 0xc1, 2, 0x31, 0x80];

/** The central station takes up a monitor: association, and who it is. */
export function monitorTakenUp(serial: string): Said[] {
  const parts = attribute(0x092d, u16(1), u16(0), u16(1), u16(0), counted(serial));
  const create = bytes(
    object,
    u32(900),
    u16(0x0d06),
    counted(object, list(attribute(0x0928, counted('Philips'), counted('M8004A')), parts)),
  );
  return [
    { toServer: true, bytes: bytes([13, session.length], session) },
    { toServer: false, bytes: bytes([14, session.length], session) },
    { toServer: false, bytes: exported(1, command(1, 1, create)) },
    { toServer: true, bytes: exported(2, command(1, 1, object, u32(900), u16(0x0d06), u16(0))) },
  ];
}

const asked = exported(1, command(2, 7, bytes(object, u32(0), u16(0x0c16), counted(u16(1), u16(1), u16(6), u16(0)))));
const values = bytes(u16(1), u32(1_000), new Uint8Array(8), u16(1), u16(6), u16(0), u16(0), u16(0));
const told = exported(2, command(2, 7, object, u16(0x0c16), counted(values)));

/** One poll of the values of a monitor. */
export const monitorPoll: readonly Said[] = [
  { toServer: true, bytes: asked },
  { toServer: false, bytes: told },
];

/** The limits of an alarm are set (attribute LimitCurr, two numbers), so wide that it is never heard. */
export const monitorOrder: Said = {
  toServer: true,
  bytes: exported(
    1,
    command(3, 5, bytes(object, u32(0), u16(1), counted(u16(0), attribute(0x0994, u32(300), u32(0))))),
  ),
};

// ── Alaris syringe pumps: lines with a check sum (CRC-16 CCITT) ────────────────────────────────────────

export function pumpLine(text: string): Uint8Array {
  let crc = 0xffff;
  for (const byte of bytes(text)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = ((crc & 0x8000) !== 0 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff;
  }
  return bytes(`!${text}|${crc.toString(16).toUpperCase().padStart(4, '0')}\r`);
}

/** A pump has called its gateway, and is asked who it is and how it does. */
export function pumpStatus(serial: string): Said[] {
  return [
    { toServer: false, bytes: pumpLine('INST_SERIALNO') },
    { toServer: true, bytes: pumpLine(`INST_SERIALNO^${serial}`), afterUs: 15_000 },
    { toServer: false, bytes: pumpLine('INF') },
    { toServer: true, bytes: pumpLine('INF^STOPPED'), afterUs: 15_000 },
  ];
}
