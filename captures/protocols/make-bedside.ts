/** Makes the captures of bedside, laboratory and pump protocols: `node captures/protocols/make-bedside.ts`. */
import { bytes, type Content, u16, u32 } from '../../test/support/packet.ts';
import { connection, datagrams, type End, pcap, type Said, write } from './pcap.ts';

const device: End = { host: 31, port: 40_500 };
const host: End = { host: 2, port: 5_000 };
const ask = (...content: Content[]): Said => ({ toServer: true, bytes: bytes(...content) });
const say = (...content: Content[]): Said => ({ toServer: false, bytes: bytes(...content) });
const counted = (...content: Content[]): Uint8Array => bytes(u16(bytes(...content).length), ...content);
const sumOf = (content: Uint8Array): number => content.reduce((sum, byte) => (sum + byte) & 255, 0);
const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, '0');

/** Announces itself, associates, says who it is, is polled, and gets a priority list. */
function intellivue(): Uint8Array {
  const attribute = (id: number, ...content: Content[]): Uint8Array => bytes(u16(id), counted(...content));
  const list = (...all: Uint8Array[]): Uint8Array => bytes(u16(all.length), counted(...all));
  const object = bytes(u16(0x21), u32(0));
  const operation = (type: number, ...body: Content[]): Uint8Array => bytes(u16(type), counted(...body));
  const command = (id: number, code: number, ...body: Content[]): Uint8Array =>
    bytes(u16(id), u16(code), counted(...body));
  const data = (type: number, body: Uint8Array): Uint8Array => bytes([0xe1, 0, 0, 2], operation(type, body));
  const network = attribute(0xf100, [2, 0, 0, 0, 0, 31], [10, 1, 0, 31], [255, 255, 0, 0]);
  const protocols = attribute(0xf101, u16(1), u16(8), u16(5), u16(1), u16(24_105), u16(0));
  const announcement = bytes(object, u32(800), u16(0x0d17), counted(list(network, protocols)));
  const session = [5, 8, 0x13, 1, 0, 0x16, 1, 2, 0x80, 0, 0x14, 2, 0, 2, 0xc1, 2, 0x31, 0x80];
  const model = attribute(0x0928, counted('Philips'), counted('M8004A'));
  const parts = attribute(0x092d, u16(1), u16(0), u16(1), u16(0), counted('DE00000001'));
  const create = bytes(object, u32(900), u16(0x0d06), counted(object, list(model, parts)));
  const poll = bytes(object, u32(0), u16(0x0c16), counted(u16(1), u16(1), u16(6), u16(0)));
  const numerics = bytes(u16(1), u32(1_000), new Uint8Array(8), u16(1), u16(6), u16(0), u16(0), u16(0));
  const priority = bytes(object, u32(0), u16(1), counted(u16(0), attribute(0xf239, u16(0), u16(0))));
  const monitor: End = { host: 31, port: 24_105 };
  return pcap([
    ...datagrams({ host: 31, port: 24_005 }, { host: 255, port: 24_005 }, [
      ask([0, 0, 1, 0], operation(1, command(1, 0, announcement))),
    ]),
    ...datagrams({ host: 2, port: 40_501 }, monitor, [
      ask([13, session.length], session),
      say([14, session.length], session),
      say(data(1, command(1, 1, create))),
      ask(data(2, command(1, 1, object, u32(900), u16(0x0d06), u16(0)))),
      ask(data(1, command(2, 7, poll))),
      say(data(2, command(2, 7, object, u16(0x0c16), counted(numerics)))),
      ask(data(1, command(3, 5, priority))),
      say(data(3, bytes(u16(3), u16(2), u16(0)))),
      ask([9, 4, 0xc1, 2, 0x61, 0x80]),
      say([10, 4, 0xc1, 2, 0x61, 0x80]),
    ]),
  ]);
}

/** Says hello, is asked for results, and is told the time and who may use it. */
function poct1a(): Uint8Array {
  const document = (root: string, id: number, body = ''): string =>
    `<${root}><HDR><HDR.control_id V="${id}"/><HDR.version_id V="POCT1"/></HDR>${body}</${root}>\r\n`;
  const ack = (id: number, answered: number): string =>
    document('ACK.R01', id, `<ACK><ACK.type_cd V="AA"/><ACK.ack_control_id V="${answered}"/></ACK>`);
  return pcap(
    connection(device, host, [
      ask(
        document(
          'HEL.R01',
          1,
          '<DEV><DEV.model_id V="Analyser"/><DEV.serial_id V="SN0001"/><DEV.sw_version V="1.0"/></DEV>',
        ),
      ),
      say(ack(100, 1)),
      ask(document('DST.R01', 2, '<DST><DST.new_observations_qty V="1"/></DST>')),
      say(ack(101, 2), document('REQ.R01', 102, '<REQ><REQ.request_cd V="ROBS"/></REQ>')),
      ask(document('OBS.R01', 3, '<SVC><PT><PT.patient_id V="nobody"/><OBS><OBS.value V="1"/></OBS></PT></SVC>')),
      say(ack(103, 3)),
      ask(document('EOT.R01', 4)),
      say(document('DTV.R02', 104, '<DTV><DTV.command_cd V="SET_TIME"/></DTV><TM><TM.dttm V="2026-11-23"/></TM>')),
      ask(ack(5, 104)),
      say(document('OPL.R01', 105, '<OPR><OPR.operator_id V="nobody"/></OPR>')),
      ask(ack(6, 105)),
      say(document('END.R01', 106, '<TRM><TRM.reason_cd V="NRM"/></TRM>')),
    ]),
  );
}

/** Results in frames, one of them sent twice; then the host orders. */
function astm(): Uint8Array {
  const frame = (number: number, text: string): Uint8Array => {
    const body = bytes(`${number & 7}${text}\x03`);
    return bytes([2], body, hex(sumOf(body), 2), '\r\n');
  };
  return pcap(
    connection(device, host, [
      ask([5]),
      say([6]),
      ask(frame(1, 'H|\\^&|||Analyser^1.0^SN0001|||||||P|LIS2-A2\r')),
      say([0x15]),
      ask(frame(1, 'H|\\^&|||Analyser^1.0^SN0001|||||||P|LIS2-A2\r')),
      say([6]),
      ask(frame(2, 'P|1|nobody\rO|1|S1||^^^GLU\rR|1|^^^GLU|1|mmol/L\r')),
      say([6]),
      ask(frame(3, 'L|1|N\r')),
      say([6]),
      ask([4]),
      say([5]),
      ask([6]),
      say(frame(1, 'H|\\^&|||LIS\rP|1|nobody\rO|1|S2||^^^NA|R||||||N\rO|2|S3||^^^K|R||||||C\rL|1|N\r')),
      ask([6]),
      say([4]),
    ]),
  );
}

/** A syringe pump is read, and its rate is changed. */
function alaris(): Uint8Array {
  const line = (text: string): string => {
    let crc = 0xffff;
    for (const byte of bytes(text)) {
      crc ^= byte << 8;
      for (let bit = 0; bit < 8; bit++) crc = ((crc & 0x8000) !== 0 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff;
    }
    return `!${text}|${hex(crc, 4)}\r`;
  };
  return pcap(
    connection(host, { host: 31, port: 4_001 }, [
      ask(line('INST_SERIALNO')),
      say(line('INST_SERIALNO^8002-00001')),
      ask(line('REMOTE_CTRL^ENABLED^0000')),
      say(line('REMOTE_CTRL^ENABLED')),
      ask(line('INF_RATE^1.0^ml/h')),
      ask(line('INF_START')),
    ]),
  );
}

/** Records of a CMS8000 as they are described. */
function contec(): Uint8Array {
  const record = (type: number, ...content: Content[]): Uint8Array => {
    const length = bytes(...content).length + 2;
    return bytes([length & 255, length >> 8, 5, type], ...content);
  };
  return pcap(
    connection(device, { host: 2, port: 515 }, [
      ask(record(0x47), record(0x45, [0, 7]), record(0x46, [0, 0, 0x14], new Uint8Array(12))),
      ask(record(0x49, 'alarm')),
    ]),
  );
}

/** A broadcast, a request for vital signs and its answer. */
function geUnity(): Uint8Array {
  const rwhat = bytes(
    [1, 4, 0, 0, 10, 1, 0, 31],
    u32(1_795_442_400),
    'ICU|BED7'.padEnd(16, '\0'),
    'NOBODY'.padEnd(14, '\0'),
    u16(1),
    u16(3),
    u16(2000),
    new Uint8Array(40),
  );
  const header = (code: number, sub: number, count: number): Uint8Array =>
    bytes(new Uint8Array(12), u16(code), u16(sub), new Uint8Array(8), 'ICU|BED7'.padEnd(32, '\0'), u16(0), u16(count));
  return pcap([
    ...datagrams({ host: 31, port: 3028 }, { host: 255, port: 7000 }, [ask(rwhat)]),
    ...datagrams({ host: 2, port: 3073 }, { host: 31, port: 2000 }, [
      ask(header(202, 96, 2), [0, 0]),
      say(header(201, 20, 4), [0, 0, 0, 0]),
    ]),
  ]);
}

/** Two records of a monitor behind a serial converter. */
function geS5(): Uint8Array {
  const record = (mainType: number, values: string): Uint8Array => {
    const length = 40 + values.length;
    const plain = bytes([length, 0, 1, 9], new Uint8Array(10), [mainType, 0, 0, 0, 255], new Uint8Array(21), values);
    const escaped = [...plain, sumOf(plain)].flatMap((byte) =>
      byte === 0x7e || byte === 0x7d ? [0x7d, byte & 0x5f] : [byte],
    );
    return bytes([0x7e], escaped, [0x7e]);
  };
  return pcap(
    connection(host, { host: 31, port: 4_002 }, [ask(record(0, '~')), say(record(0, 'values'), record(4, 'x'))]),
  );
}

/** A ventilator is asked who it is and what it measures, and told what to send. */
function medibus(): Uint8Array {
  const text = (start: number, code: number, content = ''): Uint8Array => {
    const body = bytes([start, code], content);
    return bytes(body, hex(sumOf(body), 2), '\r');
  };
  return pcap(
    connection(host, { host: 31, port: 4_003 }, [
      ask(text(0x1b, 0x51)),
      say(text(1, 0x51)),
      ask(text(0x1b, 0x52)),
      say(text(1, 0x52, "8301'Ventilator'02.50:06.00")),
      ask(text(0x1b, 0x24)),
      say([0xd0, 0x80, 0x81], text(1, 0x24, '73 20')),
      ask(text(0x1b, 0x53, '01')),
      say(text(1, 0x15)),
    ]),
  );
}

/** The broadcast of a monitor. */
function mindray(): Uint8Array {
  const server = ((10 * 256 + 1) * 256 + 0) * 256 + 31;
  const text = `MSH|^~\\&|Mindray||||20261123||ADT^A01|1|P|2.3.1|\rPV1||I|WARD^^BED7&&${server}&4601|\r`;
  return pcap(datagrams({ host: 31, port: 4600 }, { host: 255, port: 4600 }, [ask([0x0b], text, [0x1c, 0x0d])]));
}

/** A ventilator is read, and two of its settings are written. */
function nihonKohden(): Uint8Array {
  const device = (content: string): string => {
    const xml = `<device version="1.0" sn="N0001">${content}<crc>FFFFFFFF</crc></device>`;
    return `${`${xml.length}`.padStart(8, '0')}${xml}`;
  };
  return pcap(
    connection(host, { host: 31, port: 15_376 }, [
      ask(device('<command>0</command>')),
      say(device('<status>0</status>')),
      ask(device('<command>1</command><settings><s id="2">1</s><s id="7">0</s></settings>')),
      say(device('<status>0</status>')),
    ]),
  );
}

export const captures: Readonly<Record<string, Uint8Array>> = {
  intellivue: intellivue(),
  poct1a: poct1a(),
  astm: astm(),
  alaris: alaris(),
  contec: contec(),
  'ge-unity': geUnity(),
  'ge-s5': geS5(),
  medibus: medibus(),
  mindray: mindray(),
  'nihon-kohden': nihonKohden(),
};

if (import.meta.main) write(captures);
