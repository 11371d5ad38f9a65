/**
 * What the API asks others to do, because it must not or cannot do it itself: a decision belongs to the analyst while a
 * sensor is running, policies and evidence are made by the pipeline, replays have threads of their own. Whoever starts the API
 * hands this over. What cannot be done is a `WorkRefused` with one sentence for the person who asked.
 */
import type { Step } from '../alert/lifecycle.ts';
import type { Suppression } from '../alert/suppression.ts';
import type { Decision } from '../baseline/decisions.ts';
import type { DeviceDifference } from '../baseline/difference.ts';
import type { ListAbout } from '../inventory/desk.ts';
import type { Equipment } from '../inventory/equipment.ts';
import type { NoticeDecision } from '../inventory/notice-desk.ts';

export type RefusedStatus = 404 | 409 | 413 | 415 | 422 | 503;

export class WorkRefused extends Error {
  readonly status: RefusedStatus;
  constructor(message: string, status: RefusedStatus = 409) {
    super(message);
    this.name = 'WorkRefused';
    this.status = status;
  }
}

export type PolicyFormat = 'mud' | 'nft' | 'table';

export interface PolicyText {
  readonly text: string;
  /** What is accepted and does not fit into a policy of this kind. */
  readonly left: readonly string[];
}

export interface EvidenceFile {
  readonly pcapng: Uint8Array;
  /** What was masked, how much, and what found no room. */
  readonly report: unknown;
}

export interface EquipmentList {
  readonly about: ListAbout;
  readonly equipment: readonly Equipment[];
  readonly timeUs: number;
}

export interface Work {
  /** All of them or none; returns the number of the version they make. */
  decide(run: string, decisions: readonly Decision[]): Promise<number>;
  /** `step.finding` is the id of an alert, or of an incident: then its alerts take the step as well. */
  step(run: string, step: Step): Promise<void>;
  /** Returns the number of the rule. */
  suppress(run: string, rule: Suppression): Promise<number>;
  endSuppression(run: string, number: number, user: string): Promise<void>;
  /** The equipment list of the site, in place of the one before. */
  takeEquipment(run: string, list: EquipmentList): Promise<void>;
  decideNotice(run: string, decision: Omit<NoticeDecision, 'revision'>): Promise<void>;
  policy(run: string, device: string, format: PolicyFormat): PolicyText;
  /** What changed from one version to another, of one device or of all ('' ). */
  difference(run: string, from: number, to: number, device: string): DeviceDifference[];
  /** Has a sensor written masked packets of the incident while it listened? */
  hasSlice(run: string, incident: string): boolean;
  evidence(run: string, incident: string): Promise<EvidenceFile>;
  /** The settings as they are in force, without secrets. */
  settings(): unknown;
  /** Replays that people ask for; null when none can be made. */
  readonly replays: Replays | null;
}

export interface CaptureFile {
  readonly name: string;
  readonly bytes: number;
  readonly changedMs: number;
}

export type JobState = 'waiting' | 'running' | 'done' | 'failed' | 'stopped';

export interface ReplayJob {
  readonly id: string;
  readonly run: string;
  /** File of the folder of captures, or '' when the inputs of a run are read again. */
  readonly capture: string;
  readonly ofRun: string;
  readonly compareWith: string;
  readonly baselineFrom: string;
  /** Keys of the settings that differ from those in force. */
  readonly changed: readonly string[];
  readonly user: string;
  readonly state: JobState;
  readonly percent: number;
  readonly packets: number;
  /** One plain sentence when it failed. */
  readonly error: string;
  readonly startedUs: number;
  readonly endedUs: number;
}

export interface ReplayOrder {
  readonly run: string;
  readonly capture: string;
  readonly ofRun: string;
  readonly compareWith: string;
  readonly baselineFrom: string;
  /** From where on everything is in watch: ISO 8601, or `+90s`; '' for never. */
  readonly learnUntil: string;
  /** Settings that differ from those in force. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly user: string;
}

/** Captures that people hand in or pick, replayed as runs of a store of their own: nothing of them reaches the sensor's. */
export interface Replays {
  readonly uploadBytesMax: number;
  captures(): CaptureFile[];
  /** Takes a capture in; throws `WorkRefused` when it is too large, no capture, or there already. */
  take(name: string, bytes: AsyncIterable<Uint8Array>): Promise<CaptureFile>;
  remove(name: string): void;
  start(order: ReplayOrder): ReplayJob;
  jobs(): ReplayJob[];
  /** Returns false when there is no such job. */
  stop(id: string): boolean;
  /** Removes a run of the store of replays. */
  removeRun(run: string): Promise<void>;
  /** Hears of every change of a job. */
  listen(hearer: (job: ReplayJob) => void): void;
}

const cannot = (): never => {
  throw new WorkRefused('this sensor only shows what is there; it was started without the means to do that', 503);
};

/** For a store that is only looked at. */
export const noWork: Work = {
  decide: async () => cannot(),
  step: async () => cannot(),
  suppress: async () => cannot(),
  endSuppression: async () => cannot(),
  takeEquipment: async () => cannot(),
  decideNotice: async () => cannot(),
  policy: cannot,
  difference: cannot,
  hasSlice: () => false,
  evidence: async () => cannot(),
  settings: () => null,
  replays: null,
};
