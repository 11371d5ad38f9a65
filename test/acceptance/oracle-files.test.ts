/**
 * tshark is asked the same questions about files and logins in a network: SMB, DCE/RPC, FTP, TFTP, Sun RPC, SNMP,
 * Kerberos, LDAP. Where the answers differ, the difference stands here by name, with the reason.
 */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import t, { type Test } from 'tap';
import { SMB2_COMMANDS } from '../../protocols/smb/names.ts';
import { OPERATIONS } from '../../protocols/sunrpc/nfs4.ts';
import { procedureName } from '../../protocols/sunrpc/procedures.ts';
import type { Heard } from '../support/protocol.ts';
import { agreement, counted, lacksTshark, recordsOf, tsharkFields } from '../support/tshark.ts';

const shared = join(process.env.WARDWATCH_SHARED ?? '../shared', 'captures');
const skip = lacksTshark || (existsSync(shared) ? false : `no ${shared}`);
const AGREED = 0.99;
/** Neither the packet inside an ICMP error nor a second copy is a message. */
const ONCE = '!icmp && !tcp.analysis.retransmission';

const at = (folder: string, ...names: readonly string[]): string[] =>
  names.map((name) => join(shared, folder, name)).filter((path) => existsSync(path));
/** Of several messages in one packet tshark joins the values by commas. */
const split = (cell: string | undefined): string[] => (cell === undefined || cell === '' ? [] : cell.split(','));

/** One capture is asked about several protocols: its records are made once. */
const remembered = new Map<string, Promise<Heard[]>>();
function recordsIn(path: string): Promise<Heard[]> {
  let list = remembered.get(path);
  if (list === undefined) {
    list = recordsOf(path, 'message', 'flowProtocol');
    remembered.set(path, list);
  }
  return list;
}

async function kindsOf(path: string, protocol: string): Promise<string[]> {
  const list = (await recordsIn(path)).filter(({ kind }) => kind === 'message');
  return list.filter(({ record }) => record.protocol === protocol).map(({ record }) => String(record.kind));
}

/** Every value of one field. */
async function valuesOf(path: string, filter: string, field: string): Promise<string[]> {
  const rows = await tsharkFields(path, `${filter} && ${ONCE}`, [field]);
  return rows.flatMap(([cell]) => split(cell));
}

function compare(t: Test, what: string, ours: readonly string[], theirs: readonly string[]): void {
  const share = agreement(ours, theirs);
  t.ok(share >= AGREED, `${what}: ${(share * 100).toFixed(2)} % of ${theirs.length}`, {
    ours: [...counted(ours)].sort(),
    theirs: [...counted(theirs)].sort(),
  });
}

function each(what: string, paths: readonly string[], judge: (t: Test, path: string) => Promise<void>): void {
  for (const path of skip === false ? paths : ['']) {
    t.test(`${what} in ${basename(path)}`, { skip }, (t) => judge(t, path));
  }
}

const LAB = ['lab/public', 'p21_file_print_telemetry.pcap'] as const;

each(
  'SMB',
  [
    ...at(...LAB),
    ...at(
      'third-party/background',
      'zeek__smb-smb311.pcap',
      'zeek__smb-smb2_100_small_files.pcap',
      'zeek__smb-smb_v2_only_non_zero_reserved1.pcap',
      'zeek__krb-smb2_krb.pcap',
      'arkime__wireshark-smb-on-windows10.pcap',
    ),
    ...at('third-party/remote', 'sv__smb2-07-20171220_smb_psexec_add_user.pcap', 'sv__dcerpc-smb-test-01.pcap'),
    ...at('third-party/exfil', 'zeek__smb-smb2readwrite.pcap'),
  ],
  async (t, path) => {
    const fields = ['smb2.cmd', 'smb2.flags.response', 'smb2.dialect'];
    // With segments put in order tshark loses half of the messages of one capture.
    const rows = await tsharkFields(path, `smb2 && ${ONCE}`, fields, ['-o', 'tcp.reassemble_out_of_order:FALSE']);
    const theirs = rows.flatMap(([codes]) => split(codes)).map((code) => SMB2_COMMANDS[Number(code)] ?? code);
    const ours = (await kindsOf(path, 'smb')).map((kind) => kind.split(' ')[0] ?? '');
    compare(
      t,
      'commands of version 2',
      ours.filter((kind) => SMB2_COMMANDS.includes(kind)),
      theirs,
    );
    // The offer of a client has a list of them.
    const dialects = rows
      .filter(([codes, answers]) => codes === '0' && /^(1|True)$/.test(answers ?? ''))
      .flatMap(([, , cell]) => split(cell));
    const NAMES: Readonly<Record<string, string>> = {
      '0x0202': 'SMB 2.0.2',
      '0x0210': 'SMB 2.1',
      '0x0300': 'SMB 3.0',
      '0x0302': 'SMB 3.0.2',
      '0x0311': 'SMB 3.1.1',
    };
    const told = (await recordsIn(path))
      .filter(({ kind }) => kind === 'flowProtocol')
      .map(({ record }) => String(record.detail));
    compare(
      t,
      'dialects',
      told.filter((detail) => /^SMB [23]/.test(detail)),
      // 0x02ff only says that a second negotiation follows.
      dialects.filter((one) => one !== '0x02ff').map((one) => NAMES[one] ?? one),
    );
  },
);

each(
  'SMB 1',
  [...at(...LAB), ...at('third-party/background', 'zeek__smb-raw_ntlm_in_smb.pcap', 'arkime__smb-smb1-ascii.pcap')],
  async (t, path) => {
    // The commands of a chain have the same field.
    // NetBIOS announcements carry the header of SMB in a datagram; they are told as such.
    const rows = await tsharkFields(path, `smb && !nbdgm && ${ONCE}`, ['smb.cmd']);
    const ours = (await kindsOf(path, 'smb')).filter((kind) => kind.startsWith('SMB1'));
    compare(
      t,
      'messages of version 1',
      ours.map(() => 'SMB 1'),
      rows.flatMap(([cell]) => split(cell).filter((code) => code !== '255' && code !== '0xff')).map(() => 'SMB 1'),
    );
  },
);

/** By number; C706 12.6.4. Not asked: arkime__dcerpc_synthetic, whose streams tshark takes for others after the first. */
const PDUS: Readonly<Record<string, string>> = {
  0: 'request',
  2: 'response',
  3: 'fault',
  11: 'bind',
  12: 'bind_ack',
  13: 'bind_nak',
  14: 'alter_context',
  15: 'alter_context_resp',
  16: 'auth3',
};
each(
  'DCE/RPC',
  [
    ...at('third-party/attack', 'sv__dcerpc-zerologon.pcap'),
    ...at('third-party/background', 'zeek__dce-rpc-mapi.pcap'),
    ...at('third-party/remote', 'sv__smb2-07-20171220_smb_psexec_add_user.pcap', 'sv__dcerpc-smb-test-01.pcap'),
  ],
  async (t, path) => {
    // Port 1153 of one conversation is nobody's meter.
    const rows = await tsharkFields(path, `dcerpc && ${ONCE}`, ['dcerpc.pkt_type'], ['--disable-protocol', 'c1222']);
    const theirs = rows.flatMap(([cell]) => split(cell)).map((type) => PDUS[type] ?? type);
    compare(
      t,
      'PDUs',
      (await kindsOf(path, 'dcerpc')).map((kind) => kind.split(' ')[0] ?? ''),
      theirs,
    );
  },
);

// Not asked: ndpi__ftp-start-tls, where both sides leave TLS again (CCC) and tshark follows;
// zeek__ftp-ipv6-multiline-reply, where a reply of twelve lines in as many packets counts twelve times.
each(
  'FTP',
  [
    ...at(...LAB),
    ...at(
      'third-party/exfil',
      'arkime__ftp.pcap',
      'ndpi__ftp.pcap',
      'ndpi__ftp_failed.pcap',
      'zeek__ftp-ftp-many-port-expected.pcap',
    ),
    ...at('third-party/attack', 'zeek__ftp-bruteforce.pcap'),
  ],
  async (t, path) => {
    const kinds = await kindsOf(path, 'ftp');
    const fields = ['ftp.request.command', 'ftp.response.code'];
    const rows = await tsharkFields(path, `ftp && ${ONCE}`, fields);
    const commands = rows.flatMap(([words]) => split(words)).map((word) => word.toUpperCase());
    compare(
      t,
      'commands',
      kinds.filter((kind) => !kind.startsWith('reply')),
      commands,
    );
    // Of a reply with several lines tshark has each; ours is one.
    const replies = rows.map(([, codes]) => split(codes)).filter((codes) => codes.length > 0);
    compare(
      t,
      'replies',
      kinds.filter((kind) => kind.startsWith('reply')).map((kind) => kind.slice(6)),
      replies.flatMap((codes) => codes.filter((code, i) => code !== codes[i - 1])),
    );
  },
);

each(
  'TFTP',
  [
    ...at(...LAB),
    ...at('third-party/exfil', 'arkime__tftp_rrq.pcap', 'sv__tftp-tx-handling-wrq.pcap', 'ndpi__tftp.pcapng'),
  ],
  async (t, path) => {
    const NAMES = ['', 'RRQ', 'WRQ', 'DATA', 'ACK', 'ERROR', 'OACK'];
    // The first two of one capture ask for a file without a name, which we do not take for TFTP.
    const filter = path.endsWith('ndpi__tftp.pcapng') ? 'tftp && frame.number > 2' : 'tftp';
    const theirs = (await valuesOf(path, filter, 'tftp.opcode')).map((code) => NAMES[Number(code)] ?? code);
    compare(t, 'operations', await kindsOf(path, 'tftp'), theirs);
  },
);

each(
  'Sun RPC',
  [...at(...LAB), ...at('third-party/exfil', 'ndpi__nfsv2.pcap', 'ndpi__nfsv3.pcap')],
  async (t, path) => {
    const rows = await tsharkFields(path, `rpc && ${ONCE}`, ['rpc.program', 'rpc.programversion', 'rpc.procedure']);
    const theirs = rows.flatMap(([programs, versions, procedures]) =>
      split(programs).map((program, i) =>
        procedureName(Number(program), Number(split(versions)[i]), Number(split(procedures)[i])),
      ),
    );
    const list = (await recordsIn(path)).filter(({ kind }) => kind === 'message');
    const ours = list
      .filter(({ record }) => ['nfs', 'mount', 'portmap', 'sunrpc'].includes(String(record.protocol)))
      .map(({ record }) => String(record.kind));
    // The operations of a compound are told behind it.
    compare(t, 'procedures', ours, [...theirs, ...(await operationsOf(path))]);
  },
);

/** Operations of calls of NFS 4, by name. */
async function operationsOf(path: string): Promise<string[]> {
  const rows = await tsharkFields(path, `nfs && rpc.msgtyp == 0 && rpc.programversion == 4 && ${ONCE}`, ['nfs.opcode']);
  return rows.flatMap(([codes]) => split(codes).map((code) => OPERATIONS[Number(code)] ?? code));
}

// Not asked: arkime__snmpv3_synthetic, whose messages are malformed to tshark before it comes to their PDU.
each(
  'SNMP',
  at(
    'third-party/background',
    'zeek__snmp-snmpwalk-short.pcap',
    'zeek__snmp-snmpv1_get.pcap',
    'zeek__snmp-snmpv2_get_bulk.pcap',
    'zeek__snmp-snmpv3_get_next.pcap',
    'sv__snmp-v3-encrypted-SNMPv3.pcap',
  ).concat(at('lab/public', 'p20_infrastructure.pcap'), at('datasets/ndpi-pcaps', 'snmp.pcap')),
  async (t, path) => {
    const NAMES = ['get-request', 'get-next-request', 'response', 'set-request', 'trap', 'get-bulk-request'];
    const PDU_NAMES = [...NAMES, 'inform-request', 'snmpV2-trap', 'report'];
    const theirs = (await valuesOf(path, 'snmp', 'snmp.data')).map((code) => PDU_NAMES[Number(code)] ?? code);
    const kinds = await kindsOf(path, 'snmp');
    compare(
      t,
      'PDUs',
      kinds.filter((kind) => kind !== 'encrypted'),
      theirs,
    );
    const sealed = await valuesOf(path, 'snmp.encryptedPDU', 'frame.number');
    t.equal(kinds.filter((kind) => kind === 'encrypted').length, sealed.length);
  },
);

each(
  'Kerberos',
  at(
    'third-party/background',
    'zeek__krb-kinit.pcap',
    'ndpi__kerberos-login.pcap',
    'sv__krb5-krb5_msg_type.pcap',
    'sv__krb5-kerberoasting-kerberoast.pcap',
    'zeek__krb-auth.pcap',
  ),
  async (t, path) => {
    const NUMBERS: Readonly<Record<string, string>> = {
      'AS-REQ': '10',
      'AS-REP': '11',
      'TGS-REQ': '12',
      'TGS-REP': '13',
      'KRB-ERROR': '30',
    };
    const rows = await tsharkFields(path, `kerberos && (udp.port == 88 || tcp.port == 88) && ${ONCE}`, [
      'kerberos.msg_type',
    ]);
    // Inside of a request for a ticket stands the one that was got before (14).
    const theirs = rows.flatMap(([types]) => split(types)).filter((type) => type !== '14');
    const ours = (await kindsOf(path, 'kerberos')).map((kind) => kind.split(' ')[0] ?? '');
    compare(
      t,
      'messages',
      ours.map((kind) => NUMBERS[kind] ?? kind),
      theirs,
    );
  },
);

each(
  'LDAP',
  at(
    'third-party/background',
    'zeek__ldap-ldap-add.pcap',
    'zeek__ldap-sasl-ntlm.pcap',
    'zeek__ldap-ldap-who-am-i.pcap',
    'zeek__ldap-ldap-starttls.pcap',
    'arkime__ldap-and-search.pcap',
  ),
  async (t, path) => {
    // By the number of the tag, RFC 4511 appendix B.
    const NAMES = [
      ...['bindRequest', 'bindResponse', 'unbindRequest', 'searchRequest', 'searchResEntry', 'searchResDone'],
      ...['modifyRequest', 'modifyResponse', 'addRequest', 'addResponse', 'delRequest', 'delResponse', 'modDNRequest'],
      ...['modDNResponse', 'compareRequest', 'compareResponse', 'abandonRequest', '', '', 'searchResRef', '', '', ''],
      ...['extendedReq', 'extendedResp', 'intermediateResponse'],
    ];
    const theirs = (await valuesOf(path, 'ldap', 'ldap.protocolOp')).map((code) => NAMES[Number(code)] ?? code);
    const ours = (await kindsOf(path, 'ldap')).map((kind) => kind.split(' ')[0] ?? '');
    compare(t, 'operations', ours, theirs);
  },
);
