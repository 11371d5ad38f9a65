/**
 * The evidence ledger of a device: every value anybody gave for one of its attributes, with where it stood,
 * how much it is worth and when it was seen. Conflicting values stay side by side; the best one is shown.
 */
import type { EvidenceRow } from '../model.ts';

/** Below this a value is kept as evidence but does not name the device. */
const BELIEVED_MIN = 0.5;

export class Ledger {
  private readonly rowsByKey = new Map<string, EvidenceRow>();
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
    const key = `${attribute}\n${value}\n${source}`;
    const row = this.rowsByKey.get(key);
    if (row !== undefined) {
      if (confidence > row.confidence) {
        row.confidence = confidence;
        this.version++;
      }
      row.firstSeenUs = Math.min(row.firstSeenUs, timeUs);
      row.lastSeenUs = Math.max(row.lastSeenUs, timeUs);
      return row;
    }
    if (this.rowsByKey.size >= this.rowsMax) {
      this.refused++;
      return null;
    }
    const fresh = { attribute, value, source, confidence, firstSeenUs: timeUs, lastSeenUs: timeUs };
    this.rowsByKey.set(key, fresh);
    this.version++;
    return fresh;
  }

  absorb(other: Ledger): void {
    for (const row of other.rowsByKey.values()) {
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
    const rows = [...this.rowsByKey.values()].filter(
      (row) => row.attribute === attribute && row.confidence >= BELIEVED_MIN,
    );
    rows.sort((a, b) => b.confidence - a.confidence || b.lastSeenUs - a.lastSeenUs || (a.value < b.value ? -1 : 1));
    return [...new Set(rows.map((row) => row.value))];
  }

  /** Every row, in a fixed order. */
  rows(): EvidenceRow[] {
    const rows = [...this.rowsByKey.values()].map((row) => ({ ...row }));
    const key = (row: EvidenceRow): string => `${row.attribute}\n${row.value}\n${row.source}`;
    return rows.sort((a, b) => (key(a) < key(b) ? -1 : 1));
  }
}
