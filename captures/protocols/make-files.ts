/** Makes the captures of files and logins in a network: `node captures/protocols/make-files.ts`. */
import { element, integer, object, octets, sequence } from '../../test/support/der.ts';
import { bytes, type Content, u32 } from '../../test/support/packet.ts';
import { bind, bound, rpc } from '../../test/support/rpc.ts';
import * as s from '../../test/support/smb.ts';
import { call, nfs3, opaque, record, reply } from '../../test/support/sunrpc.ts';
import { connection, datagrams, pcap, type Said, write } from './pcap.ts';

const client = { host: 21, port: 50_010 };
const ask = (...parts: Content[]): Said => ({ toServer: true, bytes: bytes(...parts) });
const say = (...parts: Content[]): Said => ({ toServer: false, bytes: bytes(...parts) });
const over = (port: number, said: readonly Said[]): Uint8Array => pcap(connection(client, { host: 2, port }, said));
const lines = (...text: string[]): string => text.map((line) => `${line}\r\n`).join('');

const SVCCTL = '367abb81-9844-35f1-ad32-98f038001003';

/** A program of 900 bytes. */
function program(): Uint8Array {
  const file = new Uint8Array(900);
  file.set(bytes('MZ'));
  file.set([128, 0, 0, 0], 60);
  file.set(bytes('PE\0\0'), 128);
  return file;
}

/** Somebody copies a program to ADMIN$ and runs it as a service. */
function smb(): Uint8Array {
  const asks = (fields: s.Smb2Fields): Said => ask(s.smb2(fields));
  const says = (fields: s.Smb2Fields): Said => say(s.smb2({ ...fields, isAnswer: true }));
  return over(445, [
    asks({ command: 0, id: 0, body: bytes([36, 0], new Uint8Array(34)) }),
    says({ command: 0, id: 0, body: s.negotiated(0x0311) }),
    asks({ command: 1, id: 1, body: s.sessionSetup(s.ntlmNegotiate) }),
    says({ command: 1, id: 1, status: 0xc0000016, body: s.sessionAnswer(s.ntlmChallenge('MODALITY1', 'WARD')) }),
    asks({ command: 1, id: 2, body: s.sessionSetup(s.ntlmAuthenticate('somebody', 'VIEWER-7', 200)) }),
    says({ command: 1, id: 2, body: s.sessionAnswer([]) }),
    asks({ command: 3, id: 3, body: s.treeConnect('\\\\modality1\\ADMIN$') }),
    says({ command: 3, id: 3, tree: 5, body: s.treeAnswer }),
    asks({ command: 5, id: 4, tree: 5, body: s.create('tool.exe') }),
    says({ command: 5, id: 4, tree: 5, body: s.created(9) }),
    asks({ command: 9, id: 5, tree: 5, body: s.write(s.fileId(9), program()) }),
    says({ command: 9, id: 5, tree: 5, body: s.written }),
    asks({ command: 6, id: 6, tree: 5, body: s.close(s.fileId(9)) }),
    says({ command: 6, id: 6, tree: 5, body: s.closed }),
    asks({ command: 3, id: 7, body: s.treeConnect('\\\\modality1\\IPC$') }),
    says({ command: 3, id: 7, tree: 6, body: s.treeAnswer }),
    asks({ command: 5, id: 8, tree: 6, body: s.create('svcctl') }),
    says({ command: 5, id: 8, tree: 6, body: s.created(10) }),
    asks({ command: 9, id: 9, tree: 6, body: s.write(s.fileId(10), bind(1, SVCCTL)) }),
    says({ command: 9, id: 9, tree: 6, body: s.written }),
    asks({ command: 11, id: 10, tree: 6, body: s.transceive(s.fileId(10), rpc.request(2, 0, 12, new Uint8Array(60))) }),
    says({ command: 11, id: 10, tree: 6, body: s.transceived(s.fileId(10), rpc.response(2)) }),
  ]);
}

const dcerpc = (): Uint8Array =>
  over(135, [
    ask(bind(1, '86d35949-83c9-4044-b424-db363231fd0c', { auth: s.ntlmNegotiate, method: 10 })),
    say(bound(1, { auth: s.ntlmChallenge('MODALITY1', 'WARD'), method: 10 })),
    ask(rpc.request(2, 0, 1, new Uint8Array(100))),
    say(rpc.response(2)),
    ask(rpc.request(3, 0, 12, new Uint8Array(20))),
    say(rpc.fault(3)),
  ]);

const ftp = (): Uint8Array =>
  over(21, [
    say(lines('220 (vsFTPd 3.0.3)')),
    ask(lines('USER service')),
    say(lines('331 Please specify the password.')),
    ask(lines('PASS service')),
    say(lines('230-Welcome', '230 Login successful.')),
    ask(lines('PASV')),
    say(lines('227 Entering Passive Mode (10,1,0,2,156,68).')),
    ask(lines('STOR firmware.bin')),
    say(lines('150 Ok to send data.', '226 Transfer complete.')),
    ask(lines('EPSV')),
    say(lines('229 Entering Extended Passive Mode (|||40005|)')),
    ask(lines('RETR settings.xml')),
    say(lines('150 Opening BINARY mode data connection for settings.xml (1500 bytes).', '226 Transfer complete.')),
    ask(lines('SITE CHMOD 777 x', 'QUIT')),
    say(lines('200 SITE CHMOD command ok.', '221 Goodbye.')),
  ]);

function tftp(): Uint8Array {
  const elf = bytes([0x7f], 'ELF', new Uint8Array(508));
  return pcap([
    ...datagrams(client, { host: 2, port: 69 }, [ask([0, 1], 'boot.img\0octet\0')]),
    ...datagrams({ host: 2, port: 51_515 }, client, [
      ask([0, 3, 0, 1], elf),
      say([0, 4, 0, 1]),
      ask([0, 3, 0, 2], 'end'),
      say([0, 4, 0, 2]),
    ]),
  ]);
}

const rsync = (): Uint8Array =>
  over(873, [
    say('@RSYNCD: 31.0\n'),
    ask('@RSYNCD: 31.0\n'),
    ask('images\n'),
    say('@RSYNCD: AUTHREQD abcdefgh\n'),
    ask('somebody 0123456789\n'),
    say('@RSYNCD: OK\n'),
    ask('--server\0--sender\0-logDtpre.iLsfxC\0.\0images/\0\0'),
    say(new Uint8Array(700)),
  ]);

function lpd(): Uint8Array {
  const control = 'Hviewer\nPsomebody\nJreport\n';
  return over(515, [
    ask('\x02queue\n'),
    say([0]),
    ask(`\x02${control.length} cfA001viewer\n`, control, [0]),
    say([0, 0]),
    ask('\x03600 dfA001viewer\n', '%!PS-Adobe-3.0\n', new Uint8Array(585), [0]),
    say([0, 0]),
    ask('\x05queue somebody 1\n'),
  ]);
}

const jetdirect = (): Uint8Array =>
  over(9100, [
    ask('\x1b%-12345X@PJL INFO ID\r\n'),
    say('@PJL INFO ID\r\n"Laser 7000"\r\n\f'),
    ask(
      '@PJL JOB NAME="report"\r\n@PJL ENTER LANGUAGE=PCL\r\n\x1bE',
      new Uint8Array(400),
      '\x1bE\x1b%-12345X@PJL EOJ\r\n',
    ),
    ask('@PJL FSDOWNLOAD FORMAT:BINARY SIZE=300 NAME="0:\\x.bin"\r\n', new Uint8Array(300)),
    ask('\x1b%-12345X'),
  ]);

function sunrpc(): Uint8Array {
  const NFS = 100_003;
  const nothing = u32(0);
  const calls = (...messages: Uint8Array[]): Said => ask(...messages.map(record));
  const replies = (...messages: Uint8Array[]): Said => say(...messages.map(record));
  return pcap([
    ...datagrams({ host: 21, port: 800 }, { host: 2, port: 111 }, [
      ask(call(1, 100_000, 2, 3, new Uint8Array(16))),
      say(reply(1, u32(2049))),
    ]),
    ...connection({ host: 21, port: 801 }, { host: 2, port: 20_048 }, [
      calls(call(2, 100_005, 3, 1, opaque('/images'))),
      replies(reply(2, nothing, opaque('root-handle'))),
    ]),
    ...connection({ host: 21, port: 802 }, { host: 2, port: 2049 }, [
      calls(call(3, NFS, 3, 3, nfs3.lookup('root-handle', 'study.dcm'))),
      replies(reply(3, nfs3.found('handle-1'))),
      calls(call(4, NFS, 3, 6, nfs3.read('handle-1', 0, 4096))),
      replies(reply(4, nfs3.data(bytes(new Uint8Array(128), 'DICM', new Uint8Array(500)), true))),
      calls(call(5, NFS, 3, 12, nfs3.lookup('root-handle', 'old.dcm'))),
      replies(reply(5, nothing)),
    ]),
  ]);
}

function kerberos(): Uint8Array {
  const field = (number: number, ...parts: Uint8Array[]): Uint8Array => element(0xa0 + number, ...parts);
  const realm = element(0x1b, 'WARD.TEST');
  const proof = sequence(field(1, integer(2)), field(2, octets('sealed')));
  const request = (type: number, cipher: number, ...proofs: Uint8Array[]): Uint8Array => {
    const body = sequence(field(0, element(3, [0, 0, 0, 0, 0])), field(2, realm), field(8, sequence(integer(cipher))));
    const parts = [field(1, integer(5)), field(2, integer(type)), field(3, sequence(...proofs)), field(4, body)];
    return element(0x60 + type, sequence(...parts));
  };
  const error = (code: number): Uint8Array =>
    element(0x7e, sequence(field(0, integer(5)), field(1, integer(30)), field(6, integer(code)), field(9, realm)));
  return pcap(
    datagrams(client, { host: 2, port: 88 }, [
      ask(request(10, 18)),
      say(error(25)),
      ask(request(10, 18, proof)),
      say(error(24)),
      ask(request(12, 23)),
    ]),
  );
}

function ldap(): Uint8Array {
  const message = (id: number, operation: Uint8Array): Uint8Array => sequence(integer(id), operation);
  const result = (code: number): Uint8Array => bytes(element(10, [code]), octets(''), octets(''));
  return over(389, [
    ask(message(1, element(0x60, integer(3), octets('cn=somebody,dc=ward'), element(0x80, 'password')))),
    say(message(1, element(0x61, result(0)))),
    ask(message(2, element(0x63, octets('dc=ward'), new Uint8Array(40)))),
    say(message(2, element(0x64, octets('cn=x'), sequence())), message(2, element(0x65, result(0)))),
    ask(message(3, element(0x66, octets('cn=x'), sequence()))),
    say(message(3, element(0x67, result(50)))),
    ask(message(4, element(0x42))),
  ]);
}

function snmp(): Uint8Array {
  const pdu = (tag: number, ...variables: Uint8Array[]): Uint8Array =>
    sequence(integer(1), octets('public'), element(tag, integer(7), integer(0), integer(0), sequence(...variables)));
  const variable = (name: string, value: Uint8Array): Uint8Array => sequence(object(name), value);
  const nothing = bytes([5, 0]);
  return pcap(
    datagrams(client, { host: 2, port: 161 }, [
      ask(pdu(0xa0, variable('1.3.6.1.2.1.1.1.0', nothing))),
      say(
        pdu(
          0xa2,
          variable('1.3.6.1.2.1.1.1.0', octets('UPS Network Management Card v6.8')),
          variable('1.3.6.1.2.1.1.2.0', object('1.3.6.1.4.1.318.1.3.27')),
          variable('1.3.6.1.2.1.1.4.0', octets('Somebody, extension 77')),
          variable('1.3.6.1.2.1.1.5.0', octets('ups-room2')),
        ),
      ),
      ask(pdu(0xa3, variable('1.3.6.1.4.1.318.1.1.1.6.2.1.0', integer(2)))),
      say(pdu(0xa2)),
    ]),
  );
}

function iscsi(): Uint8Array {
  const login = 'InitiatorName=iqn.2026-01.test:viewer\0SessionType=Normal\0';
  const head = (code: number, length: number): Uint8Array =>
    bytes([code, 0x87, 0, 0, 0, 0, 0, length], new Uint8Array(40));
  return over(3260, [ask(head(0x43, login.length), login), say(head(0x23, 23), 'TargetPortalGroupTag=1\0\0')]);
}

export const captures: Readonly<Record<string, Uint8Array>> = {
  dcerpc: dcerpc(),
  ftp: ftp(),
  iscsi: iscsi(),
  jetdirect: jetdirect(),
  kerberos: kerberos(),
  ldap: ldap(),
  lpd: lpd(),
  rsync: rsync(),
  smb: smb(),
  snmp: snmp(),
  sunrpc: sunrpc(),
  tftp: tftp(),
};

if (import.meta.main) write(captures);
