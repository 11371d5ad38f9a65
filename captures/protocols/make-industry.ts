/** Makes the captures of building automation and industry: `node captures/protocols/make-industry.ts`. */
import { bytes, type Content, u16, u32 } from '../../test/support/packet.ts';
import { connection, datagrams, type End, pcap, type Said, write } from './pcap.ts';

const client: End = { host: 21, port: 40_600 };
const at = (port: number): End => ({ host: 41, port });
const ask = (...content: Content[]): Said => ({ toServer: true, bytes: bytes(...content) });
const say = (...content: Content[]): Said => ({ toServer: false, bytes: bytes(...content) });
const le = (value: number): number[] => [value & 255, value >> 8];
const text = (value: string): number[] => [value.length, ...bytes(value)];

function modbus(): Uint8Array {
  const adu = (transaction: number, ...pdu: Content[]): Uint8Array =>
    bytes(u16(transaction), u16(0), u16(bytes(...pdu).length + 1), [1], ...pdu);
  return pcap(
    connection(client, at(502), [
      ask(adu(1, [3, 0, 0, 0, 2])),
      say(adu(1, [3, 4, 0, 1, 0, 2])),
      ask(adu(2, [6, 0, 9, 0, 1])),
      say(adu(2, [6, 0, 9, 0, 1])),
      ask(adu(3, [16, 0, 100, 0, 1, 2, 0, 1])),
      say(adu(3, [0x90, 2])),
      ask(adu(4, [0x2b, 14, 1, 0])),
      say(adu(4, [0x2b, 14, 1, 1, 0, 0, 3, 0], text('Maker'), [1], text('PLC-1'), [2], text('V1.0'))),
    ]),
  );
}

function bacnet(): Uint8Array {
  const link = (code: number, ...content: Content[]): Uint8Array =>
    bytes([0x81, code], u16(bytes(...content).length + 4), ...content);
  const iAm = [0x10, 0, 0xc4, 2, 0, 0, 12, 0x22, 5, 0xc4, 0x91, 3, 0x21, 5];
  const write = [0, 5, 7, 15, 0x0c, 1, 0, 0, 3, 0x19, 85, 0x3e, 0x91, 1, 0x3f];
  return pcap(
    datagrams({ host: 21, port: 47_808 }, at(47_808), [
      ask(link(11, [1, 0x20, 0xff, 0xff, 0, 255, 0x10, 8])),
      say(link(11, [1, 0x20, 0xff, 0xff, 0, 255], iAm)),
      ask(link(10, [1, 4], write)),
      say(link(10, [1, 0, 0x20, 7, 15])),
      ask(link(10, [1, 4, 0, 5, 8, 20, 0x09, 0, 0x1d], [5, 0], 'xxxx')),
      say(link(10, [1, 0, 0x50, 8, 20, 0x91, 4, 0x91, 26])),
      ask(link(5, [0, 60])),
    ]),
  );
}

function dnp3(): Uint8Array {
  const crc = (content: Uint8Array): number[] => {
    let value = 0;
    for (const byte of content) {
      value ^= byte;
      for (let bit = 0; bit < 8; bit++) value = (value & 1) !== 0 ? (value >>> 1) ^ 0xa6bc : value >>> 1;
    }
    return le(~value & 0xffff);
  };
  const frame = (control: number, ...data: number[]): Uint8Array => {
    const header = bytes([5, 0x64, 5 + data.length, control], le(10), le(1));
    return bytes(header, crc(header), data, data.length > 0 ? crc(bytes(data)) : []);
  };
  return pcap(
    connection(client, at(20_000), [
      ask(frame(0xc4, 0xc0, 0xc1, 1, 60, 1, 6)),
      say(frame(0x44, 0xc0, 0xc1, 129, 0, 0)),
      ask(frame(0xc4, 0xc1, 0xc2, 5, 12, 1, 0x28)),
      say(frame(0x44, 0xc1, 0xc2, 129, 0, 0)),
      ask(frame(0xc4, 0xc2, 0xc3, 13)),
    ]),
  );
}

function s7comm(): Uint8Array {
  const tpkt = (...content: Content[]): Uint8Array => bytes([3, 0], u16(bytes(...content).length + 4), ...content);
  const s7 = (kind: number, reference: number, error: number[], parameters: Content, data: Content = []): Uint8Array =>
    tpkt(
      [2, 0xf0, 0x80, 0x32, kind, 0, 0],
      u16(reference),
      u16(bytes(parameters).length),
      u16(bytes(data).length),
      error,
      parameters,
      data,
    );
  const stations = [0, 0, 0, 1, 0, 0xc0, 1, 10, 0xc1, 2, 1, 0, 0xc2, 2, 1, 2];
  const item = [0x12, 10, 0x10, 2, 0, 4, 0, 7, 0x84, 0, 0, 160];
  return pcap(
    connection(client, at(102), [
      ask(tpkt([17, 0xe0], stations)),
      say(tpkt([17, 0xd0], stations)),
      ask(s7(1, 1, [], [0xf0, 0, 0, 1, 0, 1, 1, 0xe0])),
      say(s7(3, 1, [0, 0], [0xf0, 0, 0, 1, 0, 1, 1, 0xe0])),
      ask(s7(1, 2, [], bytes([5, 1], item), [0, 4, 0, 32, 0, 0, 0, 0])),
      say(s7(3, 2, [0, 0], [5, 1], [255])),
      ask(s7(1, 3, [], bytes([0x29, 0, 0, 0, 0, 0], text('P_PROGRAM')))),
      say(s7(3, 3, [0, 0], [0x29])),
    ]),
  );
}

function iec104(): Uint8Array {
  const control = (first: number): number[] => [0x68, 4, first, 0, 0, 0];
  const unit = (type: number, cause: number, object: number): number[] => [
    ...[0x68, 14, 0, 0, 0, 0, type, 1, cause, 0, 3, 0],
    ...le(object),
    ...[0, 1],
  ];
  return pcap(
    connection(client, at(2404), [
      ask(control(7)),
      say(control(11)),
      ask(unit(100, 6, 0)),
      say(unit(1, 20, 300)),
      ask(unit(45, 6, 300)),
      say(unit(45, 7, 300)),
    ]),
  );
}

function knx(): Uint8Array {
  const frame = (service: number, ...content: Content[]): Uint8Array =>
    bytes([6, 0x10], u16(service), u16(bytes(...content).length + 6), ...content);
  const information = bytes(
    [54, 1, 2, 0, 0x11, 1, 0, 0, 0, 1, 2, 3, 4, 5],
    new Uint8Array(10),
    'Gateway'.padEnd(30, '\0'),
  );
  const write = [0x11, 0, 0xbc, 0xe0, 0, 0, 0x0a, 3, 1, 0, 0x81];
  return pcap(
    datagrams(client, at(3671), [
      ask(frame(0x203, new Uint8Array(8))),
      say(frame(0x204, information)),
      ask(frame(0x420, [4, 1, 0, 0], write)),
      say(frame(0x421, [4, 1, 0, 0])),
    ]),
  );
}

function ethernetIp(): Uint8Array {
  const encapsulated = (command: number, ...content: Content[]): Uint8Array =>
    bytes(le(command), le(bytes(...content).length), new Uint8Array(20), ...content);
  const item = (type: number, ...content: Content[]): Uint8Array =>
    bytes(le(type), le(bytes(...content).length), ...content);
  const device = bytes([1, 0], new Uint8Array(16), le(1), le(14), le(54), [20, 11], le(0), u32(1), text('PLC-2'), [3]);
  const reset = [5, 2, 0x20, 1, 0x24, 1];
  return pcap(
    connection(client, at(44_818), [
      ask(encapsulated(0x65, [1, 0, 0, 0])),
      say(encapsulated(0x65, [1, 0, 0, 0])),
      ask(encapsulated(0x63)),
      say(encapsulated(0x63, le(1), item(12, device))),
      ask(encapsulated(0x6f, new Uint8Array(6), le(2), item(0), item(0xb2, reset))),
    ]),
  );
}

function opcUa(): Uint8Array {
  const chunk = (name: string, ...content: Content[]): Uint8Array => {
    const size = bytes(...content).length + 8;
    return bytes(name, le(size), [0, 0], ...content);
  };
  const policy = 'http://opcfoundation.org/UA/SecurityPolicy#None';
  const open = chunk('OPNF', [1, 0, 0, 0, policy.length, 0, 0, 0], policy, new Uint8Array(60));
  const request = (type: number): Uint8Array =>
    chunk('MSGF', new Uint8Array(16), [1, 0], le(type), new Uint8Array(100));
  return pcap(
    connection(client, at(4840), [
      ask(chunk('HELF', new Uint8Array(20), [255, 255, 255, 255])),
      say(chunk('ACKF', new Uint8Array(20))),
      ask(open),
      say(open),
      ask(request(631)),
      ask(request(673)),
      ask(chunk('CLOF', new Uint8Array(16))),
    ]),
  );
}

export const captures: Readonly<Record<string, Uint8Array>> = {
  modbus: modbus(),
  bacnet: bacnet(),
  dnp3: dnp3(),
  s7comm: s7comm(),
  iec104: iec104(),
  knx: knx(),
  'ethernet-ip': ethernetIp(),
  'opc-ua': opcUa(),
};

if (import.meta.main) write(captures);
