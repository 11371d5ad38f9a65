/** A thread of its own for a replay or for evidence: neither the API nor a sensor waits for it, and it may fail alone. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { limits as usualLimits } from '../../limits.ts';
import { evidence } from '../../pipeline/evidence.ts';
import { publishedKey } from '../../pipeline/key.ts';
import { replay } from '../../pipeline/replay.ts';
import { Store } from '../../store/store.ts';
import type { JobNews, JobTask } from './job.ts';

const PROGRESS_MS = 250;

function tell(news: JobNews): void {
  parentPort?.postMessage(news);
}

async function replayed(task: JobTask & { kind: 'replay' }): Promise<void> {
  const { inputs, run, into, configuration, learnUntil, baseline } = task;
  const baselineGiven = baseline === null ? null : baselineIn(baseline.folder, baseline.run);
  const store = Store.open(into, { retention: configuration.retention });
  let toldMs = 0;
  try {
    const result = await replay({
      inputs,
      run,
      configuration,
      workers: 1,
      speed: 0,
      learnUntil,
      baselineGiven,
      rebaseNow: false,
      key: publishedKey,
      store,
      influx: null,
      onProgress: ({ packets, doneBytes, totalBytes }) => {
        const nowMs = performance.now();
        if (nowMs - toldMs < PROGRESS_MS) return;
        toldMs = nowMs;
        tell({
          kind: 'progress',
          packets,
          percent: totalBytes === 0 ? 0 : Math.min(99, (100 * doneBytes) / totalBytes),
        });
      },
    });
    const { packets } = result.report as { packets?: number };
    if (result.readable) tell({ kind: 'done', packets: packets ?? 0 });
    else
      tell({ kind: 'failed', message: result.inputs.find(({ error }) => error !== '')?.error ?? 'nothing readable' });
  } finally {
    store.close();
  }
}

function baselineIn(folder: string, run: string): unknown {
  const store = Store.open(folder, { readOnly: true });
  try {
    const found = store.baselines.read(run);
    if (found === null) throw new Error(`run ${run} has no baseline`);
    return found;
  } finally {
    store.close();
  }
}

async function evidenceOf({
  inputs,
  run,
  incident,
  from,
  configuration,
}: JobTask & { kind: 'evidence' }): Promise<void> {
  const store = Store.open(from, { readOnly: true });
  const folder = mkdtempSync(join(tmpdir(), 'wardwatch-evidence-'));
  try {
    const row = store.find.incident(run, incident);
    if (row === null) throw new Error(`run ${run} has no incident ${incident}`);
    const findings = row.alerts.map((id) => store.alert(run, id)).filter((finding) => finding !== null);
    const limits = { ...usualLimits, ...configuration.limits };
    await evidence({ inputs, limits, folder, run, findings, incidents: [row] });
    const pcapng = new Uint8Array(readFileSync(join(folder, `${incident}.pcapng`)));
    tell({ kind: 'evidence', pcapng, report: readFileSync(join(folder, `${incident}.masking.json`), 'utf8') });
  } finally {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

if (!isMainThread) {
  const task = workerData as JobTask;
  const work = task.kind === 'replay' ? replayed(task) : evidenceOf(task);
  await work.catch((error: unknown) => tell({ kind: 'failed', message: error instanceof Error ? error.message : '' }));
}
