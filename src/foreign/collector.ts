/**
 * Alerts of Suricata brought together: the same rule between the same two ends on one day is one row with its first and
 * last time and its count, attached to the device it concerns. They stay Suricata's: none becomes a finding of ours.
 */
import { isMulticast, parseAddress } from '../bytes/address.ts';
import { sha256Hex } from '../bytes/digest.ts';
import type { DeviceRow } from '../model.ts';
import { type EveAlert, readEve } from './eve.ts';
import { Holders } from './holders.ts';

export interface ForeignAlertRow {
  readonly id: string;
  readonly source: 'suricata';
  /** The device it concerns, and the other end; '' where none is known. */
  readonly device: string;
  readonly peer: string;
  /** How the device was told. */
  readonly by: 'mac' | 'address' | '';
  readonly fromAddress: string;
  readonly toAddress: string;
  readonly fromMac: string;
  readonly toMac: string;
  /** Ports of the called end, the first few. */
  readonly toPorts: readonly number[];
  readonly protocol: string;
  readonly service: string;
  readonly generator: number;
  readonly signature: number;
  readonly text: string;
  readonly category: string;
  readonly severity: number;
  readonly action: string;
  readonly firstUs: number;
  readonly lastUs: number;
  readonly count: number;
  /** Community IDs, the first few. */
  readonly flows: readonly string[];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
interface Entry {
  readonly row: Mutable<ForeignAlertRow> & { toPorts: number[]; flows: string[] };
  isChanged: boolean;
}

export interface CollectorSettings {
  /** Distinct rows that are kept. */
  readonly foreignAlertsMax: number;
}

const DAY_US = 86_400e6;
const KEPT_MAX = 8;
/** Nobody is old enough to give way: looked at again by then. */
const FULL_US = 60e6;

export class ForeignCollector {
  /** Lines, alerts among them, lines that are none of EVE, alerts that found no room. */
  lines = 0;
  alerts = 0;
  broken = 0;
  refused = 0;
  private readonly rowsMax: number;
  private readonly entries = new Map<string, Entry>();
  /** Until then there is no room. */
  private fullUntilUs = Number.NEGATIVE_INFINITY;

  constructor({ foreignAlertsMax }: CollectorSettings) {
    this.rowsMax = foreignAlertsMax;
  }

  /** Goes on with rows of before: their counts are not begun anew. */
  restore(rows: readonly ForeignAlertRow[]): void {
    for (const row of rows) {
      if (this.entries.size >= this.rowsMax) return;
      const own = { ...row, toPorts: [...row.toPorts], flows: [...row.flows] };
      this.entries.set(row.id, { row: own, isChanged: false });
    }
  }

  /** `shiftUs`: by how much the times of a replay were moved. */
  line(text: string, shiftUs = 0): void {
    this.lines++;
    const alert = readEve(text);
    if (alert === 'broken') this.broken++;
    else if (alert !== null) this.add(shiftUs === 0 ? alert : { ...alert, timeUs: alert.timeUs + shiftUs });
  }

  private add(alert: EveAlert): void {
    this.alerts++;
    const { fromAddress, toAddress, fromMac, toMac, protocol, generator, signature, timeUs } = alert;
    const day = Math.floor(timeUs / DAY_US);
    const key = [generator, signature, fromAddress, toAddress, fromMac, toMac, protocol, day].join('\n');
    const id = sha256Hex(`suricata\n${key}`).slice(0, 16);
    let entry = this.entries.get(id);
    if (entry === undefined) {
      if (this.entries.size >= this.rowsMax && !this.makeRoom(timeUs)) {
        this.refused++;
        return;
      }
      entry = { row: fresh(id, alert), isChanged: true };
      this.entries.set(id, entry);
    }
    const { row } = entry;
    entry.isChanged = true;
    row.count++;
    row.firstUs = Math.min(row.firstUs, timeUs);
    row.lastUs = Math.max(row.lastUs, timeUs);
    note(row.toPorts, alert.toPort, alert.toPort > 0);
    note(row.flows, alert.community, alert.community !== '');
  }

  /** Rows of days before that are written already need not be remembered. */
  private makeRoom(timeUs: number): boolean {
    // A flood must not have all of them gone through for each of its lines.
    if (timeUs < this.fullUntilUs) return false;
    for (const [id, { row, isChanged }] of this.entries) {
      if (!isChanged && row.lastUs < timeUs - DAY_US) this.entries.delete(id);
    }
    const hasRoom = this.entries.size < this.rowsMax;
    if (!hasRoom) this.fullUntilUs = timeUs + FULL_US;
    return hasRoom;
  }

  /** Something is new or has grown, or still waits for its device. */
  get hasWork(): boolean {
    for (const { isChanged, row } of this.entries.values()) if (isChanged || row.device === '') return true;
    return false;
  }

  /** What is new or has grown, attached to the devices as they are known now. */
  take(devices: readonly DeviceRow[]): ForeignAlertRow[] {
    // What is written may give way.
    this.fullUntilUs = Number.NEGATIVE_INFINITY;
    const holders = new Holders(devices);
    const changed: ForeignAlertRow[] = [];
    for (const entry of this.entries.values()) {
      if (!entry.isChanged && entry.row.device !== '') continue;
      attach(entry.row, holders);
      // A device may become known after the alert about it.
      if (!entry.isChanged && entry.row.device === '') continue;
      entry.isChanged = false;
      changed.push({ ...entry.row, toPorts: [...entry.row.toPorts], flows: [...entry.row.flows] });
    }
    return changed.sort((a, b) => (a.id < b.id ? -1 : 1));
  }
}

function fresh(id: string, alert: EveAlert): Entry['row'] {
  const { fromAddress, toAddress, fromMac, toMac, protocol, service, generator, signature, text } = alert;
  const { category, severity, action, timeUs } = alert;
  return {
    id,
    source: 'suricata',
    device: '',
    peer: '',
    by: '',
    fromAddress,
    toAddress,
    fromMac,
    toMac,
    toPorts: [],
    protocol,
    service,
    generator,
    signature,
    text,
    category,
    severity,
    action,
    firstUs: timeUs,
    lastUs: timeUs,
    count: 0,
    flows: [],
  };
}

function note<T>(list: T[], value: T, isValue: boolean): void {
  if (isValue && list.length < KEPT_MAX && !list.includes(value)) list.push(value);
}

/** The device it concerns: the medical end, else the one inside, else the one that sent. */
function attach(row: Entry['row'], holders: Holders): void {
  const from = holders.of(row.fromAddress, row.fromMac, row.lastUs);
  const to = isGroup(row.toAddress) ? null : holders.of(row.toAddress, row.toMac, row.lastUs);
  const ends = [from, to].filter((end) => end !== null).sort((a, b) => worth(b.device) - worth(a.device));
  const [first, second] = ends;
  row.device = first?.device.id ?? '';
  row.by = first?.by ?? '';
  row.peer = second?.device.id ?? '';
}

function worth({ medical, external }: DeviceRow): number {
  return external ? 0 : medical ? 2 : 1;
}

function isGroup(address: string): boolean {
  return address === '' || isMulticast(parseAddress(address));
}
