/** Points on their way to InfluxDB while a command runs. A server that is away is a warning, never a failure. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Configuration } from '../configuration.ts';
import { makeFolder } from '../output/files.ts';
import type { InfluxWriter } from '../output/influx.ts';
import { WriterLock } from '../store/lock.ts';
import { countText, say } from './terminal.ts';

/** How long the end of a command waits for the server to take what is left: a longer time while it takes some. */
const LAST_WRITE_MS = 5_000;
/** Replays to one database that may run at the same time, each with a spool of its own. */
const SPOOLS_MAX = 16;

export async function influxWriter({ outputs }: Configuration, spoolFolder: string): Promise<InfluxWriter | null> {
  if (outputs.influx === null) return null;
  const { InfluxWriter } = await import('../output/influx.ts');
  return new InfluxWriter({
    settings: outputs.influx,
    spoolFolder,
    warn: (line) => say(`wardwatch: warning: ${line}`),
    inform: (line) => say(`wardwatch: ${line}`),
  });
}

/**
 * For a replay: what the server did not take waits in `folder` for the next replay to the same database. Its spool is
 * never that of the live sensor, and no two commands share one.
 */
export async function withInflux<T>(
  configuration: Configuration,
  folder: string,
  work: (influx: InfluxWriter | null) => Promise<T>,
): Promise<T> {
  const { influx: settings } = configuration.outputs;
  if (settings === null) return work(null);
  const spool = takeSpool(join(folder, 'spool'), `${settings.url}\n${settings.database}`);
  try {
    const influx = await influxWriter(configuration, spool.folder);
    return influx === null ? await work(null) : await written(influx, spool.folder, work);
  } finally {
    spool.lock?.release();
  }
}

async function written<T>(
  influx: InfluxWriter,
  spoolFolder: string,
  work: (influx: InfluxWriter) => Promise<T>,
): Promise<T> {
  influx.start();
  try {
    return await work(influx);
  } finally {
    const all = await lastWrite(influx);
    const { points, obstacle } = influx.statistics();
    await influx.stop(0);
    if (!all && obstacle === '') {
      say(`wardwatch: warning: InfluxDB was too slow for ${countText(points)} points; they wait in ${spoolFolder}`);
    }
  }
}

/** As long as the server takes points, it is waited for. */
async function lastWrite(influx: InfluxWriter): Promise<boolean> {
  for (let before = influx.statistics().writtenPoints; ; ) {
    if (await influx.flush(LAST_WRITE_MS)) return true;
    const { writtenPoints, obstacle } = influx.statistics();
    if (writtenPoints === before || obstacle !== '') return false;
    before = writtenPoints;
  }
}

function hasPoints(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).some((file) => file.endsWith('.spool'));
}

/** A spool for this target that no other command uses. Where a lock cannot be made, the writer says what is wrong. */
function takeSpool(parent: string, target: string): { folder: string; lock: WriterLock | null } {
  const name = `replay-${createHash('sha256').update(target).digest('hex').slice(0, 8)}`;
  const folders = Array.from({ length: SPOOLS_MAX }, (_, at) => join(parent, at === 0 ? name : `${name}-${at + 1}`));
  // Points that another command had to leave behind go first.
  for (const folder of [...folders.filter(hasPoints), ...folders]) {
    try {
      makeFolder(folder);
      return { folder, lock: WriterLock.take(folder) };
    } catch (error) {
      if (!/another wardwatch/.test((error as Error).message)) return { folder, lock: null };
    }
  }
  return { folder: join(parent, `${name}-${process.pid}`), lock: null };
}
