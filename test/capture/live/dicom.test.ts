import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { passiveProblems } from '../../../src/capture/live/interfaces.ts';
import { LiveCapture } from '../../../src/capture/live/live.ts';
import { counter, inside, labHere, mirrorLab, runInside, SERVER_ADDRESS, TAP } from '../../support/namespace.ts';

const PORT = 11_112;
const ASSOCIATE_REQUEST = 1;
const ASSOCIATE_ACCEPT = 2;

/** Enough of a secondary capture image for a storage service; the person does not exist. */
const IMAGE = `(0008,0016) UI [1.2.840.10008.5.1.4.1.1.7]
(0008,0018) UI [1.2.3.4.5.6.7]
(0010,0010) PN [NOBODY^TEST]
(0010,0020) LO [TEST]
(0020,000d) UI [1.2.3.4.5]
(0020,000e) UI [1.2.3.4.5.6]
(0028,0002) US 1
(0028,0004) CS [MONOCHROME2]
(0028,0010) US 1
(0028,0011) US 4
(0028,0100) US 8
(0028,0101) US 8
(0028,0102) US 7
(0028,0103) US 0
(7fe0,0010) OB 01\\02\\03\\04
`;

const lab = labHere();
if (lab === null) {
  await runInside(t, import.meta.filename, mirrorLab, 'storescu', 'storescp', 'dump2dcm');
} else {
  t.test('a DICOM store between two hosts is heard on the mirror port, which stays silent', async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'wardwatch-dicom-'));
    t.teardown(() => rmSync(directory, { recursive: true }));
    writeFileSync(join(directory, 'image.dump'), IMAGE);
    inside(lab.client, 'dump2dcm', join(directory, 'image.dump'), join(directory, 'image.dcm'));
    const server = spawn('ip', ['netns', 'exec', lab.server, 'storescp', '--ignore', String(PORT)], {
      stdio: 'ignore',
    });
    t.teardown(() => server.kill());
    await listening(lab.server);

    const capture = LiveCapture.open({
      interfaces: [TAP],
      fanoutGroups: null,
      blockBytes: 1024 * 1024,
      blocks: 16,
      snapBytes: 65_535,
    });
    const stop = new AbortController();
    const toServer: number[] = [];
    const toClient: number[] = [];
    const done = capture.run(
      ({ view, bytes, offset, captured }, from, to) => {
        for (let row = from; row < to; row++) {
          const at = offset[row]!;
          if (view.getUint16(at + 12) !== 0x0800 || view.getUint8(at + 23) !== 6) continue;
          const end = Math.min(at + captured[row]!, at + 14 + view.getUint16(at + 16));
          const payload = at + 34 + (view.getUint8(at + 46) >> 4) * 4;
          if (view.getUint16(at + 36) === PORT) toServer.push(...bytes.subarray(payload, end));
          if (view.getUint16(at + 34) === PORT) toClient.push(...bytes.subarray(payload, end));
        }
      },
      stop.signal,
      () => {},
    );
    const client = spawn(
      'ip',
      ['netns', 'exec', lab.client, 'storescu', SERVER_ADDRESS, String(PORT), join(directory, 'image.dcm')],
      { stdio: 'ignore' },
    );
    const [status] = await once(client, 'exit');
    t.equal(status, 0);
    stop.abort();
    await done;
    t.match(capture.statistics(), [{ drops: 0 }]);
    capture.close();

    t.equal(toServer[0], ASSOCIATE_REQUEST);
    t.equal(toClient[0], ASSOCIATE_ACCEPT);
    t.equal(Buffer.from(toServer.slice(10, 26)).toString('latin1').trim(), 'ANY-SCP');
    t.ok(toServer.length > statSync(join(directory, 'image.dcm')).size / 2, 'the data set came by');
    t.strictSame(passiveProblems(TAP, 0), []);
    t.equal(counter(lab.sensor, TAP, 'tx_packets'), 0);
  });
}

/** Waits until the server's port is open (state 0A of /proc/net/tcp). */
async function listening(namespace: string): Promise<void> {
  const port = PORT.toString(16).toUpperCase().padStart(4, '0');
  for (let i = 0; i < 500; i++) {
    const open = inside(namespace, 'sh', '-c', 'cat /proc/net/tcp /proc/net/tcp6 2>/dev/null; true');
    if (new RegExp(`:${port} [0-9A-F]+:0000 0A`).test(open)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
