import t from 'tap';
import { parseAddress } from '../../src/bytes/address.ts';
import type { DeviceRow } from '../../src/model.ts';
import { deviceRows } from '../../src/pipeline/rows.ts';
import { Announcement, Certificate, Lookup } from '../../src/records.ts';
import { TestWard } from '../support/ward.ts';

const MAC = '08:00:06:00:00:11';
const DEVICE = '10.1.0.11';
const OTHER = '10.1.0.20';
const DAY_US = 24 * 3600e6;

function only(ward: TestWard): DeviceRow {
  const row = deviceRows(ward.analyst).find(({ id }) => id === MAC);
  if (row === undefined) throw new Error('no such device');
  return row;
}

const values = (row: DeviceRow, attribute: string): string[] =>
  row.evidence.filter((one) => one.attribute === attribute).map(({ value, source }) => `${value} (${source})`);

t.test('a device that asks DHCP says which system it runs', (t) => {
  const ward = new TestWard();
  ward.neighbour(DEVICE, MAC);
  ward.lease(MAC, DEVICE, { vendorClass: 'android-dhcp-13', parameters: '1,3,6,15,26,28,51,58,59,43,114,108' });
  t.equal(only(ward).operatingSystem, 'Android 13');
  t.strictSame(values(only(ward), 'operating-system'), ['Android (DHCP option 55)', 'Android 13 (DHCP option 60)']);
  t.end();
});

t.test('two programs on one device may disagree: both words stay, the better one is shown', (t) => {
  const ward = new TestWard();
  ward.neighbour(DEVICE, MAC);
  ward.identity(
    ward.connect(DEVICE, OTHER, 80, 'http'),
    'user-agent',
    'Mozilla/5.0 (Windows NT 6.1)',
    0.6,
    'User-Agent',
  );
  ward.identity(
    ward.connect(DEVICE, OTHER, 22, 'ssh'),
    'ssh-software',
    'OpenSSH_9.2p1 Debian-2+deb12u2',
    0.6,
    'SSH banner',
  );
  t.equal(only(ward).operatingSystem, 'Debian 12');
  t.strictSame(values(only(ward), 'operating-system'), [
    'Debian 12 (SSH banner)',
    'Windows 7 or Windows Server 2008 R2 (User-Agent)',
  ]);
  t.end();
});

t.test('the number of a version gives way to the name for it', (t) => {
  const ward = new TestWard();
  ward.neighbour(DEVICE, MAC);
  ward.identity(
    ward.connect(DEVICE, OTHER, 445, 'smb'),
    'operating-system',
    'Windows 6.1 build 7601',
    0.6,
    'NTLM VERSION',
  );
  t.equal(only(ward).operatingSystem, 'Windows 7 or Windows Server 2008 R2');
  t.same(values(only(ward), 'operating-system').length, 2);
  t.end();
});

t.test('a time to live alone tells no system', (t) => {
  const ward = new TestWard();
  ward.neighbour(DEVICE, MAC, { timeToLive: 128 });
  t.equal(only(ward).operatingSystem, '');
  t.end();
});

t.test('a device that announces printing is a printer, under the name of its own address', (t) => {
  const ward = new TestWard();
  ward.neighbour(DEVICE, MAC);
  const flow = ward.connect(DEVICE, '224.0.0.251', 5353, 'mdns');
  const announce = (fields: Partial<Lookup>): void => {
    const record = Object.assign(new Lookup(), { protocol: 'mdns', kind: 'announcement', flow, timeUs: ward.nowUs });
    ward.analyst.lookup(Object.assign(record, fields));
  };
  announce({ name: '_ipp._tcp.local', type: 'PTR' });
  announce({ name: 'printer-2.local', type: 'A', address: parseAddress(DEVICE) ?? '' });
  announce({ name: 'somebody-else.local', type: 'A', address: parseAddress(OTHER) ?? '' });
  t.match(only(ward), { class: 'printer', names: ['printer-2.local'] });
  t.end();
});

t.test('what DNS calls an address outside is evidence, before it is spoken to and after, and names nobody', (t) => {
  const ward = new TestWard();
  ward.neighbour(DEVICE, MAC);
  const flow = ward.connect(DEVICE, OTHER, 53, 'dns');
  const answer = (name: string, address: string): void => {
    const record = Object.assign(new Lookup(), { kind: 'answer', fromClient: false, flow, timeUs: ward.nowUs });
    ward.analyst.lookup(Object.assign(record, { name, address: parseAddress(address) }));
  };
  answer('updates.maker.test', '203.0.113.9');
  ward.connect(DEVICE, '203.0.113.9', 443, 'tls');
  answer('cdn.maker.test', '203.0.113.9');
  answer('pacs.hospital.test', OTHER);
  const names = (address: string): string[] => {
    const device = ward.analyst.inventory.at(parseAddress(address));
    return device.ledger.rows().flatMap((row) => (row.attribute === 'name' ? [`${row.value} (${row.source})`] : []));
  };
  t.same(names('203.0.113.9'), ['cdn.maker.test (DNS answer)', 'updates.maker.test (DNS answer)']);
  t.same(names(OTHER), [], 'inside it would be hearsay');
  t.same(ward.analyst.inventory.at(parseAddress('203.0.113.9')).ledger.best('name'), '');
  t.end();
});

t.test('of an address outside no more than deviceNamesMax names are kept', (t) => {
  const ward = new TestWard({ limits: { deviceNamesMax: 2, answeredNamesMax: 1 } });
  const flow = ward.connect(DEVICE, '203.0.113.9', 53, 'dns');
  const answer = (name: string, address: string): void => {
    const record = Object.assign(new Lookup(), { kind: 'answer', flow, timeUs: ward.nowUs, name });
    ward.analyst.lookup(Object.assign(record, { address: parseAddress(address) }));
  };
  for (const name of ['a.test', 'b.test', 'c.test', 'a.test']) answer(name, '203.0.113.9');
  t.equal(ward.analyst.inventory.at(parseAddress('203.0.113.9')).ledger.rows().length, 2);
  answer('first.test', '203.0.113.1');
  answer('second.test', '203.0.113.2');
  t.equal(ward.analyst.inventory.at(parseAddress('203.0.113.1')).ledger.rows().length, 0, 'the oldest gave way');
  t.equal(ward.analyst.inventory.at(parseAddress('203.0.113.2')).ledger.rows().length, 1);
  t.end();
});

t.test('whoever answers for its own address by LLMNR has that name', (t) => {
  const ward = new TestWard();
  ward.neighbour(DEVICE, MAC);
  const flow = ward.connect(OTHER, DEVICE, 5355, 'llmnr');
  const answer = (name: string, address: string): void => {
    const record = Object.assign(new Lookup(), { kind: 'answer', protocol: 'llmnr', fromClient: false, flow, name });
    ward.analyst.lookup(Object.assign(record, { timeUs: ward.nowUs, address: parseAddress(address) }));
  };
  answer('us-room2', DEVICE);
  answer('somebody-else', OTHER);
  t.match(only(ward), { names: ['us-room2'] });
  t.end();
});

t.test('a station that announced itself before its address was known is told when it is', (t) => {
  const ward = new TestWard({ limits: { stationsWaitingMax: 2, stationRowsMax: 2 } });
  const mac = (last: string): string => Object.assign(new Announcement(), { mac: macKey(last) }).mac;
  const announce = (last: string, attribute: string, value: string): void => {
    const record = Object.assign(new Announcement(), {
      mac: mac(last),
      attribute,
      value,
      source: 'LLDP',
      confidence: 0.8,
    });
    ward.analyst.announcement(Object.assign(record, { timeUs: ward.nowUs, flow: -1 }));
  };
  announce('01', 'name', 'forgotten, for two others came');
  for (const value of ['Model 8', 'Model 8', 'Model 9', 'Model 10']) announce('11', 'model', value);
  announce('12', 'name', 'somebody');
  ward.neighbour(DEVICE, MAC);
  t.same(values(only(ward), 'model'), ['Model 8 (LLDP)', 'Model 9 (LLDP)'], 'no more than there is room for');
  announce('11', 'serial', 'SN-1');
  t.same(values(only(ward), 'serial'), ['SN-1 (LLDP)'], 'at once');
  t.end();
});

/** The key of `08:00:06:00:00:…`. */
function macKey(last: string): string {
  return String.fromCharCode(0x0800, 0x0600, Number.parseInt(last, 16));
}

function shows(ward: TestWard, fields: Partial<Certificate>): void {
  const flow =
    fields.fromClient === true ? ward.connect(DEVICE, OTHER, 443, 'tls') : ward.connect(OTHER, DEVICE, 443, 'tls');
  const record = { flow, timeUs: ward.nowUs, subject: 'ct-1.example', issuer: 'Example CA', ...fields };
  ward.analyst.certificate(Object.assign(new Certificate(), record));
}

t.test('a certificate says for whom, by whom and until when', (t) => {
  const ward = new TestWard();
  ward.neighbour(DEVICE, MAC);
  shows(ward, { notAfterUs: ward.nowUs + 100 * DAY_US });
  shows(ward, { isSelfSigned: true });
  t.strictSame(values(only(ward), 'certificate'), [
    'ct-1.example, issued by Example CA, until 2026-06-10 (X.509 certificate)',
    'ct-1.example, self-signed (X.509 certificate)',
  ]);
  t.end();
});

t.test('the name in a client’s certificate may be a person’s and is not kept', (t) => {
  const ward = new TestWard();
  ward.neighbour(DEVICE, MAC);
  shows(ward, { fromClient: true, subject: 'CANARY' });
  t.strictSame(values(only(ward), 'certificate'), ['issued by Example CA (X.509 certificate)']);
  t.end();
});

t.test('a device that shows a new certificate every second does not fill the memory', (t) => {
  const ward = new TestWard({ limits: { deviceEvidenceMax: 8 } });
  ward.neighbour(DEVICE, MAC);
  for (let i = 0; i < 100; i++) shows(ward, { subject: `host-${i}` });
  t.ok(only(ward).evidence.length <= 8 + 2);
  t.end();
});
