import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { addressKey, addressText } from '../../src/bytes/address.ts';
import { limits } from '../../src/limits.ts';
import { Decoder } from '../../src/wire/decode.ts';
import { Frame } from '../../src/wire/frame.ts';
import * as p from '../support/packet.ts';

/** Decodes a packet that fills its arena: a read outside of it throws. */
function alone(packet: Uint8Array, fields: p.RowFields = {}): void {
  const exact = packet.slice();
  p.batchOf([exact], fields, 0, reused).rebase(exact);
  reused.offset[0] = 0;
  new Decoder(limits).decode(reused, 0, new Frame());
}

interface Seen {
  good: boolean;
  source: string;
  target: string;
  ports: string;
  transport: number;
  payload: string;
  frame: Frame;
}

const reused = p.batchOf([]);

function seen(packet: Uint8Array, fields: p.RowFields = {}, filler = 0xff): Seen {
  const frame = new Frame();
  const good = new Decoder(limits).decode(p.batchOf([packet], fields, filler, reused), 0, frame);
  return { good, ...described(frame), frame };
}

function described(frame: Frame) {
  const { view, addressBytes, networkVersion } = frame;
  const text = (at: number) => (networkVersion === 0 ? '' : addressText(addressKey(view, at, addressBytes)));
  return {
    source: text(frame.sourceAddress),
    target: text(frame.targetAddress),
    ports: `${frame.sourcePort}>${frame.targetPort}`,
    transport: frame.transportProtocol,
    payload: Buffer.from(frame.bytes.subarray(frame.payload, frame.end)).toString('latin1'),
  };
}

/** What a consumer may read of a frame, without where it was in the arena. */
function facts(one: Seen) {
  const { frame, ...rest } = one;
  const numbers = {
    oddity: frame.oddity,
    vlan: [frame.vlan, frame.innerVlan],
    tunnels: [frame.tunnels, frame.tunnelId],
    payloadWire: one.good ? frame.payloadWire : 0,
    tcp: frame.transportProtocol === 6 ? [frame.sequence, frame.acknowledgement, frame.tcpFlags, frame.window] : [],
    network: one.good ? [frame.networkVersion, frame.timeToLive, frame.identification] : [],
  };
  return { ...(one.good ? rest : { good: false }), ...numbers };
}

const inner = p.ethernet(p.ipv4(p.tcp('inside'), { source: '10.9.0.1', target: '10.9.0.2' }));
const inner4 = p.ipv4(p.tcp('inside'), { source: '10.9.0.1', target: '10.9.0.2' });
const inner6 = p.ipv6(p.udp('inside', { targetPort: 5_353 }), { next: 17 });
const udp4 = (datagram: Uint8Array): Uint8Array => p.ethernet(p.ipv4(datagram, { protocol: 17 }));
const gre4 = (content: Uint8Array): Uint8Array => p.ethernet(p.ipv4(content, { protocol: 47 }));

const plain: Record<string, Uint8Array> = {
  'IPv4 and TCP': p.ethernet(p.ipv4(p.tcp('hello'))),
  'IPv4 and TCP with options': p.ethernet(p.ipv4(p.tcp('hello', { options: [1, 1, 1, 0] }), { options: [1, 1, 1, 0] })),
  'IPv6 and TCP': p.ethernet(p.ipv6(p.tcp('hello'))),
  'IPv6 with four extensions': p.ethernet(
    p.ipv6(p.extension(60, p.extension(43, p.extension(135, p.extension(6, p.tcp('hello'), 2)))), { next: 0 }),
  ),
  'an atomic IPv6 fragment': p.ethernet(p.ipv6(p.fragment6(6, p.tcp('hello')), { next: 44 })),
  'an authentication header': p.ethernet(
    p.ipv4(p.bytes([6, 4, 0, 0], new Uint8Array(20), p.tcp('hello')), { protocol: 51 }),
  ),
  'a tag': p.ethernet(p.vlan(7, p.ipv4(p.tcp('hello'))), { type: 0x8100 }),
  'two tags': p.ethernet(p.vlan(7, p.vlan(8, p.ipv4(p.tcp('hello'))), { type: 0x8100 }), { type: 0x88a8 }),
  'an old tag': p.ethernet(p.vlan(7, p.ipv4(p.tcp('hello'))), { type: 0x9100 }),
  'an older tag': p.ethernet(p.vlan(7, p.ipv4(p.tcp('hello'))), { type: 0x9200 }),
  'a VN-Tag': p.ethernet(p.bytes([0, 0, 0, 0], p.u16(0x0800), p.ipv4(p.tcp('hello'))), { type: 0x8926 }),
  'an E-Tag': p.ethernet(p.bytes([0, 0, 0, 0, 0, 0], p.u16(0x0800), p.ipv4(p.tcp('hello'))), { type: 0x893f }),
  'three MPLS labels': p.ethernet(p.mpls([1, 2, 3], p.ipv4(p.tcp('hello'))), { type: 0x8847 }),
  PPPoE: p.ethernet(p.pppoe(p.ipv4(p.tcp('hello'))), { type: 0x8864 }),
  'PPPoE and IPv6': p.ethernet(p.pppoe(p.ipv6(p.tcp('hello')), { protocol: 0x57 }), { type: 0x8864 }),
  'LLC and SNAP': p.ethernet(p.snap(p.ipv4(p.tcp('hello'))), { type: 53 }),
};

const tunnels: Record<string, Uint8Array> = {
  GRE: gre4(p.gre(inner4)),
  'GRE with every field': gre4(p.gre(inner4, { key: 5, sequence: 6, checksum: true })),
  NVGRE: gre4(p.gre(inner, { type: 0x6558, key: 0x500 })),
  'GRE and MPLS': gre4(p.gre(p.mpls([9], inner4), { type: 0x8847 })),
  PPTP: gre4(
    p.bytes(p.u16(0x3081), p.u16(0x880b), p.u16(2 + inner4.length), p.u16(9), p.u32(1), p.u32(1), p.u16(0x21), inner4),
  ),
  'ERSPAN I': gre4(p.erspan1(inner)),
  'ERSPAN II': gre4(p.erspan2(inner)),
  'ERSPAN III': gre4(p.erspan3(inner)),
  'ERSPAN III with a subheader': gre4(p.erspan3(inner, { subheader: true })),
  VXLAN: udp4(p.vxlan(inner)),
  'VXLAN on the old Linux port': udp4(p.vxlan(inner, { targetPort: 8_472 })),
  'VXLAN with reserved flags': udp4(p.vxlan(inner, { flags: 0xff })),
  'VXLAN-GPE with Ethernet': udp4(p.vxlanGpe(inner)),
  'VXLAN-GPE with IPv4': udp4(p.vxlanGpe(inner4, { next: 1 })),
  Geneve: udp4(p.geneve(inner, { options: p.bytes([0, 0, 0, 1, 0, 0, 0, 0]) })),
  'Geneve with IPv4': udp4(p.geneve(inner4, { type: 0x0800 })),
  'GTP-U': udp4(p.gtp(inner4)),
  'GTP-U with an extension': udp4(p.gtp(inner4, { flags: 0x34, optional: p.bytes([0, 0, 0, 0x85, 1, 0, 0, 0]) })),
  TZSP: udp4(p.tzsp(inner)),
  'IPv4 in IPv4': p.ethernet(p.ipv4(inner4, { protocol: 4 })),
  'IPv4 in IPv6': p.ethernet(p.ipv6(inner4, { next: 4 })),
  '802.1ah': p.ethernet(p.bytes(p.u32(0x00000123), inner), { type: 0x88e7 }),
  'an MPLS pseudo-wire': p.ethernet(p.mpls([9], p.bytes(p.u32(0), inner)), { type: 0x8847 }),
  'VXLAN in ERSPAN': gre4(p.erspan2(udp4(p.vxlan(inner)))),
};

const others: Record<string, Uint8Array> = {
  LLDP: p.ethernet('x', { type: 0x88cc }),
  ARP: p.ethernet(p.arp(), { type: 0x0806 }),
  UDP: udp4(p.udp('query')),
  'short UDP': udp4(p.udp('query').subarray(0, 7)),
  SCTP: p.ethernet(p.ipv4(p.sctp('chunk'), { protocol: 132 })),
  ICMP: p.ethernet(p.ipv4(p.icmp('ping'), { protocol: 1, identification: 9 })),
  ESP: p.ethernet(p.ipv4('secret', { protocol: 50 })),
  'a fragment': p.ethernet(p.ipv4(p.udp('01234567'), { protocol: 17, more: true })),
};

t.test('headers around TCP are taken off, whatever they are', (t) => {
  for (const [name, packet] of Object.entries(plain)) {
    const { good, frame, ...rest } = seen(packet);
    const addresses =
      frame.networkVersion === 4 ? { source: p.IP_A, target: p.IP_B } : { source: p.IP6_A, target: p.IP6_B };
    t.ok(good, name);
    t.strictSame(rest, { ...addresses, ports: '40000>104', transport: 6, payload: 'hello' }, name);
    t.equal(frame.oddity, '', name);
    t.equal(frame.payloadWire, 5, name);
    t.equal(frame.sequence, 1_000, name);
    t.equal(frame.acknowledgement, 2_000, name);
    t.equal(frame.tcpFlags, 0x18, name);
    t.equal(frame.window, 8_192, name);
    t.equal(frame.timeToLive, 64, name);
    t.equal(frame.tunnels, 0, name);
  }
  t.end();
});

t.test('the frame describes the innermost packet of a tunnel', (t) => {
  for (const [name, packet] of Object.entries(tunnels)) {
    const { good, frame, ...rest } = seen(packet);
    t.ok(good, name);
    t.strictSame(
      rest,
      { source: '10.9.0.1', target: '10.9.0.2', ports: '40000>104', transport: 6, payload: 'inside' },
      name,
    );
    t.equal(frame.oddity, '', name);
    t.equal(frame.tunnels, name === 'VXLAN in ERSPAN' ? 2 : 1, name);
  }
  const six = seen(p.ethernet(p.ipv4(inner6, { protocol: 41 })));
  t.match(six, { source: p.IP6_A, target: p.IP6_B, ports: '40000>5353', transport: 17, payload: 'inside' });
  t.equal(six.frame.sourceMac, -1, 'IP straight in IP has no hardware addresses of its own');
  t.end();
});

t.test('every link type leads to the network header', (t) => {
  const four = p.ipv4(p.tcp('hello'));
  const six = p.ipv6(p.tcp('hello'));
  const cases: [string, number, Uint8Array][] = [
    ['Ethernet', 1, p.ethernet(four)],
    ['cooked', 113, p.bytes(p.u16(0), p.u16(1), p.u16(6), p.mac(p.MAC_A), [0, 0], p.u16(0x0800), four)],
    [
      'cooked 2',
      276,
      p.bytes(p.u16(0x0800), p.u16(0), p.u32(2), p.u16(1), p.u8(0), p.u8(6), p.mac(p.MAC_A), [0, 0], four),
    ],
    ...[12, 14, 101, 228].map((link): [string, number, Uint8Array] => ['raw', link, four]),
    ...[12, 14, 101, 229].map((link): [string, number, Uint8Array] => ['raw', link, six]),
    ['null, little endian', 0, p.bytes([2, 0, 0, 0], four)],
    ['null, big endian', 0, p.bytes([0, 0, 0, 2], four)],
    ...[10, 24, 28, 30].map((family): [string, number, Uint8Array] => ['null', 0, p.bytes([family, 0, 0, 0], six)]),
    ['loop', 108, p.bytes([0, 0, 0, 24], six)],
    ['PPP', 9, p.bytes([0xff, 0x03, 0x00, 0x21], four)],
    ['PPP, compressed', 9, p.bytes([0x21], four)],
  ];
  for (const [name, link, packet] of cases) {
    const result = seen(packet, { link });
    t.match(result, { good: true, ports: '40000>104', payload: 'hello' }, `${name} ${link}`);
    t.equal(result.frame.oddity, '');
  }
  const result = seen(cases[1]![2], { link: 113 });
  t.equal(addressText(addressKey(result.frame.view, result.frame.sourceMac, 6)), p.MAC_A);
  t.match(seen(four, { link: 105 }), { good: false, frame: { oddity: 'link_type_unknown' } });
  t.match(seen(p.bytes([0, 0, 0, 9], four), { link: 0 }), { good: false, frame: { oddity: '' } });
  t.end();
});

t.test('VLAN ids are kept from the outside in', (t) => {
  const one = seen(plain['a tag']!).frame;
  t.strictSame([one.vlan, one.innerVlan], [7, 7]);
  const two = seen(plain['two tags']!).frame;
  t.strictSame([two.vlan, two.innerVlan], [7, 8]);
  const byCard = seen(plain['a tag']!, { vlan: 0x8100_0005 }).frame;
  t.strictSame([byCard.vlan, byCard.innerVlan], [5, 7]);
  const priority = seen(p.ethernet(p.vlan(0, p.ipv4(p.tcp()), { priority: 5 }), { type: 0x8100 })).frame;
  t.strictSame([priority.vlan, priority.innerVlan], [-1, -1]);
  const mirrored = seen(gre4(p.erspan2(inner, { vlanId: 77, session: 9 }))).frame;
  t.strictSame([mirrored.innerVlan, mirrored.tunnelId], [77, 9]);
  t.equal(seen(udp4(p.vxlan(inner, { networkId: 0xfffffe }))).frame.tunnelId, 0xfffffe);
  t.end();
});

t.test('transports other than TCP', (t) => {
  t.match(seen(udp4(p.udp('query'))), { ports: '40000>53', transport: 17, payload: 'query' });
  const sctp = seen(p.ethernet(p.ipv4(p.sctp('chunk'), { protocol: 132 })));
  t.match(sctp, { ports: '40000>2905', transport: 132, payload: 'chunk' });
  const echo = seen(p.ethernet(p.ipv4(p.icmp('ping', { type: 8 }), { protocol: 1 })));
  t.match(echo, { ports: '0>0', transport: 1, payload: 'ping', frame: { icmpType: 8, icmpCode: 0 } });
  const echo6 = seen(p.ethernet(p.ipv6(p.icmp('ping', { type: 128 }), { next: 58 })));
  t.match(echo6, { ports: '0>0', transport: 58, payload: 'ping', frame: { icmpType: 128 } });
  const esp = seen(p.ethernet(p.ipv4('secret', { protocol: 50 })));
  t.match(esp, { good: true, transport: 0, payload: 'secret', frame: { ipProtocol: 50 } });
  const nothing = seen(p.ethernet(p.ipv6([], { next: 59, payloadLength: 0 })));
  t.match(nothing, { good: true, transport: 0, payload: '' });
  t.end();
});

t.test('ARP tells two addresses; padding is cut off', (t) => {
  const result = seen(p.ethernet(p.bytes(p.arp(), new Uint8Array(18)), { type: 0x0806 }));
  t.match(result, {
    good: true,
    source: p.IP_A,
    target: p.IP_B,
    payload: '',
    frame: { networkVersion: 1, oddity: '' },
  });
  t.end();
});

t.test('frames without a network header are not odd', (t) => {
  const spanningTree = p.ethernet(p.bytes([0x42, 0x42, 3], new Uint8Array(35)), { type: 38 });
  const lldp = p.ethernet([2, 7, 4, 0, 0, 0, 0, 0, 0], { type: 0x88cc });
  const discovery = p.ethernet(p.bytes([0x11, 9, 0, 0, 0, 0]), { type: 0x8863 });
  for (const packet of [spanningTree, lldp, discovery]) t.match(seen(packet), { good: false, frame: { oddity: '' } });
  t.end();
});

t.test('the shortest claim of all lengths wins', (t) => {
  const padded = p.bytes(p.ethernet(p.ipv4(p.tcp())), new Uint8Array(6));
  t.match(seen(padded), { payload: '', frame: { payloadWire: 0, oddity: '' } }, 'Ethernet padding is no payload');
  const offloaded = p.ethernet(p.ipv4(p.tcp('a large segment'), { totalLength: 0 }));
  t.match(
    seen(offloaded),
    { payload: 'a large segment', frame: { oddity: '' } },
    'total length 0: not yet cut by the card',
  );
  const jumbo = p.ethernet(p.ipv6(p.tcp('a large segment'), { payloadLength: 0 }));
  t.match(seen(jumbo), { payload: 'a large segment', frame: { oddity: '' } });
  const shortUdp = udp4(p.udp('queryjunk', { length: 13 }));
  t.match(seen(shortUdp), { payload: 'query', frame: { payloadWire: 5, oddity: '' } });
  const longUdp = udp4(p.udp('query', { length: 100 }));
  t.match(seen(longUdp), { payload: 'query', frame: { payloadWire: 5, oddity: 'udp_length' } });
  const longIp = p.ethernet(p.ipv4(p.tcp('hello'), { totalLength: 1_000 }));
  t.match(seen(longIp), { payload: 'hello', frame: { payloadWire: 5, oddity: 'ipv4_total_length' } });
  const long6 = p.ethernet(p.ipv6(p.tcp('hello'), { payloadLength: 1_000 }));
  t.match(seen(long6), { payload: 'hello', frame: { payloadWire: 5, oddity: 'ipv6_payload_length' } });
  const forged = seen(plain['IPv4 and TCP']!, { wire: 0xffff_ffff });
  t.match(
    forged,
    { payload: 'hello', frame: { payloadWire: 5, oddity: '' } },
    'IP ends long before the forged wire length',
  );
  t.end();
});

t.test('a packet cut by the snap length keeps its headers and says what is missing', (t) => {
  const whole = p.ethernet(p.ipv4(p.tcp('0123456789', { options: new Uint8Array(12) })));
  const kept = seen(whole.subarray(0, whole.length - 6), { wire: whole.length });
  t.match(kept, { good: true, payload: '0123', frame: { payloadWire: 10, oddity: '' } });
  const headersOnly = seen(whole.subarray(0, 14 + 20 + 20), { wire: whole.length });
  t.match(headersOnly, { ports: '40000>104', payload: '', frame: { payloadWire: 10, oddity: '' } });
  const mirrored = gre4(p.erspan2(whole.subarray(0, whole.length - 6)));
  t.match(seen(mirrored), { payload: '0123', frame: { payloadWire: 10, oddity: 'tunnel_payload_cut' } });
  t.end();
});

t.test('trouble has a name', (t) => {
  const six = (content: Uint8Array, next: number) => p.ethernet(p.ipv6(content, { next }));
  const manyTags = (count: number): Uint8Array => {
    let packet = p.ipv4(p.tcp());
    for (let i = 0; i < count; i++) packet = p.vlan(i + 1, packet, { type: i === 0 ? 0x0800 : 0x8100 });
    return p.ethernet(packet, { type: 0x8100 });
  };
  const manyExtensions = (count: number): Uint8Array => {
    let packet = p.tcp();
    for (let i = 0; i < count; i++) packet = p.extension(i === 0 ? 6 : 60, packet);
    return six(packet, 60);
  };
  const tunnelled = (depth: number): Uint8Array => {
    let packet = p.ipv4(p.tcp());
    for (let i = 0; i < depth; i++) packet = p.ipv4(packet, { protocol: 4 });
    return p.ethernet(packet);
  };
  const snaps = (count: number): Uint8Array => {
    let packet = p.snap(p.ipv4(p.tcp()));
    for (let i = 0; i < count; i++) packet = p.snap(p.vlan(1, packet, { type: packet.length }), { type: 0x8100 });
    return p.ethernet(packet, { type: packet.length });
  };
  const nested = p.ethernet(p.ipv4(p.extension(44, p.fragment6(6, p.tcp(), { offset: 8 })), { protocol: 51 }));
  const cases: [string, boolean, Uint8Array][] = [
    ['ethernet_short', false, new Uint8Array(13)],
    ['vlan_short', false, p.ethernet([0, 1], { type: 0x8100 })],
    ['', true, manyTags(4)],
    ['vlan_too_many', false, manyTags(5)],
    ['', true, p.ethernet(p.mpls(new Array(16).fill(5), p.ipv4(p.tcp())), { type: 0x8847 })],
    ['mpls_too_many', false, p.ethernet(p.mpls(new Array(17).fill(5), p.ipv4(p.tcp())), { type: 0x8847 })],
    ['mpls_short', false, p.ethernet(p.mpls([1], []), { type: 0x8847 })],
    ['pppoe_short', false, p.ethernet([0x11, 0, 0], { type: 0x8864 })],
    ['pppoe_length', true, p.ethernet(p.pppoe(p.ipv4(p.tcp()), { length: 500 }), { type: 0x8864 })],
    ['ppp_short', false, p.ethernet([0x11, 0, 0, 1, 0, 0], { type: 0x8864 })],
    ['llc_short', false, p.ethernet([0xaa, 0xaa, 3, 0, 0], { type: 5 })],
    ['backbone_short', false, p.ethernet([0, 0], { type: 0x88e7 })],
    ['ipv4_short', false, p.ethernet(p.ipv4([]).subarray(0, 19), { type: 0x0800 })],
    ['ipv4_version', false, p.ethernet(p.ipv4(p.tcp(), { version: 5 }), { type: 0x0800 })],
    ['ipv4_header_length', false, p.ethernet(p.ipv4(p.tcp(), { headerWords: 4 }))],
    ['ipv4_total_length', false, p.ethernet(p.ipv4(p.tcp(), { totalLength: 19 }))],
    ['ipv6_short', false, p.ethernet(p.ipv6([]).subarray(0, 39))],
    ['ipv6_version', false, p.ethernet(p.ipv6(p.tcp(), { version: 5 }), { type: 0x86dd })],
    ['', true, manyExtensions(8)],
    ['ipv6_extensions_too_many', true, manyExtensions(9)],
    ['ipv6_extension_short', true, six(p.bytes([6, 5, 0, 0, 0, 0, 0, 0]), 60)],
    ['ip_fragment_nested', true, nested],
    ['tcp_short', true, p.ethernet(p.ipv4(p.tcp().subarray(0, 19)))],
    ['tcp_header_length', true, p.ethernet(p.ipv4(p.tcp('', { headerWords: 4 })))],
    ['tcp_header_length', true, p.ethernet(p.ipv4(p.tcp('', { headerWords: 6 })))],
    ['udp_short', true, udp4(p.udp().subarray(0, 7))],
    ['udp_length', true, udp4(p.udp('', { length: 7 }))],
    ['sctp_short', true, p.ethernet(p.ipv4(p.sctp().subarray(0, 11), { protocol: 132 }))],
    ['icmp_short', true, p.ethernet(p.ipv4([8, 0, 0], { protocol: 1 }))],
    ['arp_short', false, p.ethernet(p.arp().subarray(0, 27), { type: 0x0806 })],
    ['gre_short', true, gre4(p.bytes([0, 0, 8]))],
    ['erspan_short', true, gre4(p.gre([0x10, 0, 0, 0], { type: 0x88be, sequence: 1 }))],
    ['gtp_extensions_too_many', true, udp4(p.gtp(inner4, { flags: 0x34, optional: p.bytes(new Array(40).fill(1)) }))],
    ['tzsp_tags_too_many', true, udp4(p.udp(p.bytes([1, 0, 0, 1], new Uint8Array(40)), { targetPort: 37_008 }))],
    ['cooked_short', false, p.ethernet([])],
    ['', true, tunnelled(4)],
    ['tunnel_too_deep', true, tunnelled(5)],
    ['headers_too_many', false, snaps(20)],
  ];
  for (const [oddity, good, packet] of cases) {
    const result = seen(packet, oddity === 'cooked_short' ? { link: 113 } : {});
    t.match(result, { good, frame: { oddity } }, oddity);
  }
  t.end();
});

t.test('what is broken inside a tunnel leaves the packet around it', (t) => {
  const cases: Record<string, Uint8Array> = {
    'VXLAN with a broken IP header': udp4(p.vxlan(p.ethernet(p.ipv4(p.tcp(), { headerWords: 2 })))),
    'VXLAN with something else': udp4(p.vxlan(p.ethernet('LLDP', { type: 0x88cc }))),
    'no VXLAN: flag missing': udp4(p.vxlan(inner, { flags: 0 })),
    'no VXLAN-GPE: unknown flags': udp4(p.vxlanGpe(inner, { flags: 0x4c })),
    'no VXLAN-GPE: unknown payload': udp4(p.vxlanGpe(inner, { next: 4 })),
    'no Geneve: version 3': udp4(p.udp([0xc0, 0, 0x65, 0x58, 0, 0, 1, 0], { targetPort: 6081 })),
    'broken two levels down': udp4(p.vxlan(p.ethernet(p.bytes(p.u32(1), 'nothing'), { type: 0x88e7 }))),
  };
  for (const [name, packet] of Object.entries(cases)) {
    const result = seen(packet);
    t.match(result, { good: true, source: p.IP_A, target: p.IP_B, transport: 17, frame: { tunnels: 0 } }, name);
    t.equal(result.frame.sourceMac, 64 + 6, name);
    t.equal(result.frame.payloadWire, result.payload.length, name);
    t.equal(result.ports.slice(0, 6), '40000>', name);
  }
  const routed = seen(gre4(p.gre(inner4, { flags: 0x4000 })));
  t.match(routed, { good: true, source: p.IP_A, transport: 0, frame: { ipProtocol: 47, tunnels: 0 } });
  const twice = seen(gre4(p.erspan2(udp4(p.vxlan(p.ethernet('x', { type: 0x88cc }))))));
  t.match(twice, { good: true, ports: '40000>4789', frame: { tunnels: 1 } }, 'one level back, not to the cable');
  t.end();
});

t.test('nothing of one packet is left in the next', (t) => {
  const packets = [...Object.values(tunnels), ...Object.values(plain), ...Object.values(others)];
  const batch = p.batchOf(packets);
  const decoder = new Decoder(limits);
  const frame = new Frame();
  for (let from = 0; from < packets.length; from++) {
    for (let row = 0; row < packets.length; row++) {
      decoder.decode(batch, from, frame);
      const good = decoder.decode(batch, row, frame);
      const fresh = seen(packets[row]!);
      assert.deepEqual(facts({ good, ...described(frame), frame }), facts(fresh), `${row} after ${from}`);
    }
  }
  t.end();
});

t.test('every cut of every packet: no throw, and no byte outside counts', (t) => {
  for (const [name, packet] of Object.entries({ ...plain, ...tunnels, ...others })) {
    for (let length = 0; length <= packet.length; length++) {
      const piece = packet.subarray(0, length);
      for (const wire of [length, packet.length]) {
        alone(piece, { wire });
        const one = seen(piece, { wire }, 0xff);
        const other = seen(piece, { wire }, 0x45);
        if (JSON.stringify(facts(one)) !== JSON.stringify(facts(other)))
          t.fail(`${name} cut at ${length} reads outside`);
        if (one.good && !isInside(one.frame, length)) t.fail(`${name} cut at ${length} points outside`);
      }
    }
  }
  t.end();
});

/** Are the offsets a consumer reads from inside the captured bytes (which `batchOf` puts behind 64 others)? */
function isInside(frame: Frame, captured: number): boolean {
  const to = 64 + captured;
  const { network, addressBytes, payload, end, payloadWire } = frame;
  const addresses = Math.max(frame.sourceAddress, frame.targetAddress) + addressBytes;
  return (
    network >= 64 &&
    addresses <= to &&
    payload >= network &&
    payload <= end &&
    end <= to &&
    payloadWire >= end - payload
  );
}

t.test('noise is decoded to something, inside its bytes', (t) => {
  const samples = Object.values({ ...plain, ...tunnels, ...others });
  const spoilt = fc
    .tuple(fc.constantFrom(...samples), fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 6 }), fc.nat(200))
    .map(([packet, changes, cut]) => {
      const copy = packet.slice();
      for (const [at, value] of changes) if (at < copy.length) copy[at] = value;
      return copy.subarray(0, Math.max(0, copy.length - (cut < 100 ? 0 : cut - 100)));
    });
  const packets = fc.oneof(spoilt, fc.uint8Array({ maxLength: 200 }));
  const links = fc.constantFrom(0, 1, 9, 12, 101, 108, 113, 228, 276);
  fc.assert(
    fc.property(packets, links, fc.nat(2_000), (packet, link, more) => {
      const wire = packet.length + more;
      alone(packet, { link, wire });
      const one = seen(packet, { link, wire }, 0xff);
      const other = seen(packet, { link, wire }, 0x00);
      assert.deepEqual(facts(one), facts(other));
      if (one.good && one.frame.fragments === 0 && !isInside(one.frame, packet.length))
        throw new Error('points outside');
    }),
    { numRuns: 3_000 },
  );
  t.end();
});
