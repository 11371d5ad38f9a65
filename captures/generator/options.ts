/**
 * What the generator can be asked for, as words of a command line (`--days 42 --seed 1`) or as one text
 * (`days=42,devices=40,seed=1,attacks=contec+ramp`).
 */
import { attackNames } from './attacks.ts';
import { changeNames, routineNames } from './changes.ts';

export interface Wanted {
  readonly days: number;
  readonly devices: number;
  readonly seed: number;
  /** How large images and downloads are, times what is usual here. */
  readonly scale: number;
  /** By name (attacks.ts). */
  readonly attacks: readonly string[];
  /** Planned changes and other innocent events by name (changes.ts). */
  readonly changes: readonly string[];
  /** The day on which attacks begin, from 0; -1: two thirds of the way. */
  readonly attackDay: number;
  /** What happened before this day is left out: for a sensor that has learnt it already. */
  readonly fromDay: number;
}

export const usual: Wanted = {
  days: 42,
  devices: 40,
  seed: 1,
  scale: 1,
  attacks: [],
  changes: routineNames,
  attackDay: -1,
  fromDay: 0,
};

/** So many have all that attacks are made on. */
const DEVICES_MIN = 25;
const DEVICES_MAX = 400;
const DAYS_MAX = 730;

/** Throws a sentence for the user when something is asked for that there is not. */
export function wantedOf(text: string): Wanted {
  let wanted = usual;
  for (const part of text.split(',').filter((one) => one !== '')) {
    const [name = '', value = ''] = part.split('=');
    wanted = withOne(wanted, name, value);
  }
  return wanted;
}

export function wantedOfWords(words: readonly string[]): Wanted {
  let wanted = usual;
  for (let i = 0; i < words.length; i += 2) {
    const word = words[i] ?? '';
    if (!word.startsWith('--')) throw new Error(`${word}: allowed are --days, --devices, --seed, --scale, …`);
    wanted = withOne(wanted, word.slice(2), words[i + 1] ?? '');
  }
  return wanted;
}

function withOne(wanted: Wanted, name: string, value: string): Wanted {
  switch (name) {
    case 'days':
      return { ...wanted, days: whole(name, value, 1, DAYS_MAX) };
    case 'devices':
      return { ...wanted, devices: whole(name, value, DEVICES_MIN, DEVICES_MAX) };
    case 'seed':
      return { ...wanted, seed: whole(name, value, 0, 0xffff_ffff) };
    case 'scale':
      return { ...wanted, scale: whole(name, value, 1, 1_000) };
    case 'attack-day':
      return { ...wanted, attackDay: whole(name, value, 0, DAYS_MAX) };
    case 'from-day':
      return { ...wanted, fromDay: whole(name, value, 0, DAYS_MAX) };
    case 'attacks':
      return { ...wanted, attacks: names(name, value, attackNames, []) };
    case 'changes':
      return { ...wanted, changes: names(name, value, changeNames, routineNames) };
    default:
      throw new Error(`${name}: allowed are days, devices, seed, scale, attacks, changes, attack-day, from-day`);
  }
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : -1;
  if (value >= least && value <= most) return value;
  throw new Error(`${name}: a whole number from ${least} to ${most}, not "${text}"`);
}

/** `all`, `none`, `routine`, or names joined by +. */
function names(option: string, text: string, known: readonly string[], routine: readonly string[]): readonly string[] {
  if (text === 'all') return known;
  if (text === 'none') return [];
  const asked = text.split('+').flatMap((one) => (one === 'routine' ? routine : [one]));
  const stranger = asked.find((one) => !known.includes(one));
  if (stranger === undefined) return known.filter((one) => asked.includes(one));
  throw new Error(`${option}: there is no "${stranger}"; there are ${known.join(', ')}`);
}

/** The first day of attacks. */
export function attackDayOf({ days, attackDay }: Wanted): number {
  return Math.min(days - 1, attackDay >= 0 ? attackDay : Math.floor((days * 2) / 3));
}
