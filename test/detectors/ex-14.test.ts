import t from 'tap';
import { tell } from '../support/tell.ts';
import { prefixes, TestWard } from '../support/ward.ts';

const CT = '10.1.0.11';
const MONITOR = '10.1.0.31';
const OFFICE = '10.9.0.5';
const OUTSIDE = '203.0.113.5';
const result = { type: 'ORU', trigger: 'R01' };

const zone = (name: string, network: string, mayTalkTo: string[] = []) => ({
  name,
  networks: prefixes(network),
  mayTalkTo,
});

t.test('EX-14 speaks of images and HL7 messages that go outside in clear, also while learning, once a day', (t) => {
  const w = new TestWard({ learnUntilMinutes: null });
  w.store(CT, OUTSIDE);
  w.store(CT, OUTSIDE);
  w.hl7(w.connect(MONITOR, OUTSIDE, 2575, 'hl7'), result);
  t.same(w.said('EX-14'), [`${CT} < ${OUTSIDE} dicom`, `${MONITOR} < ${OUTSIDE} hl7`]);
  for (const { detector, confidence, count } of w.findings) {
    if (detector === 'EX-14') t.same([confidence, count], [0.9, 1]);
  }
  t.end();
});

t.test('EX-14 speaks of what comes in from the outside, and blames the side that is ours', (t) => {
  const w = new TestWard().at(20);
  w.store(OUTSIDE, CT);
  t.same(w.said('EX-14'), [`${CT} < ${OUTSIDE} dicom`]);
  t.end();
});

t.test('EX-14 is silent inside, about acknowledgements, about messages without a patient, and among others', (t) => {
  const w = new TestWard().at(20);
  w.store(CT, OFFICE);
  w.hl7(w.connect(MONITOR, OUTSIDE, 2575, 'hl7'), { type: 'ACK', acknowledgement: 'AA' });
  w.hl7(w.connect(MONITOR, OUTSIDE, 2575, 'hl7'), { type: 'NMD', trigger: 'N02' });
  w.store('198.51.100.9', OUTSIDE);
  t.same(w.said('EX-14'), []);
  t.end();
});

t.test('EX-14 speaks between zones that may not talk to each other', (t) => {
  const between = (mayTalkTo: string[], offices = '10.9.0.0/24'): (string | number)[] => {
    const zones = [zone('imaging', '10.1.0.0/24', mayTalkTo), zone('offices', offices)];
    const w = new TestWard({ settings: { zones } }).at(20);
    w.store(CT, OFFICE);
    return w.findings.filter(({ detector }) => detector === 'EX-14').map(({ confidence }) => confidence);
  };
  t.same(between([]), [0.6]);
  t.same(between(['offices']), []);
  t.same(between([], '10.8.0.0/24'), [], 'a machine that stands in no zone');
  t.end();
});

t.test('EX-14 knows messages about patients of FHIR and ASTM', (t) => {
  const says = (protocol: string, kind: string): number => {
    const w = new TestWard().at(20);
    tell(w, 'message', w.connect(CT, OUTSIDE, 80, 'http'), { protocol, kind });
    return w.said('EX-14').length;
  };
  for (const kind of ['create', 'update', 'batch', 'everything', 'bulk export']) t.equal(says('fhir', kind), 1, kind);
  for (const kind of ['capabilities', 'read', 'search']) t.equal(says('fhir', kind), 0, kind);
  t.equal(says('astm', 'patient'), 1);
  t.equal(says('astm', 'header'), 0);
  t.end();
});
