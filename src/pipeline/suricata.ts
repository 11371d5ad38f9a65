/** Suricata's alerts beside a run: collected as they come, attached to devices and kept with each commit. */
import { join } from 'node:path';
import type { Configuration } from '../configuration.ts';
import { type ForeignAlertRow, ForeignCollector } from '../foreign/collector.ts';
import { foreignAlertJson } from '../foreign/json.ts';
import type { Limits } from '../limits.ts';
import type { DeviceRow } from '../model.ts';
import type { Store } from '../store/store.ts';
import { EveSocket, EveTail, readEveFile } from './eve-source.ts';

/** A file beside a replay, whose times are moved as the capture's are. */
export interface SuricataFile {
  readonly path: string;
  readonly shiftUs: number;
}

const LOOK_MS = 1_000;
/** Steps of reading that follow one another when a file has much to say. */
const STEPS_MAX = 8;

export class Suricata {
  private readonly collector: ForeignCollector;
  private readonly run: string;
  private readonly limits: Limits;
  private readonly warn: (line: string) => void;
  private tail: EveTail | null = null;
  private socket: EveSocket | null = null;
  private timer: NodeJS.Timeout | null = null;
  private trouble = '';
  private tooLong = 0;
  /** What a replay's report shows. */
  private rows: readonly ForeignAlertRow[] = [];

  constructor(run: string, limits: Limits, warn: (line: string) => void) {
    this.run = run;
    this.limits = limits;
    this.warn = warn;
    this.collector = new ForeignCollector(limits);
  }

  /** A whole file; errors of the system are thrown. */
  readWhole({ path, shiftUs }: SuricataFile): void {
    this.tooLong = readEveFile(path, this.limits, (line) => this.collector.line(line, shiftUs));
  }

  /** Listens for as long as the sensor does. */
  listen(inputs: NonNullable<Configuration['inputs']['suricata']>, store: Store, folder: string): void {
    const everything = { limit: this.limits.foreignAlertsMax, offset: 0 };
    this.collector.restore(store.foreign.of<ForeignAlertRow>(this.run, everything).rows);
    const { file, socket } = inputs;
    if (file !== null) {
      this.tail = new EveTail(file, join(folder, 'suricata.position'), this.limits);
      this.look();
      this.timer = setInterval(() => this.look(), LOOK_MS);
      this.timer.unref();
    }
    if (socket !== null) {
      const hear = (line: string): void => this.collector.line(line);
      this.guarded('socket', () => {
        this.socket = new EveSocket(socket, this.limits, hear, this.warn);
      });
    }
  }

  private look(): void {
    const { tail } = this;
    if (tail === null) return;
    this.guarded('file', () => {
      for (let step = 0; step < STEPS_MAX; step++) if (!tail.read((line) => this.collector.line(line))) break;
      this.tooLong = tail.tooLong;
      this.trouble = '';
    });
  }

  /** The same trouble is said once. */
  private guarded(what: string, action: () => void): void {
    try {
      action();
    } catch (error) {
      const line = `inputs.suricata.${what}: ${(error as Error).message}`;
      if (line !== this.trouble) this.warn(line);
      this.trouble = line;
    }
  }

  /** What is new or has grown goes to the store; `devices` are asked for only then. */
  commit(store: Store | null, devices: () => readonly DeviceRow[]): void {
    this.look();
    if (this.collector.hasWork) {
      const rows = this.collector.take(devices());
      if (rows.length > 0) this.rows = rows;
      store?.foreign.put(this.run, rows);
    }
    if (store !== null) this.guarded('file', () => this.tail?.keep());
  }

  close(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.tail?.close();
    this.socket?.close();
  }

  /** For the report of a replay: everything that was read, in the order of time. */
  report(): object {
    const { lines, alerts, broken, refused } = this.collector;
    const rows = [...this.rows].sort((a, b) => a.firstUs - b.firstUs || (a.id < b.id ? -1 : 1));
    return {
      source: 'suricata',
      lines,
      alerts,
      attached: rows.filter(({ device }) => device !== '').reduce((sum, { count }) => sum + count, 0),
      broken: broken + this.tooLong,
      refused,
      rows: rows.map(foreignAlertJson),
    };
  }
}
