/** Points on their way to InfluxDB while a command runs. A server that is away is a warning, never a failure. */
import { join } from 'node:path';
import type { Configuration } from '../configuration.ts';
import type { InfluxWriter } from '../output/influx.ts';
import { countText, say } from './terminal.ts';

/** How long the end of a command waits for the server to take what is left. */
const LAST_WRITE_MS = 5_000;

export async function influxWriter({ outputs }: Configuration, folder: string): Promise<InfluxWriter | null> {
  if (outputs.influx === null) return null;
  const { InfluxWriter } = await import('../output/influx.ts');
  return new InfluxWriter({
    settings: outputs.influx,
    spoolFolder: join(folder, 'spool'),
    warn: (line) => say(`wardwatch: warning: ${line}`),
    inform: (line) => say(`wardwatch: ${line}`),
  });
}

/** `spoolFolder` outlives the command: what the server did not take waits there for the next one. */
export async function withInflux<T>(
  configuration: Configuration,
  folder: string,
  work: (influx: InfluxWriter | null) => Promise<T>,
): Promise<T> {
  const influx = await influxWriter(configuration, folder);
  if (influx === null) return work(null);
  influx.start();
  try {
    return await work(influx);
  } finally {
    const all = await influx.flush(LAST_WRITE_MS);
    const { points, obstacle } = influx.statistics();
    await influx.stop(0);
    if (!all && obstacle === '') {
      const where = join(folder, 'spool');
      say(`wardwatch: warning: InfluxDB was too slow for ${countText(points)} points; they wait in ${where}`);
    }
  }
}
