/**
 * The part of a name that somebody registered: `images.example.co.uk` → `example.co.uk`. Exact only with the list of
 * public suffixes, which changes every week; two labels, and three below the usual second levels of countries, name a
 * service well enough to recognise it again.
 */
const secondLevels = new Set([
  'ac',
  'co',
  'com',
  'edu',
  'gob',
  'gov',
  'govt',
  'ltd',
  'mil',
  'ne',
  'net',
  'nhs',
  'nom',
  'or',
  'org',
  'plc',
]);

/** '' for a name without a dot. */
export function registeredDomain(name: string): string {
  const labels = name.toLowerCase().replace(/\.$/, '').split('.');
  const count = labels.length;
  if (count < 2) return '';
  const isBelowCountry = count > 2 && labels[count - 1]?.length === 2 && secondLevels.has(labels[count - 2] ?? '');
  return labels.slice(isBelowCountry ? -3 : -2).join('.');
}
