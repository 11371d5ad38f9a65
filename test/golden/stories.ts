/**
 * Stories about alerts, told to a hospital in miniature: what a person would read of them, as text that stays the same.
 * Each has a twin, as similar as possible, in which nothing is to be said.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expired, type Suppression } from '../../src/alert/suppression.ts';
import type { FindingRow, IncidentRow } from '../../src/model.ts';
import { AlertDesk } from '../../src/pipeline/alert-desk.ts';
import { alertRows } from '../../src/pipeline/rows.ts';
import { Store } from '../../src/store/store.ts';
import { TestWard, type WardOptions } from '../support/ward.ts';

const ARCHIVE = '10.1.0.20';
const NEWCOMER = '10.1.9.9';

/** So many scanners that store images, and after an hour each is logged in to from the same new machine. */
function sameLogin(devices: number, minutesApart: number): TestWard {
  const ward = new TestWard();
  for (let i = 0; i < devices; i++) ward.store(`10.1.0.${30 + i}`, ARCHIVE);
  for (let i = 0; i < devices; i++) ward.at(60 + i * minutesApart).connect(NEWCOMER, `10.1.0.${30 + i}`, 22, 'ssh');
  return ward;
}

/** One login, again and again. */
function again(times: number): TestWard {
  const ward = new TestWard();
  ward.store('10.1.0.30', ARCHIVE);
  for (let i = 0; i < times; i++) ward.at(60 + 10 * i).connect(NEWCOMER, '10.1.0.30', 22, 'ssh');
  return ward;
}

function oneLogin(options: WardOptions, minutes: number): TestWard {
  const ward = new TestWard(options);
  ward.store('10.1.0.30', ARCHIVE);
  ward.at(minutes).connect(NEWCOMER, '10.1.0.30', 22, 'ssh');
  return ward;
}

const order = {
  ...{ name: 'WO-1042', vendor: 'Scanner Service', devices: ['10.1.0.30'], services: ['ssh'], sources: [] },
  ...{ fromUs: Date.UTC(2026, 2, 2, 12, 30) * 1000, toUs: Date.UTC(2026, 2, 2, 14) * 1000 },
};

const DAY_MINUTES = 1440;

/** A scanner that asks so many new web servers a day, for so many days; some days are quiet. */
function talkative(days: number, perDay: number, quietDays: readonly number[] = []): TestWard {
  const ward = new TestWard();
  ward.store('10.1.0.30', ARCHIVE);
  for (let day = 1; day <= days; day++) {
    const partners = quietDays.includes(day) ? 1 : perDay;
    for (let i = 0; i < partners; i++)
      ward.at(day * DAY_MINUTES + i).connect('10.1.0.30', `10.2.${day}.${i}`, 80, 'http');
  }
  ward.at((days + 1) * DAY_MINUTES);
  return ward;
}

/** Day by day: what BL-01 has opened, and what is said about the budget. */
function budgetText(ward: TestWard): string {
  const days = new Map<string, string[]>();
  for (const one of [...ward.findings].sort((a, b) => a.startUs - b.startUs)) {
    if (one.detector !== 'BL-01' && one.detector !== 'ME-03') continue;
    const day = new Date(one.startUs / 1000).toISOString().slice(5, 10);
    const words = one.detector === 'ME-03' ? ` ${one.happened}` : '';
    const text = `${one.detector} ${one.severity}${one.digest ? ' [digest]' : ''}${words}`;
    days.set(day, [...(days.get(day) ?? []), text]);
  }
  const lines = [...days].map(([day, texts]) => {
    const counts = Map.groupBy(texts, (text) => text);
    return `${day}: ${[...counts].map(([text, all]) => `${all.length} × ${text}`).join('; ')}`;
  });
  const opened = alertRows(ward.analyst).incidents.length;
  return [...lines, `${opened} incidents`, ''].join('\n');
}

/** What a rule says that it would hide, what it then hides of old and new findings, and what is left when it is over. */
function hiddenText(scope: Partial<Suppression>): string {
  const ward = sameLogin(2, 10);
  const folder = mkdtempSync(join(tmpdir(), 'wardwatch-story-'));
  const store = Store.open(folder);
  try {
    store.beginRun({ name: 'live', kind: 'live', inputs: [], startedUs: ward.nowUs });
    const desk = new AlertDesk(store, 'live');
    const keep = (): void => {
      const nothing = { devices: [], held: [], incidents: [], posture: [], points: [], oddities: {} };
      store.commit({ ...nothing, run: 'live', findings: ward.findings, lastUs: ward.nowUs });
    };
    const shown = (nowUs: number): string[] => {
      const findings = desk.findings(nowUs);
      const hidden = findings.filter(({ hiddenBy }) => hiddenBy > 0).map(nameOf);
      return [`  hidden ${hidden.length}: ${hidden.sort().join(', ')}`, `  counted: ${findings.length}`];
    };
    keep();
    const who = {
      user: 'biomed',
      owner: 'scanner service',
      reason: 'yearly visit',
      detector: '',
      device: '',
      peer: '',
    };
    const [createdUs, expiresUs] = [ward.nowUs, ward.nowUs + 86_400e6];
    const rule: Suppression = { ...who, service: '', ...scope, createdUs, expiresUs };
    const preview = desk.preview(rule).map(nameOf).sort();
    const lines = [`preview ${preview.length}: ${preview.join(', ')}`];
    desk.suppress(rule);
    lines.push('of history', ...shown(createdUs));
    ward.at(90).connect(NEWCOMER, '10.1.0.31', 3389, 'rdp');
    ward.at(91).connect('10.1.0.40', '10.1.0.31', 3389, 'rdp');
    keep();
    lines.push('and of what came later', ...shown(ward.nowUs), 'when it is over', ...shown(expiresUs));
    const tasks = expired(desk.suppressions(), expiresUs).map(({ owner, reason }) => `ask ${owner} about: ${reason}`);
    return [...lines, ...tasks, ''].join('\n');
  } finally {
    store.close();
    rmSync(folder, { recursive: true });
  }
}

function nameOf({ detector, deviceAddress, peerAddress, service }: FindingRow): string {
  return `${detector} ${deviceAddress} < ${peerAddress} ${service}`;
}

export const stories: Readonly<Record<string, () => string>> = {
  'fleet-five-in-an-hour': () => textOf(sameLogin(5, 10)),
  'fleet-twin-four': () => textOf(sameLogin(4, 10)),
  'fleet-twin-over-hours': () => textOf(sameLogin(5, 40)),
  'repeats-of-one-login': () => textOf(again(9)),
  'repeats-twin-once': () => textOf(again(1)),
  'in-use-login-during-an-examination': () => textOf(oneLogin({ learnUntilMinutes: 1 }, 3)),
  'in-use-twin-an-hour-later': () => textOf(oneLogin({ learnUntilMinutes: 1 }, 60)),
  'budget-over-for-a-week': () => budgetText(talkative(9, 4)),
  'budget-back-after-a-quiet-week': () => budgetText(talkative(16, 4, [8, 9, 10, 11, 12, 13, 14, 15])),
  'budget-twin-one-quiet-day': () => budgetText(talkative(9, 4, [5])),
  'budget-twin-within': () => budgetText(talkative(9, 3)),
  'suppression-of-one-partner': () => hiddenText({ detector: 'RC-01', peer: NEWCOMER }),
  'suppression-twin-other-partner': () => hiddenText({ detector: 'RC-01', peer: '10.1.9.8' }),
  'window-login-inside': () => textOf(oneLogin({ settings: { windows: [order] } }, 60)),
  'window-twin-after-its-end': () => textOf(oneLogin({ settings: { windows: [order] } }, 121)),
  'window-twin-other-device': () =>
    textOf(oneLogin({ settings: { windows: [{ ...order, devices: ['10.1.0.31'] }] } }, 60)),
};

export function textOf(ward: TestWard): string {
  const { findings, incidents } = alertRows(ward.analyst);
  const inTime = [...findings].sort((a, b) => a.startUs - b.startUs || (a.detector < b.detector ? -1 : 1));
  const clock = (timeUs: number): string => new Date(timeUs / 1000).toISOString().slice(5, 19);
  return [
    '== alerts',
    ...inTime.map((one) => {
      const marks = [
        one.window === '' ? '' : ` [window ${one.window}]`,
        one.inUse ? ' [in clinical use]' : '',
        one.digest ? ' [digest]' : '',
      ].join('');
      const repeats = one.repeats.map(({ count, timeUs }) => `${count}: ${clock(timeUs)}`).join(', ');
      return `${clock(one.startUs)} ${one.detector} ${one.severity} ${one.deviceAddress} < ${one.peerAddress} ×${one.count}${marks} (${repeats})`;
    }),
    '== incidents',
    ...incidents.map((one) => incidentText(one)).sort(),
    '',
  ].join('\n');
}

function incidentText({ devices, peer, risk, severity, alerts }: IncidentRow): string {
  const common = peer === '' ? '' : `, in common ${peer}`;
  return `${devices.length} device(s) ${devices.join(' ')}${common}: risk ${risk} ${severity}, ${alerts.length} alerts`;
}
