/**
 * What the API asks for, carried out: writes go to the analyst when one is running, and otherwise to the store, which is
 * opened for the moment, so that other commands may write to it in between.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MessagePort } from 'node:worker_threads';
import type { Step } from '../../alert/lifecycle.ts';
import type { Suppression } from '../../alert/suppression.ts';
import {
  type EquipmentList,
  type EvidenceFile,
  type PolicyFormat,
  type PolicyText,
  type Work,
  WorkRefused,
} from '../../api/work.ts';
import type { Decision } from '../../baseline/decisions.ts';
import type { DeviceDifference } from '../../baseline/difference.ts';
import type { Configuration } from '../../configuration.ts';
import type { NoticeDecision } from '../../inventory/notice-desk.ts';
import { BaselineDesk } from '../../pipeline/baseline-desk.ts';
import { LIVE_RUN } from '../../pipeline/live-run.ts';
import { evidenceFolder } from '../../pipeline/live-slices.ts';
import { type OperatorAnswer, type OperatorRequest, perform } from '../../pipeline/operator.ts';
import { policyIn } from '../../pipeline/policies.ts';
import { Store } from '../../store/store.ts';
import { policyLeft, policyText } from '../baseline-policy.ts';
import { reasonOf } from '../outcome.ts';
import { ReplayJobs } from './replay-jobs.ts';
import { shownSettings } from './shown-settings.ts';

export interface WorkSettings {
  readonly folder: string;
  readonly configuration: Configuration;
  /** The store of the sensor, open for reading. */
  readonly store: Store;
  /** The way to the analyst that is writing to the store; null when nobody is. */
  readonly desk: MessagePort | null;
}

/** How long an analyst may take to get to a request. */
const ANSWER_MS_MAX = 8_000;

/** Where the sensor has put the slice of an incident while it listened, or null. */
function sliceOf(folder: string, run: string, incident: string): string | null {
  const slice = join(evidenceFolder(folder), `${incident}.pcapng`);
  return run === LIVE_RUN && /^[0-9a-f]+$/.test(incident) && existsSync(slice) ? slice : null;
}

export class ApiWork implements Work {
  readonly replays: ReplayJobs;
  private readonly settingsOf: WorkSettings;
  private readonly waiting = new Map<number, (answer: OperatorAnswer) => void>();
  private next = 1;

  constructor(settings: WorkSettings) {
    this.settingsOf = settings;
    this.replays = new ReplayJobs(settings);
    settings.desk?.on('message', ({ id, ...answer }: { id: number } & OperatorAnswer) => {
      this.waiting.get(id)?.(answer);
      this.waiting.delete(id);
    });
  }

  async close(): Promise<void> {
    this.settingsOf.desk?.close();
    await this.replays.close();
  }

  decide(run: string, decisions: readonly Decision[]): Promise<number> {
    return this.ask({ kind: 'decide', run, decisions });
  }

  async step(run: string, step: Step): Promise<void> {
    await this.ask({ kind: 'step', run, step });
  }

  suppress(run: string, rule: Suppression): Promise<number> {
    return this.ask({ kind: 'suppress', run, rule });
  }

  async endSuppression(run: string, number: number, user: string): Promise<void> {
    await this.ask({ kind: 'end-suppression', run, number, user, timeUs: Date.now() * 1000 });
  }

  async takeEquipment(run: string, { about, equipment, timeUs }: EquipmentList): Promise<void> {
    await this.ask({ kind: 'equipment', run, about, equipment, timeUs });
  }

  async decideNotice(run: string, decision: Omit<NoticeDecision, 'revision'>): Promise<void> {
    await this.ask({ kind: 'notice', run, decision });
  }

  policy(run: string, device: string, format: PolicyFormat): PolicyText {
    const store = this.storeOf(run);
    return refusing(404, () => {
      const policy = policyIn(store, run, device, Date.now() * 1000);
      const updatedUs = store.runNamed(run)?.lastUs ?? 0;
      const url = `https://mud.invalid/${device.replaceAll(':', '-')}.json`;
      return { text: policyText(policy, format, url, updatedUs), left: policyLeft(policy, format) };
    });
  }

  difference(run: string, from: number, to: number, device: string): DeviceDifference[] {
    return refusing(404, () => {
      const all = new BaselineDesk(this.storeOf(run), run).compare(from, to);
      return device === '' ? all : all.filter((one) => one.device === device);
    });
  }

  hasSlice(run: string, incident: string): boolean {
    return sliceOf(this.settingsOf.folder, run, incident) !== null;
  }

  async evidence(run: string, incident: string): Promise<EvidenceFile> {
    const slice = sliceOf(this.settingsOf.folder, run, incident);
    if (slice === null) return this.replays.evidence(run, incident);
    const report: unknown = JSON.parse(readFileSync(slice.replace(/pcapng$/, 'masking.json'), 'utf8'));
    return { pcapng: readFileSync(slice), report };
  }

  settings(): unknown {
    return shownSettings(this.settingsOf.configuration);
  }

  private storeOf(run: string): Store {
    const { store } = this.settingsOf;
    return store.hasRun(run) ? store : (this.replays.store() ?? store);
  }

  private async ask(request: OperatorRequest): Promise<number> {
    const { desk, folder, store } = this.settingsOf;
    if (!store.hasRun(request.run)) return this.write(this.replays.folder, request);
    if (desk !== null) return this.post(desk, request);
    return this.write(folder, request);
  }

  private write(folder: string, request: OperatorRequest): number {
    let store: Store;
    try {
      store = Store.open(folder, { retention: this.settingsOf.configuration.retention });
    } catch (error) {
      throw new WorkRefused(`somebody else is writing to the store now (${reasonOf(error)}); try again`, 503);
    }
    try {
      return refusing(409, () => perform(store, request, null));
    } finally {
      store.close();
    }
  }

  private async post(desk: MessagePort, request: OperatorRequest): Promise<number> {
    const id = this.next++;
    const answer = await new Promise<OperatorAnswer>((resolve) => {
      const timer = setTimeout(() => {
        this.waiting.delete(id);
        resolve({ error: '' });
      }, ANSWER_MS_MAX);
      this.waiting.set(id, (told) => {
        clearTimeout(timer);
        resolve(told);
      });
      desk.postMessage({ id, request });
    });
    if ('number' in answer) return answer.number;
    if (answer.error === '') throw new WorkRefused('the sensor is too busy to answer; look whether it was done', 503);
    throw new WorkRefused(answer.error);
  }
}

/** One sentence of the pipeline becomes the answer; anything else is an error of the program. */
function refusing<T>(status: 404 | 409, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof Error && error.name === 'Error' ? new WorkRefused(error.message, status) : error;
  }
}

/** Where replays that people ask for are kept: apart from what the sensor saw. */
export function replaysFolder(folder: string): string {
  return join(folder, 'replays');
}
