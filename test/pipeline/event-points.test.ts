/** Points of alerts: two never share tags and time, and a flood of them that begins at one moment costs each the same. */
import t from 'tap';
import type { FindingRow } from '../../src/model.ts';
import { Events } from '../../src/pipeline/event-points.ts';
import type { PointSource } from '../../src/pipeline/point-source.ts';
import { SeriesLimit } from '../../src/pipeline/series.ts';

const COUNT = 16_384;

function finding(number: number, startUs: number): FindingRow {
  const words = { happened: '', usual: '', matters: '', firstStep: '', window: '', service: '', peer: '' };
  const row = { id: `${number}`, detector: 'BL-01', severity: 'low', device: 'd', attack: [], startUs, endUs: startUs };
  return { ...words, ...row, count: 1, confidence: 1, deviceAddress: '', peerAddress: '' } as unknown as FindingRow;
}

t.test('thousands of alerts of one moment stand one microsecond behind the other', (t) => {
  const findings = Array.from({ length: COUNT }, (_, number) => finding(number, number < COUNT / 2 ? 1_000 : 1_001));
  const source = {
    changedFindings: () => findings,
    incidents: () => [],
    nameOfId: () => '',
    tierOfId: () => 1,
  } as unknown as PointSource;
  const beganMs = performance.now();
  const { points } = new Events().take(source, {}, new SeriesLimit(100));
  t.equal(new Set(points.map(({ timeUs }) => timeUs)).size, COUNT);
  t.equal(Math.max(...points.map(({ timeUs }) => timeUs)), 1_000 + COUNT - 1);
  t.ok(performance.now() - beganMs < 2_000);
  t.end();
});
