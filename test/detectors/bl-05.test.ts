import t from 'tap';
import { tell } from '../support/tell.ts';
import { TestWard } from '../support/ward.ts';

const NURSE = '10.1.0.66';
const PACS = '10.1.0.20';
const MONITOR = '10.1.0.31';
const OUTSIDE = '203.0.113.5';
const DAY = 24 * 60;

/** So many connections of a protocol to a port. */
function opens(count: number, port: number, protocol: string, server = PACS): TestWard {
  const w = new TestWard().at(20);
  for (let i = 0; i < count; i++) w.connect(NURSE, server, port, protocol);
  return w;
}

t.test('BL-05 speaks of the second connection of a wrong protocol on a medical port, once', (t) => {
  for (const port of [104, 11_112, 2_575, 2_762]) {
    const w = opens(3, port, 'ssh');
    t.same(w.said('BL-05'), [`${PACS} < ${NURSE} ssh`], `${port}`);
    t.match(
      w.findings.find(({ detector }) => detector === 'BL-05'),
      { count: 1, confidence: 0.7 },
    );
    t.same(opens(1, port, 'ssh').said('BL-05'), []);
  }
  t.end();
});

t.test('BL-05 is silent about what belongs there, about other ports, and outside', (t) => {
  t.same(opens(9, 104, 'dicom').said('BL-05'), []);
  t.same(opens(9, 2_762, 'tls').said('BL-05'), []);
  t.same(opens(9, 2_762, 'dicom').said('BL-05'), []);
  t.same(opens(9, 2_575, 'hl7').said('BL-05'), []);
  t.same(opens(9, 105, 'ssh').said('BL-05'), []);
  t.same(opens(9, 104, '').said('BL-05'), [], 'nobody knows what it is');
  t.same(opens(9, 104, 'ssh', OUTSIDE).said('BL-05'), []);
  t.end();
});

t.test('BL-05 is less sure of encryption', (t) => {
  t.equal(opens(2, 2_575, 'tls').findings.find(({ detector }) => detector === 'BL-05')?.confidence, 0.3);
  t.end();
});

t.test('BL-05 speaks of a single connection with ten kilobytes', (t) => {
  const carries = (bytes: number): number => {
    const w = new TestWard().at(20);
    const flow = w.connect(NURSE, PACS, 104, 'ssh');
    tell(w, 'flowUpdate', flow, { payloadToServer: 4_000 });
    tell(w, 'flowEnd', flow, { payloadToClient: bytes - 4_000 });
    return w.said('BL-05').length;
  };
  t.equal(carries(10_000), 1);
  t.equal(carries(9_999), 0);
  t.end();
});

t.test('BL-05 learns what other ports of a medical device carry', (t) => {
  const changes = (known: number, days: number, server = MONITOR, others = 0): string[] => {
    const w = new TestWard({ settings: { listed: [{ match: MONITOR, class: 'patient-monitor' }] } });
    for (let i = 0; i < known; i++) w.connect(NURSE, server, 7_000, 'http');
    for (let i = 0; i < others; i++) w.connect(NURSE, server, 7_000, 'tls');
    w.at(days * DAY);
    for (let i = 0; i < 2; i++) w.connect(NURSE, server, 7_000, 'ssh');
    return w.said('BL-05');
  };
  t.equal(changes(10, 7).length, 1);
  t.equal(changes(9, 7).length, 0);
  t.equal(changes(10, 6.9).length, 0);
  t.equal(changes(10, 7, PACS).length, 0, 'no medical device');
  t.equal(changes(10, 7, MONITOR, 10).length, 0, 'a port of two protocols');
  t.end();
});

t.test('BL-05 is silent about what began before the sensor, and about what goes on inside of a protocol', (t) => {
  const w = new TestWard().at(20);
  for (let i = 0; i < 3; i++) {
    const flow = w.connect(NURSE, PACS, 104, 'dicom');
    tell(w, 'flowProtocol', flow, { protocol: 'tls' });
  }
  t.same(w.said('BL-05'), []);
  t.end();
});
