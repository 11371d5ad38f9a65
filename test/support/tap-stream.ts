/**
 * Reads what `tap --reporter=tap` says (TAP 14) line by line: one report per test file, and the totals.
 *
 *     # Subtest: test/a.test.ts
 *         ok 1 - a sentence that holds          ← counted
 *         not ok 2 - a sentence that does not   ← counted, with what follows shown
 *     not ok 1 - test/a.test.ts                 ← the file; counted only when nothing inside it was
 */
export interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

export interface FileReport {
  name: string;
  ok: boolean;
  totals: Totals;
  /** Sentences that were skipped, with the reason. */
  skips: string[];
  /** The lines of a file that failed, as tap wrote them. */
  lines: string[];
}

const INDENT = 4;
const POINT = /^( *)(not )?ok \d+(?: - (.*?))?(?: # (?:time=\S+|(SKIP|TODO)\b ?(.*)))?$/i;

export class TapStream {
  readonly totals: Totals = { passed: 0, failed: 0, skipped: 0 };
  private file: Totals = { passed: 0, failed: 0, skipped: 0 };
  private skips: string[] = [];
  private lines: string[] = [];
  /** Indent of the YAML block we are in, -1 outside. */
  private yaml = -1;
  private depth = 0;

  /** A report when this line ends a file. */
  line(line: string): FileReport | null {
    this.lines.push(line);
    const indent = line.length - line.trimStart().length;
    if (this.yaml >= 0) {
      if (indent === this.yaml && line.trim() === '...') this.yaml = -1;
      return null;
    }
    if (line.trim() === '---' && indent === this.depth + 2) {
      this.yaml = indent;
      return null;
    }
    const point = POINT.exec(line);
    if (point === null) return null;
    this.depth = indent;
    const [, , not, name = '', directive, reason = ''] = point;
    const skipped = directive !== undefined;
    if (skipped) this.skips.push(`${name}${reason === '' ? '' : `: ${reason}`}`);
    if (indent === INDENT) this.count(not !== undefined, skipped);
    else if (indent > INDENT && skipped) this.file.skipped++;
    return indent === 0 ? this.endFile(name, not === undefined, skipped) : null;
  }

  private count(failed: boolean, skipped: boolean): void {
    if (skipped) this.file.skipped++;
    else if (failed) this.file.failed++;
    else this.file.passed++;
  }

  private endFile(name: string, ok: boolean, skipped: boolean): FileReport {
    const totals = this.file;
    // A file that was skipped whole, or died before it could say which sentence failed.
    if (skipped) totals.skipped++;
    else if (!ok && totals.failed === 0) totals.failed++;
    const report: FileReport = { name, ok, totals, skips: this.skips, lines: ok ? [] : this.lines };
    this.totals.passed += totals.passed;
    this.totals.failed += totals.failed;
    this.totals.skipped += totals.skipped;
    this.file = { passed: 0, failed: 0, skipped: 0 };
    this.skips = [];
    this.lines = [];
    return report;
  }
}
