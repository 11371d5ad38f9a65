/** A work order in a file, as a ticket system exports it: the alerts of that visit name the ticket and are one step lower. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { severities } from '../../src/model.ts';
import { run } from '../support/cli.ts';
import { labPath, lacksLab } from '../support/replayed.ts';
import { temporaryFolder } from '../support/temporary.ts';

interface Alert {
  readonly detector: string;
  readonly peerAddress: string;
  readonly severity: (typeof severities)[number];
  readonly window: string;
  readonly start: string;
}

t.test('the visit of a work order', { skip: lacksLab, timeout: 120_000 }, async (t) => {
  const folder = temporaryFolder(t);
  const alerts = async (name: string, file: string): Promise<Alert[]> => {
    const settings = join(folder, `${name}.settings.yaml`);
    const site = file === '' ? '' : `site:\n  windowsFile: ${join(folder, name)}\n`;
    if (file !== '') writeFileSync(join(folder, name), file);
    writeFileSync(settings, `${site}learn: {}\n`);
    const capture = labPath('p12_remote_control.pcap');
    const ended = await run(['replay', capture, '--learn-until', '+1s', '--config', settings, '--json']);
    t.equal(ended.status, 0, ended.stderr);
    return (JSON.parse(ended.stdout) as { alerts: Alert[] }).alerts;
  };
  const without = await alerts('none', '');
  const [visit] = without.filter(({ detector }) => detector.startsWith('RC-'));
  if (visit === undefined) throw new Error('no alert to order work for');
  const day = visit.start.slice(0, 10);
  const csv = (date: string): string =>
    `ticket,vendor,sources,start,end\nWO-1042,Scanner Service,${visit.peerAddress},${date}T00:00Z,${date}T23:59Z\n`;
  const yaml = `- { ticket: WO-1042, sources: [${visit.peerAddress}], start: '${day}T00:00Z', end: '${day}T23:59Z' }\n`;
  for (const [name, file] of [
    ['orders.csv', csv(day)],
    ['orders.yaml', yaml],
  ] as const) {
    const inside = await alerts(name, file);
    const same = inside.filter(({ detector, start }) => detector === visit.detector && start === visit.start);
    t.match(same, [{ window: 'WO-1042', severity: severities[severities.indexOf(visit.severity) - 1] }], name);
    const others = inside.filter(({ peerAddress }) => peerAddress !== visit.peerAddress);
    t.ok(others.every(({ window }) => window === ''));
  }
  t.same(await alerts('other-day.csv', csv('2001-01-01')), without, 'an order for another day changes nothing');
});
