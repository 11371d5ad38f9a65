/**
 * Lines that the server will never take, kept for a person to read: `quarantine/00000001.lines`,
 * each group under a line `# reason`. Capped: beyond the cap lines are counted and no longer kept.
 */
import { appendFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from './files.ts';

const FILE_BYTES_MAX = 1024 * 1024;
const FILES_MAX = 16;
const REASON_CHARACTERS_MAX = 300;

export class Quarantine {
  readonly #folder: string;
  /** Since the folder exists. */
  lines = 0;
  #file = 1;
  #bytes = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  load(): void {
    try {
      this.lines = Number.parseInt(readFileSync(join(this.#folder, 'count'), 'utf8'), 10) || 0;
      for (const name of readdirSync(this.#folder)) {
        const number = /^(\d{8})\.lines$/.exec(name)?.[1];
        if (number !== undefined) this.#file = Math.max(this.#file, Number.parseInt(number, 10));
      }
      this.#bytes = statSync(this.#path()).size;
    } catch {
      // No quarantine yet: nothing was ever refused.
    }
  }

  /** False when it could not be written; the lines are counted all the same. */
  add(lines: readonly string[], reason: string): boolean {
    this.lines += lines.length;
    const why = reason.replace(/\p{Cc}+/gu, ' ').slice(0, REASON_CHARACTERS_MAX);
    const text = `# ${why}\n${lines.join('\n').slice(0, FILE_BYTES_MAX)}\n`;
    try {
      makeFolder(this.#folder);
      writeFileSync(join(this.#folder, 'count'), `${this.lines}\n`, { mode: 0o640 });
      if (this.#bytes + text.length > FILE_BYTES_MAX && this.#bytes > 0) {
        if (this.#file >= FILES_MAX) return true;
        this.#file++;
        this.#bytes = 0;
      }
      appendFileSync(this.#path(), text, { mode: 0o640 });
      this.#bytes += Buffer.byteLength(text);
      return true;
    } catch {
      return false;
    }
  }

  #path(): string {
    return join(this.#folder, `${String(this.#file).padStart(8, '0')}.lines`);
  }
}
