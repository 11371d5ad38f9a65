/**
 * What a measurement is, and the few kinds of fields there are: counters of an interval, gauges at its end, shares
 * and texts. The lists that are made of them stand in measurements.ts.
 */

export type FieldType = 'integer' | 'float' | 'string' | 'boolean';

/** How values of one hour or day become one: counters add up, states keep the last, medians keep their mean. */
export type Rollup = 'sum' | 'last' | 'max' | 'mean';

export interface FieldDefinition {
  readonly type: FieldType;
  readonly unit: string;
  readonly rollup: Rollup;
  readonly description: string;
}

export interface MeasurementDefinition {
  readonly description: string;
  /** Series this measurement adds to the database, per site and run. */
  readonly budget: string;
  /** Series it has at most in one run; behind it points go to the series `other`. */
  readonly seriesMax: number;
  /** Points are single events: they are never added together. */
  readonly events: boolean;
  readonly tags: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, FieldDefinition>>;
}

export const field = (type: FieldType, unit: string, rollup: Rollup, description: string): FieldDefinition => ({
  type,
  unit,
  rollup,
  description,
});
/** How often something happened in the interval. */
export const counter = (unit: string, description: string): FieldDefinition =>
  field('integer', unit, 'sum', description);
/** How things stood at the end of the interval. */
export const gauge = (unit: string, description: string): FieldDefinition =>
  field('integer', unit, 'last', description);
/** The largest of the interval. */
export const highest = (unit: string, description: string): FieldDefinition =>
  field('integer', unit, 'max', description);
/** A median or another middle of the interval. */
export const middle = (unit: string, description: string): FieldDefinition =>
  field('integer', unit, 'mean', description);
export const percent = (description: string): FieldDefinition => field('float', 'percent', 'mean', description);
export const fraction = (description: string): FieldDefinition => field('float', 'fraction', 'last', description);
export const text = (description: string): FieldDefinition => field('string', 'text', 'last', description);
export const state = (description: string): FieldDefinition => field('boolean', 'state', 'last', description);
export const moment = (description: string): FieldDefinition => gauge('milliseconds since 1970', description);

export const site = 'name of the site, from the configuration';
export const run = 'name of the replay, or of the live sensor';
export const device = 'stable id of the device: its hardware address, or its first address; `outside`; `other`';
export const name =
  'what a person calls it: its name or AE title, until one is known its class and address; no two devices share one';
export const role =
  '`client` where the device opened the conversation, else `server`: the sum over one role counts once';

/** Tags of what is said about one device. */
export const ofDevice = { site, run, device, name } as const;

export const coverage: FieldDefinition = percent(
  'how much of the bytes that this was told from was seen: 100 unless packets were lost; absent without TCP bytes',
);
