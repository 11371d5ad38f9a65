/** Devices and the comparison with the equipment list as CSV for a spreadsheet, and as JSON for programs. */
import { isoTime } from '../bytes/time.ts';
import type { DeviceRow } from '../model.ts';
import { csvLine } from './csv.ts';
import type { Subject } from './cyclonedx.ts';
import type { Equipment } from './equipment.ts';
import type { Pair, Reconciliation } from './reconcile.ts';

/** Headings are those that the import knows: what was exported can be completed by hand and read again. */
const columns: readonly (readonly [string, (subject: Subject) => string])[] = [
  ['asset', ({ row }) => row?.asset ?? ''],
  ['name', ({ device, row }) => row?.name || (device.names[0] ?? '')],
  ['hostname', ({ device }) => device.names.join(' ')],
  ['manufacturer', ({ device }) => device.manufacturer || device.vendor],
  ['model', ({ device }) => device.model],
  ['serial', ({ device }) => device.serial],
  ['software', ({ device }) => device.software],
  ['operating system', ({ device }) => device.operatingSystem],
  ['mac', ({ device }) => device.mac],
  ['ip', ({ device }) => device.addresses.join(' ')],
  ['ae title', ({ device }) => device.aeTitles.join(',')],
  ['location', ({ row }) => row?.location ?? ''],
  ['department', ({ row }) => row?.department ?? ''],
  ['class', ({ device }) => device.class],
  ['tier', ({ device }) => String(device.tier)],
  ['medical', ({ device }) => (device.medical ? 'yes' : 'no')],
  ['roles', ({ device }) => device.roles.join(', ')],
  ['exams', ({ device }) => String(device.utilisation.exams)],
  ['active hours', ({ device }) => String(device.utilisation.activeHours)],
  ['first seen', ({ device }) => isoTime(device.firstSeenUs)],
  ['last seen', ({ device }) => isoTime(device.lastSeenUs)],
];

export function inventoryCsv(subjects: readonly Subject[]): string {
  const lines = subjects.map((subject) => csvLine(columns.map(([, cell]) => cell(subject))));
  return csvLine(columns.map(([name]) => name)) + lines.join('');
}

/** Devices inside, each with its row of the list. */
export function subjectsOf(devices: readonly DeviceRow[], paired: readonly Pair[], all: boolean): Subject[] {
  const rows = new Map(paired.map(({ device, row }) => [device.id, row]));
  return devices
    .filter((device) => !device.external && (all || device.medical || rows.has(device.id)))
    .map((device) => ({ device, row: rows.get(device.id) ?? null }));
}

/** One line for each thing that a person may want to look into. */
export function reconciliationCsv(found: Reconciliation): string {
  const lines: string[][] = [['what', 'line', 'asset', 'name', 'device', 'listed', 'seen']];
  for (const line of linesOf(found)) {
    const { what, row, device, listed, seen } = line;
    const place = row === null ? ['', '', ''] : [String(row.line), row.asset, row.name || row.model];
    lines.push([what, ...place, device, listed, seen]);
  }
  return lines.map(csvLine).join('');
}

/** The one that people know it by. */
function addressOf({ addresses }: DeviceRow): string {
  return addresses.find((one) => !one.startsWith('fe80:')) ?? addresses[0] ?? '';
}

interface Line {
  readonly what: string;
  readonly row: Equipment | null;
  readonly device: string;
  readonly listed: string;
  readonly seen: string;
}

export function linesOf(found: Reconciliation): Line[] {
  const { notListed, notSeen, mismatches, duplicates, notFindable } = found;
  return [
    ...notListed.map((device) => ({
      what: 'not in the list',
      row: null,
      device: device.id,
      listed: '',
      seen: [addressOf(device), device.manufacturer || device.vendor, device.model, ...device.aeTitles]
        .filter((one) => one !== undefined && one !== '')
        .join(' '),
    })),
    ...notSeen.map(({ row, lastSeenUs, deviceId }) => ({
      what: 'not seen',
      row,
      device: deviceId,
      listed: [...row.macs, ...row.addresses, ...row.aeTitles, row.hostName].filter((one) => one !== '').join(' '),
      seen: lastSeenUs === 0 ? 'never' : `last ${isoTime(lastSeenUs).slice(0, 10)}`,
    })),
    ...mismatches.map(({ kind, row, device, listed, seen }) => ({
      what: kind === 'retired' ? 'out of use and seen' : `other ${kind}`,
      row,
      device: device.id,
      listed,
      seen,
    })),
    ...duplicates.map(({ side, kind, value, of }) => ({
      what: side === 'list' ? `${kind} twice in the list` : `${kind} twice on the wire`,
      row: null,
      device: side === 'wire' ? of.join(' ') : '',
      listed: side === 'list' ? `${value}: ${of.join(', ')}` : '',
      seen: side === 'wire' ? value : '',
    })),
    ...notFindable.map((row) => ({
      what: 'no network data in the list',
      row,
      device: '',
      listed: row.serial,
      seen: '',
    })),
  ];
}

export interface ReconciliationCounts {
  readonly listed: number;
  readonly paired: number;
  readonly notListed: number;
  readonly notSeen: number;
  readonly mismatches: number;
  readonly duplicates: number;
  readonly notFindable: number;
  readonly retired: number;
}

export function countsOf(listed: number, found: Reconciliation): ReconciliationCounts {
  return {
    listed,
    paired: found.paired.length,
    notListed: found.notListed.length,
    notSeen: found.notSeen.length,
    mismatches: found.mismatches.length,
    duplicates: found.duplicates.length,
    notFindable: found.notFindable.length,
    retired: found.retired.length,
  };
}

/** Rows of the list by where they stand and what people call them. */
function rowJson({ line, asset, name, manufacturer, model, serial, location, department }: Equipment) {
  return { line, asset, name, manufacturer, model, serial, location, department };
}

/** Everything that was found, for programs and the console. */
export function reconciliationJson(listed: number, found: Reconciliation) {
  return {
    counts: countsOf(listed, found),
    paired: found.paired.map(({ row, device, by }) => ({ row: rowJson(row), device: device.id, by })),
    notListed: found.notListed.map(({ id, addresses, names, aeTitles, manufacturer, vendor, model, lastSeenUs }) => ({
      device: id,
      address: addresses.find((one) => !one.startsWith('fe80:')) ?? addresses[0] ?? '',
      name: names[0] ?? '',
      aeTitles,
      manufacturer: manufacturer || vendor,
      model,
      lastSeen: isoTime(lastSeenUs),
    })),
    notSeen: found.notSeen.map(({ row, lastSeenUs, deviceId }) => ({
      row: rowJson(row),
      device: deviceId,
      lastSeen: lastSeenUs === 0 ? null : isoTime(lastSeenUs),
    })),
    mismatches: found.mismatches.map(({ row, device, by, kind, listed: said, seen }) => ({
      row: rowJson(row),
      device: device.id,
      by,
      kind,
      listed: said,
      seen,
    })),
    duplicates: found.duplicates.map(({ side, kind, value, of }) => ({ side, kind, value, of: [...of] })),
    notFindable: found.notFindable.map(rowJson),
    retired: found.retired.map(rowJson),
  };
}
