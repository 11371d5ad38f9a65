/** One record of any kind told to the analyst of a test ward, now. */
import * as records from '../../src/records.ts';
import type { TestWard } from './ward.ts';

export function tell<Kind extends keyof typeof records.recordKinds>(
  ward: TestWard,
  kind: Kind,
  flow: number,
  fields: object,
): void {
  const record = Object.assign(records.recordKinds[kind](), { timeUs: ward.nowUs, flow, packet: 9 }, fields);
  (ward.analyst[kind] as (this: unknown, record: unknown) => void).call(ward.analyst, record);
}

/** How sure a card is about the device with this address; undefined when it is silent. */
export function confidence(ward: TestWard, card: string, address: string): number | undefined {
  return ward.findings.find(({ detector, deviceAddress }) => detector === card && deviceAddress === address)
    ?.confidence;
}
