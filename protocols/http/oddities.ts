/** HTTP that breaks a rule, each named once per connection. What the names mean: docs/oddities.md. */
const NAMES = [
  'http_bad_start_line',
  'http_head_too_long',
  'http_ambiguous_length',
  'http_bad_length',
  'http_bad_chunk',
  'http_not_inflated',
] as const;

export type Oddity = (typeof NAMES)[number];

const BITS = new Map<string, number>(NAMES.map((name, i) => [name, 1 << i]));

/** One bit for each name, for the set of those that a connection has shown. */
export function bitOf(name: Oddity): number {
  return BITS.get(name) ?? 0;
}
