/** Makes the captures of names and addresses: `node captures/protocols/make-names.ts`. */
import { domain, header, netbios, question, record, toFirst } from '../../test/support/names.ts';
import { bytes, type Content, u16 } from '../../test/support/packet.ts';
import { connection, datagrams, pcap, toGroup, write } from './pcap.ts';

const client = { host: 21, port: 40_053 };
const server = { host: 2, port: 53 };

function dns(): Uint8Array {
  const pacs = question(domain('pacs.hospital.test'), 1);
  const pacs6 = question(domain('pacs.hospital.test'), 28);
  const nobody = question(domain('nobody.hospital.test'), 28);
  const reply = bytes(
    header(0x8180, 1, 3, 0, 0),
    pacs,
    record(toFirst, 5, bytes([4], 'node', [0xc0, 17])),
    record(toFirst, 1, [10, 1, 0, 7]),
    record(toFirst, 1, [10, 1, 0, 8]),
  );
  const address6 = [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7];
  const framed = (message: Uint8Array): Uint8Array => bytes(u16(message.length), message);
  return pcap([
    ...datagrams(client, server, [
      { toServer: true, bytes: bytes(header(0x0100, 1, 0, 0, 0), pacs) },
      { toServer: false, bytes: reply },
      { toServer: true, bytes: bytes(header(0x0100, 1, 0, 0, 0), nobody) },
      { toServer: false, bytes: bytes(header(0x8183, 1, 0, 0, 0), nobody) },
    ]),
    ...connection(client, server, [
      { toServer: true, bytes: framed(bytes(header(0x0100, 1, 0, 0, 0), pacs6)) },
      { toServer: false, bytes: framed(bytes(header(0x8180, 1, 1, 0, 0), pacs6, record(toFirst, 28, address6))) },
    ]),
  ]);
}

const station = { host: 21, port: 5353 };
const text = (...pairs: readonly string[]): Uint8Array => bytes(...pairs.flatMap((pair) => [[pair.length], pair]));

function mdns(): Uint8Array {
  const say = (payload: Content): Uint8Array => toGroup(station, '224.0.0.251', 5353, payload);
  return pcap([
    say(bytes(header(0, 1, 0, 0, 0), question(domain('_dicom._tcp.local'), 12))),
    say(
      bytes(
        header(0x8400, 0, 3, 0, 1),
        record(domain('us-room2.local'), 1, [10, 1, 0, 21]),
        record(domain('_http._tcp.local'), 12, domain('Somebody._http._tcp.local')),
        record(domain('us-room2.local'), 13, text('ARMV7L', 'LINUX')),
        record(domain('Somebody._http._tcp.local'), 16, text('ty=Ultrasound 7', 'note=no one reads this', 'sn=A1')),
      ),
    ),
  ]);
}

function llmnr(): Uint8Array {
  const asked = question(domain('pacs-old'), 1);
  const answered = bytes(header(0x8000, 1, 1, 0, 0), asked, record(toFirst, 1, [10, 1, 0, 66]));
  return pcap([
    toGroup({ host: 21, port: 50_000 }, '224.0.0.252', 5355, bytes(header(0, 1, 0, 0, 0), asked)),
    ...datagrams({ host: 21, port: 50_000 }, { host: 66, port: 5355 }, [{ toServer: false, bytes: answered }]),
  ]);
}

function nbns(): Uint8Array {
  const register = bytes(
    header(0x2910, 1, 0, 0, 1),
    question(netbios('US-ROOM2', 0), 0x20),
    record(toFirst, 0x20, [0, 0, 10, 1, 0, 21]),
  );
  const entry = (name: string, suffix: number, flags: number): Uint8Array =>
    bytes(name.padEnd(15), [suffix], u16(flags));
  const entries = bytes([3], entry('MR-1', 0, 0x400), entry('RADIOLOGY', 0, 0x8400), entry('SOMEBODY', 3, 0x400));
  return pcap(
    datagrams({ host: 21, port: 137 }, { host: 11, port: 137 }, [
      { toServer: true, bytes: register },
      { toServer: true, bytes: bytes(header(0, 1, 0, 0, 0), question(netbios('*', 0), 0x21)) },
      { toServer: false, bytes: bytes(header(0x8400, 0, 1, 0, 0), record(netbios('*', 0), 0x21, entries)) },
    ]),
  );
}

function netbiosDatagrams(): Uint8Array {
  const sent = bytes(
    [0x11, 2, 0, 1, 10, 1, 0, 21],
    u16(138),
    u16(72),
    u16(0),
    netbios('US-ROOM2', 0),
    netbios('RADIOLOGY', 0x1d),
  );
  return pcap(datagrams({ host: 21, port: 138 }, { host: 255, port: 138 }, [{ toServer: true, bytes: sent }]));
}

export const captures: Readonly<Record<string, Uint8Array>> = {
  dns: dns(),
  llmnr: llmnr(),
  mdns: mdns(),
  nbns: nbns(),
  'netbios-dgm': netbiosDatagrams(),
};

if (import.meta.main) write(captures);
