/** Who makes thousands of alerts costs a bounded memory, and twice as many cost twice the time and not four times. */
import fc from 'fast-check';
import t from 'tap';
import { Alerts, type Naming } from '../../src/alert/alerts.ts';
import { fleetsOf } from '../../src/alert/fleet.ts';
import type { Detector, Report } from '../../src/detect.ts';
import { limits } from '../../src/limits.ts';
import type { FindingRow } from '../../src/model.ts';

const detector = { id: 'RC-01', severity: ['medium'], attack: [], weight: 1 } as unknown as Detector;
const naming: Naming = {
  id: (device) => `${device}`,
  facts: (number) => ({ number, external: false, tier: 1 }) as ReturnType<Naming['facts']>,
};

function report(device: number, peer: number, service: string, verb = ''): Report {
  const link = { client: device, server: peer, clientAddress: '10.0.0.1', serverAddress: '10.0.0.2' };
  const at = { timeUs: 1, packet: 1, flow: 1 };
  return { device, peer, service, verb, neverSilent: true, confidence: 1, link, at } as unknown as Report;
}

const alerts = (heldMax: number): Alerts =>
  new Alerts({ limits: { ...limits, heldMax }, severityOf: () => null }, naming);

t.test('what waits for a person is found again by device, peer, service and verb', (t) => {
  const some = alerts(100);
  for (let i = 0; i < 3; i++) {
    for (const one of [report(1, 2, 'ssh'), report(1, 2, 'rdp'), report(2, 1, 'ssh'), report(1, 2, 'ssh', 'login')])
      some.report(detector, one, 'learn', false);
  }
  t.strictSame(
    some.heldRows().map(({ count }) => count),
    [3, 3, 3, 3],
  );
  t.end();
});

t.test('pairs that find no room leave nothing behind', (t) => {
  const some = alerts(10);
  for (let peer = 0; peer < 300_000; peer++) some.report(detector, report(1, peer, 'ssh'), 'learn', false);
  t.equal(some.heldRows().length, 10);
  t.equal(some.refused, 299_990);
  const { heldBy } = some as unknown as { heldBy: Map<Detector, Map<number, unknown>> };
  t.equal(heldBy.get(detector)?.size, 10, 'a list for each of them would be some 50 MB');
  t.end();
});

t.test('sixteen thousand services between two devices are looked up, not looked through', (t) => {
  const some = alerts(limits.heldMax);
  const beganMs = performance.now();
  for (let round = 0; round < 2; round++) {
    for (let port = 0; port < limits.heldMax; port++)
      some.report(detector, report(1, 2, `tcp/${port}`), 'learn', false);
  }
  t.equal(some.heldRows().length, limits.heldMax);
  t.ok(performance.now() - beganMs < 2_000);
  t.end();
});

function finding(startUs: number, device: string, over: Partial<FindingRow> = {}): FindingRow {
  return { startUs, device, peer: 'p', detector: 'A', service: 's', id: `${startUs}`, ...over } as FindingRow;
}

const MINUTE_US = 60e6;

/** As the rule is written: from some finding on, five devices within an hour. */
function isFleet(findings: readonly FindingRow[]): boolean {
  return findings.some(({ startUs }) => {
    const hour = findings.filter((one) => one.startUs >= startUs && one.startUs < startUs + 60 * MINUTE_US);
    return new Set(hour.map(({ device }) => device)).size >= 5;
  });
}

t.test('the hour that is moved along finds what looking through every hour finds', (t) => {
  const moments = fc.array(fc.tuple(fc.integer({ min: 0, max: 600 }), fc.integer({ min: 0, max: 7 })), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(moments, (some) => {
      const findings = some
        .map(([minute, device]) => finding(minute * MINUTE_US, `d${device}`))
        .sort((a, b) => a.startUs - b.startUs);
      return fleetsOf(findings).length > 0 === isFleet(findings);
    }),
  );
  t.end();
});

t.test('a flood of findings is gone through once', (t) => {
  const few = Array.from({ length: limits.findingsMax }, (_, i) => finding(i, `d${i % 4}`));
  const many = Array.from({ length: limits.findingsMax }, (_, i) => finding(i, `d${i % 5}`, { service: `s${i >> 3}` }));
  const beganMs = performance.now();
  t.strictSame(fleetsOf(few), []);
  t.equal(fleetsOf(many).length, 1);
  t.ok(performance.now() - beganMs < 1_000);
  t.end();
});
