/** What the analyst knows, as the rows that store, API and report share. */

import { incidentsOf } from '../alert/incidents.ts';
import { layers } from '../baseline/baseline.ts';
import { addressText } from '../bytes/address.ts';
import { sha256Hex } from '../bytes/digest.ts';
import { ordered } from '../bytes/ordered.ts';
import { candidatesOf, makerClass } from '../device/classify.ts';
import type { Device } from '../device/device.ts';
import type { DeviceRow, EvidenceRow, FindingRow, HeldRow, IncidentRow, PostureRow } from '../model.ts';
import type { Analyst } from './analyst.ts';

/** The devices that have sent something, in the order of their ids. */
export function deviceRows(analyst: Analyst): DeviceRow[] {
  return analyst.inventory.devices
    .filter((device) => device.mergedInto === null && !device.group && device.confirmed)
    .map((device) => deviceRow(analyst, device))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

function deviceRow(analyst: Analyst, device: Device): DeviceRow {
  const { ledger } = device;
  const listed = analyst.site.listedOf(device);
  const kind = analyst.site.kindOf(device);
  const vendor = analyst.site.vendorOf(device);
  const names = ledger.all('name').slice(0, 8);
  if (listed?.name !== undefined && !names.includes(listed.name)) names.unshift(listed.name);
  return {
    id: device.id,
    mac: device.mac === '' ? '' : addressText(device.mac),
    addresses: [...device.addresses].map(addressText).sort(),
    names,
    class: kind.class,
    tier: kind.tier,
    medical: kind.medical,
    external: device.external,
    vendor,
    manufacturer: ledger.best('manufacturer') || (makerClass(vendor).medical ? vendor : ''),
    model: ledger.best('model'),
    serial: ledger.best('serial'),
    software: ledger.best('software'),
    operatingSystem: ledger.best('operating-system'),
    aeTitles: [...device.aeTitles].sort(),
    roles: [...device.roles].sort(),
    firstSeenUs: device.firstSeenUs,
    lastSeenUs: device.lastSeenUs,
    state: Object.fromEntries(layers.map((layer) => [layer, analyst.baseline.shown(device, layer)])),
    utilisation: {
      exams: device.studies.size,
      instances: device.instances,
      instanceBytes: device.instanceBytes,
      messages: device.messages,
      bytesOut: device.bytesOut,
      bytesIn: device.bytesIn,
      activeHours: device.activeHours.size,
    },
    evidence: evidenceRows(device, vendor),
  };
}

/** What was said about the device, and what follows for its class: conflicts stay side by side. */
function evidenceRows(device: Device, vendor: string): EvidenceRow[] {
  const said = device.ledger.rows();
  if (device.external) return said;
  const { firstSeenUs, lastSeenUs } = device;
  const classes = candidatesOf(device, vendor).map(
    ({ class: value, source, confidence }): EvidenceRow => ({
      attribute: 'class',
      value,
      source,
      confidence,
      firstSeenUs,
      lastSeenUs,
    }),
  );
  const key = (row: EvidenceRow): string => `${row.attribute}\n${row.value}\n${row.source}`;
  return ordered([...said, ...classes], key);
}

/** Standing weaknesses, by device, rule and peer. */
export function postureRows(analyst: Analyst): PostureRow[] {
  return analyst.posture.rows(analyst.inventory.devices);
}

export interface AlertRows {
  readonly findings: FindingRow[];
  readonly held: HeldRow[];
  readonly incidents: IncidentRow[];
}

export function alertRows(analyst: Analyst): AlertRows {
  const findings = analyst.alerts.findingRows(sha256Hex);
  return { findings, held: analyst.alerts.heldRows(), incidents: incidentRows(analyst, findings) };
}

export function incidentRows({ alerts }: Analyst, findings: readonly FindingRow[]): IncidentRow[] {
  return incidentsOf(findings, (finding) => alerts.weightOf(finding), sha256Hex);
}
