import t from 'tap';
import type { Profile } from '../../src/baseline/profile.ts';
import { parseAddress } from '../../src/bytes/address.ts';
import { profilesOf } from '../../src/pipeline/profiles.ts';
import { TestWard } from '../support/ward.ts';

const CT = '10.0.1.1';
const PACS = '10.0.2.1';
const PUMP = '10.0.4.1';
const DESK = '10.0.7.1';
const MAKER = '203.0.113.9';

const listed = [
  { match: CT, class: 'ct' },
  { match: PACS, class: 'pacs' },
  { match: PUMP, class: 'infusion-pump' },
  { match: DESK, class: 'workstation' },
];

/** A first day: nobody has said what is usual. `changes` is what the site says of its scanners. */
function ward(changes: Partial<Profile> = {}): TestWard {
  const ours = profilesOf(null);
  const profileOf = (name: string): Profile | null => {
    const profile = ours(name);
    return profile === null || name !== 'ct' ? profile : { ...profile, ...changes };
  };
  return new TestWard({ learnUntilMinutes: null, settings: { listed, profileOf } });
}

function acceptedOf({ analyst }: TestWard, address: string): string[] {
  const device = analyst.inventory.at(parseAddress(address));
  const learnt = analyst.baseline.devices.get(device.number);
  if (learnt === undefined) return [];
  return (['structure', 'semantics'] as const).flatMap((layer) =>
    analyst.baseline
      .relations(learnt, layer)
      .filter(({ known }) => known.acceptedBy !== '')
      .map(({ named, known }) => `${named.role} ${named.service} ${named.verb} by ${known.acceptedBy}`),
  );
}

t.test('what the profile allows is accepted at first sight, service and verb', (t) => {
  const w = ward();
  w.store(CT, PACS);
  t.strictSame(acceptedOf(w, CT), [
    'client dicom  by profile',
    'client dicom C-STORE-RQ 1.2.840.10008.5.1.4.1.1.2 by profile',
  ]);
  t.strictSame(acceptedOf(w, PACS), ['server dicom  by profile']);
  w.connect(CT, PACS, 8081);
  w.move(CT, PACS, 'ROGUE');
  t.equal(acceptedOf(w, CT).length, 2, 'what it does not speak of, or forbids, is not');
  t.end();
});

t.test('a class that nobody listed speaks from the end of its first day', (t) => {
  const w = new TestWard({ learnUntilMinutes: null, settings: { profileOf: profilesOf(null) } });
  const visit = (): void => {
    w.identity(w.store(CT, PACS), 'modality', 'CT');
    w.dimse(w.connect(DESK, PACS, 104, 'dicom'), { verb: 'C-FIND-RQ', sopClass: '1.2.840.10008.5.1.4.1.2.2.1' });
  };
  visit();
  visit();
  const ct = w.analyst.inventory.at(parseAddress(CT)).number;
  t.match(w.analyst.site.device(ct), { class: 'ct' }, 'it is known by then');
  t.strictSame(acceptedOf(w, CT), [], 'two captures of one day teach what one does');
  w.at(1440);
  visit();
  t.equal(acceptedOf(w, CT)[0], 'client dicom  by profile');
  t.end();
});

t.test('what is never learnt silently is not accepted by a profile, only when it lists the partner outside', (t) => {
  const w = ward();
  w.connect(PUMP, '10.0.9.9', 2575, 'hl7');
  w.connect(DESK, CT, 22, 'ssh');
  w.move(DESK, PACS, 'DESK');
  t.strictSame(
    acceptedOf(w, DESK).filter((text) => text.includes('to ')),
    [],
  );
  t.strictSame(acceptedOf(w, PUMP), []);

  const external = [{ name: '203.0.113.0/24', services: ['tls'], why: 'remote service' }];
  const open = ward({ external });
  open.connect(CT, MAKER, 443, 'tls');
  t.strictSame(acceptedOf(open, CT), ['client tls  by profile']);
  t.strictSame(open.findings, []);
  open.connect(CT, MAKER, 22, 'ssh');
  t.equal(acceptedOf(open, CT).length, 1, 'another service of the same partner');
  t.not(open.findings.length, 0);
  t.end();
});

t.test('a partner outside that is not listed, and what a profile forbids, is an alert on the first day', (t) => {
  const w = ward();
  w.connect(CT, MAKER, 443, 'tls');
  t.match(w.said('BL-01'), [`${CT} < ${MAKER} tls`]);
  // Twins: remote administration of a scanner waits for a person, that of a pump is forbidden.
  w.connect(DESK, CT, 3389, 'rdp');
  w.connect(DESK, PUMP, 3389, 'rdp');
  t.strictSame(w.said('RC-01'), [`${PUMP} < ${DESK} rdp`]);
  t.match(
    w.held.filter(({ card }) => card === 'RC-01').map(({ deviceAddress }) => deviceAddress),
    [CT],
  );
  t.end();
});

t.test('BL-01 is surer of what the profile forbids', (t) => {
  const w = new TestWard({ settings: { listed, profileOf: profilesOf(null) } });
  w.store(CT, PACS);
  w.connect(DESK, PACS, 104, 'dicom');
  w.at(20);
  w.connect(CT, DESK, 8081);
  w.connect(CT, DESK, 445, 'smb');
  const confidence = (service: string): number | undefined =>
    w.findings.find((one) => one.detector === 'BL-01' && one.service === service)?.confidence;
  t.equal(confidence('tcp/8081'), 0.4);
  t.equal(confidence('smb'), 0.6);
  t.end();
});

t.test('no rule accepts what is forbidden: it is held, and a settled device has no warm start', (t) => {
  const w = ward();
  for (let day = 0; day < 5; day++) {
    w.at(day * 1440);
    for (let i = 0; i < 6; i++) {
      w.connect(CT, DESK, 445, 'smb');
      w.connect(CT, DESK, 8081);
    }
  }
  t.strictSame(acceptedOf(w, CT), ['client tcp/8081  by rule']);
  const { site, inventory } = w.analyst;
  const [ct, desk, pacs] = [CT, DESK, PACS].map((text) => inventory.at(parseAddress(text)).number);
  if (ct === undefined || desk === undefined || pacs === undefined) throw new Error('no numbers');
  const smb = { device: ct, peer: desk, role: 'client', service: 'smb', verb: '' } as const;
  t.match(site.verdict(smb), { accepted: false, isHeld: true });
  t.equal(site.allows(smb), 'forbidden');
  t.match(site.profile(ct), { class: 'ct', tier: 3, initiator: 'device', external: [] });
  t.equal(site.profile(inventory.at(parseAddress('10.0.8.8')).number), null);

  const dicom = { device: ct, peer: pacs, role: 'client', service: 'dicom', verb: '' } as const;
  t.match(site.verdict(dicom), { accepted: true, count: 0 }, 'usual before it was ever seen');
  const state = w.analyst.baseline.devices.get(ct)?.states.structure;
  if (state !== undefined) state.state = 'settle';
  t.match(site.verdict(dicom), { accepted: false });
  w.store(CT, PACS);
  t.strictSame(acceptedOf(w, CT).slice(0, 1), ['client tcp/8081  by rule']);
  t.notOk(acceptedOf(w, CT).includes('client dicom  by profile'));
  t.end();
});
