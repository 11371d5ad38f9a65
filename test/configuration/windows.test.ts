import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readWindows } from '../../src/configuration/windows.ts';
import { ConfigurationError } from '../../src/configuration.ts';
import { temporaryFolder } from '../support/temporary.ts';

const HEAD = 'ticket,vendor,devices,sources,services,start,end';
const ROW =
  'WO-1,Scanner Service,08-00-06-20-01-11 10.20.1.12,10.20.7.0/24,ssh vnc,2026-11-24T18:00Z,2026-11-24T22:00+01:00';

t.test('a column of protocols is one of services, in CSV and in YAML', (t) => {
  const folder = temporaryFolder(t);
  const csv = join(folder, 'orders.csv');
  const yaml = join(folder, 'orders.yaml');
  writeFileSync(csv, 'ticket,protocols,start,end\nWO-3,ssh vnc,2026-11-24T18:00Z,2026-11-24T19:00Z\n');
  writeFileSync(yaml, '- {ticket: WO-3, protocols: [ssh, vnc], start: 2026-11-24T18:00Z, end: 2026-11-24T19:00Z}\n');
  for (const file of [csv, yaml]) t.strictSame(readWindows(file)[0]?.services, ['ssh', 'vnc']);
  t.end();
});

t.test('a window of CSV and the same of YAML say the same', (t) => {
  const folder = temporaryFolder(t);
  const csv = join(folder, 'windows.csv');
  const yaml = join(folder, 'windows.yaml');
  writeFileSync(csv, `${HEAD}\n# planned\n${ROW}\n\n`);
  writeFileSync(
    yaml,
    `- ticket: WO-1\n  vendor: Scanner Service\n  devices: ['08:00:06:20:01:11', 10.20.1.12]\n  sources: [10.20.7.0/24]\n  services: [ssh, vnc]\n  start: 2026-11-24T18:00Z\n  end: 2026-11-24T22:00+01:00\n`,
  );
  const [window] = readWindows(csv);
  t.match(window, {
    name: 'WO-1',
    devices: ['08:00:06:20:01:11', '10.20.1.12'],
    services: ['ssh', 'vnc'],
    fromUs: Date.UTC(2026, 10, 24, 18) * 1000,
    toUs: Date.UTC(2026, 10, 24, 21) * 1000,
  });
  t.same(readWindows(yaml), [window]);
  t.end();
});

t.test('fields may hold commas in quotes, and columns may be left out', (t) => {
  const file = join(temporaryFolder(t), 'windows.csv');
  writeFileSync(file, 'ticket,vendor,start,end\nWO-2,"Service, ""North""",2026-11-24T18:00Z,2026-11-24T19:00Z\n');
  t.match(readWindows(file), [{ vendor: 'Service, "North"', devices: [], sources: [], services: [] }]);
  t.end();
});

t.test('whatever is wrong is named with its line and key, all of it at once', (t) => {
  const file = join(temporaryFolder(t), 'windows.csv');
  const rows = [
    ROW.replace('10.20.7.0/24', 'everywhere'),
    ROW.replace('2026-11-24T18:00Z', 'tonight'),
    ROW.replace('WO-1', ''),
    ROW.replace('2026-11-24T22:00+01:00', '2026-11-24T17:00Z'),
    'WO-9,too short',
  ];
  writeFileSync(file, [HEAD, ...rows].join('\n'));
  let problems: readonly string[] = [];
  try {
    readWindows(file);
  } catch (error) {
    if (error instanceof ConfigurationError) problems = error.problems;
  }
  t.match(
    problems.map((text) => text.replace(`${file}:`, '')),
    [
      '6: has 2 fields, the first line 7',
      /^2: sources: "everywhere" is not allowed/,
      /^3: start: "tonight" is not allowed/,
      '4: ticket: is missing: the alert names it',
      '5: end: stands before the start',
    ],
  );
  t.throws(() => readWindows(file.replace('windows', 'nowhere')));
  writeFileSync(file, 'name,when\n');
  t.throws(() => readWindows(file), /the first line names the columns/);
  t.end();
});
