/** The configuration of a command: the file that was named, or the defaults, with what the command line overrides. */
import { type Configuration, freshConfiguration, readConfiguration } from '../configuration.ts';
import { detectors } from '../detectors/index.ts';
import type { InfluxTarget } from './options.ts';

export function settings(file: string | undefined, influx?: InfluxTarget): Configuration {
  const configuration =
    file === undefined
      ? freshConfiguration()
      : readConfiguration(
          file,
          detectors.map((detector) => detector.id),
        );
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
