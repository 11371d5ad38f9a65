/**
 * The profiles of device classes: those that come with wardwatch, and what a site says otherwise. A file is read when
 * the first device of its class is asked about; the reader of YAML is loaded with it.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import type * as Yaml from 'yaml';
import { overridden, type Profile } from '../baseline/profile.ts';

const NAME = /^[a-z0-9-]{1,64}$/;

/** Beside the sources: in a checkout one folder over, in the built package below its root. */
export function profileFolder(): string {
  const beside = join(import.meta.dirname, '..', 'baseline', 'profiles');
  return existsSync(beside) ? beside : join(import.meta.dirname, '..', '..', '..', 'src', 'baseline', 'profiles');
}

/** Classes that have a profile here, `any` among them. */
export function profileClasses(folder: string = profileFolder()): string[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));
  return files.map((file) => basename(file, '.yaml')).sort();
}

/** Gives the profile of a class, null when there is none. The configuration has checked the site's own. */
export function profilesOf(siteFolder: string | null): (name: string) => Profile | null {
  const known = new Map<string, Profile | null>();
  return (name) => {
    let profile = known.get(name);
    if (profile === undefined) {
      profile = NAME.test(name) ? read(name, siteFolder) : null;
      known.set(name, profile);
    }
    return profile;
  };
}

function read(name: string, siteFolder: string | null): Profile | null {
  const ours = parsed(join(profileFolder(), `${name}.yaml`));
  const site = siteFolder === null ? null : parsed(join(siteFolder, `${name}.yaml`));
  return site === null ? (ours as Profile | null) : overridden(ours as Profile | null, site);
}

function parsed(file: string): (Partial<Profile> & { class: string }) | null {
  if (!existsSync(file)) return null;
  const { parse } = createRequire(import.meta.url)('yaml') as typeof Yaml;
  return parse(readFileSync(file, 'utf8')) as Partial<Profile> & { class: string };
}
