/**
 * The evidence ledger of a device: every value anybody gave for one of its attributes, with where it stood,
 * how much it is worth and when it was seen. Conflicting values stay side by side; the best one is shown.
 */
import type { EvidenceRow } from '../model.ts';

/** Below this a value is kept as evidence but does not name the device. */
const BELIEVED_MIN = 0.5;

export class Ledger {
  /** Few, and told again with every conversation: looked through without making a key. */
  private readonly kept: EvidenceRow[] = [];
  private readonly rowsMax: number;
  /** Values that found no room. */
  refused = 0;
  /** Goes up whenever a value is new or is believed more than before. */
  version = 0;

  constructor(rowsMax: number) {
    this.rowsMax = rowsMax;
  }

  /** Adds one sight of a value; gives back its row, or null when there was no value or no room. */
  add(attribute: string, value: string, source: string, confidence: number, timeUs: number): EvidenceRow | null {
    if (value === '') return null;
    const row = this.find(attribute, value, source);
    if (row !== null) {
      if (confidence > row.confidence) {
        row.confidence = confidence;
        this.version++;
      }
      if (timeUs < row.firstSeenUs) row.firstSeenUs = timeUs;
      if (timeUs > row.lastSeenUs) row.lastSeenUs = timeUs;
      return row;
    }
    if (this.kept.length >= this.rowsMax) {
      this.refused++;
      return null;
    }
    const fresh = { attribute, value, source, confidence, firstSeenUs: timeUs, lastSeenUs: timeUs };
    this.kept.push(fresh);
    this.version++;
    return fresh;
  }

  private find(attribute: string, value: string, source: string): EvidenceRow | null {
    for (const row of this.kept) {
      if (row.attribute === attribute && row.source === source && row.value === value) return row;
    }
    return null;
  }

  absorb(other: Ledger): void {
    for (const row of other.kept) {
      this.add(row.attribute, row.value, row.source, row.confidence, row.firstSeenUs);
      this.add(row.attribute, row.value, row.source, row.confidence, row.lastSeenUs);
    }
  }

  /** The most believed value, the latest seen of equals; '' when none is believed. */
  best(attribute: string): string {
    return this.all(attribute)[0] ?? '';
  }

  /** All believed values of an attribute, the best first. */
  all(attribute: string): string[] {
    const rows = this.kept.filter((row) => row.attribute === attribute && row.confidence >= BELIEVED_MIN);
    rows.sort((a, b) => b.confidence - a.confidence || b.lastSeenUs - a.lastSeenUs || (a.value < b.value ? -1 : 1));
    return [...new Set(rows.map((row) => row.value))];
  }

  /** Every row of an attribute, believed or not; theirs, not copies. */
  of(attribute: string): readonly EvidenceRow[] {
    return this.kept.filter((row) => row.attribute === attribute);
  }

  /** Every row, in a fixed order. */
  rows(): EvidenceRow[] {
    const rows = this.kept.map((row) => ({ ...row }));
    const key = (row: EvidenceRow): string => `${row.attribute}\n${row.value}\n${row.source}`;
    return rows.sort((a, b) => (key(a) < key(b) ? -1 : 1));
  }
}
