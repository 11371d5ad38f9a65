/**
 * Remote access, tunnels and databases beside tshark: of every capture the same messages, told the same way.
 * Each remaining class of difference stands with its capture.
 */
import t from 'tap';
import { capture } from '../support/conversations.ts';
import type { Heard } from '../support/protocol.ts';
import { agreement, lacksTshark, recordsOf, tsharkFields } from '../support/tshark.ts';

/** One comparison: what tshark prints of a packet, as the texts that our records must give too. */
interface Comparison {
  readonly what: string;
  readonly captures: readonly string[];
  readonly filter: string;
  readonly fields: readonly string[];
  /** Values of one packet, as texts to compare; fields of several messages are comma-joined by tshark. */
  readonly theirs: (values: readonly string[]) => readonly string[];
  readonly protocol: string;
  /** `message` where nothing is said. */
  readonly kind?: string;
  readonly ours?: (record: Record<string, unknown>) => readonly string[];
  readonly settings?: readonly string[];
}

/** Packets that tshark shows twice or for the second time, and those that are quoted in an error message. */
const ONCE = '!tcp.analysis.retransmission && !tcp.analysis.out_of_order && !icmp && !icmpv6';

const telnetCommands = new Map(
  ['EOF', 'SUSP', 'ABORT', 'EOR', 'SE', 'NOP', 'DM', 'BRK', 'IP', 'AO', 'AYT', 'EC', 'EL', 'GA', 'SB']
    .concat('WILL', 'WONT', 'DO', 'DONT')
    .map((name, i) => [String(236 + i), name]),
);

const exchanges = new Map([
  ['2', 'Identity Protection'],
  ['5', 'Informational'],
  ['32', 'Quick Mode'],
  ['34', 'IKE_SA_INIT'],
  ['35', 'IKE_AUTH'],
  ['36', 'CREATE_CHILD_SA'],
  ['37', 'INFORMATIONAL'],
]);

const openvpnOpcodes = [
  ...['', 'P_CONTROL_HARD_RESET_CLIENT_V1', 'P_CONTROL_HARD_RESET_SERVER_V1', 'P_CONTROL_SOFT_RESET_V1'],
  ...['P_CONTROL_V1', 'P_ACK_V1', 'P_DATA_V1', 'P_CONTROL_HARD_RESET_CLIENT_V2', 'P_CONTROL_HARD_RESET_SERVER_V2'],
  ...['P_DATA_V2', 'P_CONTROL_HARD_RESET_CLIENT_V3', 'P_CONTROL_WKC_V1'],
];

/** The same name of a PostgreSQL message, however it is spelled. */
function lettersOf(name: string): string {
  const letters = name.toLowerCase().replace(/[^a-z]/g, '');
  return letters === 'authentication' ? 'authenticationrequest' : letters;
}

const comparisons: readonly Comparison[] = [
  {
    what: 'telnet commands',
    // Not ndpi__telnet: there a command is cut in two by the packets, and tshark, which reads packet by packet, has one less.
    captures: ['lab/public/p12_remote_control.pcap', 'lab/public/p16_default_creds_control.pcap'],
    settings: ['-d', 'tcp.port==2323,telnet'],
    filter: `telnet.cmd && ${ONCE}`,
    fields: ['telnet.cmd'],
    theirs: ([commands = '']) => commands.split(',').map((code) => telnetCommands.get(code) ?? code),
    protocol: 'telnet',
  },
  {
    what: 'rdp connect requests and confirms',
    captures: [
      'lab/public/p12_remote_control.pcap',
      'third-party/remote/zeek__rdp-rdp-proprietary-encryption.pcap',
      'third-party/remote/zeek__rdp-rdp-to-ssl.pcap',
    ],
    filter: `(cotp.type == 14 || cotp.type == 13) && tcp.port == 3389 && ${ONCE}`,
    fields: ['cotp.type', 'rdp.rt_cookie', 'rdp.neg_type'],
    theirs: ([type, cookie, negotiation]) => {
      if (negotiation === '0x03') return ['negotiation failure'];
      return [type === '0x0d' ? 'connect confirm' : `connect request${cookie === '' ? '' : ' with cookie'}`];
    },
    protocol: 'rdp',
    ours: ({ kind }) => {
      const text = String(kind).replace(/ failure .*/, ' failure');
      return text.startsWith('conference') ? [] : [text];
    },
  },
  {
    // Keys and pointer only: of several messages in one packet, as the others come, tshark tells the first.
    what: 'vnc input',
    captures: ['lab/public/p12_remote_control.pcap', 'third-party/remote/zeek__rfb-vnc-mac-to-linux.pcap'],
    filter: `vnc.client_message_type in {4, 5, 255} && ${ONCE}`,
    fields: ['vnc.client_message_type'],
    theirs: ([types = '']) => types.split(',').map((type) => (type === '5' ? 'pointer event' : 'key event')),
    protocol: 'vnc',
    ours: ({ kind }) => (kind === 'key event' || kind === 'pointer event' ? [String(kind)] : []),
  },
  {
    what: 'vnc logins',
    captures: ['lab/public/p12_remote_control.pcap', 'third-party/remote/zeek__rfb-vnc-mac-to-linux.pcap'],
    filter: `vnc.auth_result && ${ONCE}`,
    fields: ['vnc.auth_result'],
    theirs: ([result]) => [result === '0' || result === 'False' ? 'success' : 'failure'],
    protocol: 'vnc',
    kind: 'login',
    ours: ({ outcome }) => (outcome === 'asked' ? [] : [String(outcome)]),
  },
  {
    what: 'ike exchanges',
    captures: ['third-party/background/arkime__IKEv2.pcap', 'third-party/remote/ndpi__ipsec_isakmp_esp.pcap'],
    filter: 'isakmp.exchangetype && !icmp',
    fields: ['isakmp.exchangetype'],
    theirs: ([number = '']) => [exchanges.get(number) ?? number],
    protocol: 'ike',
    // What follows a negotiation on the same port is told apart by tshark too, as ESP.
    ours: ({ kind }) => (kind === 'ESP' || kind === 'keepalive' ? [] : [String(kind)]),
  },
  {
    what: 'wireguard messages',
    captures: ['third-party/remote/ndpi__wireguard.pcapng'],
    filter: 'wg.type',
    fields: ['wg.type'],
    theirs: ([type = '']) => [
      ['', 'handshake initiation', 'handshake response', 'cookie reply', 'transport data'][Number(type)] ?? type,
    ],
    protocol: 'wireguard',
  },
  {
    what: 'openvpn packets',
    captures: ['third-party/remote/ndpi__openvpn-tlscrypt.pcap'],
    filter: `openvpn.opcode && ${ONCE}`,
    fields: ['openvpn.opcode'],
    theirs: ([opcodes = '']) => opcodes.split(',').map((opcode) => openvpnOpcodes[Number(opcode)] ?? opcode),
    protocol: 'openvpn',
  },
  {
    what: 'socks requests',
    captures: ['third-party/remote/zeek__Traces-socks-auth.pcap'],
    filter: `socks.command && ${ONCE}`,
    fields: ['socks.command'],
    theirs: ([command = '']) => [['', 'CONNECT', 'BIND', 'UDP ASSOCIATE'][Number(command)] ?? command],
    protocol: 'socks',
    kind: 'operation',
    ours: ({ verb }) => [String(verb)],
  },
  {
    what: 'postgresql messages',
    captures: ['third-party/encap/arkime__postgres-good.pcap', 'third-party/encap/pcpp__postgres.pcapng'],
    filter: `pgsql.type && ${ONCE}`,
    fields: ['pgsql.type'],
    theirs: ([types = '']) => types.split(',').map((type) => lettersOf(type)),
    protocol: 'postgresql',
    // The one-byte answer to a request for TLS has no name there.
    ours: ({ kind }) => (kind === 'TLS refused' ? [] : [lettersOf(String(kind).replace('Message', ' message'))]),
  },
  {
    what: 'sip methods and answers',
    captures: ['third-party/background/ndpi__sip.pcap'],
    filter: 'sip && !icmp',
    fields: ['sip.Method', 'sip.Status-Code'],
    theirs: ([method = '', status = '']) => [method === '' ? `${status[0]}xx` : method],
    protocol: 'sip',
  },
  {
    what: 'amqp methods',
    captures: ['third-party/background/ndpi__amqp.pcap'],
    filter: `amqp.method.method && ${ONCE}`,
    fields: ['amqp.method.method'],
    theirs: ([methods = '']) =>
      methods
        .split(',')
        .map((method) => ({ 40: 'basic.publish', 60: 'basic.deliver', 80: 'basic.ack' })[Number(method)] ?? method),
    protocol: 'amqp',
  },
  {
    what: 'tds packets',
    captures: ['third-party/remote/ndpi__mssql_tds.pcap'],
    // Ours are messages: of several packets the last one says so.
    filter: `tds.type && tds.status.eom == 1 && ${ONCE}`,
    fields: ['tds.type'],
    theirs: ([type = '']) => [{ 1: 'SQL batch', 3: 'RPC', 4: 'tabular result' }[Number(type)] ?? type],
    protocol: 'tds',
  },
  {
    what: 'tns packets',
    captures: ['third-party/background/ndpi__oracle12.pcapng'],
    filter: `tns.type && ${ONCE}`,
    fields: ['tns.type'],
    theirs: ([type = '']) => [{ 1: 'connect', 2: 'accept', 6: 'data', 11: 'resend' }[Number(type)] ?? type],
    protocol: 'tns',
  },
  {
    what: 'hash table of bittorrent',
    captures: ['datasets/tracepcap-weeks/week3_telnet_bittorrent.pcap'],
    filter: 'bt-dht',
    fields: ['frame.number'],
    theirs: () => ['message'],
    protocol: 'bittorrent',
    ours: () => ['message'],
  },
  {
    what: 'pptp messages',
    captures: ['third-party/remote/ndpi__pptp.pcap'],
    filter: `pptp && ${ONCE}`,
    fields: ['frame.number'],
    theirs: () => ['message'],
    protocol: 'pptp',
    ours: () => ['message'],
  },
];

/** Several comparisons ask the same capture. */
const known = new Map<string, Promise<Heard[]>>();
function recordsIn(path: string): Promise<Heard[]> {
  const records = known.get(path) ?? recordsOf(path, 'message', 'login', 'operation');
  known.set(path, records);
  return records;
}

for (const { what, captures, filter, fields, theirs, protocol, kind, ours, settings } of comparisons) {
  for (const path of captures) {
    const file = capture(path);
    const skip = lacksTshark || (file === null && `${path} is not there`);
    t.test(`${what} of ${path}`, { skip }, async (t) => {
      const rows = await tsharkFields(file ?? '', filter, fields, settings);
      const expected = rows.flatMap((row) => theirs(row));
      const heard = await recordsIn(file ?? '');
      const found = heard
        .filter((entry) => entry.kind === (kind ?? 'message') && entry.record.protocol === protocol)
        .flatMap(({ record }) => ours?.(record) ?? [String(record.kind)]);
      t.ok(expected.length > 0, `${expected.length} messages`);
      if (agreement(found, expected) < 0.99) t.same([...found].sort(), [...expected].sort());
    });
  }
}
