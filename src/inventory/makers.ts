/**
 * Makers under the names that devices, hardware addresses and notices give them: `Philips Medical Systems Nederland B.V.`
 * and `PHILIPS` are one. Legal forms and words that every maker uses do not count; what was bought or renamed is listed.
 */

/** Words that say nothing about which maker it is. */
const common = new Set(
  (
    'inc incorporated llc ltd limited gmbh co corp corporation company ag sa sas spa srl bv nv plc kg ab oy as kk pty pvt lp ' +
    'the of and und for international global holding holdings group usa us america american north europe european ' +
    'deutschland germany japan china nederland uk medical medizin healthcare health care systems system solutions ' +
    'technologies technology products devices device instruments electronics diagnostics imaging patient monitoring ' +
    'division manufacturing services b v n a s p l c'
  ).split(' '),
);

/** Names of one maker; the first is what all of them become. */
const families: readonly (readonly string[])[] = [
  ['general electric', 'ge', 'gehc', 'datex ohmeda', 'marquette'],
  ['philips', 'respironics', 'spacelabs philips', 'agilent philips', 'invivo'],
  ['siemens', 'healthineers', 'siemens healthineers', 'varian'],
  ['becton dickinson', 'bd', 'carefusion', 'alaris', 'cardinal alaris', 'pyxis', 'bd carefusion'],
  ['draeger', 'drager', 'draegerwerk', 'dragerwerk'],
  ['baxter', 'hillrom', 'hill rom', 'welch allyn', 'sigma'],
  ['icu', 'smiths', 'hospira', 'smiths asd'],
  ['fresenius', 'fresenius kabi', 'ivenix'],
  ['braun', 'braun melsungen'],
  ['canon', 'toshiba'],
  ['fujifilm', 'fuji', 'fujifilm sonosite', 'sonosite'],
  ['nihon kohden'],
  ['shenzhen mindray', 'mindray', 'datascope'],
  ['sysmex'],
  ['roche', 'cobas'],
  ['medtronic', 'covidien', 'nellcor'],
  ['agfa'],
  ['carestream', 'kodak'],
  ['hologic'],
  ['masimo'],
  ['natus'],
  ['abbott', 'st jude', 'alere', 'i stat'],
];
const names = families.flatMap(([name = '', ...others]) => [name, ...others].map((one) => [one, name] as const));
const familyOf = new Map(names);
const WORDS_MAX = 3;

/** Keys under which a maker is known; empty when the text names none. */
export function makerKeys(text: string): string[] {
  const words = text
    .toLowerCase()
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9 ]+/g, ' ')
    .split(/\s+/)
    .filter((word) => word !== '' && !common.has(word));
  const found = new Set<string>();
  for (let length = Math.min(WORDS_MAX, words.length); length >= 1; length--) {
    for (let at = 0; at + length <= words.length; at++) {
      const family = familyOf.get(words.slice(at, at + length).join(' '));
      if (family !== undefined) found.add(family);
    }
  }
  // A maker that no family has is known by its first word.
  const [first = ''] = words;
  if (found.size === 0 && first.length > 1) found.add(first);
  return [...found];
}
