/**
 * tshark is asked the same questions about names and addresses: DNS and its relatives, DHCP, NTP, SSDP, RADIUS, LLDP.
 * Where the answers differ, the difference stands here by name, with the reason.
 */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import t from 'tap';
import { addressText } from '../../src/bytes/address.ts';
import { agreement, lacksTshark, recordsOf, tsharkFields } from '../support/tshark.ts';

const shared = join(process.env.WARDWATCH_SHARED ?? '../shared', 'captures');
const skip = lacksTshark || (existsSync(shared) ? false : `no ${shared}`);
const AGREED = 0.99;

/** Neither the packet inside an ICMP error nor a second copy is a message. */
const ONCE = '!icmp && !icmpv6 && !tcp.analysis.retransmission && !_ws.malformed';

/** Paths of captures whose names are given below `captures/`. */
const pathsOf = (...names: readonly string[]): string[] =>
  names.map((name) => join(shared, name)).filter((path) => existsSync(path));

/** Of several messages in one packet tshark joins the values by commas. */
const split = (cell: string | undefined): string[] => (cell === undefined || cell === '' ? [] : cell.split(','));

const dnsCaptures = pathsOf(
  'lab/public/p14_dns_icmp_tunnels.pcap',
  'lab/public/p20_infrastructure.pcap',
  'third-party/background/pcpp__DnsPackets.pcap',
  'third-party/background/tracepcap__dns_demo.pcap',
  'third-party/background/arkime__dns-udp.pcap',
  'third-party/background/arkime__dns-mx.pcap',
  'third-party/background/arkime__dns-https.pcap',
  'third-party/background/arkime__dns-punycode.pcap',
  'third-party/background/zeek__Traces-dns-txt-multiple.pcap',
  'third-party/background/zeek__dnssec-rrsig.pcap',
  'third-party/exfil/ndpi__dns-tunnel-iodine.pcap',
  'third-party/exfil/ndpi__dns2tcp_tunnel.pcap',
  'third-party/exfil/ndpi__googledns_android10.pcap',
  'datasets/ndpi-pcaps/dns_exfiltration.pcap',
);
/** tshark writes bytes that are no text in other ways than we do. */
const readable = (name: string): string => {
  if (name === '<Root>') return '.';
  return /^[\x20-\x3e\x40-\x5b\x5d-\x7e]*$/.test(name) ? name.toLowerCase() : '(binary)';
};

for (const path of skip === false ? dnsCaptures : ['']) {
  t.test(`DNS in ${basename(path)}`, { skip }, async (t) => {
    const fields = ['frame.number', 'dns.flags.response', 'dns.qry.name', 'dns.count.add_rr', 'dns.a', 'dns.aaaa'];
    const rows = await tsharkFields(path, `dns && ${ONCE} && dns.flags.opcode == 0`, fields);
    const lookups = (await recordsOf(path, 'lookup')).filter(({ record }) => record.protocol === 'dns');
    const ours = new Set(
      lookups.map(({ record }) => `${record.packet} ${record.kind} ${readable(String(record.name))}`),
    );
    const theirs = rows.flatMap(([packet, response, names]) =>
      split(names).map((name) => `${packet} ${/1|True/.test(response ?? '') ? 'answer' : 'query'} ${readable(name)}`),
    );
    t.ok(agreement(ours, new Set(theirs)) >= AGREED, 'names that are asked for and answered');
    // tshark does not say in which section an address stood; additional ones are not told by us.
    const plain = rows.filter(([, , , additional]) => additional === '0');
    const packets = new Set(plain.map(([packet]) => packet));
    t.ok(
      agreement(
        lookups
          .filter(({ record }) => record.address !== '' && packets.has(String(record.packet)))
          .map(({ record }) => `${record.packet} ${addressText(String(record.address))}`),
        plain.flatMap(([packet, , , , a, aaaa]) => [...split(a), ...split(aaaa)].map((one) => `${packet} ${one}`)),
      ) >= AGREED,
      'addresses that are answered',
    );
  });
}

const localCaptures = pathsOf(
  'lab/public/p20_infrastructure.pcap',
  'third-party/background/pcpp__DnsPackets.pcap',
  'third-party/background/ndpi__netbios.pcapng',
  'third-party/malformed/zeek__dns-mdns.pcap',
);
for (const path of skip === false ? localCaptures : ['']) {
  t.test(`multicast DNS, LLMNR and NetBIOS names in ${basename(path)}`, { skip }, async (t) => {
    const told = await recordsOf(path, 'lookup', 'message');
    for (const protocol of ['mdns', 'llmnr', 'nbns', 'nbdgm']) {
      const ours = told.filter(({ record }) => record.protocol === (protocol === 'nbdgm' ? 'netbios-dgm' : protocol));
      const rows = await tsharkFields(path, `${protocol} && ${ONCE}`, ['frame.number']);
      const packets = new Set(ours.map(({ record }) => String(record.packet)));
      t.ok(agreement(packets, new Set(rows.map(([packet]) => packet ?? ''))) >= AGREED, protocol);
    }
  });
}

const dhcpCaptures = pathsOf(
  'lab/public/p20_infrastructure.pcap',
  'third-party/background/sv__dhcp-eve-extended.pcap',
  'third-party/background/zeek__dhcp-dhcp.pcap',
  'third-party/background/zeek__dhcp-dhcp_discover_param_req_and_client_id.pcap',
  'third-party/background/zeek__dhcp-dhcp_inform.pcap',
  'third-party/pcapng/nfstream__dhcp_big_endian.pcapng',
);
for (const path of skip === false ? dhcpCaptures : ['']) {
  t.test(`DHCP in ${basename(path)}`, { skip }, async (t) => {
    const fields = ['frame.number', 'dhcp.option.dhcp', 'dhcp.option.hostname', 'dhcp.option.request_list_item'];
    const rows = await tsharkFields(path, `dhcp && ${ONCE}`, fields);
    const leases = await recordsOf(path, 'lease');
    t.ok(
      agreement(
        leases.map(({ record }) => [record.packet, record.kind, record.hostName, record.parameters].join(' ')),
        rows.map((row) => row.join(' ')),
      ) >= AGREED,
      'type, host name, parameters',
    );
  });
}

const searches = pathsOf(
  'third-party/background/ndpi__ssdp-m-search-ua.pcap',
  'third-party/background/sv__sip-ssdp-pm-ssdp.pcap',
);
for (const path of skip === false ? searches : ['']) {
  t.test(`SSDP in ${basename(path)}`, { skip }, async (t) => {
    const rows = await tsharkFields(path, `ssdp && ${ONCE}`, ['frame.number']);
    const told = (await recordsOf(path, 'message')).filter(({ record }) => record.protocol === 'ssdp');
    t.ok(
      agreement(
        told.map(({ record }) => String(record.packet)),
        rows.map(([packet]) => packet ?? ''),
      ) >= AGREED,
    );
  });
}

const clocks = pathsOf(
  'lab/public/p20_infrastructure.pcap',
  'third-party/background/zeek__Traces-ntp.pcap',
  'third-party/background/zeek__ntp-NTP-digest.pcap',
  'third-party/background/zeek__ntp-ntp.pcap',
);
/** By mode of the header. */
const MODES = ['', 'symmetric active', 'symmetric passive', 'client', 'server', 'broadcast', 'control', 'private'];
for (const path of skip === false ? clocks : ['']) {
  t.test(`NTP in ${basename(path)}`, { skip }, async (t) => {
    const rows = await tsharkFields(path, `ntp && ${ONCE}`, ['frame.number', 'ntp.flags.mode']);
    const told = (await recordsOf(path, 'message')).filter(({ record }) => record.protocol === 'ntp');
    t.ok(
      agreement(
        told.map(({ record }) => `${record.packet} ${record.kind}`),
        rows.map(([packet, mode]) => `${packet} ${MODES[Number(mode)]}`),
      ) >= AGREED,
    );
  });
}

const SEVERITIES = ['emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'informational', 'debug'];
const logs = pathsOf('lab/public/p20_infrastructure.pcap', 'third-party/background/ndpi__syslog.pcap');
for (const path of skip === false ? logs : ['']) {
  t.test(`syslog in ${basename(path)}`, { skip }, async (t) => {
    const rows = await tsharkFields(path, `syslog && ${ONCE}`, ['frame.number', 'syslog.level']);
    const told = (await recordsOf(path, 'message')).filter(({ record }) => record.protocol === 'syslog');
    t.ok(
      agreement(
        told.map(({ record }) => `${record.packet} ${record.kind}`),
        rows.map(([packet, level]) => `${packet} ${SEVERITIES[Number(level)]}`),
      ) >= AGREED,
    );
  });
}
