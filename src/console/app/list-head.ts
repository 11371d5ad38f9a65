/** The first line of an equipment list, read before it is handed in, so that a person can say which column holds what. */

/** Keys of the sensor (docs/inventory.md) with what people call them. */
export const listKeys = [
  ['asset', 'Asset number'],
  ['name', 'Description'],
  ['host', 'Host name'],
  ['manufacturer', 'Maker'],
  ['model', 'Model'],
  ['serial', 'Serial number'],
  ['lot', 'Lot'],
  ['software', 'Software version'],
  ['mac', 'MAC address'],
  ['address', 'IP address'],
  ['ae', 'AE title'],
  ['location', 'Location'],
  ['zone', 'Network zone'],
  ['department', 'Department'],
  ['status', 'Status'],
] as const;

const delimiters = [',', ';', '\t', '|'] as const;

/** Headings of a CSV file; the delimiter is the one that stands there most often outside quotes. */
export function headingsOf(text: string): string[] {
  const line = firstLine(text.replace(/^\ufeff/, ''));
  const bare = line.replaceAll(/"[^"]*"/g, '');
  const count = (delimiter: string): number => bare.split(delimiter).length;
  const delimiter = [...delimiters].sort((a, b) => count(b) - count(a))[0] ?? ',';
  return cellsOf(line, delimiter)
    .map((cell) => cell.trim())
    .filter((cell) => cell !== '');
}

/** A line ends where no quote is open. */
function firstLine(text: string): string {
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (letter === '"') quoted = !quoted;
    if (!quoted && (letter === '\n' || letter === '\r')) return text.slice(0, at);
  }
  return text;
}

function cellsOf(line: string, delimiter: string): string[] {
  const cells: string[] = [];
  let cell = '';
  let quoted = false;
  for (let at = 0; at < line.length; at++) {
    const letter = line[at] ?? '';
    if (letter === '"' && quoted && line[at + 1] === '"') {
      cell += '"';
      at++;
    } else if (letter === '"') quoted = !quoted;
    else if (letter === delimiter && !quoted) {
      cells.push(cell);
      cell = '';
    } else cell += letter;
  }
  return [...cells, cell];
}

/** Bytes as text: UTF-8, UTF-16 by its mark, else as old spreadsheets wrote it. */
export function decodedHead(bytes: Uint8Array<ArrayBuffer>): string {
  const mark = `${bytes[0] ?? 0} ${bytes[1] ?? 0}`;
  if (mark === '255 254') return new TextDecoder('utf-16le').decode(bytes);
  if (mark === '254 255') return new TextDecoder('utf-16be').decode(bytes);
  try {
    // A letter that is cut at the end is no mistake of the file.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}
