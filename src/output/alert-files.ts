/**
 * Alerts as files that other programs follow: one line whenever a finding is new or has grown. A file that is full is
 * renamed (`eve.json.1`, `.2` …) and the oldest goes. What cannot be written is counted and said once, never thrown: the
 * store has it all.
 */
import { appendFileSync, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { FindingRow } from '../model.ts';
import { type AlertSource, eveLine, ocsfLine } from './alert-formats.ts';
import { makeFolder } from './files.ts';

export interface AlertFileSettings {
  readonly folder: string;
  readonly formats: readonly ('eve' | 'ocsf')[];
  /** Size from which a file is renamed, and how many renamed ones stay. */
  readonly megabytes: number;
  readonly keep: number;
}

const writers = {
  eve: { file: 'eve.json', line: eveLine },
  ocsf: { file: 'ocsf.json', line: ocsfLine },
} as const;

const MEGABYTE = 1_000_000;

export class AlertFiles {
  /** Lines that could not be written. */
  lost = 0;
  private readonly settings: AlertFileSettings;
  private readonly source: AlertSource;
  private readonly warn: (line: string) => void;
  /** Count of each finding when it was last written. */
  private readonly written = new Map<string, number>();

  constructor(settings: AlertFileSettings, source: AlertSource, warn: (line: string) => void) {
    this.settings = settings;
    this.source = source;
    this.warn = warn;
  }

  /** All findings of the run; those that are new or have grown since the last time are written, in this order. */
  write(findings: readonly FindingRow[]): void {
    const changed = findings.filter(({ id, count }) => (this.written.get(id) ?? 0) < count);
    if (changed.length === 0) return;
    for (const { id, count } of changed) this.written.set(id, count);
    const inTime = [...changed].sort((a, b) => a.endUs - b.endUs || (a.id < b.id ? -1 : 1));
    for (const format of this.settings.formats) {
      const { file, line } = writers[format];
      this.append(
        file,
        inTime.map((finding) => `${line(finding, this.source)}\n`),
      );
    }
  }

  private append(name: string, lines: readonly string[]): void {
    const { folder, megabytes } = this.settings;
    const path = join(folder, name);
    try {
      makeFolder(folder);
      if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) >= megabytes * MEGABYTE) this.rotate(path);
      appendFileSync(path, lines.join(''), { mode: 0o640 });
    } catch (error) {
      if (this.lost === 0)
        this.warn(`alerts cannot be written to ${path} (${(error as NodeJS.ErrnoException).code ?? 'error'})`);
      this.lost += lines.length;
    }
  }

  private rotate(path: string): void {
    const { keep } = this.settings;
    rmSync(`${path}.${keep}`, { force: true });
    for (let i = keep - 1; i >= 1; i--) if (existsSync(`${path}.${i}`)) renameSync(`${path}.${i}`, `${path}.${i + 1}`);
    if (keep > 0) renameSync(path, `${path}.1`);
    else rmSync(path);
  }
}
