/**
 * Remote access, tunnels and databases beside tshark: of every capture the same messages, told the same way.
 * Each remaining class of difference stands with its capture.
 */
import t from 'tap';
import { capture } from '../support/conversations.ts';
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
      'third-party/remote/sv__rdp-protocol-RDP-003.pcap',
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
];

for (const { what, captures, filter, fields, theirs, protocol, kind, ours, settings } of comparisons) {
  for (const path of captures) {
    const file = capture(path);
    const skip = lacksTshark || (file === null && `${path} is not there`);
    t.test(`${what} of ${path}`, { skip }, async (t) => {
      const rows = await tsharkFields(file ?? '', filter, fields, settings);
      const expected = rows.flatMap((row) => theirs(row));
      const heard = await recordsOf(file ?? '', kind ?? 'message');
      const found = heard
        .filter(({ record }) => record.protocol === protocol)
        .flatMap(({ record }) => ours?.(record) ?? [String(record.kind)]);
      t.ok(expected.length > 0, `${expected.length} messages`);
      if (agreement(found, expected) < 0.99) t.same([...found].sort(), [...expected].sort());
    });
  }
}
