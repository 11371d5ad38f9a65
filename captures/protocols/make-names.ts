/** Makes the captures of names and addresses: `node captures/protocols/make-names.ts`. */
import { domain, header, netbios, question, record, toFirst } from '../../test/support/names.ts';
import { bytes, type Content, u16, u32 } from '../../test/support/packet.ts';
import { below, connection, datagrams, pcap, toGroup, write } from './pcap.ts';

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

const option = (code: number, value: Content): Uint8Array => bytes([code, bytes(value).length], value);

function dhcp(): Uint8Array {
  const fixed = (op: number, yours: readonly number[]): Uint8Array => {
    const message = new Uint8Array(240);
    message.set([op, 1, 6, 0, 1, 2, 3, 4]);
    message.set(yours, 16);
    message.set([2, 0, 0, 0, 0, 21], 28);
    message.set([0x63, 0x82, 0x53, 0x63], 236);
    return message;
  };
  const asks = bytes(option(55, [1, 3, 6, 15]), option(61, [1, 2, 0, 0, 0, 0, 21]), option(60, 'udhcp 1.35'), [255]);
  const request = bytes(fixed(1, []), option(53, [3]), option(12, 'us-room2'), option(50, [10, 1, 0, 21]), asks);
  const granted = bytes(option(53, [5]), option(54, [10, 1, 0, 2]), option(51, u32(3600)), [255]);
  return pcap(
    datagrams({ host: 21, port: 68 }, { host: 2, port: 67 }, [
      { toServer: true, bytes: bytes(fixed(1, []), option(53, [1]), option(81, bytes([0, 0, 0], 'us-room2')), asks) },
      { toServer: true, bytes: request },
      { toServer: false, bytes: bytes(fixed(2, [10, 1, 0, 21]), granted) },
    ]),
  );
}

function dhcpv6(): Uint8Array {
  const long = (code: number, value: Content): Uint8Array => bytes(u16(code), u16(bytes(value).length), value);
  const duid = long(1, [0, 3, 0, 1, 2, 0, 0, 0, 0, 21]);
  const vendor = bytes(u32(311), u16(8), 'MSFT 5.0');
  return pcap(
    datagrams({ host: 21, port: 546 }, { host: 2, port: 547 }, [
      { toServer: true, bytes: bytes([1, 1, 2, 3], duid, long(39, bytes([0], domain('us-room2'))), long(16, vendor)) },
      { toServer: false, bytes: bytes([2, 1, 2, 3], duid) },
    ]),
  );
}

function ssdp(): Uint8Array {
  const lines = (...all: readonly string[]): string => [...all, '', ''].join('\r\n');
  const usn = 'USN: uuid:2fac1234-31f8-11b4-a222-08002b34c003::upnp:rootdevice';
  const server = 'SERVER: Linux/4.9 UPnP/1.0 Recorder/2.1';
  const type = 'urn:schemas-upnp-org:device:MediaServer:1';
  const search = lines(
    'M-SEARCH * HTTP/1.1',
    'MAN: "ssdp:discover"',
    'ST: ssdp:all',
    'USER-AGENT: Windows/10 UPnP/1.1',
  );
  return pcap([
    toGroup({ host: 30, port: 50_000 }, '239.255.255.250', 1900, search),
    ...datagrams({ host: 30, port: 50_000 }, { host: 21, port: 1900 }, [
      {
        toServer: false,
        bytes: lines('HTTP/1.1 200 OK', `ST: ${type}`, server, usn, 'LOCATION: http://10.1.0.21/d.xml'),
      },
    ]),
    toGroup({ host: 21, port: 1900 }, '239.255.255.250', 1900, lines('NOTIFY * HTTP/1.1', 'NTS: ssdp:byebye', usn)),
  ]);
}

function ntp(): Uint8Array {
  const time = (first: number, stratum: number): Uint8Array => bytes([first, stratum, 6, 0xe9], new Uint8Array(44));
  const variables = 'version="ntpd 4.2.6p5", processor="armv7l", system="Linux/3.2.0"';
  const control = (bits: number, data: string): Uint8Array =>
    bytes([0x16, bits, 0, 1, 0, 0, 0, 0, 0, 0], u16(data.length), data);
  return pcap(
    datagrams({ host: 21, port: 123 }, { host: 2, port: 123 }, [
      { toServer: true, bytes: time(0x23, 0) },
      { toServer: false, bytes: time(0x24, 2) },
      { toServer: true, bytes: control(2, '') },
      { toServer: false, bytes: control(0x82, variables) },
      { toServer: true, bytes: control(8, 'server 10.1.0.66') },
      { toServer: true, bytes: bytes([0x17, 0, 3, 42], new Uint8Array(4)) },
    ]),
  );
}

function syslog(): Uint8Array {
  const modern = '<131>1 2026-11-23T14:41:01Z ct RESONA7 77 - - tube heat unit 30';
  const older = '<134>Nov 23 14:41:01 ct RESONA7: tube heat unit 31';
  return pcap([
    ...datagrams({ host: 21, port: 40_514 }, { host: 2, port: 514 }, [
      { toServer: true, bytes: modern },
      { toServer: true, bytes: older },
    ]),
    ...connection({ host: 22, port: 40_601 }, { host: 2, port: 601 }, [
      { toServer: true, bytes: `${modern.length} ${modern}${older.length} ${older}` },
    ]),
  ]);
}

function radius(): Uint8Array {
  const attribute = (type: number, value: Content): Uint8Array => bytes([type, 2 + bytes(value).length], value);
  const packet = (code: number, id: number, ...attributes: Uint8Array[]): Uint8Array =>
    bytes([code, id], u16(20 + bytes(...attributes).length), new Uint8Array(16).fill(7), ...attributes);
  const user = attribute(1, 'nobody');
  const named = attribute(32, 'ap-ward-7');
  return pcap(
    datagrams({ host: 40, port: 50_812 }, { host: 2, port: 1812 }, [
      { toServer: true, bytes: packet(1, 5, user, attribute(2, new Uint8Array(16)), named) },
      { toServer: false, bytes: packet(3, 5) },
      { toServer: true, bytes: packet(1, 6, user, attribute(79, [2, 0, 0, 4]), named) },
      { toServer: false, bytes: packet(2, 6) },
    ]),
  );
}

function stun(): Uint8Array {
  const id = new Uint8Array(12).fill(9);
  const message = (type: number, software: string): Uint8Array =>
    bytes(u16(type), u16(4 + software.length), u32(0x2112a442), id, u16(0x8022), u16(software.length), software);
  return pcap(
    datagrams({ host: 21, port: 50_000 }, { host: 2, port: 3478 }, [
      { toServer: true, bytes: message(1, 'ice4j.test 2') },
      { toServer: false, bytes: message(0x101, 'Relay-4.5.test..') },
    ]),
  );
}

/** Below IP: a telephone by LLDP with LLDP-MED, a switch by CDP, and what gives the telephone its address. */
function stations(): Uint8Array {
  const value = (type: number, content: Content): Uint8Array =>
    bytes(u16((type << 9) | bytes(content).length), content);
  const med = (subtype: number, text: string): Uint8Array => value(127, bytes([0, 0x12, 0xbb, subtype], text));
  const lldp = bytes(
    value(1, [4, 2, 0, 0, 0, 0, 21]),
    value(2, [3, 2, 0, 0, 0, 0, 21]),
    value(3, [0, 120]),
    value(5, 'ward-7-phone'),
    value(6, 'Linux 4.9'),
    value(8, [5, 1, 10, 1, 0, 21, 2, 0, 0, 0, 1, 0]),
    med(8, 'SN-1'),
    med(9, 'Maker'),
    med(10, 'Model 8'),
    [0, 0],
  );
  const cisco = (type: number, text: string): Uint8Array => bytes(u16(type), u16(4 + text.length), text);
  const cdp = bytes([2, 180, 0, 0], cisco(1, 'core-1'), cisco(5, 'IOS Software, Version 15.0'), cisco(6, 'WS-C2960'));
  const snap = bytes([0xaa, 0xaa, 3], [0, 0, 0x0c], u16(0x2000), cdp);
  return pcap([
    below(21, '01:80:c2:00:00:0e', 0x88cc, lldp),
    below(1, '01:00:0c:cc:cc:cc', snap.length, snap),
    ...datagrams({ host: 21, port: 40_053 }, server, [
      { toServer: true, bytes: bytes(header(0x0100, 1, 0, 0, 0), question(domain('time.hospital.test'), 1)) },
    ]),
  ]);
}

export const captures: Readonly<Record<string, Uint8Array>> = {
  dhcp: dhcp(),
  dhcpv6: dhcpv6(),
  dns: dns(),
  llmnr: llmnr(),
  mdns: mdns(),
  nbns: nbns(),
  'netbios-dgm': netbiosDatagrams(),
  ntp: ntp(),
  radius: radius(),
  ssdp: ssdp(),
  stations: stations(),
  stun: stun(),
  syslog: syslog(),
};

if (import.meta.main) write(captures);
