/** Says what is wrong with given settings, key by key, in words that name what is allowed. */
import type { TSchema } from 'typebox';
import { Settings } from 'typebox/system';
import { Value } from 'typebox/value';
import { fileSchema, type SchemaNode } from './defaults.ts';
import { formats } from './schema.ts';

export type KeyPath = readonly (string | number)[];

const secretKeys = new Set(['token', 'password', 'headers', 'url', 'clientSecret']);

export interface Problem {
  path: KeyPath;
  message: string;
  /** The trouble is the key itself, not its value. */
  key?: boolean;
}

export function problemsOf(schema: TSchema, given: unknown): Problem[] {
  const root = fileSchema(schema as SchemaNode);
  const problems: Problem[] = [];
  const reported = new Set<string>();
  // A union reports its branches first; the deepest message about a place is the one that helps.
  const errors = everyError(root as TSchema, given);
  for (const error of errors) {
    const path = pathOf(error.instancePath);
    const node = nodeAt(root, path, given);
    if (error.keyword === 'boolean') continue; // `additionalProperties: false`, told below by the names
    if (error.keyword === 'additionalProperties') {
      for (const name of error.params.additionalProperties) {
        if (reported.has(`${error.instancePath}/${name}`)) continue;
        reported.add(`${error.instancePath}/${name}`);
        problems.push({ path: [...path, name], message: unknownKey(name, node), key: true });
      }
      continue;
    }
    if ((error.keyword === 'anyOf' || error.keyword === 'type') && hasDeeper(errors, error.instancePath, given, path))
      continue;
    if (reported.has(error.instancePath)) continue;
    if (error.keyword === 'required') {
      reported.add(error.instancePath);
      const names = error.params.requiredProperties.join(', ');
      problems.push({ path, message: `${names} ${error.params.requiredProperties.length > 1 ? 'are' : 'is'} missing` });
      continue;
    }
    reported.add(error.instancePath);
    problems.push({ path, message: `${shown(path, valueAt(given, path))} is not allowed; allowed: ${allowed(node)}` });
  }
  return problems;
}

/** TypeBox stops after eight errors unless it is told otherwise. */
function everyError(schema: TSchema, given: unknown) {
  const { maxErrors } = Settings.Get();
  Settings.Set({ maxErrors: 256 });
  try {
    return Value.Errors(schema, given);
  } finally {
    Settings.Set({ maxErrors });
  }
}

function hasDeeper(
  errors: readonly { instancePath: string; keyword: string }[],
  at: string,
  given: unknown,
  path: KeyPath,
): boolean {
  const value = valueAt(given, path);
  if (typeof value !== 'object' || value === null) return false;
  return errors.some(
    (error) => error.instancePath.startsWith(`${at}/`) || (error.instancePath === at && error.keyword === 'required'),
  );
}

function pathOf(pointer: string): KeyPath {
  if (pointer === '') return [];
  return pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

function valueAt(value: unknown, path: KeyPath): unknown {
  let at = value;
  for (const part of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Record<string | number, unknown>)[part];
  }
  return at;
}

/** The schema of a place; of `X or null` the X when something that is not null stands there. */
function nodeAt(root: SchemaNode, path: KeyPath, given: unknown): SchemaNode {
  let node = root;
  path.forEach((part, i) => {
    const shape = chosen(node, valueAt(given, path.slice(0, i)));
    const pattern = shape.patternProperties === undefined ? undefined : Object.values(shape.patternProperties)[0];
    node = (typeof part === 'number' ? shape.items : undefined) ?? shape.properties?.[String(part)] ?? pattern ?? {};
  });
  return chosen(node, valueAt(given, path));
}

function chosen(node: SchemaNode, value: unknown): SchemaNode {
  if (node.anyOf === undefined || typeof value !== 'object' || value === null) return node;
  const wanted = Array.isArray(value) ? 'array' : 'object';
  return node.anyOf.find((branch) => branch.type === wanted) ?? node;
}

function unknownKey(name: string, node: SchemaNode): string {
  const names = Object.keys(node.properties ?? {});
  const near = names
    .map((known) => ({ known, distance: distanceOf(name, known) }))
    .sort((a, b) => a.distance - b.distance)[0];
  if (near !== undefined && near.distance <= (name.length < 4 ? 1 : Math.max(2, name.length / 3)))
    return `unknown key; did you mean ${near.known}?`;
  return names.length <= 16
    ? `unknown key; allowed: ${names.join(', ')}`
    : 'unknown key (docs/configuration.md lists them)';
}

function allowed(node: SchemaNode): string {
  if (node.anyOf !== undefined) return node.anyOf.map(allowed).join(' or ');
  if (node.const !== undefined) return String(node.const);
  if (node.enum !== undefined) return node.enum.join(', ');
  if (node.format !== undefined) return formats[node.format]?.allowed ?? node.format;
  if (node.type === 'integer' || node.type === 'number') {
    const kind = node.type === 'integer' ? 'a whole number' : 'a number';
    if (node.minimum === undefined) return kind;
    const most = node.maximum === undefined || node.maximum >= Number.MAX_SAFE_INTEGER ? '' : ` to ${node.maximum}`;
    return `${kind} from ${node.minimum}${most === '' ? ' up' : most}`;
  }
  if (node.type === 'string') {
    const most = node.maxLength === undefined ? '' : ` of at most ${node.maxLength} characters`;
    return node.pattern === undefined ? `a text${most}` : `a text that matches ${node.pattern}`;
  }
  if (node.type === 'boolean') return 'true or false';
  if (node.type === 'array') return `a list${node.minItems === undefined ? '' : ` of at least ${node.minItems}`}`;
  if (node.type === 'null') return 'null';
  return 'a group of keys';
}

/** A value as it was given; what may hold a secret is not repeated. */
function shown(path: KeyPath, value: unknown): string {
  if (value === undefined) return 'nothing';
  if ((path[0] === 'outputs' || path[0] === 'api') && path.some((part) => secretKeys.has(String(part))))
    return 'the given value';
  if (path[0] === 'outputs' && typeof value === 'object' && value !== null) return 'the given value';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** Letters to change, add or leave out (Levenshtein), upper and lower case alike. */
function distanceOf(from: string, to: string): number {
  const a = from.toLowerCase().slice(0, 64);
  const b = to.toLowerCase();
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length]!;
}
