/**
 * Standing weaknesses in the lab, where the labels say what was done to which device: each of them is written down
 * once, and nothing is said of devices that did it better.
 */
import t from 'tap';
import { labPath, lacksLab, replayFile } from '../support/replayed.ts';

interface Expectation {
  readonly capture: string;
  /** `device rule` and, where the rule is about a pair, the peer; each must be there. */
  readonly said: readonly string[];
  /** `device rule`: none of these may be there. */
  readonly unsaid: readonly string[];
}

const expectations: readonly Expectation[] = [
  {
    capture: 'p16_default_creds_control',
    said: [
      '10.20.1.13 telnet-in-use 10.20.6.66',
      '10.20.1.13 login-in-clear 10.20.6.66',
      '10.20.1.13 default-password 10.20.6.66',
      '10.20.3.11 ftp-in-use 10.20.6.66',
      '10.20.3.11 login-in-clear 10.20.6.66',
      '10.20.3.11 default-password 10.20.6.66',
      '10.20.4.11 login-in-clear 10.20.6.66',
      '10.20.4.11 default-password 10.20.6.66',
    ],
    // Guesses over SSH cannot be read; the CT answers with a system that is supported.
    unsaid: ['10.20.1.11 default-password', '10.20.1.11 login-in-clear', '10.20.1.11 support-ended'],
  },
  {
    capture: 'p12_remote_control',
    said: [
      '10.20.1.13 telnet-in-use 10.20.6.10',
      '10.20.1.13 default-password 10.20.6.10',
      '10.20.4.11 telnet-in-use 10.20.6.66',
      '10.20.4.11 default-password 10.20.6.66',
    ],
    unsaid: ['10.20.1.11 telnet-in-use', '10.20.1.12 login-in-clear', '10.20.1.12 ssh1-in-use'],
  },
  {
    capture: 'p20_infrastructure',
    said: ['10.20.1.13 snmp-public 10.20.2.20', '10.20.1.13 snmp-public 10.20.6.66'],
    // Version 3 protects its logins.
    unsaid: ['10.20.1.13 telnet-in-use', '10.20.1.13 old-tls', '10.20.2.20 login-in-clear'],
  },
  {
    capture: 'p21_file_print_telemetry',
    said: [
      '10.20.5.11 telnet-in-use 10.20.6.10',
      '10.20.5.11 default-password 10.20.6.10',
      '10.20.1.12 ftp-in-use 10.20.6.10',
      '10.20.1.12 short-password 10.20.6.10',
      '10.20.1.12 smb1-in-use 10.20.6.10',
      '10.20.2.21 login-in-clear 10.20.3.13',
    ],
    unsaid: ['10.20.2.10 ssh1-in-use', '10.20.2.10 login-in-clear', '10.20.2.10 telnet-in-use'],
  },
  {
    capture: 'p22_tls_versions',
    said: ['10.20.2.10 old-tls 10.20.1.12', '10.20.1.12 old-tls 10.20.2.10', '10.20.3.12 old-tls 10.20.2.20'],
    unsaid: ['10.20.6.10 old-tls', '10.20.2.20 old-tls', '10.20.1.11 old-tls'],
  },
  {
    capture: 'p19_orthanc_rest_theft',
    said: [],
    unsaid: ['10.20.2.10 telnet-in-use', '10.20.2.10 support-ended'],
  },
];

for (const { capture, said, unsaid } of expectations) {
  t.test(`${capture}: ${said.length} weaknesses`, { skip: lacksLab }, async (t) => {
    const { report } = await replayFile(labPath(`${capture}.pcap`));
    const lines = report.posture.map(
      ({ deviceAddress, rule, peerAddress }) => `${deviceAddress} ${rule} ${peerAddress}`,
    );
    t.same(
      said.filter((line) => !lines.includes(line)),
      [],
      'all are said',
    );
    t.same(
      lines.filter((line) => unsaid.some((one) => line.startsWith(`${one} `))),
      [],
      'of these nothing is said',
    );
    t.equal(new Set(lines).size, lines.length, 'each of them once');
    t.same(
      report.alerts.filter(({ detector }) => detector.includes('posture')),
      [],
      'and none is an alert',
    );
  });
}

t.test('what leaves the site in clear is said of the device that sends it', { skip: lacksLab }, async (t) => {
  const { report } = await replayFile(labPath('p15_exfil_uploads_contec.pcap'));
  const outside = report.posture.filter(
    ({ rule }) => rule === 'talks-to-internet' || rule === 'patient-data-leaves-site',
  );
  t.ok(outside.length > 0);
  t.ok(outside.every(({ deviceAddress }) => deviceAddress.startsWith('10.20.')));
});
