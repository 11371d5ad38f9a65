/** Rhythm records for tests of detectors: a flow in which one end types and the other echoes. */
import { Rhythm } from '../../src/records.ts';
import type { TestWard } from './ward.ts';

/** Numbers of somebody who types 40 keys to the server, which echoes nothing small; each can be changed. */
export const typedToServer: Partial<Rhythm> = {
  packetsToServer: 40,
  smallPairsToServer: 8,
  smallInBandToServer: 8,
  smallVariationToServer: 0.5,
  shortPairsToServer: 8,
  shortInBandToServer: 8,
  shortVariationToServer: 0.5,
  packetsToClient: 40,
  burstsByClient: 3,
  durationUs: 2e6,
};

/** The same by the called end, which leads: three bursts of five, all of them orders. */
export const typedToClient: Partial<Rhythm> = {
  packetsToServer: 40,
  packetsToClient: 40,
  smallPairsToClient: 8,
  smallInBandToClient: 8,
  smallVariationToClient: 0.5,
  shortPairsToClient: 8,
  shortInBandToClient: 8,
  shortVariationToClient: 0.5,
  burstsByServer: 3,
  burstsByClient: 2,
  ordersByServer: 3,
  payloadToServer: 3001,
  payloadToClient: 1000,
  durationUs: 2e6,
};

export function tellRhythm(w: TestWard, flow: number, fields: Partial<Rhythm>): void {
  w.analyst.rhythm(Object.assign(new Rhythm(), { timeUs: w.nowUs, flow, packet: 9 }, fields));
}
