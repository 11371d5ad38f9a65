/**
 * One line of Suricata's EVE JSON that is an alert (docs.suricata.io, "Eve JSON Format"):
 *
 *     {"timestamp":"2026-03-02T10:00:00.000001+0000","event_type":"alert","src_ip":…,"src_port":…,"dest_ip":…,"dest_port":…,
 *      "proto":"TCP","community_id":"1:…","app_proto":"smb","ether":{"src_mac":…,"dest_mac":…},
 *      "alert":{"action":"allowed","gid":1,"signature_id":2010935,"rev":3,"signature":"…","category":"…","severity":2}}
 *
 * Only these fields are taken. Payload, packets and what the application said (URLs, names, mail) may speak of patients
 * and are never looked at.
 */
import { addressText, parseAddress } from '../bytes/address.ts';

export interface EveAlert {
  readonly timeUs: number;
  readonly fromAddress: string;
  readonly toAddress: string;
  readonly toPort: number;
  /** '' where Suricata does not write them (`eve-log: ethernet: yes`). */
  readonly fromMac: string;
  readonly toMac: string;
  readonly protocol: string;
  readonly service: string;
  readonly community: string;
  readonly generator: number;
  readonly signature: number;
  readonly text: string;
  readonly category: string;
  /** 1 is the worst. */
  readonly severity: number;
  readonly action: string;
}

const TEXT_CHARACTERS_MAX = 256;

/** null: another event. `broken`: no line of EVE. */
export function readEve(line: string): EveAlert | null | 'broken' {
  // Most lines are flows and transactions: they are not taken apart.
  if (!line.includes('"alert"')) return line.trimStart().startsWith('{') || line.trim() === '' ? null : 'broken';
  let event: Record<string, unknown>;
  try {
    event = object(JSON.parse(line));
  } catch {
    return 'broken';
  }
  if (event.event_type !== 'alert') return null;
  const alert = object(event.alert);
  const ether = object(event.ether);
  const timeUs = timeOf(event.timestamp);
  const fromAddress = address(event.src_ip);
  const toAddress = address(event.dest_ip);
  const signature = whole(alert.signature_id);
  if (Number.isNaN(timeUs) || signature < 0 || (fromAddress === '' && toAddress === '')) return 'broken';
  return {
    timeUs,
    fromAddress,
    toAddress,
    toPort: Math.max(0, Math.min(65_535, whole(event.dest_port))),
    fromMac: mac(ether.src_mac),
    toMac: mac(ether.dest_mac),
    protocol: words(event.proto).toLowerCase(),
    service: words(event.app_proto),
    community: words(event.community_id),
    generator: Math.max(0, whole(alert.gid)),
    signature,
    text: words(alert.signature),
    category: words(alert.category),
    severity: Math.max(0, Math.min(255, whole(alert.severity))),
    action: words(alert.action),
  };
}

function object(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function whole(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : -1;
}

function address(value: unknown): string {
  return typeof value === 'string' ? addressText(parseAddress(value)) : '';
}

function mac(value: unknown): string {
  return typeof value === 'string' && /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(value) ? value.toLowerCase() : '';
}

/** Harmless when it is shown: no control characters, nothing that turns writing round, bounded. */
function words(value: unknown): string {
  if (typeof value !== 'string') return '';
  return value
    .slice(0, TEXT_CHARACTERS_MAX)
    .replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .trim();
}

function timeOf(value: unknown): number {
  const shape = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d):?(\d\d)?$/;
  const parts = typeof value === 'string' ? shape.exec(value) : null;
  if (parts === null) return Number.NaN;
  const [, second = '', fraction = '', zone = '', minutes = '00'] = parts;
  const ms = Date.parse(`${second}${zone === 'Z' ? 'Z' : `${zone}:${minutes}`}`);
  return ms * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}
