/**
 * tshark is asked the same questions about names and addresses: DNS and its relatives, DHCP, NTP, syslog, SSDP, RADIUS,
 * STUN, LLDP and CDP. It is asked once per capture. Where the answers differ, the difference stands here with its reason:
 *
 * - neither the packet inside an ICMP error nor a second copy is a message of its own (`ONCE`);
 * - tshark does not say in which section of a DNS answer an address stood, and we tell those of the answer section only:
 *   addresses are compared where there are no additional records;
 * - bytes of a name that are no text are written differently: such names are compared as "binary" (iodine);
 * - tshark knows syslog and STUN over TCP by port only, the old STUN without cookie on any port: not compared.
 */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import t from 'tap';
import { addressText } from '../../src/bytes/address.ts';
import type { Heard } from '../support/protocol.ts';
import { agreement, lacksTshark, recordsOf, tsharkFields } from '../support/tshark.ts';

const shared = join(process.env.WARDWATCH_SHARED ?? '../shared', 'captures');
const skip = lacksTshark || (existsSync(shared) ? false : `no ${shared}`);
const AGREED = 0.99;
const ONCE = '!icmp && !icmpv6 && !tcp.analysis.retransmission && !_ws.malformed';

const NAMES = ['dns', 'mdns', 'llmnr', 'nbns', 'nbdgm', 'ssdp', 'dhcp', 'dhcpv6', 'ntp', 'syslog', 'radius', 'stun'];
const FILTER = `(${[...NAMES, 'lldp', 'cdp'].join(' || ')}) && ${ONCE}`;
const FIELDS = [
  'frame.number',
  'frame.protocols',
  'dns.flags.response',
  'dns.flags.opcode',
  'dns.qry.name',
  'dns.count.add_rr',
  'dns.a',
  'dns.aaaa',
  'dhcp.option.dhcp',
  'dhcp.option.hostname',
  'dhcp.option.request_list_item',
  'ntp.flags.mode',
  'syslog.level',
  'radius.code',
  'lldp.tlv.system.name',
  'cdp.deviceid',
] as const;

type Row = Readonly<Record<(typeof FIELDS)[number], string>>;

/** What both say about one capture. */
class Answers {
  readonly rows: readonly Row[];
  readonly heard: readonly Heard[];

  constructor(rows: readonly Row[], heard: readonly Heard[]) {
    this.rows = rows;
    this.heard = heard;
  }

  of(protocol: string): Row[] {
    return this.rows.filter((row) => row['frame.protocols'].split(':').includes(protocol));
  }

  told(kind: string, protocol = ''): Record<string, unknown>[] {
    const all = this.heard.filter((one) => one.kind === kind).map(({ record }) => record);
    return protocol === '' ? all : all.filter((record) => record.protocol === protocol);
  }
}

async function ask(path: string): Promise<Answers> {
  const rows = await tsharkFields(path, FILTER, FIELDS);
  const named = rows.map((row) => Object.fromEntries(FIELDS.map((field, i) => [field, row[i] ?? ''])) as Row);
  return new Answers(named, await recordsOf(path, 'lookup', 'message', 'lease', 'announcement'));
}

/** Of several messages in one packet tshark joins the values by commas. */
const split = (cell: string): string[] => (cell === '' ? [] : cell.split(','));
const packetOf = (record: Record<string, unknown>): string => String(record.packet);

const readable = (name: string): string => {
  if (name === '<Root>') return '.';
  return /^[\x20-\x3e\x40-\x5b\x5d-\x7e]*$/.test(name) ? name.toLowerCase() : '(binary)';
};

function namesOfDns(answers: Answers): [string[], string[]] {
  const ours = answers.told('lookup', 'dns').map((one) => `${one.packet} ${one.kind} ${readable(String(one.name))}`);
  const theirs = answers.of('dns').flatMap((row) => {
    const kind = /1|True/.test(row['dns.flags.response']) ? 'answer' : 'query';
    const names = /^0/.test(row['dns.flags.opcode']) ? split(row['dns.qry.name']) : [];
    return names.map((name) => `${row['frame.number']} ${kind} ${readable(name)}`);
  });
  // An answer with several addresses is told once for each.
  return [[...new Set(ours)], [...new Set(theirs)]];
}

function addressesOfDns(answers: Answers): [string[], string[]] {
  const plain = answers.of('dns').filter((row) => row['dns.count.add_rr'] === '0');
  const packets = new Set(plain.map((row) => row['frame.number']));
  return [
    answers
      .told('lookup', 'dns')
      .filter((one) => one.address !== '' && packets.has(packetOf(one)))
      .map((one) => `${one.packet} ${addressText(String(one.address))}`),
    plain.flatMap((row) =>
      [...split(row['dns.a']), ...split(row['dns.aaaa'])].map((one) => `${row['frame.number']} ${one}`),
    ),
  ];
}

/** Packets that both call this. */
function packets(answers: Answers, theirs: string, ours = theirs): [string[], string[]] {
  const told = [...answers.told('lookup', ours), ...answers.told('message', ours)].map(packetOf);
  return [[...new Set(told)], answers.of(theirs).map((row) => row['frame.number'])];
}

function leases(answers: Answers): [string[], string[]] {
  return [
    answers.told('lease').map((one) => [one.packet, one.kind, one.hostName, one.parameters].join(' ')),
    answers
      .of('dhcp')
      .map((row) =>
        [
          row['frame.number'],
          row['dhcp.option.dhcp'],
          row['dhcp.option.hostname'],
          row['dhcp.option.request_list_item'],
        ].join(' '),
      ),
  ];
}

/** Messages of a protocol by a number that stands for their kind. */
function kinds(answers: Answers, protocol: string, field: (typeof FIELDS)[number], names: readonly string[]) {
  const rows = answers.of(protocol);
  const seen = new Set(rows.map((row) => row['frame.number']));
  const told = answers.told('message', protocol).filter((one) => protocol !== 'syslog' || seen.has(packetOf(one)));
  return [
    told.map((one) => `${one.packet} ${one.kind}`),
    rows.map((row) => `${row['frame.number']} ${names[Number(row[field])]}`),
  ] as const;
}

const MODES = ['', 'symmetric active', 'symmetric passive', 'client', 'server', 'broadcast', 'control', 'private'];
const SEVERITIES = ['emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'informational', 'debug'];
const CODES = ['', 'Access-Request', 'Access-Accept', 'Access-Reject', 'Accounting-Request', 'Accounting-Response'];

function stations(answers: Answers): [string[], string[]] {
  const told = answers.told('announcement').filter((one) => one.attribute === 'name');
  return [
    [...new Set(told.map((one) => `${one.packet} ${one.value}`))],
    answers.rows
      .map((row) => [row['frame.number'], row['lldp.tlv.system.name'] || row['cdp.deviceid']] as const)
      .filter(([, name]) => name !== '')
      .map(([packet, name]) => `${packet} ${name}`),
  ];
}

const comparisons: Readonly<Record<string, (answers: Answers) => readonly [readonly string[], readonly string[]]>> = {
  'DNS names': namesOfDns,
  'DNS addresses': addressesOfDns,
  mDNS: (answers) => packets(answers, 'mdns'),
  LLMNR: (answers) => packets(answers, 'llmnr'),
  'NetBIOS names': (answers) => packets(answers, 'nbns'),
  'NetBIOS datagrams': (answers) => packets(answers, 'nbdgm', 'netbios-dgm'),
  SSDP: (answers) => packets(answers, 'ssdp'),
  DHCP: leases,
  DHCPv6: (answers) => packets(answers, 'dhcpv6'),
  NTP: (answers) => kinds(answers, 'ntp', 'ntp.flags.mode', MODES),
  syslog: (answers) => kinds(answers, 'syslog', 'syslog.level', SEVERITIES),
  RADIUS: (answers) => kinds(answers, 'radius', 'radius.code', CODES),
  STUN: (answers) => packets(answers, 'stun'),
  'LLDP and CDP': stations,
};

/** Captures, and what must be found in each so that the comparison says something. */
const captures: readonly [path: string, ...found: string[]][] = [
  ['lab/public/p14_dns_icmp_tunnels.pcap', 'DNS names', 'DNS addresses'],
  ['lab/public/p20_infrastructure.pcap', 'DNS names', 'mDNS', 'DHCP', 'NTP', 'syslog'],
  ['third-party/background/pcpp__DnsPackets.pcap', 'DNS names', 'DNS addresses', 'mDNS', 'LLMNR'],
  ['third-party/background/arkime__dns-punycode.pcap', 'DNS names'],
  ['third-party/background/zeek__dnssec-rrsig.pcap', 'DNS names'],
  ['third-party/exfil/ndpi__dns-tunnel-iodine.pcap', 'DNS names'],
  ['third-party/exfil/ndpi__googledns_android10.pcap'],
  ['datasets/ndpi-pcaps/dns_exfiltration.pcap', 'DNS names'],
  ['third-party/background/ndpi__netbios.pcapng', 'NetBIOS names', 'NetBIOS datagrams'],
  ['third-party/malformed/zeek__dns-mdns.pcap', 'mDNS'],
  ['third-party/background/sv__sip-ssdp-pm-ssdp.pcap', 'SSDP'],
  ['third-party/background/zeek__dhcp-dhcp.pcap', 'DHCP'],
  ['third-party/background/zeek__dhcp-dhcp_inform.pcap', 'DHCP'],
  ['third-party/background/zeek__ntp-ntp.pcap', 'NTP'],
  ['third-party/background/ndpi__syslog.pcap', 'syslog'],
  ['third-party/background/arkime__radius.pcap', 'RADIUS'],
  ['third-party/background/arkime__stun-ice-testcall.pcap', 'STUN'],
  ['third-party/encap/tcpdump__LLDP_and_CDP.pcap', 'LLDP and CDP'],
];

for (const [path, ...found] of captures) {
  const full = join(shared, path);
  t.test(
    `${basename(path)}: tshark and we agree`,
    { skip: skip || (existsSync(full) ? false : `no ${path}`) },
    async (t) => {
      const answers = await ask(full);
      for (const [what, compare] of Object.entries(comparisons)) {
        const [ours, theirs] = compare(answers);
        if (found.includes(what)) t.ok(theirs.length > 0, `there is ${what}`);
        const share = agreement(ours, theirs);
        t.ok(share >= AGREED, `${what}: ${ours.length} and ${theirs.length}`);
      }
    },
  );
}
