/** The configuration of a command: the file that was named, or the defaults, with what the command line overrides. */
import { type Configuration, freshConfiguration } from '../configuration.ts';
import { detectors } from '../detectors/index.ts';
import type { InfluxTarget } from './options.ts';

/** Whose points go to InfluxDB: replays have a database of their own unless the address names one. */
export type Purpose = 'live' | 'replay' | 'demo';

const DATABASE = 'wardwatch';

export async function settings(
  file: string | undefined,
  influx?: InfluxTarget,
  purpose: Purpose = 'live',
): Promise<Configuration> {
  const configuration = file === undefined ? freshConfiguration() : await read(file);
  const { outputs } = configuration;
  if (influx !== undefined) {
    const { url, database, user, password } = influx;
    outputs.influx = {
      api: 'v1',
      database: DATABASE,
      replayDatabase: '',
      org: '',
      token: '',
      caFile: null,
      headers: {},
      order: 'oldest',
      spoolMegabytes: 512,
      // A server that the file describes keeps what the address cannot say: its API, token and certificates.
      ...outputs.influx,
      ...(database === '' ? {} : { database, replayDatabase: database }),
      url,
      user: user === '' ? (outputs.influx?.user ?? '') : user,
      password: password === '' ? (outputs.influx?.password ?? '') : password,
    };
  }
  if (purpose === 'replay' && outputs.influx !== null) {
    const { database, replayDatabase } = outputs.influx;
    outputs.influx.database = replayDatabase === '' ? `${database}_replay` : replayDatabase;
  }
  return configuration;
}

async function read(file: string): Promise<Configuration> {
  const { readConfiguration } = await import('../configuration/read.ts');
  return readConfiguration(
    file,
    detectors.map((detector) => detector.id),
  );
}
