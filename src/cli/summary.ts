/** The report of a replay in words: what was there, what was suspicious, what could not be seen. */
import type { ReplayReport } from './replay-schema.ts';
import { bytesText, countText, harmless, styled, table } from './terminal.ts';

const DEVICES_SHOWN = 40;
const ALERTS_SHOWN = 20;
const ODDITIES_SHOWN = 8;

const severityStyle = { low: 'dim', medium: 'yellow', high: 'red', critical: ['red', 'bold'] } as const;

export function summary(report: ReplayReport): string {
  return [
    overview(report),
    protocols(report),
    devices(report),
    alerts(report),
    held(report),
    posture(report),
    others(report),
    unseen(report),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** The same in five lines, for `demo`. */
export function shortSummary(report: ReplayReport): string {
  const medical = report.devices.filter((device) => device.medical).length;
  const spoken = Object.keys(report.protocols).map(harmless).join(', ');
  return [
    overview(report),
    `protocols: ${spoken === '' ? 'none recognised' : spoken}`,
    `devices:   ${countText(report.devices.length)}, of which medical: ${countText(medical)}`,
    `alerts:    ${countText(report.alerts.length)} in ${countText(report.incidents.length)} incidents; held: ${countText(report.held.length)}`,
  ].join('\n');
}

function overview(report: ReplayReport): string {
  const { packets, bytes, flows, firstTime, lastTime, run } = report;
  const span =
    firstTime === null || lastTime === null ? 'no packet' : `${firstTime.slice(0, 19)}Z to ${lastTime.slice(0, 19)}Z`;
  return `${styled('bold', `run ${harmless(run)}`)}: ${countText(packets)} packets, ${bytesText(bytes)}, ${countText(flows)} flows, ${span}`;
}

function protocols(report: ReplayReport): string {
  const rows = Object.entries(report.protocols).map(([name, { flows, bytes, messages }]) => [
    name,
    countText(flows),
    bytesText(bytes),
    countText(messages),
  ]);
  return rows.length === 0 ? 'No protocol was recognised.' : table(['protocol', 'flows', 'bytes', 'messages'], rows);
}

function devices({ devices }: ReplayReport): string {
  if (devices.length === 0) return 'No device was seen.';
  const sorted = [...devices].sort((a, b) => Number(b.medical) - Number(a.medical) || (a.id < b.id ? -1 : 1));
  const rows = sorted
    .slice(0, DEVICES_SHOWN)
    .map((device) => [
      device.id,
      device.addresses[0] ?? '',
      device.class,
      [device.manufacturer === '' ? device.vendor : device.manufacturer, device.model]
        .filter((x) => x !== '')
        .join(' '),
      [...device.aeTitles, ...device.names].slice(0, 2).join(' '),
      device.external ? 'external' : device.medical ? 'medical' : '',
    ]);
  return (
    table(['device', 'address', 'class', 'maker and model', 'names', ''], rows) + more(devices.length, DEVICES_SHOWN)
  );
}

function alerts({ alerts }: ReplayReport): string {
  if (alerts.length === 0) return 'No alert.';
  const blocks = alerts.slice(0, ALERTS_SHOWN).map((alert) => {
    const who = `${alert.deviceAddress}${alert.peerAddress === '' ? '' : ` ↔ ${alert.peerAddress}`}`;
    const head = `${styled([...[severityStyle[alert.severity]].flat()], alert.severity.toUpperCase())} ${alert.detector} ${harmless(who)} ${harmless(alert.service)}`;
    return [
      head.trimEnd(),
      `  usual:    ${harmless(alert.usual)}`,
      `  happened: ${harmless(alert.happened)}`,
      `  matters:  ${harmless(alert.matters)}`,
      `  do first: ${harmless(alert.firstStep)}`,
    ].join('\n');
  });
  const title = styled('bold', `${countText(alerts.length)} ${alerts.length === 1 ? 'alert' : 'alerts'}`);
  return `${title}\n${blocks.join('\n')}${more(alerts.length, ALERTS_SHOWN)}`;
}

function held({ held }: ReplayReport): string {
  if (held.length === 0) return '';
  return `Held until somebody accepts or rejects them: ${countText(held.length)} relations (wardwatch held lists them).`;
}

/** Rules with the number of devices they speak of, the most first; each row stands in `--json` and in the API. */
function others({ foreign }: ReplayReport): string {
  if (foreign === undefined) return '';
  const { alerts, attached, broken, refused, rows } = foreign;
  const devices = new Set(rows.map(({ device }) => device).filter((device) => device !== ''));
  const trouble = [
    broken > 0 ? `${countText(broken)} lines could not be read` : '',
    refused > 0 ? `${countText(refused)} alerts found no room` : '',
  ].filter((text) => text !== '');
  const worst = [...rows].sort((a, b) => a.severity - b.severity || b.count - a.count).slice(0, 5);
  return [
    `Suricata: ${countText(alerts)} alerts, ${countText(attached)} of them about ${countText(devices.size)} devices seen here` +
      (trouble.length > 0 ? `; ${trouble.join(', ')}` : ''),
    ...worst.map(
      (row) => `  ${harmless(`${row.device || row.toAddress}: ${row.text}`)}, ${countText(row.count)} times`,
    ),
  ].join('\n');
}

function posture({ posture }: ReplayReport): string {
  const devices = new Map<string, Set<string>>();
  for (const { rule, device } of posture) devices.set(rule, (devices.get(rule) ?? new Set()).add(device));
  if (devices.size === 0) return '';
  const rules = [...devices].sort(([a, m], [b, n]) => n.size - m.size || (a < b ? -1 : 1));
  const shown = rules.map(([rule, { size }]) => `${rule} ${countText(size)}`);
  return `Standing weaknesses by devices (docs/posture.md): ${shown.join(', ')}`;
}

function unseen({ coverage, gapBytes, duplicates, oddities }: ReplayReport): string {
  const lines = [
    styled('bold', 'What could not be seen'),
    coverage.verdict === '' ? '' : `  ${harmless(coverage.verdict)}`,
  ];
  if (gapBytes > 0) lines.push(`  ${bytesText(gapBytes)} of TCP payload were missing from the capture.`);
  if (duplicates > 0) lines.push(`  ${countText(duplicates)} packets were second copies and were not counted.`);
  const odd = Object.entries(oddities).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  if (odd.length > 0) {
    const shown = odd.slice(0, ODDITIES_SHOWN).map(([name, count]) => `${name} ${countText(count)}`);
    lines.push(`  Odd traffic (docs/oddities.md): ${shown.join(', ')}${odd.length > ODDITIES_SHOWN ? ', …' : ''}`);
  }
  return lines.filter((line) => line !== '').join('\n');
}

function more(count: number, shown: number): string {
  return count > shown ? `\n… and ${countText(count - shown)} more` : '';
}
