/**
 * What was said before anybody knew of whom: announcements of hardware addresses that belong to no device yet, and
 * names that DNS gave to addresses nobody has spoken to. Both are bounded; the oldest gives way.
 */
import type { AddressKey, MacKey } from '../bytes/address.ts';
import type { Announcement } from '../records.ts';

export type Said = Pick<Announcement, 'attribute' | 'value' | 'source' | 'confidence' | 'timeUs'>;

/** Statements of stations, by hardware address. */
export class WaitingStations {
  private readonly byMac = new Map<MacKey, Said[]>();
  private readonly stationsMax: number;
  private readonly rowsMax: number;

  constructor(stationsMax: number, rowsMax: number) {
    this.stationsMax = stationsMax;
    this.rowsMax = rowsMax;
  }

  add({ mac, attribute, value, source, confidence, timeUs }: Announcement): void {
    let rows = this.byMac.get(mac);
    if (rows === undefined) {
      if (this.byMac.size >= this.stationsMax) this.byMac.delete(this.byMac.keys().next().value ?? '');
      rows = [];
      this.byMac.set(mac, rows);
    }
    const isKnown = rows.some((row) => row.attribute === attribute && row.value === value && row.source === source);
    if (!isKnown && rows.length < this.rowsMax) rows.push({ attribute, value, source, confidence, timeUs });
  }

  /** What was said of it, and no longer kept. */
  take(mac: MacKey): readonly Said[] {
    const rows = this.byMac.get(mac) ?? [];
    if (rows.length > 0) this.byMac.delete(mac);
    return rows;
  }
}

/** The last name that DNS gave to an address. */
export class AnsweredNames {
  private readonly byAddress = new Map<AddressKey, { readonly name: string; readonly timeUs: number }>();
  private readonly namesMax: number;

  constructor(namesMax: number) {
    this.namesMax = namesMax;
  }

  add(address: AddressKey, name: string, timeUs: number): void {
    if (this.byAddress.get(address)?.name === name) return;
    this.byAddress.delete(address);
    if (this.byAddress.size >= this.namesMax) this.byAddress.delete(this.byAddress.keys().next().value ?? '');
    this.byAddress.set(address, { name, timeUs });
  }

  take(address: AddressKey): { readonly name: string; readonly timeUs: number } | null {
    const found = this.byAddress.get(address);
    if (found === undefined) return null;
    this.byAddress.delete(address);
    return found;
  }
}
