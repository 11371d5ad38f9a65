/**
 * Is this software version among those that a notice names?
 *
 *     vers:semver/>=1.0|<1.2     the notation of CSAF: bounds in pairs, single versions between them
 *     <4.1    prior to VA50A    3.2 and earlier    1.0 through 1.4    all versions < V5.0    4.1.1
 *
 * Versions are compared part by part, numbers as numbers and letters as letters; what has another shape, or words that
 * are not known, make the answer `unknown`, never a guess.
 */

export type Says = 'inside' | 'outside' | 'unknown' | 'any';

interface Bound {
  readonly sign: '<' | '<=' | '>' | '>=' | '=';
  readonly version: string;
}

type Parts = readonly (number | string)[];

/** `any`: the notice names every version. */
export function versionSays(range: string, software: string): Says {
  const text = range.trim().toLowerCase();
  if (text === '') return 'any';
  const bounds = text.startsWith('vers:') ? versBounds(text) : wordBounds(text);
  if (bounds === null) return 'unknown';
  if (bounds.length === 0) return 'any';
  let answer: Says = 'unknown';
  for (const candidate of candidatesIn(software)) {
    const says = within(bounds, candidate);
    if (says === 'inside') return says;
    if (says === 'outside') answer = says;
  }
  return answer;
}

/** Words of a text that can be versions, the first ones first. */
function candidatesIn(software: string): string[] {
  return software
    .toLowerCase()
    .split(/[\s,;()]+/)
    .filter((word) => /\d/.test(word))
    .slice(0, 8);
}

function versBounds(text: string): Bound[] | null {
  const slash = text.indexOf('/');
  const constraints = slash < 0 ? '' : text.slice(slash + 1).trim();
  if (constraints === '') return null;
  if (constraints === '*') return [];
  const bounds: Bound[] = [];
  for (const one of constraints.split('|')) {
    const parts = /^(<=|>=|<|>|=|)\s*([^<>=!*\s]+)$/.exec(one.trim());
    if (parts === null) return null;
    bounds.push({ sign: (parts[1] === '' ? '=' : parts[1]) as Bound['sign'], version: parts[2] ?? '' });
  }
  return bounds;
}

const VERSION = '((?:v|ver|version|rev|revision|release)?\\.?\\s?[a-z]{0,6}\\d[a-z0-9._-]*)';
const phrases: readonly (readonly [RegExp, (found: RegExpExecArray) => Bound[]])[] = [
  [new RegExp(`^(<=|>=|<|>|=)\\s*${VERSION}$`), ([, sign, version = '']) => [bound(sign as Bound['sign'], version)]],
  [
    new RegExp(`^(?:prior to|before|below|earlier than|lower than|older than)\\s+${VERSION}$`),
    ([, v = '']) => [bound('<', v)],
  ],
  [new RegExp(`^(?:up to|through|until)\\s+(?:and including\\s+)?${VERSION}$`), ([, v = '']) => [bound('<=', v)]],
  [
    new RegExp(
      `^${VERSION},?\\s+(?:and|or)\\s+(?:all\\s+)?(?:prior|earlier|below|older|lower|previous)(?:\\s+versions?)?$`,
    ),
    ([, v = '']) => [bound('<=', v)],
  ],
  [
    new RegExp(`^${VERSION},?\\s+(?:and|or)\\s+(?:later|newer|higher|above)(?:\\s+versions?)?$`),
    ([, v = '']) => [bound('>=', v)],
  ],
  [
    new RegExp(`^(?:from\\s+)?${VERSION}\\s+(?:to|through|thru|up to|-|–)\\s+${VERSION}$`),
    ([, low = '', high = '']) => [bound('>=', low), bound('<=', high)],
  ],
  [new RegExp(`^(>=|>)\\s*${VERSION}\\s*(?:,|and|\\||\\s)\\s*(<=|<)\\s*${VERSION}$`), (found) => pair(found)],
  [new RegExp(`^${VERSION}$`), ([, v = '']) => [bound('=', v)]],
];

function bound(sign: Bound['sign'], version: string): Bound {
  return { sign, version };
}

function pair([, low, from = '', high, to = '']: RegExpExecArray): Bound[] {
  return [bound(low as Bound['sign'], from), bound(high as Bound['sign'], to)];
}

function wordBounds(text: string): Bound[] | null {
  const plain = text.replaceAll('≤', '<=').replaceAll('≥', '>=').trim();
  if (/^(\*|-|all|all versions|any|every version|n\/a)$/.test(plain)) return [];
  const rest = plain.replace(/^(all|software|firmware)?\s*(versions?|releases?|revisions?)\s+(?=\S)/, '').trim();
  for (const [phrase, make] of phrases) {
    const found = phrase.exec(rest);
    if (found !== null) return make(found);
  }
  return null;
}

/** Upper and lower bounds come in pairs: `>=1|<2|>=4|<5` are two intervals. */
function within(bounds: readonly Bound[], candidate: string): Says {
  const own = partsOf(candidate);
  if (own.length === 0) return 'unknown';
  let isInside = false;
  let aboveLow = true;
  for (const { sign, version } of bounds) {
    const order = compare(own, partsOf(version));
    if (order === null) return 'unknown';
    if (sign === '=') isInside ||= order === 0;
    else if (sign === '>' || sign === '>=') aboveLow = order > 0 || (sign === '>=' && order === 0);
    else {
      isInside ||= aboveLow && (order < 0 || (sign === '<=' && order === 0));
      aboveLow = false;
    }
  }
  const last = bounds.at(-1)?.sign ?? '=';
  if (last.startsWith('>')) isInside ||= aboveLow;
  return isInside ? 'inside' : 'outside';
}

/** `V4.1a` → 4, 1, `a`. */
function partsOf(version: string): Parts {
  const bare = version.replace(/^(?:version|ver|v|revision|rev|release)[.\s]?(?=\d)/, '');
  return (bare.match(/\d+|[a-z]+/g) ?? []).slice(0, 16).map((part) => (/^\d/.test(part) ? Number(part) : part));
}

/** null when they have another shape. A part that is missing counts as 0. */
function compare(a: Parts, b: Parts): number | null {
  if (b.length === 0) return null;
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const own = a[i] ?? 0;
    const other = b[i] ?? 0;
    if (typeof own === 'number' && typeof other === 'number') {
      if (own !== other) return own - other;
    } else if (typeof own === 'string' && typeof other === 'string') {
      if (own !== other) return own < other ? -1 : 1;
    } else return null;
  }
  return 0;
}
