import t from 'tap';
import * as records from '../../src/records.ts';
import { tellRhythm, typedToClient } from '../support/rhythm.ts';
import { TestWard } from '../support/ward.ts';

const CT = '10.1.0.11';
const PACS = '10.1.0.20';
const NURSE = '10.1.0.66';
const OUTSIDE = '203.0.113.5';

function ward(): TestWard {
  const made = new TestWard();
  made.store(CT, PACS);
  return made;
}

/** Confidence with which RC-04 speaks of a call of the scanner in such a rhythm; undefined when it is silent. */
function confidence(fields: Partial<records.Rhythm>, protocol = '', from = CT): number | undefined {
  const w = ward().at(20);
  tellRhythm(w, w.connect(from, OUTSIDE, 4_444, protocol), { ...typedToClient, ...fields });
  return w.findings.find(({ detector }) => detector === 'RC-04')?.confidence;
}

t.test('RC-04 speaks when the called end types, leads, and is answered at length', (t) => {
  t.equal(confidence({}), 0.8);
  t.end();
});

t.test('RC-04 is less sure without short orders or long answers', (t) => {
  t.equal(confidence({ ordersByServer: 2 }), 0.6);
  t.equal(confidence({ payloadToServer: 3000 }), 0.6);
  t.end();
});

t.test('RC-04 is silent when the called end does not lead', (t) => {
  t.equal(confidence({ burstsByServer: 2, burstsByClient: 0, ordersByServer: 2 }), undefined, 'two bursts');
  t.equal(confidence({ burstsByServer: 5, burstsByClient: 4 }), undefined, '56%');
  t.equal(confidence({ burstsByServer: 6, burstsByClient: 4, ordersByServer: 6 }), 0.8, '60%');
  t.end();
});

t.test('RC-04 is silent when the called end does not type, or is an echo of who called', (t) => {
  t.equal(confidence({ smallVariationToClient: 0.49 }), undefined);
  t.equal(confidence({ smallInBandToClient: 7 }), undefined);
  t.equal(confidence({ burstsByServer: 0, burstsByClient: 5 }), undefined);
  t.end();
});

t.test('RC-04 asks of SSH the pace only, of TLS all three tests on short packets', (t) => {
  t.equal(confidence({ shortVariationToClient: -1, smallPairsToClient: 0 }, 'ssh'), 0.8);
  t.equal(confidence({ shortPairsToClient: 7 }, 'ssh'), undefined);
  t.equal(confidence({ shortVariationToClient: 0.49 }, 'tls'), undefined);
  t.equal(confidence({ smallVariationToClient: 0 }, 'tls'), 0.8);
  t.end();
});

t.test('RC-04 is silent about protocols that push, other machines, and partners that were accepted', (t) => {
  for (const protocol of ['mqtt', 'hl7', 'telnet', 'vnc']) t.equal(confidence({}, protocol), undefined, protocol);
  t.equal(confidence({}, '', NURSE), undefined);
  const w = ward();
  w.connect(CT, NURSE, 4_444);
  tellRhythm(w.at(20), w.connect(CT, NURSE, 4_444), typedToClient);
  t.same(w.said('RC-04'), []);
  t.end();
});

t.test('RC-04 speaks when the device offers its desktop to whoever it called', (t) => {
  const w = ward().at(20);
  const tell = (fromClient: boolean, kind: string, protocol = 'rdp'): void => {
    const flow = w.connect(CT, NURSE, 443, protocol);
    const fields = { timeUs: w.nowUs, flow, packet: 9, protocol, kind, fromClient };
    w.analyst.message(Object.assign(new records.Message(), fields));
  };
  tell(false, 'connect confirm');
  tell(true, 'connect request');
  tell(true, 'connect confirm', 'mqtt');
  t.same(w.said('RC-04'), []);
  tell(true, 'connect confirm');
  t.same(w.said('RC-04'), [`${CT} < ${NURSE} rdp`]);
  t.end();
});
