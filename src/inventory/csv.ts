/**
 * Lists that people export from other programs, as rows of text (RFC 4180, and what spreadsheets make of it).
 *
 *     sep=;                        a spreadsheet's own hint, when it stands first
 *     Asset;Serial no.;"Room; floor"
 *     A-17;SN 4711;"2 ""West"""    quotes hold delimiters, line ends and doubled quotes
 *
 * The delimiter is the one that the head uses most. Everything has a bound; what cannot be read is named with its line,
 * and never guessed at.
 */

export interface CsvLimits {
  readonly rowsMax: number;
  readonly columnsMax: number;
  readonly cellCharactersMax: number;
}

export interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
}

export interface Csv {
  readonly head: readonly string[];
  readonly rows: readonly CsvRow[];
  /** One sentence each, with its line. */
  readonly problems: readonly string[];
}

const delimiters = [',', ';', '\t', '|'] as const;
const QUOTE = '"';

/**
 * Text of a file: UTF-16 where its byte order mark says so, UTF-8 where it is valid, otherwise Windows-1252, which has
 * a letter for every byte.
 */
export function textOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

export function readCsv(text: string, limits: CsvLimits): Csv {
  const hint = /^\ufeff?sep=([^\r\n])\r?\n/i.exec(text);
  const begin = hint === null ? (text.startsWith('\ufeff') ? 1 : 0) : hint[0].length;
  const reader = new Reader(text, begin, hint?.[1] ?? delimiterOf(text, begin), hint === null ? 1 : 2, limits);
  const first = reader.row();
  if (first === null) return { head: [], rows: [], problems: [...reader.problems, 'the file is empty'] };
  const head = first.cells;
  if (head.length > limits.columnsMax) {
    return { head: [], rows: [], problems: [`line ${first.line}: more than ${limits.columnsMax} columns`] };
  }
  const rows: CsvRow[] = [];
  for (let row = reader.row(); row !== null; row = reader.row()) {
    if (row.cells.every((cell) => cell === '')) continue;
    if (row.cells.slice(head.length).some((cell) => cell !== '')) {
      reader.problems.push(`line ${row.line}: has ${row.cells.length} fields, the first line ${head.length}`);
      continue;
    }
    if (rows.length >= limits.rowsMax) {
      reader.problems.push(`line ${row.line}: more than ${limits.rowsMax} rows; the rest is left out`);
      break;
    }
    rows.push(row);
  }
  return { head, rows, problems: reader.problems };
}

/** The delimiter that stands most often in the first line, outside quotes. */
function delimiterOf(text: string, begin: number): string {
  const counts = new Map<string, number>();
  let isQuoted = false;
  for (let at = begin; at < text.length; at++) {
    const one = text.charAt(at);
    if (one === QUOTE) isQuoted = !isQuoted;
    else if (!isQuoted && (one === '\n' || one === '\r')) break;
    else if (!isQuoted) counts.set(one, (counts.get(one) ?? 0) + 1);
  }
  const best = [...delimiters].sort((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0));
  return best[0] ?? ',';
}

class Reader {
  readonly problems: string[] = [];
  private readonly text: string;
  private readonly delimiter: string;
  private readonly limits: CsvLimits;
  private at: number;
  private line: number;

  constructor(text: string, at: number, delimiter: string, line: number, limits: CsvLimits) {
    this.text = text;
    this.at = at;
    this.delimiter = delimiter;
    this.line = line;
    this.limits = limits;
  }

  /** The next row that can be read, or null at the end. */
  row(): CsvRow | null {
    while (this.at < this.text.length) {
      const { line } = this;
      const cells: string[] = [];
      let trouble = '';
      for (;;) {
        const cell = this.text.charAt(this.at) === QUOTE ? this.quoted() : this.plain();
        if (cell === null) trouble = `line ${line}: a quote is not closed properly`;
        else if (cell.length > this.limits.cellCharactersMax)
          trouble = `line ${line}: a field is longer than ${this.limits.cellCharactersMax} characters`;
        else if (cells.length <= this.limits.columnsMax) cells.push(cell.trim());
        if (this.text.charAt(this.at) === this.delimiter) {
          this.at++;
          continue;
        }
        this.endLine();
        break;
      }
      if (trouble === '') return { line, cells };
      this.problems.push(trouble);
    }
    return null;
  }

  private plain(): string {
    const from = this.at;
    while (this.at < this.text.length && !this.endsCell(this.text.charAt(this.at))) this.at++;
    return this.text.slice(from, this.at);
  }

  /** null when the quote is never closed, or something stands behind the closing one. */
  private quoted(): string | null {
    let cell = '';
    this.at++;
    for (;;) {
      const end = this.text.indexOf(QUOTE, this.at);
      if (end < 0) {
        this.at = this.text.length;
        return null;
      }
      const part = this.text.slice(this.at, end);
      for (let i = part.indexOf('\n'); i >= 0; i = part.indexOf('\n', i + 1)) this.line++;
      cell += part;
      this.at = end + 1;
      if (this.text.charAt(this.at) !== QUOTE) break;
      cell += QUOTE;
      this.at++;
    }
    const behind = this.plain();
    return behind.trim() === '' ? cell : null;
  }

  private endsCell(one: string): boolean {
    return one === this.delimiter || one === '\n' || one === '\r';
  }

  private endLine(): void {
    if (this.text.charAt(this.at) === '\r') this.at++;
    if (this.text.charAt(this.at) === '\n') this.at++;
    this.line++;
  }
}

/**
 * One line of a CSV file for a spreadsheet. A cell that a spreadsheet would take for a formula (it begins with = + - @
 * or a control character) is given an apostrophe, so that text from the network cannot become a command.
 */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map(cellText).join(',')}\r\n`;
}

function cellText(text: string): string {
  const safe = /^\s*[=+\-@\t\r\n|]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text;
  return /[",;\r\n\t]/.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe;
}
