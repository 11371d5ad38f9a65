/**
 * One run from its first packet to its last: the analyst, and where its results go (store, InfluxDB).
 * Whoever drives it (a replay, a live sensor) tells it records, ticks and intervals through `analyst`.
 */
import type { BaselineDocument } from '../baseline/document.ts';
import type { Configuration } from '../configuration.ts';
import type { DeviceRow, HeldRow, LinkRow, Point, PostureRow } from '../model.ts';
import { AlertFiles } from '../output/alert-files.ts';
import { AlertSender } from '../output/alert-sender.ts';
import type { InfluxWriter } from '../output/influx.ts';
import { SyslogWay } from '../output/syslog.ts';
import { WebhookWay } from '../output/webhook.ts';
import type { Store } from '../store/store.ts';
import { Analyst } from './analyst.ts';
import { Companions } from './companions.ts';
import {
  continueCounts,
  continueDevices,
  continueHeld,
  continuePosture,
  heldKey,
  postureKey,
  Written,
} from './continuation.ts';
import { linkKey } from './conversations.ts';
import { OutOfSight } from './out-of-sight.ts';
import { ownFigures } from './own-figures.ts';
import { PointKnowledge } from './point-knowledge.ts';
import type { SensorCounters } from './points.ts';
import { type AlertRows, alertRows, deviceRows, postureRows } from './rows.ts';
import { analystSettings } from './settings.ts';
import type { SuricataFile } from './suricata.ts';
import { VERSION } from './version.ts';

/** Points of a replay that wait for the next transaction. */
const POINTS_WAITING_MAX = 5_000;
/** How long the end of a run waits for those who are sent alerts. */
const LAST_DELIVERY_MS = 5_000;

export interface SessionSettings {
  readonly configuration: Configuration;
  readonly run: string;
  readonly kind: 'replay' | 'live';
  readonly inputs: readonly string[];
  readonly startedUs: number;
  readonly learnUntilUs: number | null;
  /** What another run has learnt, for a replay to begin with; a live sensor goes on with its own. */
  readonly baselineBefore: unknown;
  /** null: of this run nothing is kept. */
  readonly store: Store | null;
  readonly influx: InfluxWriter | null;
  /** Alerts of Suricata beside a replay, and the folder in which a live sensor remembers how far it read them. */
  readonly suricata?: SuricataFile | null;
  readonly liveFolder?: string;
  /** Hears of all alerts whenever they are written. */
  readonly onAlerts?: (alerts: AlertRows) => void;
  /** Hears of trouble with outputs. */
  readonly warn?: (line: string) => void;
}

export class Session {
  readonly analyst: Analyst;
  private readonly settings: SessionSettings;
  private waiting: Point[] = [];
  /** What the store of a live sensor knew when it started. */
  private readonly devicesBefore: ReadonlyMap<string, DeviceRow>;
  private readonly heldBefore: ReadonlyMap<string, HeldRow>;
  private readonly postureBefore: ReadonlyMap<string, PostureRow>;
  private readonly linksBefore: ReadonlyMap<string, LinkRow>;
  private readonly odditiesBefore: Readonly<Record<string, number>>;
  private readonly knowledge: PointKnowledge;
  private readonly written: Written;
  /** Somebody takes the points: the store or InfluxDB. */
  private readonly wantsPoints: boolean;
  private readonly files: AlertFiles | null;
  private readonly senders: readonly AlertSender[];
  private readonly outOfSight: OutOfSight;
  readonly companions: Companions;

  constructor(settings: SessionSettings) {
    this.settings = settings;
    const { configuration, run, learnUntilUs } = settings;
    this.analyst = new Analyst(
      analystSettings(configuration, run, learnUntilUs, (nowUs, counters) => this.interval(nowUs, counters)),
    );
    const { store } = settings;
    this.wantsPoints = store !== null || settings.influx !== null;
    const before = settings.kind === 'live' ? store : null;
    const everything = { limit: Number.MAX_SAFE_INTEGER };
    this.devicesBefore = new Map(before?.devices(run, everything).rows.map((row) => [row.id, row]));
    this.heldBefore = new Map(before?.held(run, everything).rows.map((row) => [heldKey(row), row]));
    this.postureBefore = new Map(before?.posture(run, everything).rows.map((row) => [postureKey(row), row]));
    this.linksBefore = new Map(before?.links.all(run).map((row) => [linkKey(row), row]));
    this.odditiesBefore = before?.oddities(run) ?? {};
    const { files, syslog, webhook } = configuration.outputs;
    const source = { site: configuration.site.name, run, version: VERSION };
    this.files = files === null ? null : new AlertFiles(files, source, settings.warn ?? (() => {}));
    const ways = [
      syslog === null ? null : new SyslogWay(syslog, source),
      webhook === null ? null : new WebhookWay(webhook, source),
    ].filter((way) => way !== null);
    this.senders = ways.map((way) => new AlertSender(way, settings.warn ?? (() => {})));
    this.outOfSight = new OutOfSight(before, run);
    const figures = settings.kind === 'live' ? ownFigures(settings.influx) : () => ({});
    this.knowledge = new PointKnowledge(this.analyst, this.devicesBefore, figures);
    this.written = new Written(this.devicesBefore, this.heldBefore, this.postureBefore);
    const kept = before?.alerts(run, everything).rows ?? [];
    this.analyst.budget?.restore(kept, [...this.devicesBefore.values()].filter(({ external }) => !external).length);
    const learnt = before === null ? settings.baselineBefore : before.baselines.read(run);
    store?.beginRun({
      name: run,
      kind: settings.kind,
      inputs: [...settings.inputs],
      startedUs: settings.startedUs,
    });
    if (learnt !== null) this.analyst.baseline.restore(learnt as BaselineDocument);
    const warn = settings.warn ?? (() => {});
    const { suricata, liveFolder } = settings;
    this.companions = new Companions({ configuration, run, store, suricata, liveFolder, warn });
  }

  private interval(nowUs: number, counters: SensorCounters): void {
    if (!this.wantsPoints) {
      this.analyst.points.skip(nowUs);
      return;
    }
    const points = this.take(nowUs, counters);
    this.settings.influx?.write(points);
    if (this.settings.store === null) return;
    this.waiting.push(...points);
    // A live sensor commits every interval; a replay can be repeated and commits in larger pieces.
    if (this.settings.kind === 'live') this.commit(nowUs);
    else if (this.waiting.length >= POINTS_WAITING_MAX) this.commitPoints(nowUs);
  }

  private take(nowUs: number, counters: SensorCounters, isLast = false): Point[] {
    return this.analyst.points.take(nowUs, this.knowledge.at(counters), counters, isLast);
  }

  private commitPoints(nowUs: number): void {
    this.settings.store?.commit({
      run: this.settings.run,
      devices: [],
      findings: [],
      held: [],
      incidents: [],
      posture: [],
      points: this.waiting,
      oddities: {},
      lastUs: nowUs,
    });
    this.waiting = [];
  }

  /** Writes all that is known at this moment: into the store in one transaction, and what is new to those who are told. */
  commit(nowUs: number): void {
    const alerts = alertRows(this.analyst);
    const { store } = this.settings;
    const devices = store === null ? null : this.keep(store, alerts, nowUs);
    this.companions.commit(nowUs, () => devices ?? deviceRows(this.analyst));
    this.files?.write(alerts.findings);
    this.settings.onAlerts?.(alerts);
    if (this.senders.length === 0) return;
    const told = this.outOfSight.told(alerts.findings, nowUs);
    for (const sender of this.senders) sender.write(told);
  }

  private keep(store: Store, alerts: ReturnType<typeof alertRows>, nowUs: number): DeviceRow[] {
    const { analyst } = this;
    const { findings, incidents } = alerts;
    const devices = continueDevices(this.devicesBefore, deviceRows(analyst));
    const held = continueHeld(this.heldBefore, alerts.held);
    const posture = continuePosture(this.postureBefore, postureRows(analyst));
    store.commit({
      run: this.settings.run,
      devices,
      findings,
      held,
      incidents,
      posture,
      points: this.waiting,
      oddities: continueCounts(this.odditiesBefore, analyst.tally.oddities.toObject()),
      baseline: analyst.baseline.changes((number) => analyst.inventory.get(number).id),
      links: analyst.conversations.links(this.linksBefore),
      flows: analyst.conversations.flows(),
      lastUs: nowUs,
      gone: this.written.replace(devices, findings, incidents, held, posture),
    });
    this.waiting = [];
    store.prune(nowUs);
    return devices;
  }

  /** The last interval, cut off by the end of the capture, and everything else. */
  end(counters: SensorCounters): void {
    const nowUs = Number.isFinite(counters.lastUs) ? counters.lastUs : 0;
    if (counters.packets > 0 && this.wantsPoints) {
      const points = this.take(nowUs, counters, true);
      this.settings.influx?.write(points);
      this.waiting.push(...points);
    }
    this.commit(nowUs);
  }

  /** What is still on its way to other machines has a little time. Never rejects. */
  async deliver(): Promise<void> {
    this.companions.close();
    await Promise.all(this.senders.map((sender) => sender.end(LAST_DELIVERY_MS)));
  }
}
