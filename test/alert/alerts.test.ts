import t from 'tap';
import { incidentsOf } from '../../src/alert/incidents.ts';
import type { FindingRow } from '../../src/model.ts';
import { TestWard } from '../support/ward.ts';

const CT = '10.1.0.11';
const HOUR_MINUTES = 60;

function finding(over: Partial<FindingRow>): FindingRow {
  return {
    id: 'f1',
    detector: 'A',
    severity: 'medium',
    confidence: 1,
    device: 'd',
    deviceAddress: '',
    peer: 'p',
    peerAddress: '',
    service: 's',
    window: '',
    inUse: false,
    digest: false,
    repeats: [],
    startUs: 0,
    endUs: 0,
    count: 1,
    usual: '',
    happened: '',
    matters: '',
    firstStep: '',
    attack: [],
    evidence: { packets: [], flows: [] },
    ...over,
  };
}

const weights: Readonly<Record<string, number>> = { A: 0.4, B: 0.8 };
const incidents = (...rows: FindingRow[]) =>
  incidentsOf(
    rows,
    ({ detector }) => weights[detector] ?? 0,
    (text) => `${text.length}`.padStart(16, '0'),
  );

t.test('the risk of an incident grows with each card, and each card counts once', (t) => {
  t.match(incidents(finding({})), [{ risk: 40, severity: 'medium' }]);
  t.match(incidents(finding({}), finding({ id: 'f2', startUs: 5 })), [{ risk: 40, alerts: ['f1', 'f2'] }]);
  t.match(incidents(finding({}), finding({ id: 'f2', detector: 'B' })), [{ risk: 88, severity: 'critical' }]);
  t.end();
});

t.test('a doubtful finding alone opens no incident', (t) => {
  t.strictSame(incidents(finding({ confidence: 0.5 })), []);
  t.end();
});

t.test('another device, or another day, is another incident', (t) => {
  t.equal(incidents(finding({}), finding({ id: 'f2', device: 'e' })).length, 2);
  t.equal(incidents(finding({}), finding({ id: 'f2', startUs: 25 * 3600e6 })).length, 2);
  t.end();
});

t.test('the same thing again within a day is the same finding, and later a new one', (t) => {
  const ward = new TestWard();
  ward.store(CT, '10.1.0.20');
  for (const hours of [1, 2, 20, 30]) ward.at(hours * HOUR_MINUTES).connect(CT, '10.1.0.66', 80, 'http');
  // The first sight makes the relation known; what is not accepted goes on being said.
  t.strictSame(
    ward.findings
      .filter(({ detector }) => detector === 'BL-01')
      .map(({ count }) => count)
      .sort(),
    [1, 3],
  );
  t.end();
});

t.test('evidence names packets and flows, and is bounded', (t) => {
  const ward = new TestWard({ limits: { evidencePacketsMax: 4 } });
  ward.store(CT, '10.1.0.20');
  for (let i = 0; i < 20; i++) ward.at(30 + i).connect(CT, '10.1.0.66', 80, 'http');
  const [one] = ward.findings;
  t.equal(one?.count, 20);
  t.equal(one?.evidence.packets.length, 4);
  t.equal(one?.evidence.flows.length, 4);
  t.end();
});

t.test('findings and held entries are bounded, and what found no room is counted', (t) => {
  const ward = new TestWard({ limits: { findingsMax: 3 } });
  ward.store(CT, '10.1.0.20');
  ward.at(30);
  for (let i = 0; i < 10; i++) ward.connect(CT, `10.1.1.${i}`, 80, 'http');
  t.equal(ward.findings.length, 3);
  t.equal(ward.analyst.alerts.refused, 7);
  t.end();
});

t.test('ids come from content: the same story has the same ids', (t) => {
  const story = () => {
    const ward = new TestWard();
    ward.store(CT, '10.1.0.20');
    ward.at(30).connect(CT, '10.1.0.66', 22, 'ssh');
    return ward.findings.map(({ id }) => id);
  };
  t.strictSame(story(), story());
  t.match(story()[0], /^[0-9a-f]{16}$/);
  t.end();
});

t.test('inside an approved window a finding is one step lower and names the ticket', (t) => {
  const windows = [{ name: 'WO-7', vendor: '', devices: [], sources: [], services: ['ssh'], fromUs: 0, toUs: 2 ** 52 }];
  const severity = (over: object): (string | undefined)[] => {
    const ward = new TestWard({ settings: over });
    ward.store(CT, '10.1.0.20');
    ward.at(HOUR_MINUTES).connect('10.1.0.66', CT, 22, 'ssh');
    const found = ward.findings.find(({ detector }) => detector === 'RC-01');
    return [found?.severity, found?.window];
  };
  t.same(severity({}), ['high', '']);
  t.same(severity({ windows }), ['medium', 'WO-7']);
  t.end();
});
