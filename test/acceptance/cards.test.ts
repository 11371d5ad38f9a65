/** Cards about data that leave, scans and identities, over captures of real tools. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type Configuration, freshConfiguration } from '../../src/configuration.ts';
import { replayFile } from '../support/replayed.ts';

const folder = join(process.env.WARDWATCH_SHARED ?? '../shared', 'captures');
const skip = existsSync(folder) ? false : `needs ${folder}`;
const tunnels = 'datasets/dns-tunnel-graphtunnel';
const ndpi = 'datasets/ndpi-pcaps';

interface Spoken {
  /** `device < peer`, sorted. */
  readonly said: readonly string[];
  /** From the first packet of the capture to the first alert of the card. */
  readonly afterSeconds: number;
}

/** What a card says of a capture whose devices listed here are patient monitors. */
async function speaks(card: string, capture: string, monitors: readonly string[] = []): Promise<Spoken> {
  const configuration: Configuration = freshConfiguration();
  configuration.site.devices = monitors.map((match) => ({ match, class: 'patient-monitor' }));
  const { report } = await replayFile(join(folder, capture), { configuration });
  const found = report.alerts.filter(({ detector }) => detector === card);
  const starts = found.map(({ start }) => Date.parse(start)).sort((a, b) => a - b);
  return {
    said: [...new Set(found.map(({ deviceAddress, peerAddress }) => `${deviceAddress} < ${peerAddress}`))].sort(),
    afterSeconds: ((starts[0] ?? Number.NaN) - Date.parse(report.firstTime ?? '')) / 1000,
  };
}

for (const capture of [
  `${tunnels}/tunnel/dnscat2-cname_00001_20230903170247.pcap`,
  `${tunnels}/tunnel/iodine-cname.pcap`,
  `${ndpi}/dns-tunnel-iodine.pcap`,
  `${ndpi}/dns_exfiltration.pcap`,
  `${ndpi}/bad-dns-traffic.pcap`,
]) {
  t.test(`EX-05 speaks of ${capture} within a minute`, { skip }, async (t) => {
    const { said, afterSeconds } = await speaks('EX-05', capture);
    t.ok(said.length > 0);
    t.ok(afterSeconds < 60, `${afterSeconds} s`);
  });
}

for (const capture of ['normal_00000_20230805150331', 'normal_00032_20230806103352']) {
  t.test(`EX-05 is silent about ${capture}`, { skip }, async (t) => {
    t.same((await speaks('EX-05', `${tunnels}/normal/${capture}.pcap`)).said, []);
  });
}

t.test('EX-07 speaks of a tunnel inside of pings within a minute', { skip }, async (t) => {
  const dataset = await speaks('EX-07', `${ndpi}/icmp-tunnel.pcap`);
  t.ok(dataset.said.includes('192.168.154.131 < 192.168.154.132'));
  t.ok(dataset.afterSeconds < 60, `${dataset.afterSeconds} s`);
  t.same((await speaks('EX-07', 'lab/public/p14_dns_icmp_tunnels.pcap')).said, ['10.20.1.11 < 203.0.113.50']);
});

t.test('BL-07 speaks of scans, and of nothing in a benign shift', { skip }, async (t) => {
  t.same((await speaks('BL-07', `${ndpi}/synscan.pcap`)).said, ['172.16.0.8 < 64.13.134.52']);
  const scanned = await speaks('BL-07', 'lab/public/p10_recon_scans.pcap');
  t.ok(scanned.said.length > 0 && scanned.said.every((row) => row.startsWith('10.20.6.66 ')));
  t.same((await speaks('BL-07', 'lab/public/p32_shift_benign_only.pcap')).said, []);
});

t.test(
  'BL-08 speaks of ARP spoofing, a taken address and a borrowed AE title, and of nothing in a benign shift',
  { skip },
  async (t) => {
    t.same((await speaks('BL-08', 'lab/public/p18_l2_identity_anomalies.pcap')).said, [
      '10.20.1.11 < 10.20.6.66',
      '10.20.2.10 < 10.20.6.66',
      '10.20.4.11 < 10.20.6.66',
    ]);
    t.same((await speaks('BL-08', 'lab/public/p11_dicom_theft.pcap')).said, ['10.20.6.66 < 10.20.2.10']);
    t.same((await speaks('BL-08', 'lab/public/p32_shift_benign_only.pcap')).said, []);
  },
);

t.test('EX-06 speaks of DNS over HTTPS and over TLS', { skip }, async (t) => {
  const doh = await speaks('EX-06', `${ndpi}/dns_doh.pcap`, ['172.20.10.4']);
  t.same(doh.said, ['172.20.10.4 < 104.16.248.249']);
  const dot = await speaks('EX-06', `${ndpi}/dns_dot.pcap`, ['192.168.1.185']);
  t.same(dot.said, ['192.168.1.185 < 8.8.8.8']);
  t.same((await speaks('EX-06', `${ndpi}/dns_doh.pcap`)).said, [], 'no medical device');
});

t.test('EX-14 speaks of messages that a monitor sends outside in clear', { skip }, async (t) => {
  const { said } = await speaks('EX-14', 'lab/public/p15_exfil_uploads_contec.pcap');
  t.ok(said.includes('10.20.3.11 < 203.0.113.50'));
  t.same((await speaks('EX-14', 'lab/public/p32_shift_benign_only.pcap')).said, []);
});

t.test('EX-16 is silent about discovery of synchronising programs in the local network', { skip }, async (t) => {
  t.same((await speaks('EX-16', `${ndpi}/syncthing.pcap`, ['192.168.2.100'])).said, []);
});
