/** A live sensor that starts again goes on with what its store knows: earlier rows and those of today become one. */
import type { DeviceRow, EvidenceRow, FindingRow, HeldRow, IncidentRow, PostureRow } from '../model.ts';
import type { Gone } from '../store/writer.ts';

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
    // Rows of an earlier version of the program have none.
    operatingSystem: row.operatingSystem || (rest.operatingSystem ?? ''),
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

export function postureKey(row: PostureRow): string {
  return [row.device, row.rule, row.peer].join('\n');
}

export function continuePosture(before: ReadonlyMap<string, PostureRow>, now: readonly PostureRow[]): PostureRow[] {
  return now.map((row) => {
    const old = before.get(postureKey(row));
    if (old === undefined) return row;
    return { ...row, firstSeenUs: Math.min(old.firstSeenUs, row.firstSeenUs), count: old.count + row.count };
  });
}

/** Counts of names. */
export function continueCounts(
  before: Readonly<Record<string, number>>,
  now: Readonly<Record<string, number>>,
): Record<string, number> {
  const sum: Record<string, number> = { ...now };
  for (const [name, count] of Object.entries(before)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}

/**
 * What earlier commits of this process wrote under ids that nobody has any more: a device that was known by its
 * address and is now known by its hardware address takes its alerts along. What was there before the process stays.
 */
export class Written {
  private devices: ReadonlySet<string> = new Set();
  private findings: ReadonlySet<string> = new Set();
  private incidents: ReadonlySet<string> = new Set();
  private held: ReadonlyMap<string, HeldRow> = new Map();
  private posture: ReadonlyMap<string, PostureRow> = new Map();
  private readonly devicesBefore: ReadonlyMap<string, DeviceRow>;
  private readonly heldBefore: ReadonlyMap<string, HeldRow>;
  private readonly postureBefore: ReadonlyMap<string, PostureRow>;

  constructor(
    devicesBefore: ReadonlyMap<string, DeviceRow>,
    heldBefore: ReadonlyMap<string, HeldRow>,
    postureBefore: ReadonlyMap<string, PostureRow>,
  ) {
    this.devicesBefore = devicesBefore;
    this.heldBefore = heldBefore;
    this.postureBefore = postureBefore;
  }

  /** The rows of this commit; returns which rows of the ones before it have gone. */
  replace(
    devices: readonly DeviceRow[],
    findings: readonly FindingRow[],
    incidents: readonly IncidentRow[],
    heldRows: readonly HeldRow[],
    postureRows: readonly PostureRow[],
  ): Gone {
    const ids = (rows: readonly { readonly id: string }[]): Set<string> => new Set(rows.map((row) => row.id));
    const now = { devices: ids(devices), findings: ids(findings), incidents: ids(incidents) };
    const held = new Map(heldRows.map((row) => [heldKey(row), row]));
    const posture = new Map(postureRows.map((row) => [postureKey(row), row]));
    const gone = {
      devices: [...this.devices].filter((id) => !now.devices.has(id) && !this.devicesBefore.has(id)),
      findings: [...this.findings].filter((id) => !now.findings.has(id)),
      incidents: [...this.incidents].filter((id) => !now.incidents.has(id)),
      posture: [...this.posture]
        .filter(([key]) => !posture.has(key) && !this.postureBefore.has(key))
        .map(([, row]) => row),
      held: [...this.held].filter(([key]) => !held.has(key) && !this.heldBefore.has(key)).map(([, row]) => row),
    };
    this.devices = now.devices;
    this.findings = now.findings;
    this.incidents = now.incidents;
    this.held = held;
    this.posture = posture;
    return gone;
  }
}
