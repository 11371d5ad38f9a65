/**
 * Replays and evidence that people ask for: one at a time, in a thread of its own. Replays become runs of a store of their
 * own below that of the sensor, so that nothing of them ever mixes with what the sensor saw.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import {
  type CaptureFile,
  type EvidenceFile,
  type JobState,
  type ReplayJob,
  type ReplayOrder,
  type Replays,
  WorkRefused,
} from '../../api/work.ts';
import type { Configuration } from '../../configuration.ts';
import { Store } from '../../store/store.ts';
import { type LearnUntil, learnUntil } from '../options.ts';
import { CapturesFolder } from './captures-folder.ts';
import { changedSettings } from './changed-settings.ts';
import type { JobNews, JobTask } from './job.ts';

const JOBS_KEPT_MAX = 100;
const JOBS_WAITING_MAX = 8;
const EVIDENCE_MS_MAX = 600_000;

interface Job {
  shown: ReplayJob;
  readonly task: JobTask;
  worker: Worker | null;
}

export interface ReplayJobSettings {
  readonly folder: string;
  readonly configuration: Configuration;
  readonly store: Store;
}

export class ReplayJobs implements Replays {
  /** Where the store of replays is. */
  readonly folder: string;
  readonly uploadBytesMax: number;
  private readonly settings: ReplayJobSettings;
  private readonly files: CapturesFolder;
  private readonly all: Job[] = [];
  private readonly hearers: ((job: ReplayJob) => void)[] = [];
  private opened: Store | null = null;
  private evidenceRuns = 0;

  constructor(settings: ReplayJobSettings) {
    this.settings = settings;
    const { api } = settings.configuration;
    this.folder = join(settings.folder, 'replays');
    this.files = new CapturesFolder(api.captures ?? join(settings.folder, 'captures'), api.uploadMegabytes);
    this.uploadBytesMax = this.files.bytesMax;
  }

  /** Runs that were made here; null before the first. */
  store(): Store | null {
    if (this.opened === null && existsSync(join(this.folder, 'wardwatch.sqlite'))) {
      this.opened = Store.open(this.folder, { readOnly: true });
    }
    return this.opened;
  }

  captures(): CaptureFile[] {
    return this.files.list();
  }

  take(name: string, bytes: AsyncIterable<Uint8Array>): Promise<CaptureFile> {
    return this.files.take(name, bytes);
  }

  remove(name: string): void {
    this.files.remove(name);
  }

  listen(hearer: (job: ReplayJob) => void): void {
    this.hearers.push(hearer);
  }

  jobs(): ReplayJob[] {
    return this.all.map(({ shown }) => shown).reverse();
  }

  start(order: ReplayOrder): ReplayJob {
    const waiting = this.all.filter(({ shown }) => shown.state === 'waiting').length;
    if (waiting >= JOBS_WAITING_MAX) throw new WorkRefused('too many replays are waiting', 503);
    if (this.all.some(({ shown }) => shown.run === order.run && isOpen(shown.state))) {
      throw new WorkRefused('a replay of this name is under way');
    }
    const { configuration, keys } = changedSettings(this.settings.configuration, order.settings);
    const { run, capture, ofRun, compareWith, baselineFrom, user } = order;
    const inputs = capture === '' ? this.inputsOf(ofRun) : [this.files.pathOf(capture)];
    const baseline = baselineFrom === '' ? null : { folder: this.folderOf(baselineFrom), run: baselineFrom };
    const until = order.learnUntil === '' ? null : untilOf(order.learnUntil);
    const task = {
      kind: 'replay',
      inputs,
      run,
      into: this.folder,
      configuration,
      learnUntil: until,
      baseline,
    } as const;
    const shown: ReplayJob = {
      id: randomBytes(8).toString('hex'),
      run,
      capture,
      ofRun,
      compareWith,
      baselineFrom,
      changed: keys,
      user,
      state: 'waiting',
      percent: 0,
      packets: 0,
      error: '',
      startedUs: Date.now() * 1000,
      endedUs: 0,
    };
    const job: Job = { shown, task, worker: null };
    this.all.push(job);
    while (this.all.length > JOBS_KEPT_MAX) this.forgetOldest();
    this.tell(job, {});
    this.begin();
    return job.shown;
  }

  stop(id: string): boolean {
    const job = this.all.find(({ shown }) => shown.id === id);
    if (job === undefined) return false;
    if (isOpen(job.shown.state)) {
      const { worker } = job;
      job.worker = null;
      this.end(job, { state: 'stopped' });
      void worker?.terminate().finally(() => this.begin());
    }
    return true;
  }

  async removeRun(run: string): Promise<void> {
    let store: Store;
    try {
      store = Store.open(this.folder);
    } catch {
      throw new WorkRefused('a replay is writing now; try again when it is done', 503);
    }
    try {
      store.removeRun(run);
    } finally {
      store.close();
    }
  }

  async evidence(run: string, incident: string): Promise<EvidenceFile> {
    if (this.evidenceRuns > 0) throw new WorkRefused('evidence is being read for somebody else; try again', 503);
    const { configuration } = this.settings;
    const task: JobTask = {
      kind: 'evidence',
      inputs: this.inputsOf(run),
      run,
      incident,
      from: this.folderOf(run),
      configuration,
    };
    this.evidenceRuns++;
    try {
      return await evidenceBy(task);
    } finally {
      this.evidenceRuns--;
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.all.map(({ worker }) => worker?.terminate()));
    this.opened?.close();
    this.opened = null;
  }

  private folderOf(run: string): string {
    return this.settings.store.hasRun(run) ? this.settings.folder : this.folder;
  }

  /** What a replay was made of, while it is still there. */
  private inputsOf(run: string): string[] {
    const store = this.settings.store.hasRun(run) ? this.settings.store : this.store();
    const found = store?.runNamed(run) ?? null;
    if (found === null) throw new WorkRefused('there is no such run', 404);
    if (found.kind === 'live') throw new WorkRefused('of a live run no packets are kept');
    const gone = found.inputs.find((input) => !existsSync(input));
    if (gone !== undefined) throw new WorkRefused('the capture of this run is not there any more');
    return [...found.inputs];
  }

  /** The next one that waits, when none is running. */
  private begin(): void {
    if (this.all.some(({ shown }) => shown.state === 'running')) return;
    const job = this.all.find(({ shown }) => shown.state === 'waiting');
    if (job === undefined) return;
    const worker = threadFor(job.task);
    job.worker = worker;
    this.tell(job, { state: 'running' });
    worker.on('message', (news: JobNews) => {
      if (job.worker !== worker) return;
      if (news.kind === 'progress') this.tell(job, { percent: news.percent, packets: news.packets });
      else if (news.kind === 'done') this.end(job, { state: 'done', percent: 100, packets: news.packets });
      else if (news.kind === 'failed') this.end(job, { state: 'failed', error: news.message });
    });
    worker.on('error', () => this.end(job, { state: 'failed', error: 'the thread of the replay failed' }));
    worker.on('exit', () => {
      if (isOpen(job.shown.state)) this.end(job, { state: 'failed', error: 'the replay ended before it was done' });
      job.worker = null;
      this.begin();
    });
  }

  private end(job: Job, change: Partial<ReplayJob> & { state: JobState }): void {
    if (isOpen(job.shown.state)) this.tell(job, { ...change, endedUs: Date.now() * 1000 });
  }

  private tell(job: Job, change: Partial<ReplayJob>): void {
    job.shown = { ...job.shown, ...change };
    for (const hearer of this.hearers) hearer(job.shown);
  }

  private forgetOldest(): void {
    const at = this.all.findIndex(({ shown }) => !isOpen(shown.state));
    this.all.splice(Math.max(0, at), 1);
  }
}

function isOpen(state: JobState): boolean {
  return state === 'waiting' || state === 'running';
}

function untilOf(text: string): LearnUntil {
  try {
    return learnUntil(text);
  } catch {
    throw new WorkRefused('learnUntil is an ISO 8601 time, or +90s, +5m, +2h, +1d', 422);
  }
}

function threadFor(task: JobTask): Worker {
  const file = new URL(`./job-thread${extname(import.meta.url)}`, import.meta.url);
  return new Worker(file, { workerData: task });
}

async function evidenceBy(task: JobTask): Promise<EvidenceFile> {
  const worker = threadFor(task);
  const timer = setTimeout(() => void worker.terminate(), EVIDENCE_MS_MAX);
  try {
    return await new Promise<EvidenceFile>((resolve, reject) => {
      worker.on('message', (news: JobNews) => {
        if (news.kind === 'evidence') resolve({ pcapng: news.pcapng, report: JSON.parse(news.report) as unknown });
        else if (news.kind === 'failed')
          reject(new WorkRefused('the packets of this incident could not be read again'));
      });
      worker.on('error', reject);
      worker.on('exit', () => reject(new WorkRefused('the packets of this incident could not be read again')));
    });
  } finally {
    clearTimeout(timer);
  }
}
