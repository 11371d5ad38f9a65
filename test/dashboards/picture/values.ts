/**
 * How Grafana tells a value: unit, decimals, words in place of values, colour by threshold; the field's own setting
 * (override by name) before that of the panel. As far as the dashboards use it, and simpler in small matters.
 */
import type { Value } from '../emulator/influxql.ts';

export interface Mapping {
  readonly type: string;
  readonly options: Readonly<Record<string, { readonly text?: string; readonly color?: string }>>;
}

export interface Threshold {
  readonly value: number | null;
  readonly color: string;
}

/** What is set for one field, defaults and overrides together, by the names that Grafana gives to properties. */
export type Settings = Readonly<Record<string, unknown>>;

interface FieldConfig {
  readonly defaults: Readonly<Record<string, unknown>>;
  readonly overrides: readonly {
    readonly matcher: { readonly id: string; readonly options: string };
    readonly properties: readonly { readonly id: string; readonly value: unknown }[];
  }[];
}

export function settingsOf({ defaults, overrides }: FieldConfig, name: string): Settings {
  const own = overrides
    .filter(({ matcher }) => matcher.id === 'byName' && matcher.options === name)
    .flatMap(({ properties }) => properties.map(({ id, value }) => [id, value] as const));
  const custom = Object.entries((defaults.custom ?? {}) as object).map(([id, value]) => [`custom.${id}`, value]);
  return { ...defaults, ...Object.fromEntries(custom), ...Object.fromEntries(own) };
}

export interface Told {
  readonly text: string;
  readonly colour: string | null;
}

export function told(value: Value, settings: Settings, nowMs: number): Told {
  if (value === null || value === '') return toldNothing(settings);
  for (const { type, options } of (settings.mappings ?? []) as readonly Mapping[]) {
    const word = type === 'value' ? options[`${value}`] : undefined;
    if (word !== undefined) return { text: word.text ?? `${value}`, colour: word.color ?? null };
  }
  const colour = typeof value === 'number' ? thresholdColour(value, settings) : null;
  return { text: withUnit(value, settings, nowMs), colour };
}

/** Words for nothing where there are some, else the sentence of the panel in the colour of the lowest step. */
function toldNothing(settings: Settings): Told {
  for (const { type, options } of (settings.mappings ?? []) as readonly Mapping[]) {
    if (type === 'special') return { text: options.result?.text ?? '', colour: options.result?.color ?? null };
  }
  return { text: `${settings.noValue ?? '-'}`, colour: thresholdColour(Number.NEGATIVE_INFINITY, settings) };
}

function thresholdColour(value: number, { thresholds }: Settings): string | null {
  const { steps = [] } = (thresholds ?? {}) as { steps?: readonly Threshold[] };
  return steps.filter((step) => step.value === null || value >= step.value).at(-1)?.color ?? null;
}

/** Divisors and names of units that grow. */
const SCALES: Readonly<Record<string, readonly (readonly [number, string])[]>> = {
  decbytes: [
    [1e12, 'TB'],
    [1e9, 'GB'],
    [1e6, 'MB'],
    [1e3, 'kB'],
    [0, 'B'],
  ],
  bytes: [
    [1024 ** 4, 'TiB'],
    [1024 ** 3, 'GiB'],
    [1024 ** 2, 'MiB'],
    [1024, 'KiB'],
    [0, 'B'],
  ],
  short: [
    [1e9, 'Bil'],
    [1e6, 'Mil'],
    [1e3, 'K'],
    [0, ''],
  ],
  µs: [
    [60e6, 'min'],
    [1e6, 's'],
    [1e3, 'ms'],
    [0, 'µs'],
  ],
  ms: [
    [31_536_000_000, 'years'],
    [86_400_000, 'days'],
    [3_600_000, 'hours'],
    [60_000, 'mins'],
    [1000, 's'],
    [0, 'ms'],
  ],
  s: [
    [31_536_000, 'years'],
    [604_800, 'weeks'],
    [86_400, 'days'],
    [3600, 'hours'],
    [60, 'mins'],
    [0, 's'],
  ],
  m: [
    [525_600, 'years'],
    [10_080, 'weeks'],
    [1440, 'days'],
    [60, 'hours'],
    [0, 'mins'],
  ],
  h: [
    [8760, 'years'],
    [168, 'weeks'],
    [24, 'days'],
    [0, 'hours'],
  ],
  d: [
    [365, 'years'],
    [7, 'weeks'],
    [0, 'days'],
  ],
};

export function withUnit(value: Value, { unit = 'none', decimals }: Settings, nowMs: number): string {
  if (typeof value !== 'number') return `${value}`;
  if (unit === 'dateTimeFromNow') return ago(nowMs - value);
  if (`${unit}`.startsWith('time:')) return clock(value, `${unit}`.slice(5));
  if (unit === 'percent') return `${rounded(value, decimals)}%`;
  if (unit === 'percentunit') return `${rounded(value * 100, decimals)}%`;
  if (`${unit}`.startsWith('suffix:')) return `${rounded(value, decimals)}${`${unit}`.slice(7)}`;
  const scale = SCALES[`${unit}`];
  if (scale === undefined) return rounded(value, decimals);
  const [divisor, name] = scale.find(([from]) => Math.abs(value) >= from) ?? [1, ''];
  const text = rounded(value / (divisor || 1), decimals);
  return name === '' ? text : `${text} ${name}`;
}

/** Without decimals that are set, about three digits are told. */
function rounded(value: number, decimals: unknown): string {
  if (typeof decimals === 'number') return value.toFixed(decimals);
  const size = Math.abs(value);
  const digits = Number.isInteger(value) || size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return `${Number(value.toFixed(digits))}`;
}

function ago(ms: number): string {
  if (ms < 45_000) return 'a few seconds ago';
  const steps = [
    [86_400_000, 'day'],
    [3_600_000, 'hour'],
    [60_000, 'minute'],
  ] as const;
  const [length, name] = steps.find(([length]) => ms >= length * 0.9) ?? [60_000, 'minute'];
  const count = Math.round(ms / length);
  return count <= 1 ? `${name === 'hour' ? 'an' : 'a'} ${name} ago` : `${count} ${name}s ago`;
}

/** The parts of a moment that the dashboards name, in UTC. */
export function clock(ms: number, pattern: string): string {
  const iso = new Date(ms).toISOString();
  const month = new Date(ms).toLocaleString('en', { month: 'short', timeZone: 'UTC' });
  return pattern
    .replace('YYYY', iso.slice(0, 4))
    .replace('MMM', month)
    .replace('MM', iso.slice(5, 7))
    .replace('DD', iso.slice(8, 10))
    .replace('HH', iso.slice(11, 13))
    .replace('mm', iso.slice(14, 16))
    .replace('ss', iso.slice(17, 19));
}
