/**
 * Masked packets of the lab's incidents: they open in tshark without a malformed packet, carry no word of a patient, are as
 * long and as late as the originals, and their checksums are right.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { limits } from '../../src/limits.ts';
import { evidence } from '../../src/pipeline/evidence.ts';
import { labPath, lacksLab, replayFile } from '../support/replayed.ts';
import { lacksTshark, tsharkFields } from '../support/tshark.ts';

const captures = [
  ...[
    'p03_dicom_edge',
    'p06_hl7_edge',
    'p10_recon_scans',
    'p11_dicom_theft',
    'p12_remote_control',
    'p13_reverse_shells',
  ],
  ...['p14_dns_icmp_tunnels', 'p16_default_creds_control', 'p17_beacon_http', 'p18_l2_identity_anomalies'],
  'p19_orthanc_rest_theft',
];
/** Incidents of so many different captures. */
const CAPTURES_LEAST = 10;
const CANARY = /canary/i;

async function sliced(capture: string, folder: string, changed: Partial<typeof limits> = {}) {
  const inputs = [labPath(`${capture}.pcap`)];
  const { report } = await replayFile(inputs, { learnUntil: { afterUs: 1e6 } });
  const { alerts: findings, incidents } = report;
  return evidence({ inputs, folder, run: 'test', findings, incidents, limits: { ...limits, ...changed } });
}

t.test('incidents of the lab', { skip: lacksLab || lacksTshark, timeout: 400_000 }, async (t) => {
  const seen = new Set<string>();
  for (const capture of captures) {
    const folder = mkdtempSync(join(tmpdir(), 'wardwatch-evidence-'));
    t.teardown(() => rmSync(folder, { recursive: true, force: true }));
    const original = await tsharkFields(labPath(`${capture}.pcap`), 'frame', ['frame.time_epoch', 'frame.len']);
    const result = await sliced(capture, folder);
    t.ok(result.leftOut >= 0);
    for (const file of readdirSync(folder)) {
      const path = join(folder, file);
      t.notMatch(readFileSync(path, 'latin1'), CANARY, `${capture} ${file} names nobody`);
      if (!file.endsWith('.pcapng')) continue;
      const odd = '_ws.malformed || tcp.checksum.status == 0 || udp.checksum.status == 0';
      const settings = ['-o', 'tcp.check_checksum:TRUE', '-o', 'udp.check_checksum:TRUE'];
      t.same(await tsharkFields(path, odd, ['frame.number', '_ws.expert.message'], settings), [], `${capture} ${file}`);
      const packets = await tsharkFields(path, 'frame', ['frame.comment', 'frame.time_epoch', 'frame.len']);
      if (packets.length > 0) seen.add(capture);
      const same = packets.filter(([comment = '', time = '', length]) => {
        const [timeThen = '', lengthThen] = original[Number(comment.slice('packet '.length)) - 1] ?? [];
        return Number(time).toFixed(6) === Number(timeThen).toFixed(6) && length === lengthThen;
      });
      t.equal(same.length, packets.length, `${capture} ${file}: times and lengths`);
    }
  }
  t.ok(seen.size >= CAPTURES_LEAST, `incidents of ${seen.size} captures`);
});

t.test('what finds no room is counted', { skip: lacksLab }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'wardwatch-evidence-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const { leftOut } = await sliced('p12_remote_control', folder, { evidenceBytesMax: 4_000 });
  t.ok(leftOut > 0);
});
