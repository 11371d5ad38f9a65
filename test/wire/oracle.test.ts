/** Another program says what is in a capture; our innermost addresses, ports and payload lengths must agree. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import t from 'tap';
import { addressKey, addressText } from '../../src/bytes/address.ts';
import { openCapture } from '../../src/capture/open.ts';
import { limits } from '../../src/limits.ts';
import { Decoder } from '../../src/wire/decode.ts';
import { Frame, TCP, UDP } from '../../src/wire/frame.ts';

const captures = `${process.env.WARDWATCH_SHARED ?? '../shared'}/captures`;
const missing = !existsSync(captures)
  ? 'the shared captures are not here'
  : spawnSync('tshark', ['--version']).error !== undefined
    ? 'tshark is not installed'
    : false;

const FIELDS = ['ip.src', 'ip.dst', 'ipv6.src', 'ipv6.dst', 'tcp.srcport', 'tcp.dstport', 'tcp.len'].concat([
  'udp.srcport',
  'udp.dstport',
  'udp.length',
  'frame.protocols',
]);

interface Line {
  protocols: string[];
  source: string;
  target: string;
  ports: string;
  payload: number;
}

type Mine = Omit<Line, 'protocols'> & { oddity: string; held: boolean };

/** What the innermost layer of each packet is; protocols that quote packets (ICMP) end where the quote begins. */
function oracle(file: string): Line[] {
  const fields = FIELDS.flatMap((field) => ['-e', field]);
  const args = ['-n', '-r', file, '-T', 'fields', '-E', 'separator=|', '-E', 'occurrence=a', ...fields];
  const text = execFileSync('tshark', args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 1 << 28,
  });
  return text.split('\n').slice(0, -1).map(parseLine);
}

function parseLine(text: string): Line {
  const parts = text.split('|');
  const all = new Map(FIELDS.map((field, i) => [field, (parts[i] ?? '').split(',').filter((value) => value !== '')]));
  const layers = (parts[FIELDS.length - 1] ?? '').split(':');
  const quote = layers.findIndex((layer) => layer === 'icmp' || layer === 'icmpv6');
  const protocols = quote < 0 ? layers : layers.slice(0, quote + 1);
  const last = (field: string, layer: string): string =>
    all.get(field)?.[protocols.filter((one) => one === layer).length - 1] ?? '';
  const inner = protocols.filter((layer) => layer === 'ip' || layer === 'ipv6' || layer === 'arp').at(-1) ?? '';
  const network = inner === 'arp' ? '' : inner;
  const transport = protocols.slice(protocols.lastIndexOf(inner)).find((layer) => layer === 'tcp' || layer === 'udp');
  const udpLength = transport === 'udp' ? Number(last('udp.length', 'udp')) - 8 : -1;
  return {
    protocols,
    source: network === '' ? '' : last(`${network}.src`, network),
    target: network === '' ? '' : last(`${network}.dst`, network),
    ports:
      transport === undefined
        ? ''
        : `${last(`${transport}.srcport`, transport)}>${last(`${transport}.dstport`, transport)}`,
    payload: transport === 'tcp' ? Number(last('tcp.len', 'tcp')) : udpLength,
  };
}

async function ours(file: string): Promise<Mine[]> {
  const capture = await openCapture([file]);
  const decoder = new Decoder(limits);
  const frame = new Frame();
  const lines: Mine[] = [];
  for (let range = await capture.next(); range !== null; range = await capture.next()) {
    for (let row = range.from; row < range.to; row++) {
      const good = decoder.decode(range.batch, row, frame) && frame.networkVersion !== 1;
      const text = (at: number) => (good ? addressText(addressKey(frame.view, at, frame.addressBytes)) : '');
      const ported = good && (frame.transportProtocol === TCP || frame.transportProtocol === UDP);
      lines.push({
        source: text(frame.sourceAddress),
        target: text(frame.targetAddress),
        ports: ported ? `${frame.sourcePort}>${frame.targetPort}` : '',
        payload: ported ? frame.payloadWire : -1,
        held: !good && frame.fragmentOffset >= 0,
        oddity: frame.oddity,
      });
    }
  }
  await capture.close();
  return lines;
}

const SEGMENT_OF_THE_CARD =
  'lengths of 0 for more than 64 KiB: the oracle calls UDP malformed, we use the captured length';

/** Files, and by packet number why we say something else than the oracle. */
const files: Record<string, Record<number, string>> = {
  'third-party/encap/arkime__gre-erspan-vxlan.pcap': {},
  'third-party/encap/arkime__gtp-u.pcap': {},
  'third-party/encap/arkime__ah-esp.pcap': {},
  'third-party/encap/ndpi__6in4tunnel.pcap': {},
  'third-party/encap/pcpp__MplsPackets.pcap': {},
  'third-party/encap/pcpp__PPPoESession.pcap': {},
  'third-party/encap/pcpp__null_loopback.pcap': { 3: 'an address family that does not exist (0f 00 08 00)' },
  'third-party/encap/sv__decode-etag-02.pcap': {},
  'third-party/encap/sv__decode-vntag-01.pcap': {},
  'third-party/encap/sv__vxlan-non-zero-reserved-fields.pcap': {},
  'third-party/encap/tcpdump__bigtcp-ipv4-vxlan-ipv4.pcap': { 1: SEGMENT_OF_THE_CARD },
  'third-party/encap/tcpdump__erspan-type-iii-ft-7.pcap': {},
  'third-party/encap/zeek__Traces-linux_dlt_sll2.pcap': {},
  'third-party/encap/zeek__Traces-pbb.pcap': {},
  'third-party/encap/zeek__Traces-snap-tcp.pcap': {},
  'third-party/encap/zeek__gtp-gtp1_gn_normal_incl_fragmentation.pcap': {},
  'third-party/encap/zeek__tunnels-geneve-many-options.pcap': {},
  'third-party/encap/zeek__tunnels-gre-pptp.pcap': {},
  'third-party/malformed/zeek__ipv4-fragmented-2.pcap': {},
  'lab/public/p51_ipv6.pcap': {},
  'lab/public/v05_hl7_qinq.pcap': {},
  'lab/public/v05_hl7_snap96.pcap': {},
};

for (const [file, explained] of Object.entries(files)) {
  t.test(`${file} is decoded as the oracle says`, { skip: missing }, async (t) => {
    const expected = oracle(`${captures}/${file}`);
    const found = await ours(`${captures}/${file}`);
    t.equal(found.length, expected.length, 'packets');
    for (const [i, { protocols, ...line }] of expected.entries()) {
      const { oddity, held, ...mine } = found[i] ?? { oddity: 'no such packet', held: false };
      // The oracle shows addresses of every fragment; we show a datagram when it is whole.
      if (held && protocols.at(-1) === 'data') continue;
      const same = JSON.stringify(mine) === JSON.stringify(line);
      if (explained[i + 1] === undefined) {
        if (!same) t.strictSame(mine, line, `packet ${i + 1}: ${protocols.join(' ')} ${oddity}`);
      } else t.notOk(same, `packet ${i + 1} differs: ${explained[i + 1]}`);
    }
  });
}
