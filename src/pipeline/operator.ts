/**
 * What a person asks of a store, carried out by whoever may write to it: a live analyst, whose baseline is its own, or a
 * program that opens the store for the moment. Each request is one transaction; what cannot be done throws one sentence.
 */
import type { Step } from '../alert/lifecycle.ts';
import type { Suppression } from '../alert/suppression.ts';
import { type Decision, decide, whyUndecidable } from '../baseline/decisions.ts';
import type { DeviceDocument } from '../baseline/document.ts';
import { releaseHours } from '../baseline/release.ts';
import { sha256Hex } from '../bytes/digest.ts';
import type { ListAbout } from '../inventory/desk.ts';
import type { Equipment } from '../inventory/equipment.ts';
import { type NoticeDecision, NoticeDesk } from '../inventory/notice-desk.ts';
import { limits } from '../limits.ts';
import type { Store } from '../store/store.ts';
import { AlertDesk } from './alert-desk.ts';
import type { Analyst } from './analyst.ts';
import { BaselineDesk } from './baseline-desk.ts';
import { hoursOf, isHarmless, subjectsOf } from './closing.ts';
import { keptPeer } from './held-peer.ts';

export type OperatorRequest =
  | { readonly kind: 'decide'; readonly run: string; readonly decisions: readonly Decision[] }
  | { readonly kind: 'step'; readonly run: string; readonly step: Step }
  | { readonly kind: 'suppress'; readonly run: string; readonly rule: Suppression }
  | {
      readonly kind: 'end-suppression';
      readonly run: string;
      readonly number: number;
      readonly user: string;
      readonly timeUs: number;
    }
  | ({ readonly kind: 'equipment'; readonly run: string } & EquipmentRequest)
  | { readonly kind: 'notice'; readonly run: string; readonly decision: Omit<NoticeDecision, 'revision'> };

export interface EquipmentRequest {
  readonly about: ListAbout;
  readonly equipment: readonly Equipment[];
  readonly timeUs: number;
}

/** The number that the request made: of a version, of a rule; 0 for steps. */
export type OperatorAnswer = { readonly number: number } | { readonly error: string };

/** The analyst of the run that is going on, if there is one. */
export interface LiveRun {
  readonly run: string;
  readonly analyst: Analyst;
}

export function perform(store: Store, request: OperatorRequest, live: LiveRun | null): number {
  const { run } = request;
  if (!store.hasRun(run)) throw new Error(`the store has no run ${run}`);
  switch (request.kind) {
    case 'decide': {
      const decisions = request.decisions.map((one) => withKeptPeer(store, run, one));
      if (live?.run === run) return decideLive(store, live, decisions);
      return new BaselineDesk(store, run).decideAll(decisions);
    }
    case 'step':
      new AlertDesk(store, run).stepOfAny(request.step);
      if (live?.run === run) followLive(store, live, request.step);
      else new BaselineDesk(store, run).release(hoursOf(store, run, request.step));
      return 0;
    case 'suppress':
      return new AlertDesk(store, run).suppress(request.rule);
    case 'end-suppression':
      new AlertDesk(store, run).endSuppression(request.number, request.timeUs, request.user);
      return request.number;
    case 'equipment':
      store.lists.replaceEquipment(request.timeUs, request.about, request.equipment);
      return request.equipment.length;
    case 'notice':
      new NoticeDesk(store, run).decide(request.decision, limits.noticeDecisionsMax);
      return 0;
  }
}

/** The same, with what went wrong as an answer; errors of the program itself are thrown on. */
export function answer(store: Store, request: OperatorRequest, live: LiveRun | null): OperatorAnswer {
  try {
    return { number: perform(store, request, live) };
  } catch (error) {
    if (error instanceof Error && (error.name === 'Error' || error.name === 'StoreError'))
      return { error: error.message };
    throw error;
  }
}

function withKeptPeer(store: Store, run: string, decision: Decision): Decision {
  if (decision.peer === '') return decision;
  const device = store.baselines.device(run, decision.device) as DeviceDocument | null;
  if (device === null) return decision;
  const row = store.find.devicesOf(run, [decision.peer]).get(decision.peer) ?? null;
  const peer = keptPeer(device, decision, row);
  // The entry that waits is found again by the name it was asked under (api/decided.ts).
  return peer === decision.peer ? decision : { ...decision, peer, held: decision.peer };
}

/** What was harmless is not raised again, and its hours become usual. */
function followLive(store: Store, { run, analyst }: LiveRun, step: Step): void {
  const { baseline, inventory, alerts } = analyst;
  const idOf = (number: number): string => inventory.get(number).id;
  if (step.action === 'reopen' || isHarmless(step)) {
    for (const id of subjectsOf(store, run, step)) alerts.settle(id, isHarmless(step));
  }
  for (const hours of hoursOf(store, run, step)) releaseHours(baseline, hours, idOf);
}

/** The analyst's own baseline is changed, and what changed is written at once. */
function decideLive(store: Store, { run, analyst }: LiveRun, decisions: readonly Decision[]): number {
  const { baseline, inventory } = analyst;
  const idOf = (number: number): string => inventory.get(number).id;
  const { baselines } = store;
  const first = decisions[0];
  if (first === undefined) throw new Error('there is nothing to decide');
  const before = baselines.versions(run).length === 0 ? baseline.document(idOf) : null;
  // All of them or none: a baseline that is in use cannot be thrown away half changed.
  const trouble = decisions.map((one) => whyUndecidable(baseline, one, idOf)).find((why) => why !== '');
  if (trouble !== undefined) throw new Error(trouble);
  for (const decision of decisions) decide(baseline, decision, idOf);
  let version = 0;
  store.together(() => {
    if (before !== null) keepVersion(store, run, before, first, 'before the first decision');
    baselines.put(run, baseline.changes(idOf));
    for (const decision of decisions) baselines.decide(run, decision);
    version = keepVersion(store, run, baseline.document(idOf), first, reasonOf(decisions));
  });
  return version;
}

function keepVersion(store: Store, run: string, document: object, { timeUs, user }: Decision, reason: string): number {
  const text = JSON.stringify(document);
  return store.baselines.addVersion(run, { timeUs, user, reason, digest: sha256Hex(text) }, text);
}

function reasonOf(decisions: readonly Decision[]): string {
  const [first] = decisions;
  if (first === undefined) return '';
  const others = decisions.length > 1 ? ` (and ${decisions.length - 1} more)` : '';
  return `${first.action}: ${first.reason}${others}`;
}
