/**
 * The file of indicators of a site: addresses, names and fingerprints that somebody it trusts has called bad, with
 * their source and the day they were added. CSV. No list comes with the program.
 *
 *     kind,value,source,added
 *     address,198.51.100.77,national CERT,2026-11-02
 *     name,updates.example.net,maker's advisory,2026-10-19
 *     ja4,t13d190900_9dc949149365_97f8aa674fd9,own analysis,2026-11-20
 *
 * Every problem is named with file and line.
 */
import { readFileSync } from 'node:fs';
import { addressText, parseAddress } from '../bytes/address.ts';
import { ConfigurationError } from '../configuration.ts';
import { type Indicator, type IndicatorKind, indicatorKinds } from '../detect.ts';
import { cells } from './windows.ts';

const HEAD = 'kind,value,source,added';
/** Lists of trusted sources are far smaller; a file beyond it is the wrong one. */
const INDICATORS_MAX = 200_000;

export function readIndicators(file: string): Indicator[] {
  const problems: string[] = [];
  const found: Indicator[] = [];
  const lines = readFileSync(file, 'utf8').split(/\r?\n/);
  if (cells(lines[0] ?? '').join(',') !== HEAD) problems.push(`${file}:1: the first line must be ${HEAD}`);
  for (const [index, line] of lines.entries()) {
    if (index === 0 || line.trim() === '' || line.startsWith('#')) continue;
    if (found.length >= INDICATORS_MAX) {
      problems.push(`${file}:${index + 1}: more than ${INDICATORS_MAX} indicators`);
      break;
    }
    const problem = add(cells(line), found);
    if (problem !== '') problems.push(`${file}:${index + 1}: ${problem}`);
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  return found;
}

/** What is wrong with a line, or ''. */
function add(row: readonly string[], found: Indicator[]): string {
  const [kind = '', text = '', source = '', added = ''] = row;
  if (row.length !== 4) return `has ${row.length} fields, the first line 4`;
  if (!isKind(kind)) return `"${kind}" is not allowed; allowed: ${indicatorKinds.join(', ')}`;
  const value = kind === 'address' ? addressText(parseAddress(text)) : text.toLowerCase().replace(/\.$/, '');
  if (value === '') return `"${text}" is not allowed as ${kind}`;
  if (source === '') return 'source is missing: the alert names it';
  const addedMs = /^\d{4}-\d\d-\d\d$/.test(added) ? Date.parse(added) : Number.NaN;
  if (Number.isNaN(addedMs)) return `"${added}" is not allowed; allowed: a day such as 2026-11-24`;
  found.push({ kind, value, source, addedUs: addedMs * 1000 });
  return '';
}

function isKind(text: string): text is IndicatorKind {
  return (indicatorKinds as readonly string[]).includes(text);
}
