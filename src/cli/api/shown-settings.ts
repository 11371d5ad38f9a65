/** The settings as people may see them: secrets are left out, and so is what may hold one. */
import type { Configuration } from '../../configuration.ts';

const secretKeys = new Set(['token', 'password', 'clientSecret']);

export function shownSettings(configuration: Configuration): unknown {
  return shown(configuration, '');
}

function shown(value: unknown, key: string): unknown {
  if (secretKeys.has(key)) return value === '' ? '' : '(not shown)';
  if (key === 'url' && typeof value === 'string') return withoutCredentials(value);
  if (Array.isArray(value)) return value.map((one) => shown(one, ''));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  if (key === 'headers') return Object.fromEntries(entries.map(([name]) => [name, '(not shown)']));
  return Object.fromEntries(entries.map(([name, inner]) => [name, shown(inner, name)]));
}

/** An address may carry a name, a password, or a secret behind the question mark. */
function withoutCredentials(text: string): string {
  const url = URL.parse(text);
  if (url === null) return '(not shown)';
  const rest = url.search === '' ? '' : '?(not shown)';
  return `${url.protocol}//${url.host}${url.pathname}${rest}`;
}
