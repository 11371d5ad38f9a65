/** A real InfluxDB 1.x of this machine, on free loopback ports and in a temporary folder. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryFolder } from './temporary.ts';

/** False, or why the tests that need it are skipped. */
export const influxdMissing: false | string =
  spawnSync('influxd', ['version']).status === 0 ? false : 'needs influxd (Debian package influxdb)';

export interface Influxd {
  readonly url: string;
  readonly pid: number;
  /** Where it keeps its points: `data`, `wal` and `meta` are below. */
  readonly folder: string;
  /** Runs until `stop`; the same folder and ports each time. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Rows of the first series of an InfluxQL answer, as objects. */
  query(statement: string, database?: string): Promise<Record<string, unknown>[]>;
}

export interface InfluxdOptions {
  /** User and password of everybody who asks through `query`; makes the server ask for them. */
  readonly administrator?: readonly [user: string, password: string];
  readonly bodyBytesMax?: number;
}

export async function influxd(
  t: { teardown(action: () => unknown): unknown },
  options: InfluxdOptions = {},
): Promise<Influxd> {
  const folder = temporaryFolder(t);
  const [http, rpc] = [await freePort(), await freePort()];
  const file = join(folder, 'influxdb.conf');
  writeFileSync(file, configuration(folder, http, rpc, options));
  const url = `http://127.0.0.1:${http}`;
  let running: ChildProcess | null = null;

  const stop = async (): Promise<void> => {
    const child = running;
    running = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGCONT');
    child.kill('SIGTERM');
    await Promise.race([gone, sleep(5_000, undefined, { ref: false }).then(() => child.kill('SIGKILL'))]);
    await gone;
  };
  t.teardown(stop);

  const server: Influxd = {
    url,
    folder,
    get pid() {
      return running?.pid ?? 0;
    },
    async start() {
      running = spawn('influxd', ['-config', file], { stdio: 'ignore' });
      for (let tries = 0; tries < 300; tries++) {
        const answer = await fetch(`${url}/ping`).catch(() => null);
        if (answer?.status === 204) return;
        await sleep(100);
      }
      throw new Error('influxd does not answer');
    },
    stop,
    async query(statement, database = '') {
      const parameters = new URLSearchParams({ q: statement, db: database, epoch: 'u' });
      const [u, p] = options.administrator ?? ['', ''];
      if (u !== '') for (const [name, value] of Object.entries({ u, p })) parameters.set(name, value);
      const answer = await fetch(`${url}/query?${parameters}`, { method: 'POST' });
      const { results } = (await answer.json()) as Answer;
      const series = results[0]?.series?.[0];
      const rows = series?.values ?? [];
      return rows.map((row) => Object.fromEntries((series?.columns ?? []).map((name, at) => [name, row[at]])));
    },
  };
  return server;
}

interface Answer {
  results: { series?: { columns: string[]; values: unknown[][] }[] }[];
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function configuration(folder: string, http: number, rpc: number, options: InfluxdOptions): string {
  return `
reporting-disabled = true
bind-address = "127.0.0.1:${rpc}"
[meta]
  dir = "${folder}/meta"
[data]
  dir = "${folder}/data"
  wal-dir = "${folder}/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:${http}"
  log-enabled = false
  auth-enabled = ${options.administrator !== undefined}
  max-body-size = ${options.bodyBytesMax ?? 25_000_000}
[logging]
  level = "error"
`;
}
