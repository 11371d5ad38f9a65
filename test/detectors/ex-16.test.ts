import t from 'tap';
import { fileStoreOf } from '../../src/bytes/outside-services.ts';
import { tell } from '../support/tell.ts';
import { TestWard } from '../support/ward.ts';

const MONITOR = '10.1.0.31';
const NURSE = '10.1.0.66';
const OUTSIDE = '203.0.113.5';

interface Upload {
  readonly bytes?: number;
  readonly serverName?: string;
  readonly from?: string;
  readonly to?: string;
  readonly tier?: number;
  readonly minutesApart?: number;
}

/** Half of it is told at an interval, half at the end. */
function uploads({
  bytes = 1e6,
  serverName = 'content.dropboxapi.com',
  from = MONITOR,
  to = OUTSIDE,
  ...more
}: Upload) {
  const { tier = 2, minutesApart = 1 } = more;
  const w = new TestWard({ settings: { listed: [{ match: MONITOR, class: 'patient-monitor', tier }] } }).at(20);
  const flow = w.connect(from, to, 443, 'tls');
  tell(w, 'handshake', flow, { protocol: 'tls', serverName });
  tell(w, 'flowUpdate', flow, { payloadToServer: bytes / 2, payloadToClient: 9e6 });
  tell(w.at(20 + minutesApart), 'flowEnd', flow, { payloadToServer: bytes / 2 });
  return w.said('EX-16');
}

t.test('EX-16 speaks when a device sends a megabyte to a place for files', (t) => {
  t.same(uploads({}), [`${MONITOR} < ${OUTSIDE} tls`]);
  t.same(uploads({ bytes: 1e6 - 2 }), []);
  t.same(uploads({ serverName: 'www.example.org' }), []);
  t.same(uploads({ from: NURSE }), [], 'no medical device');
  t.same(uploads({ to: '10.1.0.20' }), [], 'a place inside');
  t.same(uploads({ tier: 3 }).length, 1);
  t.same(uploads({ tier: 4 }), []);
  t.end();
});

t.test('EX-16 counts a day', (t) => {
  t.equal(uploads({ minutesApart: 24 * 60 }).length, 1);
  t.equal(uploads({ minutesApart: 24 * 60 + 1 }).length, 0);
  t.end();
});

t.test('EX-16 knows the host that is asked for in HTTP, and the name of the address', (t) => {
  const w = new TestWard({ settings: { listed: [{ match: MONITOR, class: 'patient-monitor' }] } }).at(20);
  const flow = w.connect(MONITOR, OUTSIDE, 80, 'http');
  tell(w, 'httpMessage', flow, { method: 'PUT', host: 'transfer.sh' });
  tell(w, 'flowEnd', flow, { payloadToServer: 2e6 });
  t.equal(w.said('EX-16').length, 1);
  const other = new TestWard({ settings: { listed: [{ match: MONITOR, class: 'patient-monitor' }] } }).at(20);
  const asked = other.connect(MONITOR, '10.1.0.53', 53, 'dns');
  const address = String.fromCharCode(203 * 256, 113 * 256 + 5);
  tell(other, 'lookup', asked, { kind: 'answer', fromClient: false, name: 'up.mega.nz', type: 'A', address });
  tell(other, 'flowEnd', other.connect(MONITOR, OUTSIDE, 443, 'tls'), { payloadToServer: 2e6 });
  t.equal(other.said('EX-16').length, 1);
  t.end();
});

t.test('places for files are told by the end of their names', (t) => {
  const none = new Set<string>();
  t.equal(fileStoreOf('dl.dropboxusercontent.com', none), 'Dropbox');
  t.equal(fileStoreOf('bucket.s3.eu-central-1.amazonaws.com', none), 'Amazon S3');
  t.equal(fileStoreOf('s3.amazonaws.com', none), 'Amazon S3');
  t.equal(fileStoreOf('ec2.amazonaws.com', none), '');
  t.equal(fileStoreOf('notdropbox.com', none), '');
  t.equal(fileStoreOf('files.example.org', new Set(['example.org'])), 'example.org');
  t.end();
});
