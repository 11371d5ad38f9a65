/**
 * The cards of remote control on captures of others and on those of the laboratory: what they must say, and what they
 * must not. A capture is "retargeted" by declaring its server a device.
 */
import t from 'tap';
import { freshConfiguration } from '../../src/configuration.ts';
import { Rhythm } from '../../src/records.ts';
import { isPacedLikeTyping, isTyped, shortPace, smallPace } from '../../src/statistics/typing.ts';
import { capture } from '../support/conversations.ts';
import { labPath, lacksLab, replayFile } from '../support/replayed.ts';
import { recordsOf } from '../support/tshark.ts';
import { TestWard } from '../support/ward.ts';

/** Findings of a capture in which these addresses are devices and every network is the site's own. */
async function findings(path: string, devices: readonly string[], class_ = 'infusion-pump') {
  const configuration = freshConfiguration();
  configuration.site.internal = ['0.0.0.0/0', '::/0'];
  configuration.site.devices = devices.map((match) => ({ match, class: class_ }));
  const { report } = await replayFile(path, { configuration, learnUntil: { afterUs: 0 } });
  return report.alerts;
}

const at = (name: string): string | null => capture(name.includes('/') ? name : `datasets/ndpi-pcaps/${name}`);
const lacks = (names: readonly string[]): string | false => {
  const missing = names.filter((name) => at(name) === null);
  return missing.length === 0 ? false : `needs ${missing.join(', ')}`;
};

/** Captures of administration and desktops: the device, and from how many sources it is reached. */
const sessions: readonly (readonly [name: string, device: string, service: string])[] = [
  ['rdp.pcap', '192.168.2.142', 'rdp'],
  ['rdp2.pcap', '192.168.122.2', 'rdp'],
  ['rdp3.pcap', '10.157.4.161', 'rdp'],
  ['rdp_over_tls.pcap', '89.31.79.12', 'rdp'],
  ['vnc.pcap', '192.168.2.110', 'vnc'],
  ['ssh.pcap', '172.16.238.168', 'ssh'],
  ['telnet.pcap', '192.168.0.1', 'telnet'],
  ['rsh.pcap', '127.0.0.1', 'rsh'],
  ['radmin3.pcapng', '192.168.88.197', 'radmin'],
  ['nomachine.pcapng', '192.168.88.208', 'nomachine'],
  ['xdmcp.pcap', '10.1.2.4', 'xdmcp'],
];

t.test(
  'RC-01 gives one finding for each capture of a session',
  { skip: lacks(sessions.map(([name]) => name)) },
  async (t) => {
    for (const [name, device, service] of sessions) {
      const said = (await findings(at(name) ?? '', [device])).filter(({ detector }) => detector === 'RC-01');
      t.match(said, [{ deviceAddress: device, service, severity: 'critical' }], name);
      t.equal(said.length, 1, name);
    }
  },
);

/** Does either direction pass two tests, and all three, of small packets in clear or short encrypted ones? SSH has no third. */
const paces: readonly (readonly [name: string, size: 'small' | 'short', paced: boolean, typed: boolean | null])[] = [
  ['telnet.pcap', 'short', true, true],
  ['ssh.pcap', 'short', true, null],
  ['modbus.pcap', 'small', true, false],
  ['dnp3.pcap', 'small', true, false],
  ['coap_mqtt.pcap', 'short', true, false],
  ['vnc.pcap', 'small', false, false],
  ['opc-ua.pcap', 'small', false, false],
  ['hl7.pcap', 'small', false, false],
  ['s7comm.pcap', 'small', false, false],
  ['anydesk.pcapng', 'small', false, false],
];

t.test('the pace of hands and of machines', { skip: lacks(paces.map(([name]) => name)) }, async (t) => {
  for (const [name, size, paced, typed] of paces) {
    const told = (await recordsOf(at(name) ?? '', 'rhythm')).map(({ record }) => record as unknown as Rhythm);
    const pace = size === 'small' ? smallPace : shortPace;
    const any = (test: typeof isTyped): boolean =>
      told.some((one) => [true, false].some((isToServer) => test(pace(one, isToServer), one.durationUs)));
    t.equal(any(isPacedLikeTyping), paced, `${name}: paced`);
    if (typed !== null) t.equal(any(isTyped), typed, `${name}: typed`);
  }
});

t.test('RC-04 finds the reverse shells and tunnels of the laboratory', { skip: lacksLab }, async (t) => {
  const { report } = await replayFile(labPath('p13_reverse_shells.pcap'), { learnUntil: { afterUs: 0 } });
  const said = report.alerts.filter(({ detector }) => detector === 'RC-04');
  const found = said.map(({ deviceAddress, service }) => `${deviceAddress} ${service}`).sort();
  // The shell inside of TLS (ncat from 10.20.1.12) is too short for a lead to show.
  t.same(found, ['10.20.1.11 ssh', '10.20.1.11 tcp/8443', '10.20.1.13 tcp/4444', '10.20.4.12 ssh']);
});

t.test(
  'RC-03, RC-04 and RC-05 are silent about sessions and services of the laboratory',
  { skip: lacksLab },
  async (t) => {
    const benign = ['p12_remote_control', 'p32_shift_benign_only', 'p05_hl7_benign', 'p21_file_print_telemetry'];
    for (const name of benign) {
      const { report } = await replayFile(labPath(`${name}.pcap`), { learnUntil: { afterUs: 0 } });
      const said = report.alerts.filter(({ detector }) => /RC-0[345]/.test(detector));
      t.same(
        said.map(({ detector, happened }) => `${detector} ${happened}`),
        [],
        name,
      );
    }
  },
);

/** The idle times of a session that was captured, retold between other machines and later by so much. */
function retell(w: TestWard, flow: number, told: readonly Rhythm[], nowUs: number, laterUs: number): void {
  const startUs = told[0]?.idleEndsFromUs ?? 0;
  for (const one of told) {
    const idleEndsFromUs = one.idleEndsFromUs - startUs + nowUs + laterUs;
    w.analyst.rhythm(Object.assign(new Rhythm(), one, { flow, idleEndsFromUs }));
  }
}

t.test(
  'RC-05 pairs a session with itself 40 ms later, and not with another',
  { skip: lacks(['ssh.pcap', 'telnet.pcap']) },
  async (t) => {
    const idle = async (name: string): Promise<Rhythm[]> =>
      (await recordsOf(at(name) ?? '', 'rhythm'))
        .map(({ record }) => record as unknown as Rhythm)
        .filter(({ idleEnds }) => idleEnds !== '');
    const [ssh, telnet] = [await idle('ssh.pcap'), await idle('telnet.pcap')];
    const said = (second: readonly Rhythm[], laterUs: number): number => {
      const w = new TestWard();
      w.store('10.1.0.11', '10.1.0.20');
      w.at(20);
      retell(w, w.connect('10.1.0.66', '10.1.0.67', 22, 'ssh'), ssh, w.nowUs, 0);
      retell(w, w.connect('10.1.0.67', '10.1.0.11', 22, 'ssh'), second, w.nowUs, laterUs);
      return w.said('RC-05').length;
    };
    t.equal(said(ssh, 40e3), 1);
    t.equal(said(ssh, 200e3), 0);
    t.equal(said(telnet, 40e3), 0);
  },
);

const psexec = ['third-party/remote/sv__smb2-07-20171220_smb_psexec_add_user.pcap'] as const;

t.test('RC-11 and RC-13 see a program copied to a station and started there', { skip: lacks(psexec) }, async (t) => {
  const said = await findings(at(psexec[0]) ?? '', ['192.168.10.10'], 'ultrasound');
  const of = (card: string) => said.filter(({ detector }) => detector === card);
  t.match(of('RC-11'), [{ deviceAddress: '192.168.10.10', happened: /A program \(pe\) of 146 kB was copied/ }]);
  t.ok(of('RC-13').some(({ happened }) => /installed a service on .* after it put a program there/.test(happened)));
});

t.test('RC-11 sees a large file that is written by TFTP', { skip: lacks(['tftp.pcap']) }, async (t) => {
  const devices = ['192.168.0.10', '172.28.5.170', '192.168.2.200'];
  const said = (await findings(at('tftp.pcap') ?? '', devices)).filter(({ detector }) => detector === 'RC-11');
  t.match(said, [{ happened: /A large file of 100 kB was copied/ }]);
});

t.test('RC-12 is silent about ordinary reading', { skip: lacks(['snmp.pcap']) }, async (t) => {
  const devices = ['97.0.115.163', '130.70.149.185', '250.58.112.87', '30.79.214.36', '254.158.1.169'];
  const said = await findings(at('snmp.pcap') ?? '', devices);
  t.same(
    said.filter(({ detector }) => detector === 'RC-12'),
    [],
  );
});
