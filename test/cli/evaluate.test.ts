import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import t from 'tap';
import { judge, rateInterval, unexplainedIn } from '../../src/cli/evaluation/lab.ts';
import { labelFolder, learnUntilUs } from '../../src/cli/evaluation/labels.ts';
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
    incidents: [],
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
  const text = readFileSync(out, 'utf8');
  t.match(text, /^# Evaluation/);
  t.match(text, /All \d+ gates that were measured hold/);
  t.match(text, /the same bytes at any speed, worker count, time zone \| all \| 12 of 12 replays \| pass/);
  const { gates, sameness } = JSON.parse(stdout) as { gates: { gate: string; got: string }[]; sameness: unknown[] };
  for (const { gate, got } of gates) t.ok(text.includes(`| ${gate} |`) && text.includes(`| ${got} |`), gate);
  t.equal(sameness.length, 12);
});

t.test(
  'any folder of labelled captures will do; what cannot be read is told and left out',
  { skip: lacksLab },
  async (t) => {
    const folder = temporaryFolder(t);
    const label = JSON.parse(readFileSync(labPath('p14_dns_icmp_tunnels.json'), 'utf8')) as { file?: string };
    delete label.file;
    copyFileSync(labPath('p14_dns_icmp_tunnels.pcap'), join(folder, 'monday.pcap'));
    writeFileSync(join(folder, 'monday.json'), JSON.stringify(label));
    copyFileSync(labPath('p14_dns_icmp_tunnels.pcap'), join(folder, 'tuesday.pcap'));
    writeFileSync(join(folder, 'wednesday.json'), '{');
    writeFileSync(join(folder, 'other.json'), '{"colour": "blue"}');
    const { stdout, stderr, status } = await run(['evaluate', folder, '--quick', '--json']);
    t.equal(status, 3);
    t.match(stderr, /wednesday\.json: is no JSON/);
    const said = JSON.parse(stdout) as {
      attacks: { outcome: string; expected: string[]; leakedBytes: number; bytes: number; isLeak: boolean }[];
      unlabelled: string[];
      troubles: string[];
    };
    t.match(said, { unlabelled: [/tuesday\.pcap$/], troubles: [/wednesday\.json/] });
    t.equal(said.attacks.length, 2);
    t.ok(said.attacks.every(({ outcome, expected }) => outcome === 'found' && expected.length === 0));
    t.ok(said.attacks.every(({ leakedBytes, bytes }) => leakedBytes < bytes && bytes > 60_000));
  },
);

t.test('a label says what is wrong with it', (t) => {
  const folder = temporaryFolder(t);
  const write = (name: string, label: unknown): void =>
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(label));
  const event = { id: 1, name: 'attack', malicious: true, start: START };
  for (const name of ['good', 'gone', 'late', 'unnamed', 'numberless']) {
    if (name !== 'gone') writeFileSync(join(folder, `${name}.pcapng`), '');
  }
  write('good', { events: [event] });
  write('gone', { events: [event] });
  write('late', { events: [{ ...event, start: undefined }] });
  write('unnamed', { events: [{ ...event, name: 7 }] });
  write('numberless', { events: [{ ...event, id: undefined }, 5] });
  write('variant', { file: 'good.pcapng', variant_of: 'good', events: 'as there' });
  mkdirSync(join(folder, 'deeper'));
  const { labelled, troubles, unlabelled } = labelFolder(folder);
  t.same(
    labelled.map(({ name }) => name),
    ['good'],
  );
  t.match(troubles, [
    /gone\.json: its capture gone\.pcap is not there/,
    /late\.json: event 1 is malicious and has no "start"/,
    /numberless\.json: event 1 has no number as "id"/,
    /unnamed\.json: event 1 has no text as "name"/,
  ]);
  t.same(unlabelled, []);
  t.end();
});

t.test('a folder without labels, and a label that is none, are one line', async (t) => {
  const folder = temporaryFolder(t);
  t.match(await run(['evaluate', folder]), { status: 1, stderr: /no capture with a label beside it/ });
  writeFileSync(join(folder, 'x.json'), '{');
  t.match(await run(['evaluate', folder]), { status: 1, stderr: /x\.json: is no JSON/ });
  writeFileSync(join(folder, 'y.pcap'), '');
  writeFileSync(join(folder, 'y.json'), '{"events": []}');
  t.match(await run(['evaluate', folder, '--expected', 'none.json']), {
    status: 1,
    stderr: /none\.json: no such file/,
  });
  t.match(await run(['evaluate', folder, '--expected', join(folder, 'x.json')]), { status: 1, stderr: /is no JSON/ });
  t.match(await run(['evaluate', join(folder, 'nowhere')]), { status: 1, stderr: /no such file or folder/ });
});
