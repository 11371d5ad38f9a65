/**
 * Device recalls as openFDA hands them out (open.fda.gov, device/recall and device/enforcement):
 *
 *     { "meta": {…}, "results": [ { "product_res_number" | "recall_number", "recalling_firm", "product_description",
 *       "code_info", "reason_for_recall", … } ] }
 *
 * Both files may hold the same recall under the same number; the one that says more about its units is kept.
 */
import { sha256Hex } from '../bytes/digest.ts';
import { day, type Json, list, type Notice, NoticeError, type NoticeLimits, object, words } from './notice.ts';

export function isOpenFda(root: unknown): boolean {
  const first = object(list(object(root).results)[0]);
  return 'recalling_firm' in first || 'recall_number' in first || 'cfres_id' in first;
}

export function openFdaNotices(root: unknown, file: string, limits: NoticeLimits): Notice[] {
  const results = list(object(root).results);
  if (results.length > limits.noticesMax) throw new NoticeError(`more than ${limits.noticesMax} recalls`);
  const byId = new Map<string, Notice>();
  for (const result of results) {
    const notice = noticeOf(object(result), file, limits.noticeTextCharactersMax);
    if (notice === null) continue;
    const before = byId.get(notice.id);
    if (before === undefined || unitsLength(before) < unitsLength(notice)) byId.set(notice.id, notice);
  }
  return [...byId.values()];
}

function unitsLength({ targets }: Notice): number {
  return targets[0]?.units.length ?? 0;
}

function noticeOf(record: Json, file: string, charactersMax: number): Notice | null {
  const say = (...keys: string[]): string =>
    keys.map((key) => words(record[key], charactersMax)).find((one) => one !== '') ?? '';
  const number = say('product_res_number', 'recall_number', 'cfres_id', 'res_event_number');
  const product = say('product_description');
  if (number === '' || product === '') return null;
  const units = [say('code_info'), say('more_code_info')].filter((one) => one !== '').join(' ');
  const isEnforcement = 'recall_number' in record;
  const firm = say('recalling_firm');
  const target = {
    maker: firm,
    product,
    models: [],
    version: '',
    serials: [],
    units,
    identifiers: identifiersIn(`${units} ${product}`),
    status: 'affected' as const,
    vulnerabilities: [],
  };
  return {
    id: `openfda:${number.slice(0, 64)}`,
    source: isEnforcement ? 'openFDA enforcement' : 'openFDA recall',
    publisher: 'FDA',
    title: `${firm === '' ? 'Recall' : firm}: ${product}`.slice(0, 240),
    reason: say('reason_for_recall'),
    action: say('action'),
    severity: say('classification'),
    status: say('recall_status', 'status'),
    date: day(record.event_date_initiated ?? record.recall_initiation_date ?? record.event_date_posted),
    url: '',
    file,
    targets: [target],
    revision: sha256Hex(JSON.stringify(target)).slice(0, 16),
  };
}

/** Device identifiers: fourteen digits behind the mark (01), or behind words that announce one. */
export function identifiersIn(text: string): string[] {
  const marked = [...text.matchAll(/\(01\)\s?(\d{14})(?!\d)/g)].map(([, digits = '']) => digits);
  const named = [...text.matchAll(/\b(?:UDI(?:-DI)?|GTIN|DI)\b[\s:#=-]{0,6}(?:01)?(\d{14})(?!\d)/gi)].map(
    ([, digits = '']) => digits,
  );
  return [...new Set([...marked, ...named])].slice(0, 256);
}
