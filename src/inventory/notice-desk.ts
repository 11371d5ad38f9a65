/**
 * Recalls and advisories against the devices of a run, and what people decided about each match.
 *
 * What the wire does not say of a device is taken from the equipment list where a row was paired with it. A decision
 * stands until the notice says something else about its products: then the match is open again, and says so.
 */
import type { DeviceRow } from '../model.ts';
import { csafNotice, isCsaf } from './csaf.ts';
import type { Equipment } from './equipment.ts';
import { type Known, type Match, Matcher } from './match.ts';
import { type Notice, NoticeError, type NoticeLimits, parseJson } from './notice.ts';
import { identifiersIn, isOpenFda, openFdaNotices } from './openfda.ts';
import { reconcile } from './reconcile.ts';

export const noticeStates = ['possible', 'confirmed', 'dismissed'] as const;
export type NoticeState = (typeof noticeStates)[number];

export interface NoticeDecision {
  readonly device: string;
  readonly notice: string;
  /** `possible` opens it again. */
  readonly state: NoticeState;
  readonly user: string;
  readonly reason: string;
  readonly timeUs: number;
  /** Of the notice when it was decided. */
  readonly revision: string;
}

export interface NoticeStanding {
  readonly state: NoticeState;
  /** `wardwatch`, or who decided. */
  readonly by: string;
  readonly reason: string;
  /** 0 when nobody decided. */
  readonly timeUs: number;
  /** Somebody decided, and the notice was changed since. */
  readonly isChanged: boolean;
}

export interface StandingMatch extends Match {
  readonly standing: NoticeStanding;
}

/** What is said about the notices as a whole. */
export interface NoticesAbout {
  readonly folder: string;
  readonly files: number;
  readonly notices: number;
  readonly problems: readonly string[];
}

/** The part of the store that this needs. */
export interface NoticeStore {
  devices(run: string, page: { readonly limit: number }): { rows: DeviceRow[] };
  readonly lists: {
    about<About>(name: 'notices' | 'equipment'): { timeUs: number; about: About } | null;
    notices<N>(): N[];
    equipment<Row>(): Row[];
    decisions<D>(): D[];
    decisionCount(): number;
    addDecision(decision: NoticeDecision): void;
  };
}

/** All notices of one file; one sentence is thrown where it is of no known kind or broken. */
export function noticesIn(text: string, file: string, limits: NoticeLimits): Notice[] {
  const root = parseJson(text.startsWith('\ufeff') ? text.slice(1) : text, limits.noticeJsonDepthMax);
  if (isCsaf(root)) return [csafNotice(root, file, limits)];
  if (isOpenFda(root)) return openFdaNotices(root, file, limits);
  throw new NoticeError('is neither a CSAF advisory nor recalls of openFDA');
}

export function knownOf(device: DeviceRow, row: Equipment | null): Known {
  const identifiers = device.evidence
    .filter(({ attribute }) => attribute === 'udi')
    .flatMap(({ value }) => [...identifiersIn(value), ...(/^\d{14}$/.test(value) ? [value] : [])]);
  const given = (...texts: readonly (string | undefined)[]): string[] => [
    ...new Set(texts.filter((text): text is string => text !== undefined && text !== '')),
  ];
  return {
    id: device.id,
    makers: given(device.manufacturer, row?.manufacturer, device.manufacturer === '' ? device.vendor : ''),
    models: given(device.model, row?.model),
    software: given(device.software, row?.software)[0] ?? '',
    serial: given(device.serial, row?.serial)[0] ?? '',
    lot: row?.lot ?? '',
    identifiers,
  };
}

export class NoticeDesk {
  private readonly store: NoticeStore;
  private readonly run: string;

  constructor(store: NoticeStore, run: string) {
    this.store = store;
    this.run = run;
  }

  about(): { timeUs: number; about: NoticesAbout } | null {
    return this.store.lists.about<NoticesAbout>('notices');
  }

  notices(): Notice[] {
    return this.store.lists.notices<Notice>();
  }

  /** By state (confirmed first), then by device and notice; and how many medical devices have no model to go by. */
  matches(notices: readonly Notice[]): { matches: StandingMatch[]; without: number } {
    const everything = { limit: Number.MAX_SAFE_INTEGER };
    const devices = this.store.devices(this.run, everything).rows.filter(({ external }) => !external);
    const rows = this.rowsOf(devices);
    const matcher = new Matcher(notices);
    const decisions = latest(this.store.lists.decisions<NoticeDecision>());
    const revisions = new Map(notices.map(({ id, revision }) => [id, revision]));
    let without = 0;
    const found: StandingMatch[] = [];
    for (const device of devices) {
      const known = knownOf(device, rows.get(device.id) ?? null);
      if (device.medical && known.models.length + known.identifiers.length === 0) without++;
      for (const match of matcher.matches(known)) {
        const decision = decisions.get(keyOf(match));
        found.push({ ...match, standing: standingOf(match, decision, revisions.get(match.notice) ?? '') });
      }
    }
    return { matches: found.sort(byState), without };
  }

  private rowsOf(devices: readonly DeviceRow[]): Map<string, Equipment> {
    const equipment = this.store.lists.equipment<Equipment>();
    if (equipment.length === 0) return new Map();
    const settings = { days: 0, nowUs: 0, all: true, zoneOf: () => '', zones: [] };
    const { paired } = reconcile(equipment, devices, settings);
    return new Map(paired.map(({ device, row }) => [device.id, row]));
  }

  /** Keeps a decision; throws with one sentence when it cannot be made. */
  decide(decision: Omit<NoticeDecision, 'revision'>, decisionsMax: number): void {
    const { device, notice, state, user, reason } = decision;
    const notices = this.notices();
    const { matches } = this.matches(notices);
    const match = matches.find((one) => one.device === device && one.notice === notice);
    if (match === undefined) throw new Error(`no match of device ${device} with notice ${notice}`);
    if (user === '') throw new Error('a decision needs the name of who makes it');
    if (reason === '' && state !== 'possible') throw new Error('a decision needs a reason');
    if (this.store.lists.decisionCount() >= decisionsMax) throw new Error(`${decisionsMax} decisions are kept already`);
    const revision = notices.find(({ id }) => id === notice)?.revision ?? '';
    this.store.lists.addDecision({ ...decision, revision });
  }
}

function keyOf({ device, notice }: { readonly device: string; readonly notice: string }): string {
  return `${device}\n${notice}`;
}

function latest(decisions: readonly NoticeDecision[]): Map<string, NoticeDecision> {
  return new Map(decisions.map((decision) => [keyOf(decision), decision]));
}

function standingOf(match: Match, decision: NoticeDecision | undefined, revision: string): NoticeStanding {
  const own = { state: match.certainty, by: 'wardwatch', reason: match.why.join(' '), timeUs: 0, isChanged: false };
  if (decision === undefined) return own;
  if (decision.revision !== revision) return { ...own, isChanged: true };
  const { state, user, reason, timeUs } = decision;
  return { state, by: user, reason, timeUs, isChanged: false };
}

const order: readonly NoticeState[] = ['confirmed', 'possible', 'dismissed'];

function byState(a: StandingMatch, b: StandingMatch): number {
  const states = order.indexOf(a.standing.state) - order.indexOf(b.standing.state);
  return states || (keyOf(a) < keyOf(b) ? -1 : 1);
}
