/** What stands beside the analyst and comes from others: notices of a folder, alerts of another program. */
import type { Configuration } from '../configuration.ts';
import type { Store } from '../store/store.ts';
import { NoticeWatch } from './notice-folder.ts';
import { limitsOf } from './settings.ts';

export interface CompanionSettings {
  readonly configuration: Configuration;
  readonly store: Store;
  readonly warn: (line: string) => void;
}

export class Companions {
  private readonly settings: CompanionSettings;
  private readonly notices: NoticeWatch;

  constructor(settings: CompanionSettings) {
    this.settings = settings;
    const { configuration, warn } = settings;
    this.notices = new NoticeWatch(configuration.site.notices, limitsOf(configuration), warn);
  }

  /** A commit is over. */
  commit(nowUs: number): void {
    this.notices.look(this.settings.store, nowUs, Date.now());
  }
}
