import t from 'tap';
import { parseAddress } from '../../src/bytes/address.ts';
import { tell } from '../support/tell.ts';
import { TestWard } from '../support/ward.ts';

const PUMP = '10.1.0.31';
const CT = '10.1.0.11';
const PACS = '10.1.0.20';
const NURSE = '10.1.0.66';
const OWN = '00:09:fb:00:00:01';
const OTHER = '00:0c:29:00:00:02';

/** Who answers for the pump's address, one after the other. */
function answers(macs: readonly string[], how = 'arp-reply', minutesApart = 1): TestWard {
  const w = new TestWard({ learnUntilMinutes: null });
  macs.forEach((mac, i) => {
    w.at(20 + i * minutesApart).neighbour(PUMP, mac, { how });
  });
  return w;
}

t.test('BL-08 speaks when the answer for an address changes hands three times, also while learning', (t) => {
  const w = answers([OWN, OTHER, OWN, OTHER]);
  t.same(w.said('BL-08'), [`${PUMP} < ${PUMP} identity`]);
  t.equal(w.findings[0]?.confidence, 0.7);
  t.match(w.findings[0]?.happened, new RegExp(`${OWN}, which had it first, and the machine ${OTHER}`));
  t.same(answers([OWN, OTHER, OWN]).said('BL-08'), []);
  t.same(answers([OWN, OTHER, OWN, OTHER], 'ip').said('BL-08'), [], 'packets pass routers');
  t.end();
});

t.test('BL-08 begins anew after ten minutes, and speaks once a day', (t) => {
  t.equal(answers([OWN, OTHER, OWN, OTHER], 'arp-reply', 10 / 3).said('BL-08').length, 1);
  t.equal(answers([OWN, OTHER, OWN, OTHER], 'arp-reply', 11 / 3).said('BL-08').length, 0);
  const many = answers(Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? OWN : OTHER)));
  t.equal(many.findings.find(({ detector }) => detector === 'BL-08')?.count, 1);
  t.end();
});

t.test('BL-08 speaks of a machine that insists on an address which was another one’s', (t) => {
  const insists = (count: number, how = 'arp-gratuitous', minutesApart = 1 / 30): string[] =>
    answers([OWN, ...new Array<string>(count).fill(OTHER)], how, minutesApart).said('BL-08');
  t.equal(insists(11).length, 1);
  t.equal(insists(10).length, 0);
  t.equal(insists(20, 'arp-request').length, 0);
  t.equal(insists(20, 'arp-reply', 1 / 9).length, 0, 'nine a minute');
  t.same(answers(new Array<string>(40).fill(OWN), 'arp-reply', 1 / 30).said('BL-08'), [], 'its own address');
  t.end();
});

t.test('BL-08 is silent about addresses that routers share, and about an address that was leased anew', (t) => {
  t.same(answers([OWN, '00:00:5e:00:01:07', OWN, '00:00:5e:00:01:07']).said('BL-08'), []);
  const w = new TestWard();
  w.at(20).neighbour(PUMP, OWN, { how: 'arp-reply' });
  for (let i = 0; i < 3; i++) {
    w.lease(i % 2 === 0 ? OTHER : OWN, PUMP);
    w.neighbour(PUMP, i % 2 === 0 ? OTHER : OWN, { how: 'arp-reply' });
  }
  t.same(w.said('BL-08'), []);
  t.end();
});

/** A second host calls itself as the first did. */
function calls(value: string, minutes = 1, attribute = 'ae-title', fields: object = {}): TestWard {
  const w = new TestWard().at(20);
  const say = (from: string): void =>
    tell(w, 'identity', w.connect(from, PACS, 104, 'dicom'), { attribute, value, source: 'test', ...fields });
  say(CT);
  w.at(20 + minutes);
  say(NURSE);
  return w;
}

t.test('BL-08 speaks of a second host with the AE title of an active one', (t) => {
  const w = calls('CT_SCANNER1');
  t.same(w.said('BL-08'), [`${NURSE} < ${PACS} identity`]);
  t.equal(w.findings.find(({ detector }) => detector === 'BL-08')?.confidence, 0.5);
  t.equal(calls('CT_SCANNER1', 10).said('BL-08').length, 1);
  t.equal(calls('CT_SCANNER1', 10.1).said('BL-08').length, 0, 'the first is not active any more');
  t.end();
});

t.test('BL-08 is silent about names that tools use, that others give, and of HL7', (t) => {
  for (const name of ['STORESCU', 'ANY-SCP', 'FINDSCU']) t.same(calls(name).said('BL-08'), [], name);
  t.same(calls('ARCHIVE', 1, 'ae-title', { ofClient: false }).said('BL-08'), []);
  t.equal(calls('SN-4711', 1, 'serial').said('BL-08').length, 1);
  t.equal(calls('SN-4711', 1, 'serial', { source: 'DICOM (0018,1000)' }).said('BL-08').length, 0);
  t.equal(calls('LAB', 1, 'application').said('BL-08').length, 0);
  t.equal(calls('CT', 1, 'modality').said('BL-08').length, 0);
  t.end();
});

t.test('BL-08 speaks when two machines answer the same question, and names the second one', (t) => {
  const both = (secondsApart: number, how = 'arp-reply'): TestWard => {
    const w = new TestWard({ learnUntilMinutes: null });
    w.neighbour(PUMP, OWN, { how: 'arp-request' });
    w.neighbour(NURSE, OTHER, { how: 'arp-request' });
    w.at(20).neighbour(PUMP, OTHER, { how });
    w.at(20 + secondsApart / 60).neighbour(PUMP, OWN, { how });
    return w;
  };
  t.same(both(1).said('BL-08'), [`${PUMP} < ${NURSE} identity`]);
  t.match(both(0).findings[0]?.happened, new RegExp(`${OWN}, which had it first, and the machine ${OTHER}`));
  t.same(both(1.1).said('BL-08'), []);
  t.same(both(0, 'arp-gratuitous').said('BL-08'), [], 'a standby that takes over says so, and so did the first');
  t.end();
});

t.test('BL-08 speaks of a machine that gives out addresses although another one does', (t) => {
  const [SERVER, ROGUE] = ['10.1.0.2', NURSE];
  const leased = (first: string, second: string, learnUntilMinutes: number | null = 10): TestWard => {
    const w = new TestWard({ learnUntilMinutes });
    w.neighbour(SERVER, '00:0c:29:00:00:53', { how: 'arp-request' });
    w.neighbour(ROGUE, OTHER, { how: 'arp-request' });
    w.neighbour(PUMP, OWN, { how: 'arp-request' });
    w.lease(OWN, PUMP, { server: parseAddress(first) });
    w.at(20).lease(OWN, '10.1.0.99', { kind: 2, server: parseAddress(second) });
    w.lease(OWN, '10.1.0.99', { server: parseAddress(second) });
    return w;
  };
  t.same(leased(SERVER, ROGUE).said('BL-08'), [`${PUMP} < ${ROGUE} identity`]);
  t.same(leased(SERVER, SERVER).said('BL-08'), []);
  t.same(leased(SERVER, '10.9.9.9').said('BL-08'), [], 'behind a relay there may be several');
  const learning = leased(SERVER, ROGUE, null);
  t.same(learning.said('BL-08'), []);
  t.same(
    learning.held.map(({ card, verb }) => `${card} ${verb}`),
    ['BL-08 leases'],
    'while learning it waits for a person',
  );
  t.end();
});
