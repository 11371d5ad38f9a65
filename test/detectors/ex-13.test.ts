import t from 'tap';
import { tell } from '../support/tell.ts';
import { TestWard } from '../support/ward.ts';

const CLIENT = '10.1.0.66';
const RECORDS = '10.1.0.40';
const request = { method: 'GET', pathClass: '/fhir/Patient/$export' };

t.test('EX-13 speaks when an export of everything is asked for that was not seen while learning', (t) => {
  const w = new TestWard().at(20);
  tell(w, 'httpMessage', w.connect(CLIENT, RECORDS, 80, 'http'), request);
  t.same(w.said('EX-13'), [`${CLIENT} < ${RECORDS} fhir`]);
  t.match(w.findings.find(({ detector }) => detector === 'EX-13')?.confidence, 0.8);
  const nightly = new TestWard();
  tell(nightly, 'httpMessage', nightly.connect(CLIENT, RECORDS, 80, 'http'), request);
  tell(nightly.at(20), 'httpMessage', nightly.connect(CLIENT, RECORDS, 80, 'http'), request);
  t.same(nightly.said('EX-13'), []);
  t.end();
});

t.test('EX-13 is silent about other paths and about answers; while learning it is held', (t) => {
  const w = new TestWard().at(20);
  const flow = w.connect(CLIENT, RECORDS, 80, 'http');
  tell(w, 'httpMessage', flow, { method: 'GET', pathClass: '/fhir/Patient/*' });
  tell(w, 'httpMessage', flow, { ...request, isRequest: false, fromClient: false });
  t.same(w.said('EX-13'), []);
  const learning = new TestWard({ learnUntilMinutes: null });
  tell(learning, 'httpMessage', learning.connect(CLIENT, RECORDS, 80, 'http'), request);
  t.ok(learning.held.some(({ card }) => card === 'EX-13'));
  t.end();
});

/** Reads on so many hours before, and then at once. */
function reads(count: number, usual = 0, hours = 0, known = false, kind = 'read'): string[] {
  const w = new TestWard();
  if (known) w.connect(CLIENT, RECORDS, 80, 'http');
  const flow = w.at(20).connect(CLIENT, RECORDS, 80, 'http');
  const read = (times: number): void => tell(w, 'message', flow, { protocol: 'fhir', kind, count: times });
  for (let hour = 0; hour < hours; hour++) {
    read(usual);
    w.at(20 + (hour + 1) * 60);
  }
  read(count);
  return w.said('EX-13');
}

t.test('EX-13 speaks of more than two thousand reads within an hour', (t) => {
  t.same(reads(2_001), [`${CLIENT} < ${RECORDS} fhir`]);
  t.same(reads(2_000), []);
  t.same(reads(2_001, 0, 0, false, 'create'), []);
  t.same(reads(2_001, 0, 0, false, 'search').length, 1);
  t.end();
});

t.test('EX-13 compares with eight times the usual, and waits a day for a client that is accepted', (t) => {
  t.equal(reads(4_001, 500, 24).length, 1);
  t.equal(reads(4_000, 500, 24).length, 0);
  t.equal(reads(4_001, 500, 24, true).length, 1);
  t.equal(reads(4_001, 500, 23, true).length, 0);
  t.end();
});
