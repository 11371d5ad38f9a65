/** APDUs of personal health devices, built from the inside out (IEEE 11073-20601, annex A). */
import { bytesOf } from './protocol.ts';

type Content = string | readonly number[] | Uint8Array;

export const u16 = (value: number): number[] => [(value >> 8) & 255, value & 255];
export const u32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value & 0xffff)];
const counted = (...content: readonly Content[]): Uint8Array => {
  const body = bytesOf(...content);
  return bytesOf(u16(body.length), body);
};
const list = (...items: readonly Uint8Array[]): Uint8Array => bytesOf(u16(items.length), counted(...items));

export const apdu = (choice: number, ...content: readonly Content[]): Uint8Array =>
  bytesOf(u16(choice), counted(...content));

const MANAGER = 0x8000_0000;
const AGENT = 0x0080_0000;
const information = (type: number, id: readonly number[], configuration: number): Uint8Array =>
  counted(
    u32(0x8000_0000),
    u16(0x8000),
    u32(0x8000_0000),
    u32(0),
    u32(type),
    counted(id),
    u16(configuration),
    [0, 1, 1, 0],
    list(),
  );

export const agentId = [0x00, 0x1c, 0x05, 0x01, 0x00, 0x65, 0x10, 0xa1];
export const managerId = [0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77];

export const request = (configuration: number): Uint8Array =>
  apdu(0xe200, u32(0x8000_0000), list(bytesOf(u16(0x5079), information(AGENT, agentId, configuration))));
export const response = (result: number): Uint8Array =>
  apdu(0xe300, u16(result), u16(0x5079), information(MANAGER, managerId, 0));
export const refusal = (result: number): Uint8Array => apdu(0xe300, u16(result), u16(0), u16(0));

export const data = (id: number, choice: number, ...content: readonly Content[]): Uint8Array =>
  apdu(0xe700, counted(u16(id), u16(choice), counted(...content)));
export const event = (id: number, type: number, ...content: readonly Content[]): Uint8Array =>
  data(id, 0x0101, u16(0), u32(0xffff_ffff), u16(type), counted(...content));
export const action = (id: number, type: number, handle = 0): Uint8Array =>
  data(id, 0x0107, u16(handle), u16(type), counted([0x20, 0x26, 1, 1]));

const attribute = (id: number, ...value: readonly Content[]): Uint8Array => bytesOf(u16(id), counted(...value));
const production = (type: number, text: string): Uint8Array => bytesOf(u16(type), u16(0), counted(text));
export const attributes = (id: number): Uint8Array =>
  data(
    id,
    0x0203,
    u16(0),
    list(
      attribute(2344, counted('Signove Ltd\0'), counted('PulseOx 3000')),
      attribute(2436, counted(agentId)),
      attribute(2349, list(production(1, 'SN-3000-77'), production(2, 'part'), production(5, 'FW 1.4'))),
      attribute(2650, list(bytesOf(u16(4100), u16(1)))),
      attribute(2628, u16(0x190)),
      attribute(2397, 'CANARY-PERSON'),
    ),
  );
