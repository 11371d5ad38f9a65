/** HL7 traffic that breaks a rule, each named once per connection. What the names mean: docs/oddities.md. */
const NAMES = [
  'hl7_between_blocks',
  'hl7_no_header',
  'hl7_unframed',
  'hl7_block_not_ended',
  'hl7_encoding_characters',
  'hl7_segment_name',
  'hl7_segment_too_long',
  'hl7_message_too_long',
  'hl7_gap',
  'hl7_utf16',
  'hl7_hllp',
  'hl7_commit_refused',
] as const;

export type Oddity = (typeof NAMES)[number];

const BITS = new Map<string, number>(NAMES.map((name, i) => [name, 1 << i]));

/** One bit for each name, for the set of those that a connection has shown. */
export function bitOf(name: Oddity): number {
  return BITS.get(name) ?? 0;
}
