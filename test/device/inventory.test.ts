import t from 'tap';
import { deviceRows } from '../../src/pipeline/rows.ts';
import { FlowUpdate } from '../../src/records.ts';
import { TestWard } from '../support/ward.ts';

const CT_MAC = '08:00:06:00:00:11';
const ROUTER_MAC = '00:1b:54:00:00:01';

const ids = (ward: TestWard) => deviceRows(ward.analyst).map(({ id, addresses }) => `${id} ${addresses.join(' ')}`);

t.test('a device is its hardware address where the mirror shows it', (t) => {
  const ward = new TestWard();
  ward.neighbour('10.1.0.11', CT_MAC);
  t.strictSame(ids(ward), [`${CT_MAC} 10.1.0.11`]);
  t.end();
});

t.test('behind a router it is its network address: the MAC of a routed packet is not believed', (t) => {
  const ward = new TestWard();
  ward.neighbour('10.2.0.1', ROUTER_MAC, { timeToLive: 63 });
  ward.neighbour('10.2.0.2', ROUTER_MAC, { timeToLive: 127 });
  t.strictSame(ids(ward), ['10.2.0.1 10.2.0.1', '10.2.0.2 10.2.0.2']);
  t.end();
});

t.test('a MAC that stands before many addresses is a router, however young its packets look', (t) => {
  const ward = new TestWard();
  for (let host = 1; host <= 12; host++) ward.neighbour(`10.2.0.${host}`, ROUTER_MAC);
  t.equal(ids(ward).length, 12);
  t.notOk(ids(ward).some((line) => line.startsWith(ROUTER_MAC)));
  t.end();
});

t.test('follows a device to the address that DHCP gives it', (t) => {
  const ward = new TestWard();
  ward.neighbour('10.1.0.11', CT_MAC);
  ward.lease(CT_MAC, '10.1.0.99', { hostName: 'ct-1' });
  ward.neighbour('10.1.0.99', CT_MAC);
  t.strictSame(ids(ward), [`${CT_MAC} 10.1.0.11 10.1.0.99`]);
  t.strictSame(deviceRows(ward.analyst)[0]?.names, ['ct-1']);
  t.end();
});

t.test('an address that goes to another machine does not take its past along', (t) => {
  const ward = new TestWard();
  ward.neighbour('10.1.0.11', CT_MAC);
  ward.lease('08:00:06:00:00:12', '10.1.0.11');
  ward.neighbour('10.1.0.11', '08:00:06:00:00:12');
  t.equal(deviceRows(ward.analyst).length, 2);
  t.end();
});

t.test('forged ARP does not take an address away from its device', (t) => {
  const ward = new TestWard();
  ward.neighbour('10.1.0.11', CT_MAC);
  ward.neighbour('10.1.0.11', '02:de:ad:00:00:01', { how: 'arp-reply' });
  t.strictSame(ids(ward), [`${CT_MAC} 10.1.0.11`]);
  t.end();
});

t.test('IPv4 and IPv6 of one machine are one device', (t) => {
  const ward = new TestWard();
  ward.neighbour('10.1.0.11', CT_MAC);
  ward.neighbour('fe80::1', CT_MAC, { timeToLive: 255 });
  t.equal(ids(ward).length, 1);
  t.end();
});

t.test('a sender that hides behind a group MAC is known by the MAC in its link-local address', (t) => {
  const ward = new TestWard();
  ward.neighbour('10.1.0.11', CT_MAC);
  ward.neighbour('fe80::a00:6ff:fe00:11', '33:33:00:00:00:16', { timeToLive: 255 });
  ward.neighbour('fe80::1234', '33:33:00:00:00:16', { timeToLive: 255 });
  t.strictSame(ids(ward), [`${CT_MAC} 10.1.0.11 fe80::a00:6ff:fe00:11`, 'fe80::1234 fe80::1234']);
  t.end();
});

t.test('an address that only was called is no device, nor is a group', (t) => {
  const ward = new TestWard();
  ward.neighbour('10.1.0.66', '00:00:5e:00:00:66');
  ward.connect('10.1.0.66', '10.1.0.200', 104);
  ward.connect('10.1.0.66', '239.1.1.1', 104);
  t.equal(ids(ward).length, 1);
  t.end();
});

t.test('where the link shows no hardware addresses, whoever sends packets is a device', (t) => {
  const ward = new TestWard();
  const flow = ward.connect('10.1.0.66', '10.1.0.200', 104);
  ward.analyst.flowUpdate(Object.assign(new FlowUpdate(), { flow, timeUs: ward.nowUs, packetsToServer: 1 }));
  t.strictSame(ids(ward), ['10.1.0.66 10.1.0.66']);
  t.end();
});

t.test('what was learnt before the MAC was seen goes to the device', (t) => {
  const ward = new TestWard();
  ward.neighbour('10.1.0.99', CT_MAC);
  const flow = ward.store('10.1.0.11', '10.1.0.20');
  ward.identity(flow, 'model', 'SCANNER 9');
  ward.neighbour('10.1.0.11', CT_MAC);
  const [device] = deviceRows(ward.analyst);
  t.match(device, { id: CT_MAC, model: 'SCANNER 9', medical: true, utilisation: { instances: 1 } });
  t.end();
});

t.test('keeps conflicting evidence and shows the most believed', (t) => {
  const ward = new TestWard();
  const flow = ward.store('10.1.0.11', '10.1.0.20');
  ward.neighbour('10.1.0.11', CT_MAC);
  ward.identity(flow, 'model', 'OLD', 0.6);
  ward.identity(flow, 'model', 'NEW', 0.8);
  ward.identity(flow, 'model', 'FORWARDED', 0.2);
  const [device] = deviceRows(ward.analyst);
  t.equal(device?.model, 'NEW');
  t.strictSame(
    device?.evidence.filter(({ attribute }) => attribute === 'model').map(({ value }) => value),
    ['FORWARDED', 'NEW', 'OLD'],
  );
  t.end();
});

const classes: readonly [why: string, build: (ward: TestWard) => void, kind: string, tier: number][] = [
  ['images of its own modality', (w) => w.identity(w.store('10.1.0.11', '10.1.0.20'), 'modality', 'CT'), 'ct', 3],
  ['queries for images', (w) => w.move('10.1.0.11', '10.1.0.20', 'X'), 'workstation', 4],
  ['nothing at all', (w) => w.connect('10.1.0.11', '10.1.0.20', 80, 'http'), '', 4],
];
for (const [why, build, kind, tier] of classes) {
  t.test(`a device with ${why} is ${kind === '' ? 'of no known class' : kind}`, (t) => {
    const ward = new TestWard();
    ward.neighbour('10.1.0.11', CT_MAC);
    build(ward);
    t.match(deviceRows(ward.analyst)[0], { class: kind, tier });
    t.end();
  });
}

t.test('a host outside is no medical device, even when it takes HL7 messages', (t) => {
  const ward = new TestWard();
  const flow = ward.connect('10.1.0.11', '203.0.113.50', 2575, 'hl7');
  ward.hl7(flow, { type: 'ADT', trigger: 'A01' });
  ward.neighbour('203.0.113.50', CT_MAC, { timeToLive: 50 });
  t.match(
    deviceRows(ward.analyst).find(({ id }) => id === '203.0.113.50'),
    { class: '', medical: false, external: true },
  );
  t.end();
});

t.test('a person’s list beats all evidence', (t) => {
  const ward = new TestWard({
    settings: { listed: [{ match: CT_MAC.toUpperCase(), class: 'dialysis', name: 'Dialysis 4' }] },
  });
  ward.neighbour('10.1.0.11', CT_MAC);
  ward.identity(ward.store('10.1.0.11', '10.1.0.20'), 'modality', 'CT');
  t.match(deviceRows(ward.analyst)[0], { class: 'dialysis', tier: 1, names: ['Dialysis 4'] });
  t.end();
});

t.test('the inventory is bounded and says what it refused', (t) => {
  const ward = new TestWard({ limits: { devicesMax: 10 } });
  for (let host = 1; host <= 50; host++) ward.neighbour(`10.3.0.${host}`, ROUTER_MAC, { timeToLive: 63 });
  t.ok(deviceRows(ward.analyst).length <= 10);
  t.ok(ward.analyst.inventory.refused > 0);
  t.end();
});
