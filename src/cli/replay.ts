/** `wardwatch replay`: reads captures, says what is in them, and keeps it when asked to. */
import { accessSync, constants } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { InputReport } from '../capture/source.ts';
import type { Configuration } from '../configuration.ts';
import { limits as usualLimits } from '../limits.ts';
import type { ReplayResult } from '../pipeline/replay.ts';
import type { Retention, Store } from '../store/store.ts';
import type { DemoDay } from './demo-day.ts';
import { defaultFolder } from './folders.ts';
import { generated } from './generated.ts';
import { withInflux } from './influx.ts';
import { replayKey } from './keys.ts';
import { type InfluxTarget, influxTarget, type LearnUntil, learnUntil, runName, speed, workers } from './options.ts';
import { DONE, Failure, INCOMPLETE, reasonOf, type Status, UsageError } from './outcome.ts';
import type { Finish } from './program.ts';
import { progressBar } from './progress.ts';
import type { ReplayReport } from './replay-schema.ts';
import { settings } from './settings.ts';
import { withStopSignal } from './signals.ts';
import { withStore } from './stores.ts';
import { summary } from './summary.ts';
import { harmless, print, say } from './terminal.ts';

interface Options {
  into?: string;
  run?: string;
  config?: string;
  json?: true;
  speed: number;
  learnUntil?: LearnUntil;
  baselineFrom?: string;
  workers: number;
  influx?: InfluxTarget;
  rebase?: 'now';
  key?: string;
  evidence?: string;
  suricata?: string;
}

/** What one replay needs beside its folder; `demo` fills it too. */
export interface ReplayRequest {
  inputs: readonly string[];
  run: string | null;
  configuration: Configuration;
  workers: number;
  speed: number;
  learnUntil: LearnUntil | null;
  baselineFrom: string | null;
  rebaseNow: boolean;
  moved?: DemoDay['moved'] | null;
  key: Uint8Array;
  spoolFolder: string;
  /** EVE JSON of Suricata about the same traffic. */
  suricata?: string | null;
}

export function replayCommand(finish: Finish): Command {
  return new Command('replay')
    .description('Read captures (pcap, pcapng, also gzip; - is standard input) and say what is in them.')
    .argument('<input...>', 'files, folders, patterns, or - for standard input')
    .option('--into <folder>', 'keep the result in this store (default: a temporary one)')
    .option('--run <name>', 'name of this run (default: a hash of the content)', runName)
    .option('--config <file>', 'configuration (docs/configuration.md)')
    .option('--json', 'one JSON object on standard output (docs/replay.schema.json)')
    .addOption(
      new Option('--speed <times>', 'max, or how many times faster than real time').argParser(speed).default(0, 'max'),
    )
    .option(
      '--learn-until <time>',
      'what came before counts as usual: ISO 8601 (UTC), or +90s, +5m, +2h, +1d',
      learnUntil,
    )
    .option('--baseline-from <run>', 'begin with what this run of the store has learnt', runName)
    .option('--workers <count>', 'decoding threads; the result does not depend on it', workers, 1)
    .option('--influx <url>', 'write points to http://[user:password@]host:port[/database]', influxTarget)
    .option('--rebase <when>', 'now: shift all times so that the capture ends now', rebase)
    .option('--key <file>', 'key for hashes in memory: 32 bytes, hexadecimal or base64 (default: a published one)')
    .option('--evidence <folder>', 'write masked packets of each incident there (docs/privacy.md)')
    .option('--suricata <file>', 'alerts of Suricata about the same traffic: its EVE JSON (docs/suricata.md)')
    .addHelpText('after', help)
    .action(async (inputs: string[], options: Options) => {
      finish(await replayAndPrint(inputs, options));
    });
}

const help = `
Examples:
  $ wardwatch replay ward.pcapng
  $ wardwatch replay captures/ 'more/*.pcap.gz' --into ./store --run march
  $ tcpdump -i eth1 -w - | wardwatch replay -
  $ wardwatch replay generator:days=7,devices=40,seed=1     # an invented hospital (source tree only)
  $ wardwatch replay ward.pcapng --learn-until +2h --json | jq '.alerts[]'`;

function rebase(text: string): 'now' {
  if (text === 'now') return text;
  throw new InvalidArgumentError('Allowed: now.');
}

async function replayAndPrint(inputs: readonly string[], options: Options): Promise<Status> {
  if (options.evidence !== undefined && inputs.includes('-')) {
    throw new UsageError('--evidence reads the capture twice: give a file, not -');
  }
  const request: ReplayRequest = {
    inputs,
    run: options.run ?? null,
    configuration: await settings(options.config, options.influx, 'replay'),
    workers: options.workers,
    speed: options.speed,
    learnUntil: options.learnUntil ?? null,
    baselineFrom: options.baselineFrom ?? null,
    rebaseNow: options.rebase === 'now',
    key: replayKey(options.key),
    spoolFolder: options.into ?? defaultFolder(),
    suricata: readable(options.suricata),
  };
  const result = await withStopSignal((stop) => replayInto(options.into ?? null, request, stop));
  const report = result.report as unknown as ReplayReport;
  if (options.evidence !== undefined) await writeEvidence(options.evidence, request, report);
  print(options.json ? JSON.stringify(report) : summary(report));
  return statusOf(result);
}

/** Said before the first packet, not behind the last. */
function readable(file: string | undefined): string | null {
  if (file === undefined) return null;
  try {
    accessSync(file, constants.R_OK);
    return file;
  } catch (error) {
    throw new Failure(`--suricata ${file}: ${reasonOf(error)}`);
  }
}

/** The inputs are read a second time. */
async function writeEvidence(folder: string, request: ReplayRequest, report: ReplayReport): Promise<void> {
  const { evidence } = await import('../pipeline/evidence.ts');
  const { inputs, configuration } = request;
  const { run, alerts: findings, incidents } = report;
  const limits = { ...usualLimits, ...configuration.limits };
  const made = await generated(inputs);
  const written = await evidence({ inputs, made, limits, folder, run, findings, incidents }).catch((error: unknown) => {
    throw new Failure(`--evidence ${folder}: ${reasonOf(error)}`);
  });
  const { slices, packets, leftOut } = written;
  const without = leftOut > 0 ? `, ${leftOut} found no room` : '';
  say(`wardwatch: evidence: ${packets} masked packets in ${slices} slices${without}`);
}

/**
 * Replays into the store of a folder, or, without one, for the report alone. Trouble with single inputs is said here;
 * nothing readable throws.
 */
export async function replayInto(
  folder: string | null,
  request: ReplayRequest,
  stop: AbortSignal,
): Promise<ReplayResult> {
  const { replay } = await import('../pipeline/replay.ts');
  const { spoolFolder, ...options } = request;
  const made = await generated(request.inputs);
  const result = await inStore(folder, request.configuration.retention, (store) =>
    withInflux(request.configuration, spoolFolder, async (influx) => {
      const bar = progressBar();
      try {
        return await replay({
          ...options,
          made,
          store,
          influx,
          warn: (line) => say(`wardwatch: warning: ${line}`),
          onProgress: bar.update,
          signal: stop,
        });
      } catch (error) {
        throw stop.aborted ? stop.reason : error;
      } finally {
        bar.stop();
      }
    }),
  );
  if (stop.aborted) throw stop.reason;
  const troubles = result.inputs.filter(({ error }) => error !== '').map(troubleOf);
  if (!result.readable && troubles.length === 1) throw new Failure(troubles[0] ?? '');
  for (const trouble of troubles) say(`wardwatch: ${trouble}`);
  for (const { protocol, message } of result.failures) {
    say(`wardwatch: the ${protocol} decoder failed and was taken off one flow, please report it: ${harmless(message)}`);
  }
  if (!result.readable) throw new Failure('nothing readable');
  return result;
}

function inStore<T>(
  folder: string | null,
  retention: Retention,
  work: (store: Store | null) => Promise<T>,
): Promise<T> {
  return folder === null ? work(null) : withStore(folder, retention, work);
}

function troubleOf({ file, error, errorOffset }: InputReport): string {
  return `${harmless(file)}: ${errorOffset >= 0 ? `at byte ${errorOffset}: ` : ''}${harmless(error)}`;
}

export function statusOf({ inputs }: ReplayResult): Status {
  return inputs.some(({ error }) => error !== '') ? INCOMPLETE : DONE;
}
