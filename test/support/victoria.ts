/** A real VictoriaMetrics of this machine: a second server that takes line protocol, on /write and /api/v2/write. */
import { spawn, spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './influxd.ts';
import { temporaryFolder } from './temporary.ts';

/** False, or why the tests that need it are skipped. */
export const victoriaMissing: false | string =
  spawnSync('victoria-metrics', ['-version']).status === 0 ? false : 'needs victoria-metrics (Debian package)';

export interface Victoria {
  readonly url: string;
  /** Samples of all times: of a name, where labels are so. */
  count(name: string, where: string): Promise<number>;
}

export async function victoria(t: { teardown(action: () => unknown): unknown }): Promise<Victoria> {
  const url = `http://127.0.0.1:${await freePort()}`;
  const options = [
    `-httpListenAddr=${url.slice(7)}`,
    `-storageDataPath=${temporaryFolder(t)}`,
    '-retentionPeriod=100y',
  ];
  const child = spawn('victoria-metrics', [...options, '-loggerLevel=ERROR'], { stdio: 'ignore' });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  t.teardown(async () => {
    child.kill('SIGKILL');
    await gone;
  });
  for (let tries = 0; ; tries++) {
    const answer = await fetch(`${url}/health`).catch(() => null);
    if (answer?.status === 200) break;
    if (tries > 300) throw new Error('victoria-metrics does not answer');
    await sleep(100);
  }
  return {
    url,
    async count(name, where) {
      // What came in is kept in memory for some seconds before a query sees it.
      await fetch(`${url}/internal/force_flush`);
      const parameters = new URLSearchParams({ 'match[]': `${name}{${where}}` });
      const lines = (await (await fetch(`${url}/api/v1/export?${parameters}`)).text()).trim().split('\n');
      return lines
        .filter((line) => line !== '')
        .reduce((sum, line) => sum + (JSON.parse(line) as { values: unknown[] }).values.length, 0);
    },
  };
}
