/**
 * `npm run corpus -- FOLDER`: replays every capture below a folder and looks for crashes, hangs, memory that grows,
 * exceptions in decoders, and disagreement with tshark about DICOM and HL7.
 *
 * The captures are replayed one after the other in a child process; the parent takes the time and starts another child
 * behind a capture that crashed or hung. Closes with `N passed, N failed, N skipped`.
 */
import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultConfiguration } from '../../src/configuration.ts';
import { publishedKey } from '../../src/pipeline/key.ts';
import { replay } from '../../src/pipeline/replay.ts';
import { Store } from '../../src/store/store.ts';
import { disagreements } from './tshark.ts';

const ENDINGS = /\.(pcap|pcapng|cap|dmp|snoop|ntar)(\.gz)?$/;
/** No capture of a few megabytes may take longer, on the slowest machine. */
const SECONDS_MAX = 60;
const MEGABYTES_MAX = 900;

interface Outcome {
  readonly file: string;
  /** Exit status that the command would have had, by contract 1. */
  readonly status: number;
  readonly problems: readonly string[];
  readonly megabytes: number;
}

function capturesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => ENDINGS.test(path) && statSync(path).isFile())
    .sort();
}

async function replayOne(file: string, folder: string): Promise<Outcome> {
  const problems: string[] = [];
  const store = Store.open(join(folder, 'store'));
  let status = 0;
  try {
    const result = await replay({
      inputs: [file],
      run: 'corpus',
      configuration: defaultConfiguration,
      workers: 1,
      speed: 0,
      learnUntil: { afterUs: 0 },
      rebaseNow: false,
      key: publishedKey,
      store,
      influx: null,
    });
    const troubled = result.inputs.some((input) => input.error !== '');
    status = !result.readable ? 1 : troubled ? 3 : 0;
    for (const input of result.inputs) {
      if (input.error !== '' && input.errorOffset < 0) problems.push(`an error without an offset: ${input.error}`);
    }
    for (const { protocol, message } of result.failures) problems.push(`the ${protocol} decoder threw ${message}`);
    if (status === 0) problems.push(...disagreements(file, result.report));
  } catch (error) {
    problems.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  } finally {
    store.close();
  }
  return { file, status, problems, megabytes: Math.round(process.memoryUsage().rss / 2 ** 20) };
}

async function child(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'wardwatch-corpus-'));
  process.on('disconnect', () => process.exit());
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  process.on('message', (file: string) => {
    void replayOne(file, folder).then((outcome) => process.send?.(outcome));
  });
}

/** A child that answers one capture after the other. */
class Replayer {
  private process: ChildProcess | null = null;

  async replay(file: string): Promise<Outcome> {
    const child =
      this.process ?? fork(import.meta.filename, ['--child'], { execArgv: ['--disable-warning=ExperimentalWarning'] });
    this.process = child;
    return new Promise((done) => {
      const end = (outcome: Outcome | string): void => {
        clearTimeout(timer);
        child.removeAllListeners('message');
        child.removeAllListeners('exit');
        if (typeof outcome !== 'string') {
          done(outcome);
          return;
        }
        child.kill('SIGKILL');
        this.process = null;
        done({ file, status: -1, problems: [outcome], megabytes: 0 });
      };
      const timer = setTimeout(() => end(`it hung for more than ${SECONDS_MAX} s`), SECONDS_MAX * 1000);
      child.on('message', (outcome: Outcome) => end(outcome));
      child.on('exit', (code, signal) => end(`the process ended (${code ?? signal})`));
      child.send(file);
    });
  }

  stop(): void {
    this.process?.disconnect();
  }
}

async function main(folders: readonly string[]): Promise<void> {
  const files = folders.flatMap(capturesBelow);
  if (files.length === 0) {
    process.stderr.write(`corpus: no captures below ${folders.join(', ')}\n`);
    process.exit(2);
  }
  if (spawnSync('tshark', ['--version']).status !== 0)
    process.stderr.write('corpus: no tshark; its word is not asked\n');
  const replayer = new Replayer();
  const statuses = new Map<number, number>();
  let failed = 0;
  let peak = 0;
  for (const [i, file] of files.entries()) {
    const { status, problems, megabytes } = await replayer.replay(file);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    peak = Math.max(peak, megabytes);
    const all = megabytes > MEGABYTES_MAX ? [...problems, `memory grew to ${megabytes} MB`] : problems;
    if (all.length > 0) failed++;
    for (const problem of all) process.stdout.write(`${file}: ${problem}\n`);
    if (process.stderr.isTTY && i % 10 === 0) process.stderr.write(`\r${i} of ${files.length}`);
  }
  replayer.stop();
  const counts = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${count} with status ${status}`);
  process.stdout.write(`corpus: ${files.length} captures, ${counts.join(', ')}, at most ${peak} MB\n`);
  process.stdout.write(`${files.length - failed} passed, ${failed} failed, 0 skipped\n`);
  process.exitCode = failed === 0 ? 0 : 1;
}

if (process.argv.includes('--child')) await child();
else await main(process.argv.slice(2));
