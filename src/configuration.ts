/**
 * Settings: one YAML file, read and checked once; everything after trusts them.
 *
 * Without a file everything has its default. These stand in the published schema, so that a start without a file
 * loads neither the reader nor the checker (configuration/read.ts).
 */
import published from '../docs/configuration.schema.json' with { type: 'json' };
import { completed, type SchemaNode } from './configuration/defaults.ts';
import type { Configuration } from './configuration/schema.ts';

export type { Configuration, OidcSettings } from './configuration/schema.ts';

/** One message line per problem. */
export class ConfigurationError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigurationError';
    this.problems = problems;
  }
}

/** The settings without a file. A fresh object each time. */
export function freshConfiguration(): Configuration {
  return completed(published as SchemaNode, {}) as Configuration;
}

export const defaultConfiguration: Configuration = freshConfiguration();
