/** Where in a YAML file a key stands. */
import { type Document, isMap, isScalar, isSeq, type LineCounter } from 'yaml';
import type { KeyPath } from './check.ts';

/** Line of the value at `path` (of the key itself with `key`); of the nearest thing above it when it is absent. */
export function lineOf(document: Document, lines: LineCounter, path: KeyPath, key = false): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [i, part] of path.entries()) {
    const last = i === path.length - 1;
    if (isMap(node)) {
      const pair = node.items.find((item) => (isScalar(item.key) ? String(item.key.value) : '') === String(part));
      if (pair === undefined) break;
      const scalar = isScalar(pair.value);
      offset = (last && !key && scalar ? startOf(pair.value) : startOf(pair.key)) ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof part === 'number') {
      node = node.items[part];
      offset = startOf(node) ?? offset;
    } else break;
  }
  return lines.linePos(offset).line || 1;
}

function startOf(node: unknown): number | undefined {
  const range = (node as { range?: [number, number, number] | null } | null)?.range;
  return range?.[0];
}
