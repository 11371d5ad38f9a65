/** Makes the captures of names and addresses: `node captures/protocols/make-names.ts`. */
import { bytes, type Content, u16, u32 } from '../../test/support/packet.ts';
import { connection, datagrams, pcap, write } from './pcap.ts';

const name = (text: string): Uint8Array =>
  bytes(...text.split('.').flatMap((label): Content[] => [[label.length], label]), [0]);
const header = (id: number, flags: number, ...counts: number[]): Uint8Array =>
  bytes(u16(id), u16(flags), ...counts.map(u16));
const question = (text: string, type: number): Uint8Array => bytes(name(text), u16(type), u16(1));
/** A resource record whose name is that of the first question. */
const answer = (type: number, data: Content, owner: Content = [0xc0, 12]): Uint8Array =>
  bytes(owner, u16(type), u16(1), u32(300), u16(bytes(data).length), data);

const client = { host: 21, port: 40_053 };
const server = { host: 2, port: 53 };

function dns(): Uint8Array {
  const query = bytes(header(1, 0x0100, 1, 0, 0, 0), question('pacs.hospital.test', 1));
  const reply = bytes(
    header(1, 0x8180, 1, 3, 0, 0),
    question('pacs.hospital.test', 1),
    answer(5, bytes([4], 'node', [0xc0, 17])),
    answer(1, [10, 1, 0, 7]),
    answer(1, [10, 1, 0, 8]),
  );
  const absent = bytes(header(2, 0x8183, 1, 0, 0, 0), question('nobody.hospital.test', 28));
  const sixth = bytes(
    header(3, 0x8180, 1, 1, 0, 0),
    question('pacs.hospital.test', 28),
    answer(28, [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7]),
  );
  const framed = (message: Uint8Array): Uint8Array => bytes(u16(message.length), message);
  return pcap([
    ...datagrams(client, server, [
      { toServer: true, bytes: query },
      { toServer: false, bytes: reply },
      { toServer: true, bytes: bytes(header(2, 0x0100, 1, 0, 0, 0), question('nobody.hospital.test', 28)) },
      { toServer: false, bytes: absent },
    ]),
    ...connection(client, server, [
      { toServer: true, bytes: framed(bytes(header(3, 0x0100, 1, 0, 0, 0), question('pacs.hospital.test', 28))) },
      { toServer: false, bytes: framed(sixth) },
    ]),
  ]);
}

export const captures: Readonly<Record<string, Uint8Array>> = { dns: dns() };

if (import.meta.main) write(captures);
