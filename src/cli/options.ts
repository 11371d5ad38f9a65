/** Turns the texts of the command line into values, or says what is allowed in their place. */
import { InvalidArgumentError } from 'commander';

/** From where on everything is in watch: a moment, or a time after the first packet. */
export type LearnUntil = { atUs: number } | { afterUs: number };

const unitUs: Readonly<Record<string, number>> = { s: 1e6, m: 60e6, h: 3600e6, d: 86_400e6 };

/** `2026-03-02T10:00:00Z`, `+90s`, `+5m`, `+2h`, `+1d`. A time without a zone is UTC. */
export function learnUntil(text: string): LearnUntil {
  const after = /^\+(\d{1,9})([smhd])$/.exec(text);
  if (after !== null) return { afterUs: Number(after[1]) * (unitUs[after[2] ?? ''] ?? 0) };
  const moment = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?$/i.exec(text);
  if (moment !== null) {
    const [, day, time = '00:00', fraction = '', zone = 'Z'] = moment;
    const ms = Date.parse(`${day}T${time.length === 5 ? `${time}:00` : time}${offset(zone)}`);
    if (!Number.isNaN(ms)) return { atUs: ms * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6)) };
  }
  throw new InvalidArgumentError('Allowed: an ISO 8601 time (2026-03-02T10:00:00Z), or +90s, +5m, +2h, +1d.');
}

function offset(zone: string): string {
  if (zone.toUpperCase() === 'Z') return 'Z';
  return zone.includes(':') ? zone : `${zone.slice(0, 3)}:${zone.slice(3)}`;
}

/** A moment in microseconds, as `learnUntil` takes it. */
export function moment(text: string): number {
  const when = text.startsWith('+') ? null : learnUntil(text);
  if (when !== null && 'atUs' in when) return when.atUs;
  throw new InvalidArgumentError('Allowed: an ISO 8601 time (2027-01-31, 2027-01-31T10:00:00Z).');
}

export function versionNumber(text: string): number {
  const number = wholeNumber(text);
  if (number !== null && number >= 1) return number;
  throw new InvalidArgumentError('Allowed: the number of a version (wardwatch baseline versions).');
}

/** `max` = 0 = as fast as possible, else times real time. */
export function speed(text: string): number {
  if (text === 'max') return 0;
  const times = /^\d{1,6}(\.\d{1,6})?$/.test(text) ? Number(text) : 0;
  if (times > 0) return times;
  throw new InvalidArgumentError('Allowed: max, or how many times faster than real time (1, 10, 0.5).');
}

export const WORKERS_MAX = 64;

export function workers(text: string): number {
  const count = wholeNumber(text);
  if (count !== null && count >= 1 && count <= WORKERS_MAX) return count;
  throw new InvalidArgumentError(`Allowed: 1 to ${WORKERS_MAX}.`);
}

export function rowLimit(text: string): number {
  const count = wholeNumber(text);
  if (count !== null && count >= 1 && count <= 100_000) return count;
  throw new InvalidArgumentError('Allowed: 1 to 100000.');
}

export function dayCount(text: string): number {
  const count = wholeNumber(text);
  if (count !== null && count <= 36_500) return count;
  throw new InvalidArgumentError('Allowed: a number of days.');
}

function wholeNumber(text: string): number | null {
  return /^\d{1,9}$/.test(text) ? Number(text) : null;
}

export interface Listen {
  host: string;
  port: number;
}

/** `127.0.0.1:8470`, `[::1]:8470`, `localhost:8470`; port 0 = any free one. */
export function listen(text: string): Listen {
  const parts = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+)):(\d{1,5})$/i.exec(text);
  const port = Number(parts?.[3]);
  if (parts === null || port > 65_535) throw new InvalidArgumentError('Allowed: ADDRESS:PORT, such as 127.0.0.1:8470.');
  return { host: parts[1] ?? parts[2] ?? '', port };
}

export function listenText({ host, port }: Listen): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Name of a run: it becomes part of addresses and file names. */
export function runName(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text)) return text;
  throw new InvalidArgumentError('Allowed: up to 64 letters, digits, dots, dashes and underscores.');
}

/** `http://user:password@127.0.0.1:8086/wardwatch`: the path names the database, '' when there is none. */
export interface InfluxTarget {
  url: string;
  database: string;
  user: string;
  password: string;
}

export function influxTarget(text: string): InfluxTarget {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === '' || url.search !== '' || url.hash !== '') {
    throw new InvalidArgumentError('Allowed: http://[user:password@]host:port[/database].');
  }
  const database = decoded(url.pathname.replace(/^\/|\/$/g, ''));
  if (database.includes('/')) throw new InvalidArgumentError('The path names the database and has one part.');
  return {
    url: url.origin,
    database,
    user: decoded(url.username),
    password: decoded(url.password),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new InvalidArgumentError('A % must be followed by two hexadecimal digits.');
  }
}
