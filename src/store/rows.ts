/** Rows of the model to and from columns. What came from elsewhere is made fit for a column, never refused. */
import type { EvidenceRow, HeldRow, Point } from '../model.ts';

export type Column = string | number | null;
export type Columns = Record<string, unknown>;

/** Whole numbers of 53 bits; anything else would be refused by the column or not come back as it was. */
export function whole(value: number): number {
  if (Number.isSafeInteger(value)) return value;
  if (!Number.isFinite(value)) return 0;
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, Math.round(value)));
}

export function text(columns: Columns, name: string): string {
  const value = columns[name];
  return typeof value === 'string' ? value : '';
}

export function number(columns: Columns, name: string): number {
  const value = columns[name];
  return typeof value === 'number' ? value : 0;
}

/** The body was written by this program from a row of this type. */
export function body<Row>(columns: Columns): Row {
  return JSON.parse(text(columns, 'body')) as Row;
}

export function evidenceColumns(run: string, device: string, position: number, row: EvidenceRow): Column[] {
  const confidence = Number.isFinite(row.confidence) ? row.confidence : 0;
  const { attribute, value, source } = row;
  return [run, device, position, attribute, value, source, confidence, whole(row.firstSeenUs), whole(row.lastSeenUs)];
}

export function evidenceRow(columns: Columns): EvidenceRow {
  return {
    attribute: text(columns, 'attribute'),
    value: text(columns, 'value'),
    source: text(columns, 'source'),
    confidence: number(columns, 'confidence'),
    firstSeenUs: number(columns, 'first_us'),
    lastSeenUs: number(columns, 'last_us'),
  };
}

export function heldColumns(run: string, row: HeldRow): Column[] {
  const { card, device, peer, service, verb, deviceAddress, peerAddress } = row;
  return [run, card, device, peer, service, verb, deviceAddress, peerAddress, whole(row.firstSeenUs), whole(row.count)];
}

export function heldRow(columns: Columns): HeldRow {
  return {
    card: text(columns, 'card'),
    device: text(columns, 'device'),
    deviceAddress: text(columns, 'device_address'),
    peer: text(columns, 'peer'),
    peerAddress: text(columns, 'peer_address'),
    service: text(columns, 'service'),
    verb: text(columns, 'verb'),
    firstSeenUs: number(columns, 'first_us'),
    count: number(columns, 'count'),
  };
}

/** Keys sorted, so that the same tags are the same series however they were put together. */
export function tagsText(tags: Readonly<Record<string, string>>): string {
  let json = '';
  for (const key of Object.keys(tags).sort()) {
    const value = tags[key];
    if (value !== undefined && value !== '')
      json += `${json === '' ? '' : ','}${JSON.stringify(key)}:${JSON.stringify(value)}`;
  }
  return `{${json}}`;
}

/** JSON has no word for not-a-number or infinity; such a value is left out. */
export function fieldsText(fields: Point['fields']): string {
  for (const name in fields) {
    const value = fields[name];
    if (typeof value === 'number' && !Number.isFinite(value)) return JSON.stringify(fields, finite);
  }
  return JSON.stringify(fields);
}

function finite(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? undefined : value;
}

export function pointRow(columns: Columns): Point {
  return {
    measurement: text(columns, 'measurement'),
    tags: JSON.parse(text(columns, 'tags')) as Record<string, string>,
    fields: body<Point['fields']>(columns),
    timeUs: number(columns, 'time_us'),
  };
}
