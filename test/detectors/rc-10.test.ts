import t from 'tap';
import type { Operation } from '../../src/records.ts';
import { confidence, tell } from '../support/tell.ts';
import { TestWard } from '../support/ward.ts';

const BEDS = ['10.1.0.31', '10.1.0.32', '10.1.0.33'] as const;
const [BED] = BEDS;
const CENTRAL = '10.1.0.40';
const NURSE = '10.1.0.66';

const listed = BEDS.map((match) => ({ match, class: 'patient-monitor' }));

/** Learns ten minutes in which the central station sets alarms of the first bed, then everything is watched. */
function ward(learnUntilMinutes: number | null = 10): TestWard {
  const w = new TestWard({ learnUntilMinutes, settings: { listed } });
  change(w, CENTRAL, BED);
  return w;
}

function change(w: TestWard, from: string, bed: string, fields: Partial<Operation> = {}): void {
  const flow = w.connect(from, bed, 6_464, fields.protocol ?? 'sdc');
  tell(w, 'operation', flow, { protocol: 'sdc', verb: 'SetAlertState', object: 'alert.hr', ...fields });
}

const sure = (w: TestWard, bed: string = BED): number | undefined => confidence(w, 'RC-10', bed);

t.test('RC-10 speaks when somebody new changes an alarm', (t) => {
  const w = ward().at(20);
  change(w, NURSE, BED);
  t.same(w.said('RC-10'), [`${BED} < ${NURSE} sdc`]);
  t.match(
    w.findings.find(({ detector }) => detector === 'RC-10'),
    { severity: 'critical', confidence: 0.7, happened: /SetAlertState \(alert\.hr\)/ },
  );
  t.end();
});

t.test('RC-10 is silent about the burst of the accepted station at shift change', (t) => {
  const w = ward().at(20);
  for (let i = 0; i < 10; i++) change(w, CENTRAL, BED);
  t.same(w.said('RC-10'), []);
  t.end();
});

t.test('RC-10 knows alarms by their words, and settings of IntelliVue', (t) => {
  const speaks = (fields: Partial<Operation>): boolean => {
    const w = ward().at(20);
    change(w, NURSE, BED, fields);
    return sure(w) !== undefined;
  };
  t.ok(speaks({ verb: 'SetValue', object: 'limit.spo2.low' }));
  t.ok(speaks({ verb: 'Activate', object: 'AudioPause' }));
  t.ok(speaks({ protocol: 'intellivue', verb: 'set replace', object: 'attribute 0x0954' }));
  t.notOk(speaks({ protocol: 'intellivue', verb: 'set replace', object: 'numeric priority list' }));
  t.notOk(speaks({ verb: 'SetValue', object: 'brightness' }));
  t.notOk(speaks({ outcome: 'done' }));
  t.notOk(speaks({ fromClient: false }), 'what the monitor asks of the station');
  t.end();
});

t.test('RC-10 is surer with the fourth change within an hour', (t) => {
  const w = ward().at(70);
  for (let i = 0; i < 3; i++) change(w, NURSE, BED);
  t.equal(sure(w), 0.7);
  change(w.at(129), NURSE, BED);
  t.equal(sure(w), 0.8);
  const slow = ward().at(70);
  for (let i = 0; i < 3; i++) change(slow, NURSE, BED);
  change(slow.at(130), NURSE, BED);
  t.equal(sure(slow), 0.7);
  t.end();
});

t.test('RC-10 is surer when the same changes on three beds within ten minutes', (t) => {
  const w = ward().at(20);
  change(w, NURSE, BEDS[0]);
  change(w, NURSE, BEDS[1]);
  change(w.at(29), NURSE, BEDS[2]);
  t.same(
    BEDS.map((bed) => sure(w, bed)),
    [0.7, 0.7, 0.8],
  );
  const slow = ward().at(20);
  change(slow, NURSE, BEDS[0]);
  change(slow.at(21), NURSE, BEDS[1]);
  change(slow.at(30), NURSE, BEDS[2]);
  t.equal(sure(slow, BEDS[2]), 0.7);
  t.end();
});

t.test('RC-10 hears answers to alarms in HL7', (t) => {
  const w = ward().at(20);
  const flow = w.connect(NURSE, BED, 2_575, 'hl7');
  w.hl7(flow, { type: 'ORU', trigger: 'R01' });
  t.equal(sure(w), undefined);
  w.hl7(flow, { type: 'ORA', trigger: 'R41' });
  t.equal(sure(w), 0.7);
  t.end();
});

t.test('RC-10 waits for a person while learning', (t) => {
  const w = ward(null);
  t.same(w.said('RC-10'), []);
  t.match(
    w.held.filter(({ card }) => card === 'RC-10'),
    [{ deviceAddress: BED, verb: 'SetAlertState' }],
  );
  t.end();
});
