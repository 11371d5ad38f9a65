/**
 * Reads a file of settings.
 *
 * Every problem of a file is named at once, one line each: `file:line: key: what is wrong, what is allowed`.
 * Paths in the file are relative to it. Secrets may be given as `env:NAME` or `file:PATH`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { ConfigurationError } from '../configuration.ts';
import { type Problem, problemsOf } from './check.ts';
import { completed, type SchemaNode } from './defaults.ts';
import { readIndicators } from './indicators.ts';
import { lineOf } from './lines.ts';
import { siteProfileProblems } from './profiles.ts';
import { type Configuration, configurationSchema } from './schema.ts';
import { readWindows } from './windows.ts';

/** With `detectorIds` a detector that is not among them is a problem too. */
export function readConfiguration(file: string, detectorIds?: readonly string[]): Configuration {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigurationError([`${file}: cannot be read (${codeOf(error)})`]);
  }
  return parseConfiguration(text, file, detectorIds);
}

/** `file` names the text in messages, and its folder is where relative paths begin. */
export function parseConfiguration(text: string, file: string, detectorIds?: readonly string[]): Configuration {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    throw new ConfigurationError(
      document.errors.map((error) => `${file}:${lines.linePos(error.pos[0]).line}: ${firstLine(error.message)}`),
    );
  }
  let given: unknown;
  try {
    given = document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch (error) {
    throw new ConfigurationError([`${file}:1: ${firstLine((error as Error).message)}`]);
  }
  const fail = (problems: readonly Problem[]): void => {
    if (problems.length === 0) return;
    const sorted = problems
      .map(({ path, message, key }) => ({ line: lineOf(document, lines, path, key), path, message }))
      .sort((a, b) => a.line - b.line);
    throw new ConfigurationError(
      sorted.map(
        ({ line, path, message }) => `${file}:${line}: ${path.length > 0 ? `${path.join('.')}: ` : ''}${message}`,
      ),
    );
  };
  fail([...problemsOf(configurationSchema, given), ...detectorProblems(given, detectorIds)]);
  const configuration = completed(configurationSchema as unknown as SchemaNode, given) as Configuration;
  fail([
    ...zoneProblems(configuration),
    ...laterProblems(configuration),
    ...resolveFiles(configuration, dirname(resolve(file))),
  ]);
  // Whatever is wrong in it is said now, and not when the first session comes.
  if (configuration.site.indicators !== null) readIndicators(configuration.site.indicators);
  if (configuration.site.windowsFile !== null) readWindows(configuration.site.windowsFile);
  return configuration;
}

function zoneProblems({ site }: Configuration): Problem[] {
  const names = new Set(site.zones.map((zone) => zone.name));
  const problems: Problem[] = [];
  site.zones.forEach((zone, i) => {
    zone.mayTalkTo.forEach((name, j) => {
      if (names.has(name)) return;
      const message = `no zone is called ${JSON.stringify(name)}, allowed: ${[...names].join(', ')}`;
      problems.push({ path: ['site', 'zones', i, 'mayTalkTo', j], message });
    });
  });
  return problems;
}

/** Settings of the contract that this version cannot honour: better refused than silently without effect. */
function laterProblems({ capture }: Configuration): Problem[] {
  const problems: Problem[] = [];
  const message = 'this version does not have it yet; leave the line out';
  if (capture.filter !== '') problems.push({ path: ['capture', 'filter'], message });
  return problems;
}

/** Looks at what was given, checked or not, so that these problems stand beside the others. */
function detectorProblems(given: unknown, known: readonly string[] | undefined): Problem[] {
  const detectors = (given as { detectors?: unknown } | null)?.detectors;
  if (known === undefined || typeof detectors !== 'object' || detectors === null) return [];
  const unknown = Object.keys(detectors).filter((id) => !known.includes(id));
  return unknown.map((id) => ({
    path: ['detectors', id],
    message: `there is no such detector; allowed: ${known.join(', ')}`,
    key: true,
  }));
}

/** Makes paths absolute and fills in secrets. */
function resolveFiles(configuration: Configuration, folder: string): Problem[] {
  const problems: Problem[] = [];
  const attempt = <T>(path: (string | number)[], fallback: T, action: () => T): T => {
    try {
      return action();
    } catch (error) {
      problems.push({
        path,
        message: error instanceof MissingSecret ? error.message : `cannot be read (${codeOf(error)})`,
      });
      return fallback;
    }
  };
  const existing = (name: string | null): string | null => {
    if (name === null) return null;
    const path = resolve(folder, name);
    readFileSync(path);
    return path;
  };
  const { api, privacy, outputs, site } = configuration;
  site.profiles = attempt(['site', 'profiles'], null, () => {
    if (site.profiles === null) return null;
    const path = resolve(folder, site.profiles);
    for (const message of siteProfileProblems(path)) problems.push({ path: ['site', 'profiles'], message });
    return path;
  });
  site.indicators = attempt(['site', 'indicators'], null, () => existing(site.indicators));
  site.notices = attempt(['site', 'notices'], null, () => existingFolder(site.notices, folder));
  site.windowsFile = attempt(['site', 'windowsFile'], null, () => existing(site.windowsFile));
  privacy.keyFile = attempt(['privacy', 'keyFile'], null, () => existing(privacy.keyFile));
  privacy.rawCaptureKeyFile = attempt(['privacy', 'rawCaptureKeyFile'], null, () =>
    existing(privacy.rawCaptureKeyFile),
  );
  if (api.captures !== null) api.captures = resolve(folder, api.captures);
  const { oidc, tls } = api;
  if (oidc !== null) {
    oidc.clientSecret = attempt(['api', 'oidc', 'clientSecret'], '', () => secret(oidc.clientSecret, folder));
  }
  if (tls !== null) {
    tls.certificateFile = attempt(['api', 'tls', 'certificateFile'], null, () => existing(tls.certificateFile));
    tls.keyFile = attempt(['api', 'tls', 'keyFile'], null, () => existing(tls.keyFile));
    if ((tls.certificateFile === null) !== (tls.keyFile === null)) {
      problems.push({ path: ['api', 'tls'], message: 'certificateFile and keyFile come together' });
    }
  }
  const { suricata } = configuration.inputs;
  if (suricata?.file) suricata.file = resolve(folder, suricata.file);
  if (suricata?.socket) suricata.socket = resolve(folder, suricata.socket);
  if (outputs.files !== null) outputs.files.folder = resolve(folder, outputs.files.folder);
  const { influx, syslog, webhook } = outputs;
  if (syslog !== null) {
    syslog.caFile = attempt(['outputs', 'syslog', 'caFile'], null, () => existing(syslog.caFile));
  }
  if (webhook !== null) {
    webhook.caFile = attempt(['outputs', 'webhook', 'caFile'], null, () => existing(webhook.caFile));
    for (const [name, value] of Object.entries(webhook.headers)) {
      webhook.headers[name] = attempt(['outputs', 'webhook', 'headers', name], '', () => secret(value, folder));
    }
  }
  if (influx === null) return problems;
  const at = (...rest: string[]): string[] => ['outputs', 'influx', ...rest];
  influx.caFile = attempt(at('caFile'), null, () => existing(influx.caFile));
  influx.token = attempt(at('token'), '', () => secret(influx.token, folder));
  influx.password = attempt(at('password'), '', () => secret(influx.password, folder));
  for (const [name, value] of Object.entries(influx.headers)) {
    influx.headers[name] = attempt(at('headers', name), '', () => secret(value, folder));
  }
  return problems;
}

function existingFolder(name: string | null, folder: string): string | null {
  if (name === null) return null;
  const path = resolve(folder, name);
  readdirSync(path);
  return path;
}

class MissingSecret extends Error {}

function secret(value: string, folder: string): string {
  if (value.startsWith('env:')) {
    const found = process.env[value.slice(4)];
    if (found === undefined) throw new MissingSecret(`the environment variable ${value.slice(4)} is not set`);
    return found;
  }
  if (value.startsWith('file:')) return readFileSync(resolve(folder, value.slice(5)), 'utf8').trim();
  return value;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
