import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { detectors } from '../../src/detectors/index.ts';
import { prefixes, TestWard } from '../support/ward.ts';

const CT = '10.1.0.11';
const PACS = '10.1.0.20';
const PUMP = '10.1.0.31';
const NURSE = '10.1.0.66';
const OUTSIDE = '203.0.113.5';

/** Learns ten minutes of a scanner that stores images and a vendor who logs in, then watches. */
function ward(over: ConstructorParameters<typeof TestWard>[0] = {}): TestWard {
  const made = new TestWard(over);
  made.store(CT, PACS);
  made.connect('10.1.0.70', CT, 22, 'ssh');
  made.move('10.1.0.50', PACS, 'REVIEW1');
  return made;
}

t.test('every detector file is in the list, with the name of its id', (t) => {
  const files = readdirSync('src/detectors').filter((name) => name !== 'index.ts');
  t.equal(files.length, detectors.length);
  for (const { id } of detectors)
    t.ok(
      files.some((name) => name.startsWith(id.toLowerCase())),
      id,
    );
  t.end();
});

t.test('every detector has its section in docs/detections.md, and every section its detector', (t) => {
  const headings = readFileSync('docs/detections.md', 'utf8').match(/^## (?=[A-Z]{2}-\d\d ).*$/gm) ?? [];
  t.same(headings.sort(), detectors.map(({ id, title }) => `## ${id} ${title}`).sort());
  t.end();
});

t.test('no first step tells anybody to unplug a device', (t) => {
  for (const name of readdirSync('src/detectors')) {
    t.notMatch(readFileSync(`src/detectors/${name}`, 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, ''), /unplug/i, name);
  }
  t.end();
});

t.test('BL-01 speaks when a scanner talks to a machine it never talked to', (t) => {
  const w = ward().at(20);
  w.connect(CT, NURSE, 80, 'http');
  t.strictSame(w.said('BL-01'), [`${CT} < ${NURSE} http`]);
  t.match(w.findings[0], {
    severity: 'medium',
    attack: ['T1021', 'T1571', 'T0869', 'T0885', 'T0886'],
    evidence: { packets: [{}], flows: [/^1:/] },
  });
  t.end();
});

t.test('BL-01 is silent about what was seen while learning, and about machines that are no medical devices', (t) => {
  const w = ward().at(20);
  w.store(CT, PACS);
  w.connect(NURSE, '10.1.0.67', 80, 'http');
  t.strictSame(w.said('BL-01'), []);
  t.end();
});

t.test('BL-01 is surer when the two stand in zones that may not talk to each other', (t) => {
  const zone = (name: string, network: string, mayTalkTo: string[]) => ({
    name,
    networks: prefixes(network),
    mayTalkTo,
  });
  const confidence = (mayTalkTo: string[]) => {
    const zones = [zone('imaging', '10.1.0.0/24', mayTalkTo), zone('offices', '10.9.0.0/24', [])];
    const w = ward({ settings: { zones } }).at(20);
    w.connect(CT, '10.9.0.5', 80, 'http');
    return w.findings[0]?.confidence;
  };
  t.equal(confidence([]), 0.8);
  t.equal(confidence(['offices']), 0.6);
  t.end();
});

t.test('BL-01 says one relation once, and counts', (t) => {
  const w = ward().at(20);
  for (let minute = 20; minute < 25; minute++) w.at(minute).connect(CT, NURSE, 8_081);
  t.strictSame(w.said('BL-01'), [`${CT} < ${NURSE} tcp/8081`]);
  t.end();
});

t.test('BL-01 is silent while a device is being learnt', (t) => {
  const w = ward({ learnUntilMinutes: null }).at(20);
  w.connect(CT, NURSE, 80, 'http');
  t.strictSame(w.findings, []);
  t.end();
});

t.test('RC-01 speaks when somebody new opens a command line, whatever the port', (t) => {
  const w = ward().at(20);
  w.connect(NURSE, CT, 2_222, 'ssh');
  t.strictSame(w.said('RC-01'), [`${CT} < ${NURSE} ssh`]);
  t.match(
    w.findings.find(({ detector }) => detector === 'RC-01'),
    { severity: 'high', usual: /Nobody/, happened: /command line \(SSH\)/ },
  );
  t.end();
});

t.test('RC-01 is silent about the vendor who was there before, and about the same login to a desk', (t) => {
  const w = ward().at(20);
  w.connect('10.1.0.70', CT, 22, 'ssh');
  w.connect('10.1.0.70', NURSE, 22, 'ssh');
  t.strictSame(w.said('RC-01'), []);
  t.end();
});

t.test('RC-01 is graver on a therapy device and while the device is used for a patient', (t) => {
  const listed = { listed: [{ match: PUMP, class: 'infusion-pump' }] };
  const w = ward({ settings: listed }).at(20);
  w.connect(NURSE, PUMP, 23, 'telnet');
  w.store(CT, PACS);
  w.connect(NURSE, CT, 5900, 'vnc');
  const severity = (address: string) =>
    w.findings.find(({ detector, deviceAddress }) => detector === 'RC-01' && deviceAddress === address)?.severity;
  t.equal(severity(PUMP), 'critical');
  t.equal(severity(CT), 'critical');
  t.end();
});

t.test('RC-01 waits for a person while learning, unless it comes from outside', (t) => {
  const w = ward({ learnUntilMinutes: null }).at(20);
  w.connect(NURSE, CT, 22, 'ssh');
  t.strictSame(w.findings, []);
  t.match(
    w.held.filter(({ peerAddress }) => peerAddress === NURSE),
    [{ card: 'RC-01', deviceAddress: CT, service: 'ssh', count: 1 }],
  );
  w.connect(OUTSIDE, CT, 22, 'ssh');
  t.strictSame(w.said('RC-01'), [`${CT} < ${OUTSIDE} ssh`]);
  t.end();
});

t.test('RC-01 trusts a listed jump host less loudly, not silently', (t) => {
  const w = ward({ settings: { jumpHosts: prefixes('10.1.0.66/32') } }).at(20);
  w.connect(NURSE, CT, 22, 'ssh');
  t.match(
    w.findings.find(({ detector }) => detector === 'RC-01'),
    { confidence: 0.5, happened: /listed jump host/ },
  );
  t.end();
});

t.test('EX-10 speaks when images shall go to a station never named before', (t) => {
  const w = ward().at(20);
  w.move('10.1.0.50', PACS, 'ROGUE');
  t.strictSame(w.said('EX-10'), [`10.1.0.50 < ${PACS} dicom`]);
  t.match(
    w.findings.find(({ detector }) => detector === 'EX-10'),
    { happened: /"ROGUE"/, severity: /high|critical/ },
  );
  t.end();
});

t.test('EX-10 is silent about the station that was named while learning, but not for another requester', (t) => {
  const w = ward().at(20);
  w.move('10.1.0.50', PACS, 'REVIEW1');
  t.strictSame(w.said('EX-10'), []);
  w.move(NURSE, PACS, 'REVIEW1');
  t.strictSame(w.said('EX-10'), [`${NURSE} < ${PACS} dicom`]);
  t.end();
});

t.test('EX-10 holds a destination for a person while learning', (t) => {
  const w = ward({ learnUntilMinutes: null });
  t.match(
    w.held.filter(({ card }) => card === 'EX-10'),
    [{ verb: 'C-MOVE to REVIEW1', count: 1 }],
  );
  t.end();
});

t.test('everything on one device within a day is one incident, graver than its parts', (t) => {
  const w = ward().at(20);
  w.connect(NURSE, CT, 22, 'ssh');
  w.at(30).connect(CT, OUTSIDE, 443, 'tls');
  const { findings } = w;
  t.same(findings.map(({ detector }) => detector).sort(), ['BL-01', 'BL-01', 'BL-02', 'RC-01']);
  t.end();
});
