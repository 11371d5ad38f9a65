/** Words on standard output and standard error: colours, tables, progress; plain when nobody watches. */
import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Styled only when standard output is a terminal and NO_COLOR is not set. */
export function styled(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/** Progress and logs: one line on standard error. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Text from the wire may steer a terminal (control characters, marks that turn writing round): made visible. */
export function harmless(text: string): string {
  return text.replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}

/** Columns padded to their widest cell; long cells are cut with an ellipsis. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], widest = 40): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cut(harmless(cell), widest)));
  const widths = head.map((_, column) => Math.max(...cells.map((row) => [...(row[column] ?? '')].length)));
  const lines = cells.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - [...cell].length))
      .join('  ')
      .trimEnd(),
  );
  lines[0] = styled('bold', lines[0] ?? '');
  return lines.join('\n');
}

function cut(text: string, widest: number): string {
  const letters = [...text];
  return letters.length > widest ? `${letters.slice(0, widest - 1).join('')}…` : text;
}

const scale = ['B', 'kB', 'MB', 'GB', 'TB'];

export function bytesText(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (value >= 1000 && unit < scale.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${scale[unit]}`;
}

/** 1234567 → 1,234,567. */
export function countText(count: number): string {
  return count.toLocaleString('en-US');
}

/** ISO 8601 UTC to the second, for people. */
export function secondText(us: number): string {
  return `${new Date(Math.floor(us / 1000)).toISOString().slice(0, 19)}Z`;
}
