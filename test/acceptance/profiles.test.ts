/** On a first day, when nothing has been learnt, the profiles alone tell what must never be from what may wait. */
import t from 'tap';
import { labPath, lacksLab, replayFile } from '../support/replayed.ts';

const speaksOfInside = ({ detector, peerAddress }: { detector: string; peerAddress: string }): boolean =>
  detector === 'RC-01' && peerAddress.startsWith('10.');

t.test(
  'remote control of a pump speaks at once, that of scanners waits for a person',
  { skip: lacksLab },
  async (t) => {
    const { report } = await replayFile(labPath('p12_remote_control.pcap'));
    const said = report.alerts
      .filter(speaksOfInside)
      .map((one) => `${one.deviceAddress} < ${one.peerAddress} ${one.service}`);
    t.strictSame(said, ['10.20.4.11 < 10.20.6.66 telnet']);
    const held = report.held.filter(({ card }) => card === 'RC-01').map(({ service }) => service);
    t.ok(held.includes('ssh'), 'the service visit');
    t.notOk(held.includes(''));
  },
);

for (const file of ['p01_dicom_dcmtk_benign.pcap', 'p05_hl7_benign.pcap']) {
  t.test(`${file}: no profile forbids what is usual in a hospital`, { skip: lacksLab }, async (t) => {
    const { report } = await replayFile(labPath(file));
    t.strictSame(
      report.alerts.filter(({ peerAddress }) => peerAddress.startsWith('10.')),
      [],
    );
  });
}
