/**
 * The documents that are written from schemas: `node src/cli/schemas.ts` brings them up to date, and a test fails
 * when they are not.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileSchema, type SchemaNode } from '../configuration/defaults.ts';
import { configurationSchema } from '../configuration/schema.ts';
import { measurementsDocument } from './measurements-document.ts';
import { packageFolder } from './package-folder.ts';
import { profilesDocument } from './profiles-document.ts';
import { replaySchema } from './replay-schema.ts';

const DRAFT = 'https://json-schema.org/draft/2020-12/schema';
const KEYS_BEGIN = '<!-- keys: written by src/cli/schemas.ts -->';
const KEYS_END = '<!-- end of keys -->';

export interface Generated {
  /** Relative to the package. */
  file: string;
  text: string;
}

export function generatedDocuments(): Generated[] {
  const settings = { title: 'wardwatch configuration', ...fileSchema(configurationSchema as unknown as SchemaNode) };
  return [
    { file: 'docs/configuration.schema.json', text: schemaText(settings) },
    { file: 'docs/replay.schema.json', text: schemaText(replaySchema) },
    { file: 'docs/configuration.md', text: withKeys(read('docs/configuration.md')) },
    { file: 'docs/profiles.md', text: profilesDocument() },
    { file: 'docs/line-protocol.md', text: measurementsDocument() },
  ];
}

function schemaText(schema: object): string {
  return `${JSON.stringify({ $schema: DRAFT, ...schema }, null, 2)}\n`;
}

function read(file: string): string {
  return readFileSync(join(packageFolder(), file), 'utf8');
}

function withKeys(document: string): string {
  const [before = '', rest = ''] = document.split(KEYS_BEGIN);
  const after = rest.split(KEYS_END)[1] ?? '';
  const rows: string[] = [];
  list(configurationSchema as unknown as SchemaNode, '', rows);
  const table = ['| Key | Default | Meaning |', '|---|---|---|', ...rows].join('\n');
  return `${before}${KEYS_BEGIN}\n\n${table}\n\n${KEYS_END}${after}`;
}

/** One row per key that has a value; groups appear through their keys. */
function list(node: SchemaNode, path: string, rows: string[]): void {
  for (const [name, child] of Object.entries(node.properties ?? {})) {
    const key = path === '' ? name : `${path}.${name}`;
    const group = child.type === 'object' && child.properties !== undefined && key !== 'limits';
    if (!group) rows.push(row(key, child, node.required?.includes(name) === true));
    const inner = group ? child : child.anyOf?.find((branch) => branch.type === 'object');
    if (inner !== undefined) list(inner, key, rows);
    if (child.items?.type === 'object') list(child.items, `${key}[]`, rows);
    for (const value of Object.values(child.patternProperties ?? {})) {
      if (value.properties !== undefined) list(value, `${key}.<id>`, rows);
    }
  }
}

function row(key: string, node: SchemaNode, required: boolean): string {
  const usual = 'default' in node ? `\`${JSON.stringify(node.default)}\`` : required ? 'needed' : '';
  const choice = node.enum === undefined ? '' : ` (${node.enum.join(', ')})`;
  return `| \`${key}\` | ${usual} | ${(node.description ?? '').replaceAll('|', '\\|')}${choice} |`;
}

if (import.meta.main) {
  for (const { file, text } of generatedDocuments()) writeFileSync(join(packageFolder(), file), text);
}
