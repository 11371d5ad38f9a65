/**
 * Recalls and advisories as one kind of thing: who says it, about which products and units, and what is to be done.
 * Made from files that a site drops into a folder; what a file says is data and is trusted with nothing.
 */

/** Products that one notice speaks about. */
export interface Target {
  /** Maker as written. */
  readonly maker: string;
  /** What the product is called and how it is described. */
  readonly product: string;
  /** Model numbers, where the notice lists them apart. */
  readonly models: readonly string[];
  /** '' for no word about versions, otherwise as written: `<4.1`, `vers:all/*`, `VA48A`. */
  readonly version: string;
  /** Serial numbers with `*` and `?` (CSAF). */
  readonly serials: readonly string[];
  /** Free text that names units: serial numbers, lots, ranges. */
  readonly units: string;
  /** Device identifiers (UDI-DI), 14 digits. */
  readonly identifiers: readonly string[];
  readonly status: 'affected' | 'investigated' | 'fixed' | 'not-affected';
  /** CVE numbers that affect it. */
  readonly vulnerabilities: readonly string[];
}

export interface Notice {
  readonly id: string;
  readonly source: 'openFDA recall' | 'openFDA enforcement' | 'CSAF';
  readonly publisher: string;
  readonly title: string;
  /** Why it matters, as the notice says it. */
  readonly reason: string;
  /** What to do, as the notice says it. */
  readonly action: string;
  /** `Class II`, `CVSS 9.8`, or ''. */
  readonly severity: string;
  /** `Ongoing`, `Terminated`, `final` … */
  readonly status: string;
  /** `2026-03-02`, or ''. */
  readonly date: string;
  readonly url: string;
  readonly file: string;
  readonly targets: readonly Target[];
  /** Changes when what it says changes. */
  readonly revision: string;
}

export interface NoticeLimits {
  readonly noticeJsonDepthMax: number;
  readonly noticesMax: number;
  readonly noticeTargetsMax: number;
  readonly noticeTextCharactersMax: number;
}

/** One sentence about a file that cannot be used. */
export class NoticeError extends Error {
  override readonly name = 'NoticeError';
}

export type Json = Readonly<Record<string, unknown>>;

/** JSON that is not nested deeper than `depthMax`: what walks it later may recurse. */
export function parseJson(text: string, depthMax: number): unknown {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) at = endOfString(text, at);
    else if (code === 0x5b || code === 0x7b) {
      depth++;
      if (depth > depthMax) throw new NoticeError(`nested deeper than ${depthMax}`);
    } else if (code === 0x5d || code === 0x7d) depth--;
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new NoticeError(`is no JSON (${(error as Error).message.split('\n', 1)[0]?.slice(0, 120) ?? ''})`);
  }
}

/** Where the string that begins at `at` ends. */
function endOfString(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x5c) i++;
    else if (code === 0x22) return i;
  }
  return text.length;
}

export function object(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A text as it may be shown: no control characters, spaces as one, bounded; '' for what is none. */
export function words(value: unknown, charactersMax: number): string {
  const text = typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
  return text
    .slice(0, charactersMax)
    .replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069\s]+/gu, ' ')
    .trim();
}

/** `20260302`, `2026-03-02T…` → `2026-03-02`; '' when it is none. */
export function day(value: unknown): string {
  const parts = /^(\d{4})-?(\d\d)-?(\d\d)/.exec(typeof value === 'string' ? value : '');
  return parts === null ? '' : `${parts[1]}-${parts[2]}-${parts[3]}`;
}
