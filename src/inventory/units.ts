/**
 * Is this unit among those that a recall names? Recalls name units in free text:
 *
 *     Serial Numbers: 70001-70999, 71234 and 72000 through 72010
 *     Lot numbers K4411, K4412; UDI (01)00884838004214; all serial numbers
 *
 * A serial number equals one that is named, or lies in a range of the same shape (`PU0100` to `PU0199`). It counts as
 * outside only when serial numbers are named and every word of the text was understood; otherwise the answer is
 * `unknown`, and a person decides.
 */
import type { Says } from './versions.ts';

/** What is known of a unit; '' where nothing is. */
export interface Unit {
  readonly serial: string;
  readonly lot: string;
}

export interface UnitSays {
  readonly says: Says;
  /** The number or range of the notice that decided it, as written. */
  readonly named: string;
  readonly by: 'serial' | 'lot' | '';
}

type Mode = 'serial' | 'lot' | 'either' | 'other';

interface Named {
  readonly mode: Mode;
  readonly from: string;
  readonly to: string;
}

interface Read {
  readonly named: readonly Named[];
  /** Words were left over that nobody here knows. */
  readonly isSure: boolean;
  readonly all: boolean;
}

const labels: readonly (readonly [RegExp, Mode])[] = [
  [/^(serials?|sn|s\/n|ser)$/, 'serial'],
  [/^(lots?|batch|batches|charge)$/, 'lot'],
  [
    /^(udi|udi-di|gtin|di|model|models|catalog|catalogue|cat|ref|part|product|item|expiration|expiry|exp|date|software|version|upc|ndc)$/,
    'other',
  ],
];
const filler = new Set(
  'number numbers no nos nr num code codes and or the following range ranges from between inclusive units unit all with are is of'.split(
    ' ',
  ),
);
const until = new Set(['to', 'through', 'thru', '-', '–', '—']);
const ALL =
  /\ball (?:affected )?(?:serial(?: number)?s?|lots?(?: numbers?)?|units|devices|codes|serial and lot numbers)\b/i;
const TOKEN = /\(01\)\s?\d{14}|[a-z0-9][a-z0-9/._-]*|[-–—]/gi;
/** Longer texts are lists of thousands of units; they are read up to here, and then nothing is sure. */
const TOKENS_MAX = 20_000;

export function unitSays(text: string, { serial, lot }: Unit): UnitSays {
  const read = readUnits(text);
  for (const [by, own] of [
    ['serial', key(serial)],
    ['lot', key(lot)],
  ] as const) {
    if (own === '') continue;
    const hit = read.named.find(({ mode, from, to }) => (mode === by || mode === 'either') && holds(from, to, own));
    if (hit !== undefined) return { says: 'inside', named: spanText(hit), by };
  }
  if (read.all) return { says: 'any', named: ALL.exec(text)?.[0] ?? '', by: '' };
  const isListed = (wanted: Mode): boolean => read.named.some(({ mode }) => mode === wanted);
  const isOutside = (wanted: Mode, own: string): boolean => own !== '' && isListed(wanted);
  const other = read.named.some(({ mode }) => mode === 'either');
  if (read.isSure && !other) {
    if (isOutside('serial', key(serial)) && !isListed('lot')) return { says: 'outside', named: '', by: 'serial' };
    if (isOutside('lot', key(lot)) && !isListed('serial')) return { says: 'outside', named: '', by: 'lot' };
  }
  return { says: 'unknown', named: '', by: '' };
}

function spanText({ from, to }: Named): string {
  return from === to ? from : `${from} to ${to}`;
}

function readUnits(text: string): Read {
  const named: Named[] = [];
  const tokens = text.match(TOKEN) ?? [];
  let mode: Mode = 'either';
  let isSure = tokens.length <= TOKENS_MAX;
  for (let at = 0; at < Math.min(tokens.length, TOKENS_MAX); at++) {
    const token = (tokens[at] ?? '').replace(/[.]+$/, '');
    const word = token.toLowerCase();
    if (word.startsWith('(01)')) continue;
    const label = labels.find(([shape]) => shape.test(word));
    if (label !== undefined) {
      mode = label[1];
      continue;
    }
    if (filler.has(word)) continue;
    if (!/\d/.test(word)) {
      if (!until.has(word)) isSure = false;
      continue;
    }
    const end = (tokens[at + 2] ?? '').replace(/[.]+$/, '');
    if (until.has((tokens[at + 1] ?? '').toLowerCase()) && /\d/.test(end)) {
      if (!isRange(token, end)) isSure = false;
      named.push({ mode, from: token, to: end });
      at += 2;
    } else {
      const parts = /^(.+)-(.+)$/.exec(token);
      const inside = parts !== null && isRange(parts[1] ?? '', parts[2] ?? '') ? parts : null;
      // `12-3456` is one number, `70001-70999` are many.
      named.push({ mode, from: inside?.[1] ?? token, to: inside?.[2] ?? token });
      if (inside !== null) named.push({ mode, from: token, to: token });
    }
  }
  return { named, isSure, all: ALL.test(text) };
}

function key(text: string): string {
  const plain = text.toUpperCase().replace(/[^A-Z0-9]/g, '');
  return plain.length < 3 ? '' : plain;
}

/** Prefix, digits and suffix; null where there is no such shape. */
function shapeOf(text: string): { prefix: string; digits: string; suffix: string } | null {
  const parts = /^(.*?)(\d{1,15})(\D*)$/.exec(text.toUpperCase().replace(/[^A-Z0-9]/g, ''));
  return parts === null ? null : { prefix: parts[1] ?? '', digits: parts[2] ?? '', suffix: parts[3] ?? '' };
}

/** Numbers of one shape, the first below the second; `K12-34` is none. */
function isRange(from: string, to: string): boolean {
  const low = shapeOf(from);
  const high = shapeOf(to);
  if (low === null || high === null || low.prefix !== high.prefix || low.suffix !== high.suffix) return false;
  if (low.digits.length !== high.digits.length && low.prefix !== '') return false;
  return low.digits.length <= high.digits.length && Number(low.digits) <= Number(high.digits) && low.digits.length > 1;
}

function holds(from: string, to: string, own: string): boolean {
  if (from === to) return key(from) === own;
  const low = shapeOf(from);
  const high = shapeOf(to);
  const unit = shapeOf(own);
  if (low === null || high === null || unit === null || !isRange(from, to)) return key(from) === own || key(to) === own;
  if (unit.prefix !== low.prefix || unit.suffix !== low.suffix) return false;
  if (unit.digits.length < low.digits.length || unit.digits.length > high.digits.length) return false;
  return Number(low.digits) <= Number(unit.digits) && Number(unit.digits) <= Number(high.digits);
}

/** `*` any characters, `?` one (CSAF 2.0, serial_numbers). */
export function wildcardHolds(pattern: string, serial: string): boolean {
  const text = serial.toUpperCase();
  const mask = pattern.toUpperCase();
  if (text === '') return false;
  // Two hands over mask and text; a star remembers where it stood. No backtracking beyond the last star.
  let m = 0;
  let star = -1;
  let from = 0;
  for (let i = 0; i < text.length; ) {
    const one = mask.charAt(m);
    if (one === '*') {
      star = m++;
      from = i;
    } else if (m < mask.length && (one === '?' || one === text.charAt(i))) {
      m++;
      i++;
    } else if (star >= 0) {
      m = star + 1;
      i = ++from;
    } else return false;
  }
  while (mask.charAt(m) === '*') m++;
  return m === mask.length;
}
