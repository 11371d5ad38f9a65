/**
 * Settings of a what-if: those in force, with some of them changed. Only what judges may be changed; nothing that names
 * a file, an output or a secret, so that nobody reads or reaches through a replay what is not theirs.
 */
import { WorkRefused } from '../../api/work.ts';
import { parseConfiguration } from '../../configuration/read.ts';
import { type Configuration, ConfigurationError, freshConfiguration } from '../../configuration.ts';
import { detectors } from '../../detectors/index.ts';

const siteKeys = ['internal', 'zones', 'devices', 'jumpHosts', 'vendorGateways'] as const;
const topKeys = ['detectors', 'learn', 'baseline', 'site'] as const;

export interface Changed {
  readonly configuration: Configuration;
  /** `detectors.RC-01`, `site.jumpHosts` … */
  readonly keys: readonly string[];
}

/** Nothing of it leaves the program: a what-if has no outputs. */
export function changedSettings(base: Configuration, given: Readonly<Record<string, unknown>>): Changed {
  const configuration = structuredClone(base);
  configuration.outputs = freshConfiguration().outputs;
  const strange = Object.keys(given).find((key) => !(topKeys as readonly string[]).includes(key));
  if (strange !== undefined) refuse(`settings.${strange} cannot be changed for a replay; ${topKeys.join(', ')} can`);
  const site = part(given, 'site');
  const strangeInSite = Object.keys(site).find((key) => !(siteKeys as readonly string[]).includes(key));
  if (strangeInSite !== undefined) refuse(`settings.site.${strangeInSite} cannot be changed for a replay`);
  const candidate = checked({
    detectors: { ...base.detectors, ...part(given, 'detectors') },
    learn: { ...base.learn, ...part(given, 'learn') },
    baseline: given.baseline ?? base.baseline,
    site: { ...Object.fromEntries(siteKeys.map((key) => [key, base.site[key]])), ...site },
  });
  const { detectors, learn, baseline } = candidate;
  Object.assign(configuration, { detectors, learn, baseline });
  for (const key of siteKeys) Object.assign(configuration.site, { [key]: candidate.site[key] });
  const keys = Object.keys(given).flatMap((key) =>
    key === 'baseline' ? [key] : Object.keys(part(given, key)).map((inner) => `${key}.${inner}`),
  );
  return { configuration, keys: keys.sort() };
}

function part(given: Readonly<Record<string, unknown>>, key: string): Record<string, unknown> {
  const value = given[key] ?? {};
  if (typeof value !== 'object' || Array.isArray(value)) refuse(`settings.${key} must be an object`);
  return value as Record<string, unknown>;
}

/** JSON is YAML: the same reader, the same sentences. */
function checked(candidate: unknown): Configuration {
  try {
    return parseConfiguration(
      JSON.stringify(candidate),
      'settings',
      detectors.map(({ id }) => id),
    );
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return refuse(error.problems[0]?.replace(/^settings:\d+: /, 'settings: ') ?? 'settings are wrong');
  }
}

function refuse(why: string): never {
  throw new WorkRefused(why, 422);
}
