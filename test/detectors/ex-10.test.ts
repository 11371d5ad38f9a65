import t from 'tap';
import { tell } from '../support/tell.ts';
import { TestWard } from '../support/ward.ts';

const READER = '10.1.0.50';
const PACS = '10.1.0.20';
const PLACE = '10.1.0.51';
const CT = '10.1.0.11';

const pulled = (w: TestWard): string[] =>
  w.findings
    .filter(({ detector, happened }) => detector === 'EX-10' && happened.includes('studies sent'))
    .map(({ deviceAddress, peerAddress, confidence }) => `${deviceAddress} < ${peerAddress} ${confidence}`);

interface Pull {
  readonly studies: number;
  readonly bytes?: number;
  readonly usual?: number;
  readonly hours?: number;
  readonly known?: boolean;
  readonly minutesApart?: number;
}

/** A workstation takes studies by C-GET, so many an hour before and then at once. */
function get({ studies, bytes = 1000, usual = 0, hours = 0, known = false, minutesApart = 0 }: Pull): string[] {
  const w = new TestWard();
  if (known) w.connect(READER, PACS, 104, 'dicom');
  const flow = w.at(20).connect(READER, PACS, 104, 'dicom');
  const take = (study: number): void =>
    tell(w, 'instance', flow, { fromClient: false, bytes, studyHash: study + 1, sopClass: 'x' });
  for (let hour = 0; hour < hours; hour++) {
    for (let i = 0; i < usual; i++) take(i);
    w.at(20 + (hour + 1) * 60);
  }
  for (let i = 0; i < studies; i++) {
    w.at(20 + hours * 60 + i * minutesApart);
    take(i);
  }
  return pulled(w);
}

t.test('EX-10 speaks of more than twenty studies within an hour', (t) => {
  t.same(get({ studies: 21 }), [`${READER} < ${PACS} 0.7`]);
  t.same(get({ studies: 20 }), []);
  t.same(get({ studies: 21, minutesApart: 2.9 }).length, 1);
  t.same(get({ studies: 21, minutesApart: 3 }), [], 'slower');
  t.end();
});

t.test('EX-10 compares with eight times the usual, and waits for an accepted requester to be known', (t) => {
  t.equal(get({ studies: 41, usual: 5, hours: 24 }).length, 1);
  t.equal(get({ studies: 40, usual: 5, hours: 24 }).length, 0);
  t.equal(get({ studies: 41, usual: 5, hours: 24, known: true }).length, 1);
  t.equal(get({ studies: 41, usual: 5, hours: 23, known: true }).length, 0);
  t.end();
});

t.test('EX-10 speaks of two gigabytes within an hour', (t) => {
  t.equal(get({ studies: 1, bytes: 2_000_000_001 }).length, 1);
  t.equal(get({ studies: 1, bytes: 2_000_000_000 }).length, 0);
  t.end();
});

/** The archive sends images to a third station, and says for whom. */
function move(moveOriginator: string): string[] {
  const w = new TestWard().at(20);
  const asked = w.connect(READER, PACS, 104, 'dicom');
  tell(w, 'association', asked, { callingAe: 'READER1' });
  w.dimse(asked, { verb: 'C-MOVE-RQ', sopClass: 'x', moveDestination: 'PLACE1' });
  const sent = w.connect(PACS, PLACE, 104, 'dicom');
  for (let i = 0; i < 30; i++) {
    w.dimse(sent, { verb: 'C-STORE-RQ', sopClass: 'x', moveOriginator });
    tell(w, 'instance', sent, { bytes: 1000, studyHash: i + 1 });
  }
  return pulled(w);
}

t.test('EX-10 blames whoever asked for the images of a C-MOVE, not the archive', (t) => {
  t.same(
    move('READER1').map((row) => row.split(' ')[0]),
    [READER],
  );
  t.same(move('SOMEBODY'), []);
  t.end();
});

t.test('EX-10 is silent about a scanner that stores its images', (t) => {
  const w = new TestWard().at(20);
  const flow = w.connect(CT, PACS, 104, 'dicom');
  for (let i = 0; i < 100; i++) tell(w, 'instance', flow, { bytes: 1e8, studyHash: i + 1 });
  t.same(pulled(w), []);
  t.end();
});

t.test('EX-10 repeats a destination on three days; then it waits for a person', (t) => {
  const w = new TestWard();
  for (let day = 1; day <= 6; day++) {
    w.at(day * 24 * 60);
    for (let i = 0; i < 2; i++) w.move(READER, PACS, 'NEWPLACE');
  }
  t.equal(w.said('EX-10').length, 3, 'days');
  w.move(READER, PACS, 'OTHERPLACE');
  t.equal(w.said('EX-10').length, 4, 'another destination');
  t.end();
});

t.test('EX-10 is a step less severe where the place is accepted at another archive, and speaks of strangers', (t) => {
  const w = new TestWard();
  w.store(CT, PACS);
  w.move(READER, PACS, 'READER1');
  w.at(20).move(READER, PACS, 'READER1');
  w.move(READER, '10.1.0.21', 'READER1');
  w.move(READER, PACS, 'STRANGE');
  const severities = w.findings
    .filter(({ detector }) => detector === 'EX-10')
    .map(({ happened, severity, confidence }) => [/"(\w+)"/.exec(happened)?.[1], `${severity} ${confidence}`]);
  t.same(Object.fromEntries(severities), { READER1: 'medium 0.4', STRANGE: 'high 0.8' });
  t.end();
});
