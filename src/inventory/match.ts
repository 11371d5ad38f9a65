/**
 * Which devices does a notice concern? Maker and model must be named (or the device's identifier); then software
 * version and unit are tested where both sides say something.
 *
 *     confirmed   the notice names this unit, its identifier with all units, or the version that it runs
 *     possible    model and maker fit, and nothing excludes it: a person looks
 *     none        another version, another unit, or a product that the notice calls fixed or not affected
 *
 * A device without a known model is matched with nothing; how many there are is said.
 */
import { makerKeys } from './makers.ts';
import type { Notice, Target } from './notice.ts';
import { type UnitSays, unitSays, wildcardHolds } from './units.ts';
import { type Says, versionSays } from './versions.ts';

/** What is known of a device, from the wire or, where that is silent, from the equipment list. */
export interface Known {
  readonly id: string;
  readonly makers: readonly string[];
  readonly models: readonly string[];
  readonly software: string;
  readonly serial: string;
  readonly lot: string;
  /** UDI-DI, 14 digits. */
  readonly identifiers: readonly string[];
}

export interface Match {
  readonly device: string;
  readonly notice: string;
  readonly certainty: 'confirmed' | 'possible';
  readonly target: number;
  /** What of the device was found, and where in the notice it stands. */
  readonly said: string;
  readonly text: string;
  readonly version: Says;
  readonly unit: UnitSays;
  /** Plain sentences: why it matches, and what could not be tested. */
  readonly why: readonly string[];
}

interface Word {
  readonly text: string;
  readonly at: number;
  readonly end: number;
}

/** Models of a word and less (`MP5`, `7`) are found only beside their maker. */
const DISTINCTIVE_CHARACTERS = 6;
/** Text that is shown around what was found. */
const SHOWN_CHARACTERS = 60;
/** Words that every model may carry. */
const common = new Set(
  'system systems device monitor patient pump infusion scanner unit series model type the'.split(' '),
);

interface Indexed {
  readonly notice: Notice;
  readonly target: Target;
  readonly number: number;
  readonly text: string;
  readonly words: readonly Word[];
  readonly makers: readonly string[];
}

/** Words, with letters and digits apart: `MX-800` and `MX800` are the same. */
function wordsOf(text: string): Word[] {
  return [...text.matchAll(/[a-z]+|\d+/gi)].map((found) => ({
    text: found[0].toLowerCase(),
    at: found.index,
    end: found.index + found[0].length,
  }));
}

export class Matcher {
  private readonly targets: Indexed[] = [];
  private readonly byWord = new Map<string, number[]>();
  private readonly byIdentifier = new Map<string, number[]>();

  constructor(notices: readonly Notice[]) {
    for (const notice of notices) {
      for (const [number, target] of notice.targets.entries()) this.add(notice, target, number);
    }
  }

  private add(notice: Notice, target: Target, number: number): void {
    const text = [target.product, ...target.models].join(' | ');
    const words = wordsOf(text);
    // A list of full product names has no maker apart; it stands in the name.
    const makers = makerKeys(target.maker === '' ? target.product : target.maker);
    const index = this.targets.push({ notice, target, number, text, words, makers }) - 1;
    for (const word of new Set(words.map((one) => one.text))) remember(this.byWord, word, index);
    for (const identifier of target.identifiers) remember(this.byIdentifier, identifier, index);
  }

  /** By notice; of several products of a notice the one that is surest. */
  matches(known: Known): Match[] {
    const found = new Map<string, Match>();
    const cleared = new Set<string>();
    for (const [index, said] of this.candidates(known)) {
      const one = this.targets[index];
      if (one === undefined) continue;
      const match = judge(known, one, said);
      if (match === 'cleared') cleared.add(one.notice.id);
      else if (match !== null) {
        const before = found.get(one.notice.id);
        if (before === undefined || (before.certainty === 'possible' && match.certainty === 'confirmed'))
          found.set(one.notice.id, match);
      }
    }
    // A version that is called fixed speaks against a match that rests on the model alone.
    return [...found.values()].filter(({ notice, certainty }) => certainty === 'confirmed' || !cleared.has(notice));
  }

  /** Targets that name a model or identifier of the device, and what was found. */
  private candidates(known: Known): Map<number, Found> {
    const found = new Map<number, Found>();
    for (const identifier of known.identifiers) {
      for (const index of this.byIdentifier.get(identifier) ?? [])
        found.set(index, { said: identifier, text: `UDI ${identifier}`, isIdentifier: true });
    }
    for (const model of known.models) {
      const words = significant(wordsOf(model));
      const [rarest] = [...words].sort((a, b) => this.count(a) - this.count(b));
      if (rarest === undefined) continue;
      for (const index of this.byWord.get(rarest.text) ?? []) {
        const one = this.targets[index];
        if (one === undefined || found.has(index)) continue;
        const at = phraseAt(one.words, words);
        if (at !== null) found.set(index, { said: model, text: around(one.text, at), isIdentifier: false });
      }
    }
    return found;
  }

  private count({ text }: Word): number {
    return this.byWord.get(text)?.length ?? 0;
  }
}

interface Found {
  readonly said: string;
  readonly text: string;
  readonly isIdentifier: boolean;
}

function remember(index: Map<string, number[]>, key: string, value: number): void {
  const list = index.get(key);
  if (list === undefined) index.set(key, [value]);
  else list.push(value);
}

function significant(words: readonly Word[]): Word[] {
  const rest = words.filter(({ text }) => !common.has(text));
  return rest.length > 0 ? rest : [];
}

/** Where the words of a model stand in a text, one behind the other; words that every model carries may lie between. */
function phraseAt(words: readonly Word[], wanted: readonly Word[]): { at: number; end: number } | null {
  for (let from = 0; from < words.length; from++) {
    if (words[from]?.text !== wanted[0]?.text) continue;
    let here = from;
    let next = 1;
    while (next < wanted.length && here + 1 < words.length) {
      const word = words[here + 1]?.text ?? '';
      here++;
      if (word === wanted[next]?.text) next++;
      else if (!common.has(word)) break;
    }
    if (next === wanted.length) return { at: words[from]?.at ?? 0, end: words[here]?.end ?? 0 };
  }
  return null;
}

function around(text: string, { at, end }: { at: number; end: number }): string {
  const from = Math.max(0, at - SHOWN_CHARACTERS / 3);
  const to = Math.min(text.length, end + SHOWN_CHARACTERS);
  return `${from > 0 ? '…' : ''}${text.slice(from, to).trim()}${to < text.length ? '…' : ''}`;
}

/** null: it says nothing of this device; `cleared`: it says that this device has nothing to fear. */
function judge(known: Known, { notice, target, number, makers }: Indexed, found: Found): Match | 'cleared' | null {
  const own = known.makers.flatMap(makerKeys);
  const isMaker = own.some((one) => makers.includes(one));
  const isOtherMaker = !isMaker && own.length > 0 && target.maker !== '' && makers.length > 0;
  if (!found.isIdentifier) {
    if (isOtherMaker) return null;
    if (!isMaker && found.said.replace(/[^a-z0-9]/gi, '').length < DISTINCTIVE_CHARACTERS) return null;
  }
  const version =
    known.software === '' && target.version !== '' ? 'unknown' : versionSays(target.version, known.software);
  if (target.status === 'fixed' || target.status === 'not-affected')
    return version === 'inside' || (version === 'any' && target.status === 'not-affected') ? 'cleared' : null;
  if (version === 'outside') return null;
  const unit = unitOf(target, known);
  if (unit.says === 'outside') return null;
  const namesUnit = unit.says === 'inside' || (found.isIdentifier && unit.says === 'any');
  const isConfirmed = namesUnit || (isMaker && version === 'inside' && target.status === 'affected');
  return {
    device: known.id,
    notice: notice.id,
    certainty: isConfirmed ? 'confirmed' : 'possible',
    target: number,
    said: found.said,
    text: found.text,
    version,
    unit,
    why: why(known, target, found, { isMaker, version, unit }),
  };
}

function unitOf(target: Target, known: Known): UnitSays {
  if (target.serials.length > 0) {
    if (known.serial === '') return { says: 'unknown', named: '', by: '' };
    const hit = target.serials.find((one) => wildcardHolds(one, known.serial));
    return hit === undefined
      ? { says: 'outside', named: '', by: 'serial' }
      : { says: 'inside', named: hit, by: 'serial' };
  }
  if (target.units === '') return { says: 'any', named: '', by: '' };
  return unitSays(target.units, known);
}

function why(
  known: Known,
  target: Target,
  found: Found,
  { isMaker, version, unit }: { isMaker: boolean; version: Says; unit: UnitSays },
): string[] {
  const lines = [
    found.isIdentifier
      ? `Its identifier (UDI) ${found.said} is named.`
      : `Its model ${found.said} is named${isMaker ? ` by its maker (${target.maker})` : '; its maker is not known'}.`,
  ];
  if (version === 'inside') lines.push(`It runs ${known.software}; ${target.version} is affected.`);
  if (version === 'unknown')
    lines.push(
      known.software === ''
        ? `Versions ${target.version} are affected; which one it runs was not heard.`
        : `Versions "${target.version}" cannot be compared with ${known.software}.`,
    );
  if (unit.says === 'inside')
    lines.push(
      `Its ${unit.by === 'lot' ? `lot ${known.lot}` : `serial number ${known.serial}`} is among ${unit.named}.`,
    );
  if (unit.says === 'any' && unit.named !== '') lines.push(`The notice is about ${unit.named}.`);
  if (unit.says === 'unknown')
    lines.push(
      known.serial === ''
        ? 'The notice names units; the serial number of this one is not known.'
        : `The notice names units in words that cannot be compared with serial number ${known.serial} for sure.`,
    );
  if (target.status === 'investigated') lines.push('The maker has not said yet whether it is affected.');
  return lines;
}
