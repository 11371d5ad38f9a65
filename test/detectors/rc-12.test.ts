import t from 'tap';
import { confidence, tell } from '../support/tell.ts';
import { TestWard } from '../support/ward.ts';

const CT = '10.1.0.11';
const PACS = '10.1.0.20';
const MONITORING = '10.1.0.5';
const NURSE = '10.1.0.66';

/** A monitoring station reads by SNMP while learning; then everything is watched. */
function ward(learnUntilMinutes: number | null = 10): TestWard {
  const w = new TestWard({ learnUntilMinutes });
  w.store(CT, PACS);
  const flow = w.connect(MONITORING, CT, 161, 'snmp');
  set(w, flow);
  return w;
}

function set(w: TestWard, flow: number, fields = {}): void {
  tell(w, 'operation', flow, { protocol: 'snmp', verb: 'set-request', object: '1.3.6.1.2.1.1.6.0', ...fields });
}

/** Asks so often, then once more after so many seconds. */
function walk(from: string, kind: string, count: number, laterSeconds = 0, more = 0): number | undefined {
  const w = ward().at(20);
  const flow = w.connect(from, CT, 161, 'snmp');
  tell(w, 'message', flow, { protocol: 'snmp', kind, count });
  if (more > 0) tell(w.at(20 + laterSeconds / 60), 'message', flow, { protocol: 'snmp', kind, count: more });
  return confidence(w, 'RC-12', CT);
}

t.test('RC-12 speaks when somebody new writes by SNMP', (t) => {
  const w = ward().at(20);
  const flow = w.connect(NURSE, CT, 161, 'snmp');
  set(w, flow, { outcome: 'done' });
  set(w, flow, { fromClient: false });
  set(w, flow, { protocol: 'modbus' });
  t.same(w.said('RC-12'), []);
  set(w, flow);
  t.same(w.said('RC-12'), [`${CT} < ${NURSE} snmp`]);
  t.equal(confidence(w, 'RC-12', CT), 0.7);
  set(w, w.connect(NURSE, '10.1.0.67', 161, 'snmp'));
  t.equal(w.said('RC-12').length, 1, 'not of other machines');
  t.end();
});

t.test('RC-12 is silent about a writer who was accepted, and holds writes while learning', (t) => {
  const w = ward().at(20);
  set(w, w.connect(MONITORING, CT, 161, 'snmp'));
  t.same(w.said('RC-12'), []);
  t.match(
    ward(null).held.filter(({ card }) => card === 'RC-12'),
    [{ peerAddress: MONITORING, verb: 'set-request' }],
  );
  t.end();
});

t.test('RC-12 calls more than 500 objects within a minute a walk', (t) => {
  t.equal(walk(NURSE, 'get-next-request', 501), 0.4);
  t.equal(walk(NURSE, 'get-next-request', 500), undefined);
  t.equal(walk(NURSE, 'get-bulk-request', 51), 0.4);
  t.equal(walk(NURSE, 'get-bulk-request', 50), undefined);
  t.equal(walk(NURSE, 'get-request', 600), undefined);
  t.equal(walk(NURSE, 'get-next-request', 500, 59, 1), 0.4);
  t.equal(walk(NURSE, 'get-next-request', 500, 60, 1), undefined);
  t.equal(walk(MONITORING, 'get-next-request', 501), undefined, 'of whoever was accepted');
  t.end();
});

/** So many conversations, each with another community, a number of them answered. */
function guess(from: string, count: number, answered: number, minutes = 0): number | undefined {
  const w = ward().at(20);
  for (let i = 0; i < count; i++) {
    if (i === count - 1) w.at(20 + minutes);
    const flow = w.connect(from, CT, 161, 'snmp');
    tell(w, 'login', flow, { protocol: 'snmp', method: 'community' });
    if (i < answered) tell(w, 'login', flow, { protocol: 'snmp', method: 'community', outcome: 'success' });
  }
  return confidence(w, 'RC-12', CT);
}

t.test('RC-12 calls five communities without an answer within ten minutes guessing', (t) => {
  t.equal(guess(NURSE, 5, 0), 0.5);
  t.equal(guess(NURSE, 4, 0), undefined);
  t.equal(guess(NURSE, 5, 1), undefined);
  t.equal(guess(NURSE, 5, 0, 9.9), 0.5);
  t.equal(guess(NURSE, 5, 0, 10), undefined);
  t.equal(guess(MONITORING, 5, 0), undefined);
  t.end();
});
