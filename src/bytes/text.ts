/** Text on the wire: read harmlessly, compared in place. */

const FIRST_PRINTABLE = 0x20;
const LAST_PRINTABLE = 0x7e;

/**
 * Text from the wire, made harmless as it becomes a string: printable ASCII only, anything else
 * shown as `?`, outer spaces and NULs dropped. The caller has checked that `length` bytes are there
 * and that the field cannot carry a patient's identity.
 */
export function readText(view: DataView, at: number, length: number): string {
  let from = at;
  let to = at + length;
  while (to > from && isPadding(view.getUint8(to - 1))) to--;
  while (from < to && isPadding(view.getUint8(from))) from++;
  let text = '';
  for (let i = from; i < to; i++) {
    const code = view.getUint8(i);
    text += code >= FIRST_PRINTABLE && code <= LAST_PRINTABLE ? String.fromCharCode(code) : '?';
  }
  return text;
}

function isPadding(code: number): boolean {
  return code === FIRST_PRINTABLE || code === 0;
}

/** Do the bytes at `at` spell `text` (ASCII)? False when they would reach past `end`. */
export function startsWith(view: DataView, at: number, end: number, text: string): boolean {
  if (end - at < text.length) return false;
  for (let i = 0; i < text.length; i++) if (view.getUint8(at + i) !== text.charCodeAt(i)) return false;
  return true;
}

/** Where the byte next stands in `[at, end)`, or -1. */
export function indexOfByte(view: DataView, at: number, end: number, byte: number): number {
  for (let i = at; i < end; i++) if (view.getUint8(i) === byte) return i;
  return -1;
}
