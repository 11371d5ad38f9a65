import t from 'tap';
import type { Step } from '../../src/alert/lifecycle.ts';
import { sha256Hex } from '../../src/bytes/digest.ts';
import { perform } from '../../src/pipeline/operator.ts';
import { Store } from '../../src/store/store.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { NOON_US, TestWard } from '../support/ward.ts';

const SCANNER = '10.1.0.30';
const HOUR_US = 3600e6;
const DAY_MINUTES = 1440;

type Test = Parameters<typeof temporaryFolder>[0];

/** A live ward in which a scanner met a new web server an hour after noon, and the store that knows of it. */
function met(t: Test, others: readonly string[] = []) {
  const ward = new TestWard();
  ward.store(SCANNER, '10.1.0.20');
  for (const partner of ['10.2.0.1', ...others]) ward.at(60).connect(SCANNER, partner, 80, 'http');
  const store = Store.open(temporaryFolder(t));
  t.teardown(() => store.close());
  store.beginRun({ name: 'live', kind: 'live', inputs: [], startedUs: NOON_US });
  const empty = { devices: [], held: [], incidents: [], posture: [], points: [], oddities: {} };
  const findings = ward.analyst.alerts.findingRows(sha256Hex);
  const idOf = (number: number): string => ward.analyst.inventory.get(number).id;
  const baseline = ward.analyst.baseline.changes(idOf);
  store.commit({ ...empty, run: 'live', findings, baseline, lastUs: ward.nowUs });
  const close = (finding: string, disposition: Step['disposition'], action: Step['action'] = 'close', live = true) => {
    const step: Step = { finding, action, timeUs: ward.nowUs, user: 'biomed', text: '', disposition, assignee: '' };
    perform(store, { kind: 'step', run: 'live', step }, live ? { run: 'live', analyst: ward.analyst } : null);
  };
  const device = [...ward.analyst.baseline.devices.values()].find(({ number }) => idOf(number) === SCANNER);
  if (device === undefined) throw new Error('the scanner is not learnt');
  const keptBack = (): boolean => device.quantity.maskedUntilUs > 0;
  return { ward, store, findings, close, keptBack };
}

t.test('hours of a finding that was benign or expected become usual', (t) => {
  for (const disposition of ['benign', 'expected'] as const) {
    const { findings, close, keptBack } = met(t);
    t.ok(keptBack());
    close(findings[0]?.id ?? '', disposition);
    t.notOk(keptBack(), disposition);
  }
  t.end();
});

t.test('hours of a finding that was true do not, nor while another one is open', (t) => {
  const one = met(t);
  one.close(one.findings[0]?.id ?? '', 'true');
  t.ok(one.keptBack());
  const two = met(t, ['10.2.0.2']);
  two.close(two.findings[0]?.id ?? '', 'benign');
  t.ok(two.keptBack(), 'one is open');
  two.close(two.findings[1]?.id ?? '', 'expected');
  t.notOk(two.keptBack());
  t.end();
});

t.test('without a sensor the hours of the stored baseline are released', (t) => {
  const { store, findings, close } = met(t);
  const kept = () => store.baselines.device('live', SCANNER) as { quantity: { maskedUntilUs: number } };
  t.equal(kept().quantity.maskedUntilUs, NOON_US + HOUR_US + 24 * HOUR_US);
  close(findings[0]?.id ?? '', 'expected', 'close', false);
  t.equal(kept().quantity.maskedUntilUs, 0);
  t.end();
});

t.test('what was harmless is not raised again, unless it comes at another time of day or is taken up again', (t) => {
  const counts = (disposition: 'benign' | 'true', days: number, hours: number, reopen = false): number[] => {
    const { ward, findings, close } = met(t);
    const id = findings[0]?.id ?? '';
    close(id, disposition);
    if (reopen) close(id, '', 'reopen');
    ward.at(60 + days * DAY_MINUTES + hours * 60).connect(SCANNER, '10.2.0.1', 80, 'http');
    return ward.findings.filter(({ detector }) => detector === 'BL-01').map(({ count }) => count);
  };
  t.strictSame(counts('benign', 2, 0), [2]);
  t.strictSame(counts('true', 2, 0), [1, 1]);
  t.strictSame(counts('benign', 2, 7), [1, 1], 'at night');
  t.strictSame(counts('benign', 2, 0, true), [1, 1], 'taken up again');
  t.end();
});
