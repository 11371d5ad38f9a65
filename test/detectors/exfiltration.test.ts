import t from 'tap';
import * as records from '../../src/records.ts';
import { TestWard } from '../support/ward.ts';

const CT = '10.1.0.11';
const PACS = '10.1.0.20';
const ENGINE = '10.1.0.21';
const MONITOR = '10.1.0.31';
const NURSE = '10.1.0.66';
const RESOLVER = '10.1.0.53';
const OUTSIDE = '203.0.113.5';
const STUDY_ROOT = '1.2.840.10008.5.1.4.1.2.2.1';
const WORKLIST = '1.2.840.10008.5.1.4.31';

function ward(over: ConstructorParameters<typeof TestWard>[0] = {}): TestWard {
  const listed = [{ match: MONITOR, class: 'patient-monitor' }];
  const made = new TestWard({ ...over, settings: { listed, ...over.settings } });
  made.store(CT, PACS);
  return made;
}

function tell<Kind extends keyof typeof records.recordKinds>(
  w: TestWard,
  kind: Kind,
  flow: number,
  fields: object,
): void {
  const record = Object.assign(records.recordKinds[kind](), { timeUs: w.nowUs, flow, packet: 9 }, fields);
  (w.analyst[kind] as (this: unknown, record: unknown) => void).call(w.analyst, record);
}

/** Questions for so many names, one a second. */
function ask(names: readonly string[], type = 'A', minutesApart = 1 / 60): TestWard {
  const w = ward().at(20);
  const flow = w.connect(NURSE, RESOLVER, 53, 'dns');
  names.forEach((name, i) => {
    tell(w.at(20 + i * minutesApart), 'lookup', flow, { kind: 'query', name, type });
  });
  return w;
}

const numbered = (count: number, prefix: string, parent: string): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}${i}.${parent}`);

t.test('EX-05 speaks at the hundredth name below one domain, and is surer at the five hundredth', (t) => {
  t.same(ask(numbered(100, 'x', 'example.org')).said('EX-05'), [`${NURSE} < ${RESOLVER} dns`]);
  t.same(ask(numbered(99, 'x', 'example.org')).said('EX-05'), []);
  const confidence = (count: number) =>
    ask(numbered(count, 'x', 'example.org')).findings.find((one) => one.detector === 'EX-05')?.confidence;
  t.equal(confidence(100), 0.5);
  t.equal(confidence(500), 0.9);
  t.end();
});

t.test('EX-05 speaks when the new names carry four kilobytes, however few they are', (t) => {
  const long = (count: number): string[] => numbered(count, `${'a'.repeat(40)}.${'b'.repeat(38)}`, 'example.org');
  t.equal(ask(long(52)).said('EX-05').length, 1);
  t.equal(ask(long(50)).said('EX-05').length, 0);
  t.end();
});

t.test('EX-05 speaks of many names of a type that carries data, and of long names of many domains', (t) => {
  t.equal(ask(numbered(50, 'x', 'example.org'), 'TXT').said('EX-05').length, 1);
  t.equal(ask(numbered(50, 'x', 'example.org'), 'A').said('EX-05').length, 0);
  const everyDomain = (letters: number): string[] =>
    Array.from({ length: 50 }, (_, i) => `${'c'.repeat(letters - 2)}${10 + i}.d${i}.example${i}.org`);
  t.equal(ask(everyDomain(49)).said('EX-05').length, 1);
  t.equal(ask(everyDomain(48)).said('EX-05').length, 0);
  t.end();
});

t.test(
  'EX-05 is silent about the same names again and again, addresses looked up backwards, and names spread over days',
  (t) => {
    t.same(ask(new Array<string>(2_000).fill('pacs.example.org'), 'A', 1 / 600).said('EX-05'), []);
    t.same(ask(numbered(300, '', '1.168.192.in-addr.arpa'), 'PTR').said('EX-05'), []);
    t.same(ask(numbered(120, 'x', 'example.org'), 'A', 24).said('EX-05'), []);
    t.end();
  },
);

t.test('EX-09 speaks of the third broad question within ten minutes', (t) => {
  const sweep = (questions: number, minutesApart: number, sopClass = STUDY_ROOT, broad = true): string[] => {
    const w = ward();
    const flow = w.connect(NURSE, PACS, 104, 'dicom');
    w.at(20);
    for (let i = 0; i < questions; i++) {
      tell(w.at(20 + i * minutesApart), 'query', flow, { verb: 'C-FIND-RQ', sopClass, broad });
    }
    return w.said('EX-09');
  };
  t.same(sweep(3, 1), [`${NURSE} < ${PACS} dicom`]);
  t.same(sweep(2, 1), []);
  t.same(sweep(3, 6), [], 'too slow');
  t.same(sweep(3, 1, WORKLIST), [], 'a worklist is asked for everything');
  t.same(sweep(9, 1, STUDY_ROOT, false), [], 'questions that name a patient');
  t.end();
});

t.test('EX-09 speaks of five hundred answers within an hour', (t) => {
  const answers = (count: number): string[] => {
    const w = ward().at(20);
    const flow = w.connect(NURSE, PACS, 104, 'dicom');
    for (let i = 0; i < count; i++)
      w.dimse(flow, { verb: 'C-FIND-RSP', sopClass: STUDY_ROOT, status: 0xff00, fromClient: false });
    return w.said('EX-09');
  };
  t.same(answers(500), [`${NURSE} < ${PACS} dicom`]);
  t.same(answers(499), []);
  t.end();
});

t.test('EX-09 is silent about a station whose broad questions were signed off', (t) => {
  const w = ward();
  const flow = w.connect(NURSE, PACS, 104, 'dicom');
  const question = { verb: 'C-FIND-RQ', sopClass: STUDY_ROOT, broad: true };
  tell(w, 'query', flow, question);
  w.at(20);
  for (let i = 0; i < 9; i++) tell(w, 'query', flow, question);
  t.same(w.said('EX-09'), []);
  t.end();
});

t.test('EX-11 speaks when images go to a place where this device never stored any, surely when it is outside', (t) => {
  const w = ward().at(20);
  w.store(CT, NURSE);
  w.store(CT, OUTSIDE);
  const found = w.findings
    .filter(({ detector }) => detector === 'EX-11')
    .map(({ peerAddress, confidence }) => `${peerAddress} ${confidence}`);
  t.same(found.sort(), [`${NURSE} 0.6`, `${OUTSIDE} 0.9`].sort());
  t.end();
});

t.test('EX-11 is silent about the archive, also for images of another kind', (t) => {
  const w = ward().at(20);
  const flow = w.store(CT, PACS);
  w.dimse(flow, { verb: 'C-STORE-RQ', sopClass: '1.2.840.10008.5.1.4.1.1.7' });
  t.same(w.said('EX-11'), []);
  t.end();
});

t.test('EX-12 speaks of a new receiver, and less surely of a new kind of message', (t) => {
  const result = { type: 'ORU', trigger: 'R01' };
  const w = ward();
  w.hl7(w.connect(MONITOR, ENGINE, 2575, 'hl7'), result);
  w.at(20);
  w.hl7(w.connect(MONITOR, ENGINE, 2575, 'hl7'), result);
  t.same(w.said('EX-12'), []);
  w.hl7(w.connect(MONITOR, NURSE, 2575, 'hl7'), result);
  t.equal(w.findings.find(({ detector }) => detector === 'EX-12')?.confidence, 0.6);
  const other = ward();
  other.hl7(other.connect(MONITOR, ENGINE, 2575, 'hl7'), result);
  other.at(20);
  other.hl7(other.connect(MONITOR, ENGINE, 2575, 'hl7'), { type: 'ADT', trigger: 'A08' });
  t.match(
    other.findings.find(({ detector }) => detector === 'EX-12'),
    { confidence: 0.4, severity: 'medium', happened: /ADT\^A08/ },
  );
  t.end();
});

t.test('EX-12 is silent about acknowledgements; while learning a new receiver is held', (t) => {
  const w = ward().at(20);
  w.hl7(w.connect(MONITOR, ENGINE, 2575, 'hl7'), { type: 'ACK', acknowledgement: 'AA', fromClient: false });
  t.same(w.said('EX-12'), []);
  const learning = ward({ learnUntilMinutes: null });
  learning.hl7(learning.connect(MONITOR, ENGINE, 2575, 'hl7'), { type: 'ORU', trigger: 'R01' });
  t.ok(learning.held.some(({ card }) => card === 'EX-12'));
  t.end();
});

t.test('EX-12 repeats itself for days; then the receiver waits for a person, and only other content is told', (t) => {
  const w = ward();
  const day = 24 * 60;
  for (let at = 1; at <= 6; at++) {
    w.at(at * day);
    for (let i = 0; i < 2; i++) w.hl7(w.connect(ENGINE, NURSE, 2575, 'hl7'), { type: 'ORU', trigger: 'R01' });
  }
  t.equal(w.said('EX-12').length, 2, 'with the first conversation of the third day it was there on three');
  w.hl7(w.connect(ENGINE, NURSE, 2575, 'hl7'), { type: 'ADT', trigger: 'A01' });
  t.equal(w.said('EX-12').length, 3, 'patients of another kind go there too');
  t.end();
});

t.test('EX-15 speaks at the first packet to a printer port outside, also while learning, once a day', (t) => {
  const w = ward({ learnUntilMinutes: null });
  w.connect(MONITOR, OUTSIDE, 515);
  w.connect(MONITOR, OUTSIDE, 515);
  t.same(w.said('EX-15'), [`${MONITOR} < ${OUTSIDE} tcp/515`]);
  t.equal(w.findings.find(({ detector }) => detector === 'EX-15')?.count, 1);
  t.end();
});

t.test('EX-15 leaves whoever knocks at a third kind of such services of one partner within a minute to BL-07', (t) => {
  const w = ward({ learnUntilMinutes: null });
  for (const port of [515, 111, 2049, 21, 445]) w.connect(MONITOR, OUTSIDE, port);
  t.same(w.said('EX-15'), [`${MONITOR} < ${OUTSIDE} tcp/111`, `${MONITOR} < ${OUTSIDE} tcp/515`]);
  w.connect(MONITOR, '203.0.113.77', 21);
  t.equal(w.said('EX-15').length, 3, 'another partner');
  w.at(1).connect(MONITOR, OUTSIDE, 9100);
  t.equal(w.said('EX-15').length, 3, 'the same minute still');
  w.at(2).connect(MONITOR, OUTSIDE, 873);
  t.equal(w.said('EX-15').length, 4, 'another minute');
  t.end();
});

t.test('EX-15 speaks of a file that a bedside device sends inside', (t) => {
  const sends = (from: string, verb: string): string[] => {
    const w = ward().at(20);
    tell(w, 'transfer', w.connect(from, NURSE, 21, 'ftp'), { protocol: 'ftp', verb });
    return w.said('EX-15');
  };
  t.same(sends(MONITOR, 'write'), [`${MONITOR} < ${NURSE} ftp`]);
  t.same(sends(MONITOR, 'read'), []);
  t.same(sends(CT, 'write'), [], 'a scanner may write files inside');
  t.end();
});

t.test('EX-15 is silent about printers inside, other machines, and other ports outside', (t) => {
  const w = ward().at(20);
  w.connect(MONITOR, NURSE, 515);
  w.connect(NURSE, OUTSIDE, 515);
  w.connect(MONITOR, OUTSIDE, 443, 'tls');
  t.same(w.said('EX-15'), []);
  t.end();
});

t.test('EX-15 speaks of whatever contacts the addresses built into a monitor, on any port', (t) => {
  const w = ward({ learnUntilMinutes: null });
  w.connect('10.1.0.99', '202.114.4.119', 2049);
  w.connect('10.1.0.99', '202.114.4.121', 2049);
  t.same(w.said('EX-15'), ['10.1.0.99 < 202.114.4.119 tcp/2049']);
  t.end();
});

t.test('EX-15 is silent about files inside while the device is being learnt', (t) => {
  const w = ward({ learnUntilMinutes: null });
  tell(w, 'transfer', w.connect(MONITOR, NURSE, 21, 'ftp'), { protocol: 'ftp', verb: 'write' });
  t.same(w.said('EX-15'), []);
  t.end();
});
