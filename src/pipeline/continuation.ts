/** A live sensor that starts again goes on with what its store knows: earlier rows and those of today become one. */
import type { DeviceRow, EvidenceRow, HeldRow } from '../model.ts';

const union = (a: readonly string[], b: readonly string[]): string[] => [...new Set([...a, ...b])].sort();

/** `before` is what the store held when the sensor started, `now` what it has seen since. */
export function continueDevices(before: ReadonlyMap<string, DeviceRow>, now: readonly DeviceRow[]): DeviceRow[] {
  return now.map((row) => {
    const old = before.get(row.id);
    return old === undefined ? row : continueDevice(old, row);
  });
}

function continueDevice(old: DeviceRow, row: DeviceRow): DeviceRow {
  const { utilisation: was, ...rest } = old;
  const { utilisation } = row;
  return {
    ...row,
    addresses: union(rest.addresses, row.addresses),
    names: [...new Set([...row.names, ...rest.names])],
    class: row.class === '' ? rest.class : row.class,
    tier: row.class === '' && rest.class !== '' ? rest.tier : row.tier,
    medical: row.medical || rest.medical,
    manufacturer: row.manufacturer || rest.manufacturer,
    model: row.model || rest.model,
    serial: row.serial || rest.serial,
    software: row.software || rest.software,
    aeTitles: union(rest.aeTitles, row.aeTitles),
    roles: union(rest.roles, row.roles),
    firstSeenUs: Math.min(rest.firstSeenUs, row.firstSeenUs),
    utilisation: {
      // Hashes are not kept: a study that went on over the restart counts twice.
      exams: was.exams + utilisation.exams,
      instances: was.instances + utilisation.instances,
      instanceBytes: was.instanceBytes + utilisation.instanceBytes,
      messages: was.messages + utilisation.messages,
      bytesOut: was.bytesOut + utilisation.bytesOut,
      bytesIn: was.bytesIn + utilisation.bytesIn,
      activeHours: was.activeHours + utilisation.activeHours,
    },
    evidence: continueEvidence(old.evidence, row.evidence),
  };
}

function continueEvidence(before: readonly EvidenceRow[], now: readonly EvidenceRow[]): EvidenceRow[] {
  const key = (row: EvidenceRow): string => `${row.attribute}\n${row.value}\n${row.source}`;
  const rows = new Map(before.map((row) => [key(row), row]));
  for (const row of now) {
    const old = rows.get(key(row));
    rows.set(
      key(row),
      old === undefined
        ? row
        : {
            ...row,
            confidence: Math.max(old.confidence, row.confidence),
            firstSeenUs: Math.min(old.firstSeenUs, row.firstSeenUs),
            lastSeenUs: Math.max(old.lastSeenUs, row.lastSeenUs),
          },
    );
  }
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

export function heldKey(row: HeldRow): string {
  return [row.card, row.device, row.peer, row.service, row.verb].join('\n');
}

export function continueHeld(before: ReadonlyMap<string, HeldRow>, now: readonly HeldRow[]): HeldRow[] {
  return now.map((row) => {
    const old = before.get(heldKey(row));
    if (old === undefined) return row;
    return { ...row, firstSeenUs: Math.min(old.firstSeenUs, row.firstSeenUs), count: old.count + row.count };
  });
}
