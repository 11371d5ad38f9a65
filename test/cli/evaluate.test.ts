import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import t from 'tap';
import { judge, learnUntilUs, rateInterval, unexplainedIn } from '../../src/cli/evaluation/lab.ts';
import type { ReplayReport } from '../../src/cli/replay-schema.ts';
import { run } from '../support/cli.ts';
import { labPath, lacksLab } from '../support/replayed.ts';
import { temporaryFolder } from '../support/temporary.ts';

const START = Date.UTC(2026, 10, 24, 12) / 1000;
const at = (seconds: number): string => new Date((START + seconds) * 1000).toISOString();

const labelled = {
  name: 'one',
  capture: '',
  events: [
    { id: 1, name: 'quiet', malicious: false, src_ip: '10.0.0.1', dst_ip: '10.0.0.2', start: START, end: START + 5 },
    {
      id: 2,
      name: 'attack',
      malicious: true,
      src_ip: '10.0.0.9',
      dst_ip: '10.0.0.2',
      start: START + 10,
      end: START + 20,
    },
  ],
};

function report(alerts: object[], held: object[] = []): ReplayReport {
  const common = { detector: 'RC-01', severity: 'high', deviceAddress: '10.0.0.2', peerAddress: '10.0.0.9' };
  return {
    alerts: alerts.map((one) => ({ ...common, start: at(12), end: at(13), ...one })),
    held: held.map((one) => ({
      card: 'RC-01',
      firstSeen: at(12),
      deviceAddress: '10.0.0.2',
      peerAddress: '10.0.0.9',
      ...one,
    })),
    devices: [],
  } as unknown as ReplayReport;
}

const expected = { one: { 2: { cards: ['RC-01'] } } };
const outcome = (said: ReplayReport): unknown =>
  judge(labelled, said, expected).map((one) => [one.outcome, one.latencySeconds]);

t.test('an attack is found by the right card, about its ends, in its time', (t) => {
  t.same(outcome(report([{}])), [['found', 2]]);
  t.same(outcome(report([{ detector: 'BL-01' }])), [['missed', null]]);
  t.same(outcome(report([{ deviceAddress: '10.0.0.7', peerAddress: '10.0.0.8' }])), [['missed', null]]);
  t.same(outcome(report([{ start: at(0), end: at(5) }])), [['missed', null]], 'said before it');
  t.same(outcome(report([{ start: at(90), end: at(95) }])), [['missed', null]], 'said long after it');
  t.same(outcome(report([], [{}])), [['held', 2]]);
  t.same(outcome(report([{}], [{}])), [['found', 2]]);
  t.end();
});

t.test('what nothing can name says why', (t) => {
  const none = { one: { 2: { none: 'refused' } } };
  t.match(judge(labelled, report([]), none), [{ outcome: 'none', reason: 'refused' }]);
  t.end();
});

t.test('learning ends a moment before the first attack', (t) => {
  t.equal(learnUntilUs(labelled), (START + 10) * 1e6 - 1);
  t.equal(learnUntilUs({ ...labelled, events: labelled.events.slice(0, 1) }), null);
  t.end();
});

t.test('a finding that no attack accounts for is told', (t) => {
  t.same(unexplainedIn(labelled, report([{}])), []);
  t.match(unexplainedIn(labelled, report([{ deviceAddress: '10.0.0.7', peerAddress: '10.0.0.8' }])), [
    { detector: 'RC-01', device: '10.0.0.7' },
  ]);
  t.end();
});

t.test('the interval of a rate is that of the table', (t) => {
  const near = (found: number, wanted: number): boolean => Math.abs(found - wanted) < 0.05;
  t.ok(near(rateInterval(0, 1)[1], 3.69));
  t.equal(rateInterval(0, 1)[0], 0);
  t.ok(near(rateInterval(10, 1)[0], 4.8) && near(rateInterval(10, 1)[1], 18.39));
  t.end();
});

t.test('evaluate replays labelled captures and writes its report', { skip: lacksLab }, async (t) => {
  const folder = temporaryFolder(t);
  for (const name of ['p12_remote_control', 'p14_dns_icmp_tunnels']) {
    for (const end of ['json', 'pcap'])
      copyFileSync(labPath(`${name}.${end}`), join(folder, basename(`${name}.${end}`)));
  }
  const out = join(folder, 'report.md');
  const { stdout, status } = await run(['evaluate', folder, '--json', '--out', out]);
  t.equal(status, 0);
  const { attacks } = JSON.parse(stdout) as {
    attacks: { capture: string; event: number; outcome: string; latencySeconds: number }[];
  };
  const remote = attacks.filter(({ capture }) => capture === 'p12_remote_control');
  t.equal(remote.length, 7);
  t.ok(remote.every((one) => one.outcome === 'found' && one.latencySeconds <= 5));
  t.match(
    attacks.find(({ capture, event }) => capture === 'p14_dns_icmp_tunnels' && event === 1),
    { outcome: 'found' },
  );
  t.match(readFileSync(out, 'utf8'), /^# Evaluation/);
});

t.test('a folder without labels, and a label that is none, are one line', async (t) => {
  const folder = temporaryFolder(t);
  t.match(await run(['evaluate', folder]), { status: 1, stderr: /no capture with a label beside it/ });
  writeFileSync(join(folder, 'x.json'), '{');
  t.match(await run(['evaluate', folder]), { status: 1, stderr: /a label is no JSON/ });
  t.match(await run(['evaluate', join(folder, 'nowhere')]), { status: 1, stderr: /no such file or folder/ });
});
