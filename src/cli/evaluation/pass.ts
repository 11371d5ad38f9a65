/**
 * One pass of packets through shard and analyst, without a store: for evaluation, where only what is said matters.
 * Packets may be left out or doubled on the way, as a bad mirror port would.
 */
import type { Batch } from '../../bytes/batch.ts';
import { type MadeCaptures, openCapture } from '../../capture/open.ts';
import type { Range } from '../../capture/source.ts';
import type { Configuration } from '../../configuration.ts';
import { Analyst, type AnalystSettings } from '../../pipeline/analyst.ts';
import { publishedKey } from '../../pipeline/key.ts';
import { reportOf } from '../../pipeline/report.ts';
import { type AlertRows, alertRows } from '../../pipeline/rows.ts';
import { analystSettings, limitsOf, shardSettings } from '../../pipeline/settings.ts';
import { Shard } from '../../pipeline/shard.ts';
import type { ReplayReport } from '../replay-schema.ts';

/** How often a packet arrives: 0 it is lost, 2 it is seen twice. `packet` counts from 1. */
export type Change = (batch: Batch, row: number, packet: number) => number;

export interface Pass {
  readonly inputs: readonly string[];
  readonly made?: MadeCaptures;
  readonly configuration: Configuration;
  readonly learnUntilUs: number | null;
  readonly change?: Change;
  /** Other detectors, windows and the like. */
  readonly over?: (settings: AnalystSettings) => Partial<AnalystSettings>;
  /** Before the first packet. */
  readonly begin?: (analyst: Analyst) => void;
  /** Once a minute of packet time. */
  readonly interval?: (analyst: Analyst, nowUs: number) => void;
}

export interface Passed extends AlertRows {
  readonly analyst: Analyst;
  readonly packets: number;
  readonly firstUs: number;
  readonly lastUs: number;
  /** As `replay --json` says it. */
  readonly report: () => ReplayReport;
  /** Own time, milliseconds. */
  readonly tookMs: number;
}

export async function pass(what: Pass): Promise<Passed> {
  const startedMs = performance.now();
  const { configuration, learnUntilUs, change, interval } = what;
  const settings = analystSettings(configuration, 'evaluation', learnUntilUs, (nowUs) => interval?.(analyst, nowUs));
  const analyst: Analyst = new Analyst({ ...settings, ...what.over?.(settings) });
  what.begin?.(analyst);
  const shard = new Shard(shardSettings(configuration, publishedKey, 0, 1), analyst);
  const capture = await openCapture(what.inputs, { limits: limitsOf(configuration), made: what.made ?? new Map() });
  let packet = 0;
  for (;;) {
    const asked: Range | null | Promise<Range | null> = capture.next();
    const range = asked instanceof Promise ? await asked : asked;
    if (range === null) break;
    const { batch, from, to } = range;
    if (change === undefined) shard.process(batch, from, to);
    else {
      for (let row = from; row < to; row++) {
        packet++;
        for (let times = change(batch, row, packet); times > 0; times--) shard.process(batch, row, row + 1);
      }
    }
  }
  shard.finish();
  await capture.close();
  const { packets, firstUs, lastUs } = shard;
  const report = (): ReplayReport =>
    reportOf(analyst, shard.counters(), capture.inputs, 'evaluation') as unknown as ReplayReport;
  const tookMs = performance.now() - startedMs;
  return { ...alertRows(analyst), analyst, packets, firstUs, lastUs, report, tookMs };
}
