/** Tells any kind of record on a flow of a ward, at the ward's time. */
import { recordKinds } from '../../src/records.ts';
import type { TestWard } from './ward.ts';

export function tell<Kind extends keyof typeof recordKinds>(
  w: TestWard,
  kind: Kind,
  flow: number,
  fields: Partial<ReturnType<(typeof recordKinds)[Kind]>>,
): void {
  const record = Object.assign(recordKinds[kind](), { timeUs: w.nowUs, flow, packet: 9 }, fields);
  (w.analyst[kind] as (this: unknown, record: unknown) => void).call(w.analyst, record);
}

/** What the card is sure of, by the address of the device; undefined when it is silent about it. */
export function confidence(w: TestWard, card: string, address: string): number | undefined {
  return w.findings.find(({ detector, deviceAddress }) => detector === card && deviceAddress === address)?.confidence;
}
