/** What stands beside the analyst and comes from others: notices of a folder, alerts of Suricata. */
import type { Configuration } from '../configuration.ts';
import type { DeviceRow } from '../model.ts';
import type { Store } from '../store/store.ts';
import { NoticeWatch } from './notice-folder.ts';
import { limitsOf } from './settings.ts';
import { Suricata, type SuricataFile } from './suricata.ts';

export interface CompanionSettings {
  readonly configuration: Configuration;
  readonly run: string;
  /** null: of this run nothing is kept. */
  readonly store: Store | null;
  /** A file of alerts beside a replay. */
  readonly suricata?: SuricataFile | null | undefined;
  /** Folder of the store of a live sensor, which listens to what the settings name. */
  readonly liveFolder?: string | undefined;
  readonly warn: (line: string) => void;
}

export class Companions {
  private readonly store: Store | null;
  private readonly notices: NoticeWatch;
  private readonly suricata: Suricata | null;

  constructor({ configuration, run, store, suricata = null, liveFolder, warn }: CompanionSettings) {
    const limits = limitsOf(configuration);
    this.store = store;
    this.notices = new NoticeWatch(configuration.site.notices, limits, warn);
    const listened = liveFolder === undefined ? null : configuration.inputs.suricata;
    this.suricata = suricata === null && listened === null ? null : new Suricata(run, limits, warn);
    if (suricata !== null) this.suricata?.readWhole(suricata);
    if (listened !== null && store !== null && liveFolder !== undefined)
      this.suricata?.listen(listened, store, liveFolder);
  }

  /** A commit is over. */
  commit(nowUs: number, devices: () => readonly DeviceRow[]): void {
    if (this.store !== null) this.notices.look(this.store, nowUs, Date.now());
    this.suricata?.commit(this.store, devices);
  }

  close(): void {
    this.suricata?.close();
  }

  /** Parts of the report of a replay. */
  report(): Record<string, unknown> {
    return this.suricata === null ? {} : { foreign: this.suricata.report() };
  }
}
