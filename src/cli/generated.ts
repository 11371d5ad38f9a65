/**
 * Inputs that are not files but wishes: `generator:days=42,devices=40,seed=1` is weeks of an invented hospital, made
 * while they are read (captures/generator). The generator belongs to the source tree, not to the built package.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { MadeCaptures } from '../capture/open.ts';
import { Failure, reasonOf } from './outcome.ts';
import { packageFolder } from './package-folder.ts';

const PREFIX = 'generator:';

interface Generator {
  weeksOf(text: string): Iterable<Uint8Array>;
}

/** Those of the inputs that ask for the generator; a wish that it cannot fill is said at once. */
export async function generated(inputs: readonly string[]): Promise<MadeCaptures> {
  const asked = inputs.filter((input) => input.startsWith(PREFIX));
  const made = new Map<string, () => Iterable<Uint8Array>>();
  if (asked.length === 0) return made;
  const { weeksOf } = await generator();
  for (const input of asked) {
    const text = input.slice(PREFIX.length);
    try {
      weeksOf(text);
    } catch (error) {
      throw new Failure(`${input}: ${reasonOf(error)}`);
    }
    made.set(input, () => weeksOf(text));
  }
  return made;
}

async function generator(): Promise<Generator> {
  const path = join(packageFolder(), 'captures', 'generator', 'weeks.ts');
  if (!existsSync(path)) throw new Failure('generator: it is in the source tree only, not in the installed package');
  return (await import(pathToFileURL(path).href)) as Generator;
}
