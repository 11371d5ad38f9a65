/** Checks the profiles of a site when the settings are read: one line for each problem, with file and line. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { TSchema } from 'typebox';
import { LineCounter, parseDocument } from 'yaml';
import { problemsOf } from './check.ts';
import { lineOf } from './lines.ts';
import { profileSchema, siteProfileSchema } from './profile-schema.ts';

/** Every problem of the profiles in a folder. Throws when the folder cannot be read. */
export function siteProfileProblems(folder: string): string[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));
  return files.sort().flatMap((file) => profileProblems(join(folder, file), siteProfileSchema));
}

export function profileProblems(file: string, schema: TSchema = profileSchema): string[] {
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(file, 'utf8'), { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    return document.errors.map(
      ({ pos, message }) => `${file}:${lines.linePos(pos[0]).line}: ${message.split('\n')[0]}`,
    );
  }
  const given = document.toJS({ maxAliasCount: 100 }) as { class?: unknown } | null;
  const problems = problemsOf(schema, given ?? {}).map(
    ({ path, message, key }) => `${file}:${lineOf(document, lines, path, key)}: ${path.join('.')}: ${message}`,
  );
  if (problems.length === 0 && given?.class !== basename(file, '.yaml')) {
    problems.push(`${file}:1: class: a profile stands in a file of its name, ${String(given?.class)}.yaml`);
  }
  return problems;
}
