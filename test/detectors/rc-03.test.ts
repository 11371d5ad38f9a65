import t from 'tap';
import type { Rhythm } from '../../src/records.ts';
import { tellRhythm, typedToServer } from '../support/rhythm.ts';
import { TestWard } from '../support/ward.ts';

const CT = '10.1.0.11';
const PACS = '10.1.0.20';
const NURSE = '10.1.0.66';
const OUTSIDE = '203.0.113.5';

function ward(over: ConstructorParameters<typeof TestWard>[0] = {}): TestWard {
  const made = new TestWard(over);
  made.store(CT, PACS);
  return made;
}

/** What RC-03 says of a connection from the nurse's station in such a rhythm. */
function said(fields: Partial<Rhythm>, protocol = '', from = NURSE, to = CT): string[] {
  const w = ward().at(20);
  tellRhythm(w, w.connect(from, to, 8_081, protocol), { ...typedToServer, ...fields });
  return w.said('RC-03');
}

t.test('RC-03 speaks when somebody types on a connection that nobody knows', (t) => {
  t.same(said({}), [`${CT} < ${NURSE} tcp/8081`]);
  t.same(said({}, '', CT, NURSE), [`${CT} < ${NURSE} tcp/8081`], 'also when it goes out from the device');
  t.end();
});

t.test('RC-03 needs each number of the test', (t) => {
  const twins: readonly (readonly [string, Partial<Rhythm>])[] = [
    ['nine packets', { packetsToServer: 9 }],
    ['less than two seconds', { durationUs: 2e6 - 1 }],
    ['fewer than a fifth of pairs', { packetsToServer: 41 }],
    ['fewer than a fifth of them in the band', { packetsToServer: 100, smallPairsToServer: 41 }],
    ['seven gaps', { smallInBandToServer: 7 }],
    ['a steady pace', { smallVariationToServer: 0.49 }],
  ];
  for (const [name, fields] of twins) t.same(said(fields), [], name);
  t.not(said({ packetsToServer: 10 }).length, 0);
  t.not(said({ packetsToServer: 100, smallPairsToServer: 40 }).length, 0);
  t.end();
});

t.test('RC-03 judges short packets inside of TLS, small ones elsewhere, less surely', (t) => {
  const noSmall = { smallPairsToServer: 0, smallInBandToServer: 0, smallVariationToServer: -1 };
  t.same(said(noSmall), []);
  t.same(said(noSmall, 'tls'), [`${CT} < ${NURSE} tls`]);
  t.same(said({ shortVariationToServer: 0.49 }, 'tls'), []);
  t.end();
});

t.test('RC-03 is silent about questions to a public name server inside of TLS', (t) => {
  t.same(said({}, 'tls', CT, '1.1.1.1'), []);
  t.same(said({}, 'tls', CT, OUTSIDE), [`${CT} < ${OUTSIDE} tls`]);
  t.same(said({}, '', CT, '1.1.1.1'), [`${CT} < 1.1.1.1 tcp/8081`], 'something else than TLS');
  t.end();
});

t.test('RC-03 leaves sessions of known protocols alone', (t) => {
  for (const protocol of ['ssh', 'telnet', 'rdp', 'vnc', 'modbus', 'hl7']) t.same(said({}, protocol), [], protocol);
  t.end();
});

t.test('RC-03 is silent when the called end leads, and when the called end types', (t) => {
  t.same(said({ burstsByServer: 4 }), []);
  t.not(said({ burstsByServer: 3 }).length, 0);
  t.end();
});

t.test('RC-03 is silent about accepted connections and machines that are no medical devices', (t) => {
  const w = ward();
  w.connect(NURSE, CT, 8_081);
  tellRhythm(w.at(20), w.connect(NURSE, CT, 8_081), typedToServer);
  t.same(w.said('RC-03'), []);
  t.same(said({}, '', NURSE, '10.1.0.67'), []);
  t.end();
});

t.test('RC-03 waits for a person while learning, unless it comes from outside', (t) => {
  const w = ward({ learnUntilMinutes: null });
  tellRhythm(w, w.connect(NURSE, CT, 8_081), typedToServer);
  t.same(w.said('RC-03'), []);
  t.match(
    w.held.filter(({ card }) => card === 'RC-03'),
    [{ deviceAddress: CT, peerAddress: NURSE, count: 1 }],
  );
  tellRhythm(w, w.connect(OUTSIDE, CT, 8_081), typedToServer);
  t.same(w.said('RC-03'), [`${CT} < ${OUTSIDE} tcp/8081`]);
  t.end();
});
