/** The configuration of a command: the file that was named, or the defaults, with what the command line overrides. */
import { type Configuration, freshConfiguration } from '../configuration.ts';
import { detectors } from '../detectors/index.ts';
import type { InfluxTarget } from './options.ts';

export async function settings(file: string | undefined, influx?: InfluxTarget): Promise<Configuration> {
  const configuration = file === undefined ? freshConfiguration() : await read(file);
  if (influx === undefined) return configuration;
  const { url, database, user, password } = influx;
  const { outputs } = configuration;
  outputs.influx = {
    api: 'v1',
    org: '',
    token: '',
    caFile: null,
    headers: {},
    order: 'oldest',
    spoolMegabytes: 512,
    // A server that the file describes keeps what the address cannot say: its API, token and certificates.
    ...outputs.influx,
    url,
    database,
    user: user === '' ? (outputs.influx?.user ?? '') : user,
    password: password === '' ? (outputs.influx?.password ?? '') : password,
  };
  return configuration;
}

async function read(file: string): Promise<Configuration> {
  const { readConfiguration } = await import('../configuration/read.ts');
  return readConfiguration(
    file,
    detectors.map((detector) => detector.id),
  );
}
