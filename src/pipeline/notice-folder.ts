/**
 * The folder into which a site drops recalls and advisories: read whole, file by file in the order of their names. A
 * file that is too large, broken or of another kind gives one line and takes nothing else with it.
 */
import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Notice } from '../inventory/notice.ts';
import { noticesIn } from '../inventory/notice-desk.ts';
import type { Limits } from '../limits.ts';

export interface NoticeFolder {
  readonly notices: readonly Notice[];
  /** Files that were read. */
  readonly files: number;
  /** One line each. */
  readonly problems: readonly string[];
  /** Differs when a file was added, changed or removed. */
  readonly signature: string;
}

/** Problems that the store remembers. */
const PROBLEMS_KEPT = 100;

/** Problems that a sensor says at once; the rest is in the store. */
const PROBLEMS_SAID = 5;

interface Entry {
  readonly path: string;
  readonly bytes: number;
  readonly changedMs: number;
}

/** The notices of a folder and of the folders in it. A folder that cannot be read throws the system's error. */
export function readNoticeFolder(folder: string, limits: Limits): NoticeFolder {
  const problems: string[] = [];
  const entries = jsonFiles(folder, limits, problems);
  const byId = new Map<string, Notice>();
  let files = 0;
  for (const { path, bytes } of entries) {
    const name = relative(folder, path);
    try {
      if (bytes > limits.noticeFileBytesMax) throw new Error(`larger than ${limits.noticeFileBytesMax} bytes`);
      const found = noticesIn(readFileSync(path, 'utf8'), name, limits);
      files++;
      for (const notice of found) {
        if (byId.size >= limits.noticesMax && !byId.has(notice.id)) {
          throw new Error(`more than ${limits.noticesMax} notices in all; the rest is left out`);
        }
        byId.set(notice.id, newer(byId.get(notice.id), notice));
      }
    } catch (error) {
      problems.push(`${name}: ${(error as Error).message.split('\n', 1)[0] ?? ''}`);
    }
  }
  return { notices: [...byId.values()], files, problems, signature: signatureOf(entries) };
}

/** Whether something changed, without reading the files. */
export function noticeSignature(folder: string, limits: Limits): string {
  return signatureOf(jsonFiles(folder, limits, []));
}

/** The part of the store that this needs. */
export interface NoticeKeeper {
  readonly lists: {
    replaceNotices(timeUs: number, about: object, notices: readonly { readonly id: string }[]): void;
  };
}

/** They take the place of those before. */
export function keepNotices(store: NoticeKeeper, folder: string, read: NoticeFolder, timeUs: number): void {
  const { notices, files, problems } = read;
  const about = { folder, files, notices: notices.length, problems: problems.slice(0, PROBLEMS_KEPT) };
  store.lists.replaceNotices(timeUs, about, notices);
}

/** How often a sensor looks whether something changed in the folder, in packet time. */
const LOOK_US = 3600e6;

/** Keeps the notices of the store as those of the folder, for as long as a session lasts. */
export class NoticeWatch {
  private readonly folder: string | null;
  private readonly limits: Limits;
  private readonly warn: (line: string) => void;
  private signature = '';
  private lookedUs = Number.NEGATIVE_INFINITY;

  constructor(folder: string | null, limits: Limits, warn: (line: string) => void) {
    this.folder = folder;
    this.limits = limits;
    this.warn = warn;
  }

  /** Reads again when something changed; `nowMs` is the time of day, under which they are kept. */
  look(store: NoticeKeeper, nowUs: number, nowMs: number): void {
    const { folder, limits } = this;
    if (folder === null || nowUs - this.lookedUs < LOOK_US) return;
    this.lookedUs = nowUs;
    try {
      const signature = noticeSignature(folder, limits);
      if (signature === this.signature) return;
      const read = readNoticeFolder(folder, limits);
      this.signature = read.signature;
      keepNotices(store, folder, read, nowMs * 1000);
      for (const problem of read.problems.slice(0, PROBLEMS_SAID)) this.warn(`site.notices: ${problem}`);
    } catch (error) {
      this.warn(`site.notices: ${(error as Error).message}`);
    }
  }
}

/** Of two revisions of a notice the later one; a recall that stands in two files by the one that names more units. */
function newer(before: Notice | undefined, notice: Notice): Notice {
  if (before === undefined || notice.date > before.date) return notice;
  if (notice.date < before.date) return before;
  const length = ({ targets }: Notice): number => targets.reduce((sum, { units }) => sum + units.length, 0);
  return length(notice) >= length(before) ? notice : before;
}

function signatureOf(entries: readonly Entry[]): string {
  return entries.map(({ path, bytes, changedMs }) => `${path}:${bytes}:${changedMs}`).join('\n');
}

function jsonFiles(folder: string, limits: Limits, problems: string[]): Entry[] {
  const found: Entry[] = [];
  const walk = (at: string, depth: number): void => {
    const children: Dirent[] = readdirSync(at, { withFileTypes: true });
    for (const child of children.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(at, child.name);
      if (child.isDirectory()) {
        if (depth < limits.folderDepthMax) walk(path, depth + 1);
      } else if (child.isFile() && /\.json$/i.test(child.name)) {
        if (found.length >= limits.noticeFilesMax) continue;
        const { size, mtimeMs } = statSync(path);
        found.push({ path, bytes: size, changedMs: mtimeMs });
        if (found.length === limits.noticeFilesMax) problems.push(`${limits.noticeFilesMax} files at most are read`);
      }
    }
  };
  walk(folder, 1);
  return found;
}
