/**
 * The devices as a CycloneDX 1.6 document (ECMA-424): each a component of type `device` with its operating system and
 * software below it, and the evidence for what is said of it.
 *
 *     { bomFormat, specVersion, serialNumber, version, metadata, components: [ { type, bom-ref, name, … } ] }
 *
 * The same devices at the same time make the same document, byte for byte: the serial number is derived from them.
 */
import { sha256Hex } from '../bytes/digest.ts';
import { isoTime } from '../bytes/time.ts';
import type { DeviceRow, EvidenceRow } from '../model.ts';
import type { Equipment } from './equipment.ts';

export interface Subject {
  readonly device: DeviceRow;
  /** What the site's own list says of it. */
  readonly row: Equipment | null;
}

export interface BomSettings {
  readonly site: string;
  readonly version: string;
  /** The moment up to which was listened. */
  readonly nowUs: number;
}

interface Property {
  readonly name: string;
  readonly value: string;
}

interface Method {
  readonly technique: 'other';
  readonly confidence: number;
  readonly value: string;
}

interface Identity {
  readonly field: 'name' | 'version';
  readonly confidence: number;
  readonly concludedValue: string;
  readonly methods: Method[];
}

/** Attributes of the ledger that say what a component is called, and of which version it is. */
const nameAttributes = ['model', 'name', 'class'];
const versionAttributes = ['software'];

export function cyclonedx(subjects: readonly Subject[], { site, version, nowUs }: BomSettings): object {
  const components = [...subjects].sort((a, b) => (a.device.id < b.device.id ? -1 : 1)).map(componentOf);
  const timestamp = `${isoTime(nowUs).slice(0, 19)}Z`;
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: uuidOf(sha256Hex(JSON.stringify([site, timestamp, components]))),
    version: 1,
    metadata: {
      timestamp,
      lifecycles: [{ phase: 'operations' }],
      tools: { components: [{ type: 'application', name: 'wardwatch', version }] },
      properties: [{ name: 'wardwatch:site', value: site }],
    },
    components,
  };
}

/** Version 8 (RFC 9562): made of what the maker likes, here the content. */
function uuidOf(hex: string): string {
  const variant = '89ab'.charAt(Number.parseInt(hex.charAt(16), 16) & 3);
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `${variant}${hex.slice(17, 20)}`];
  return `urn:uuid:${parts.join('-')}-${hex.slice(20, 32)}`;
}

function componentOf({ device, row }: Subject): object {
  const maker = device.manufacturer || device.vendor;
  const name = [device.model, device.names[0], device.class].find((one) => one !== undefined && one !== '');
  const inside = partsOf(device);
  return {
    type: 'device',
    'bom-ref': `device:${device.id}`,
    ...(maker === '' ? {} : { manufacturer: { name: maker } }),
    name: name ?? device.addresses[0] ?? device.id,
    ...(device.software === '' ? {} : { version: device.software }),
    ...(device.class === '' ? {} : { description: device.class }),
    properties: propertiesOf(device, row),
    evidence: { identity: identitiesOf(device) },
    ...(inside.length === 0 ? {} : { components: inside }),
  };
}

function partsOf({ id, operatingSystem, evidence }: DeviceRow): object[] {
  const parts: object[] = [];
  if (operatingSystem !== '')
    parts.push({ type: 'operating-system', 'bom-ref': `device:${id}#system`, name: operatingSystem });
  const programs = new Set(
    evidence.filter(({ attribute }) => /^(server|ssh)-software$/.test(attribute)).map(({ value }) => value),
  );
  for (const [at, name] of [...programs].sort().entries())
    parts.push({ type: 'application', 'bom-ref': `device:${id}#program-${at + 1}`, name });
  return parts;
}

function propertiesOf(device: DeviceRow, row: Equipment | null): Property[] {
  const values: readonly (readonly [string, string | readonly string[]])[] = [
    ['mac', device.mac],
    ['address', device.addresses],
    ['name', device.names],
    ['ae-title', device.aeTitles],
    ['serial', device.serial],
    ['role', device.roles],
    ['tier', String(device.tier)],
    ['first-seen', isoTime(device.firstSeenUs)],
    ['last-seen', isoTime(device.lastSeenUs)],
    ['list:asset', row?.asset ?? ''],
    ['list:location', row?.location ?? ''],
    ['list:department', row?.department ?? ''],
  ];
  return values.flatMap(([name, value]) =>
    (typeof value === 'string' ? [value] : value)
      .filter((one) => one !== '')
      .map((one) => ({ name: `wardwatch:${name}`, value: one })),
  );
}

/** One for each value that was told: the schema has no place for a MAC or a serial number, so they stay properties. */
function identitiesOf({ evidence }: DeviceRow): Identity[] {
  const of = (field: Identity['field'], attributes: readonly string[]): Identity[] => {
    const byValue = Map.groupBy(
      evidence.filter(({ attribute }) => attributes.includes(attribute)),
      ({ value }) => value,
    );
    return [...byValue].map(([concludedValue, rows]) => ({
      field,
      confidence: Math.max(...rows.map(({ confidence }) => bounded(confidence))),
      concludedValue,
      methods: rows.map(methodOf),
    }));
  };
  return [...of('name', nameAttributes), ...of('version', versionAttributes)];
}

function methodOf({ attribute, source, confidence }: EvidenceRow): Method {
  return {
    technique: 'other',
    confidence: bounded(confidence),
    value: `${attribute} by ${source}, heard on the network`,
  };
}

function bounded(confidence: number): number {
  return Number.isFinite(confidence) ? Math.min(1, Math.max(0, confidence)) : 0;
}
