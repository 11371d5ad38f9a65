import t from 'tap';
import * as records from '../../src/records.ts';
import { TestWard } from '../support/ward.ts';

const CT = '10.1.0.11';
const PACS = '10.1.0.20';
const NURSE = '10.1.0.66';

/** Ten minutes of a scanner that stores images, then everything is watched. */
function ward(): TestWard {
  const made = new TestWard();
  made.store(CT, PACS);
  return made;
}

const access = [
  ...['ssh', 'telnet', 'rlogin', 'rsh', 'rdp', 'vnc', 'radmin', 'nomachine', 'ica', 'spice', 'x11', 'xdmcp'],
  ...['winrm', 'ipmi', 'adb', 'teamviewer', 'anydesk', 'rustdesk', 'screenconnect', 'splashtop'],
];

t.test('RC-01 speaks of every protocol that gives control, and says which', (t) => {
  for (const protocol of access) {
    const w = ward().at(20);
    w.connect(NURSE, CT, 4_711, protocol);
    t.same(w.said('RC-01'), [`${CT} < ${NURSE} ${protocol}`]);
  }
  t.end();
});

t.test('RC-01 is silent about protocols that give no control', (t) => {
  const w = ward().at(20);
  for (const protocol of ['http', 'tls', 'dicom', 'hl7', 'smb', 'snmp', '']) w.connect(NURSE, CT, 4_711, protocol);
  t.same(w.said('RC-01'), []);
  t.end();
});

t.test('RC-01 warns that typing can be read where it can', (t) => {
  const matters = (protocol: string): string | undefined => {
    const w = ward().at(20);
    w.connect(NURSE, CT, 4_711, protocol);
    return w.findings.find(({ detector }) => detector === 'RC-01')?.matters;
  };
  for (const protocol of access) {
    const isReadable = ['telnet', 'rlogin', 'rsh', 'x11', 'xdmcp'].includes(protocol);
    t.equal(/passwords too/.test(matters(protocol) ?? ''), isReadable, protocol);
  }
  t.end();
});

/** A request to the management service of Windows, inside HTTP. */
function manage(w: TestWard, fields: Partial<records.Message> = {}): void {
  const flow = w.connect(NURSE, CT, 5_985, 'http');
  const at = { timeUs: w.nowUs, flow, packet: 9 };
  w.analyst.httpMessage(Object.assign(new records.HttpMessage(), at, { method: 'POST', pathClass: '/wsman' }));
  w.analyst.message(
    Object.assign(new records.Message(), at, { protocol: 'winrm', kind: 'encrypted request', ...fields }),
  );
}

t.test('RC-01 speaks of management of Windows that travels inside HTTP, unless it was seen while learning', (t) => {
  const w = ward().at(20);
  manage(w);
  t.same(w.said('RC-01'), [`${CT} < ${NURSE} winrm`]);
  const known = ward();
  manage(known);
  known.at(20);
  manage(known);
  t.same(known.said('RC-01'), []);
  t.end();
});

t.test('RC-01 does not take an answer, or other messages, for management', (t) => {
  const w = ward().at(20);
  manage(w, { fromClient: false });
  manage(w, { protocol: 'upnp' });
  t.same(w.said('RC-01'), []);
  t.end();
});
