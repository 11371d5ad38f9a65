/**
 * Security advisories in the Common Security Advisory Framework 2.0 (OASIS), as national authorities and makers publish
 * them:
 *
 *     document      title, publisher, tracking.id, tracking.current_release_date
 *     product_tree  branches: vendor → product family → product name → version or version range → product { product_id }
 *                   relationships: one product as part of, or installed on, another
 *     vulnerabilities[]  cve, product_status: known_affected, fixed, known_not_affected …, scores, remediations
 *
 * A product that no vulnerability speaks about is left out.
 */
import { sha256Hex } from '../bytes/digest.ts';
import {
  day,
  type Json,
  list,
  type Notice,
  NoticeError,
  type NoticeLimits,
  object,
  type Target,
  words,
} from './notice.ts';

interface Product {
  readonly maker: string;
  readonly product: string;
  readonly version: string;
  readonly models: readonly string[];
  readonly serials: readonly string[];
}

type Status = Target['status'];
interface Said {
  status: Status;
  readonly vulnerabilities: Set<string>;
}

const statuses: Readonly<Record<string, Status>> = {
  known_affected: 'affected',
  first_affected: 'affected',
  last_affected: 'affected',
  under_investigation: 'investigated',
  fixed: 'fixed',
  first_fixed: 'fixed',
  recommended: 'fixed',
  known_not_affected: 'not-affected',
};
/** What stands above the others when vulnerabilities say different things about one product. */
const strength: readonly Status[] = ['not-affected', 'fixed', 'investigated', 'affected'];
/** Names and identifiers are short; long ones are somebody's joke. */
const NAME_CHARACTERS_MAX = 512;
const HELPERS_MAX = 256;

export function isCsaf(root: unknown): boolean {
  const { document } = object(root);
  return 'csaf_version' in object(document) || ('tracking' in object(document) && 'publisher' in object(document));
}

export function csafNotice(root: unknown, file: string, limits: NoticeLimits): Notice {
  const { document, product_tree: tree, vulnerabilities } = object(root);
  const { title, publisher, tracking, references, notes } = object(document);
  const id = words(object(tracking).id, 128);
  if (id === '') throw new NoticeError('an advisory without document.tracking.id');
  const products = productsOf(object(tree), limits.noticeTargetsMax);
  const said = saidOf(list(vulnerabilities));
  const targets: Target[] = [];
  for (const [product, about] of said) {
    const known = products.get(product);
    if (known === undefined) continue;
    const { status, vulnerabilities: cves } = about;
    targets.push({ ...known, units: '', identifiers: [], status, vulnerabilities: [...cves].sort() });
  }
  const text = (value: unknown): string => words(value, limits.noticeTextCharactersMax);
  const score = scoreOf(list(vulnerabilities));
  return {
    id: `csaf:${id}`,
    source: 'CSAF',
    publisher: words(object(publisher).name, NAME_CHARACTERS_MAX),
    title: words(title, NAME_CHARACTERS_MAX),
    reason: text(noteOf(list(notes), ['summary', 'description'])),
    action: text(remedyOf(list(vulnerabilities))),
    severity: score > 0 ? `CVSS ${score.toFixed(1)}` : '',
    status: words(object(tracking).status, 32),
    date: day(object(tracking).current_release_date ?? object(tracking).initial_release_date),
    url: urlOf(list(references)),
    file,
    targets,
    revision: sha256Hex(JSON.stringify(targets)).slice(0, 16),
  };
}

// ── products ─────────────────────────────────────────────────────────────────────────────────────────

function productsOf(tree: Json, productsMax: number): Map<string, Product> {
  const found = new Map<string, Product>();
  const add = (id: unknown, product: Product): void => {
    const key = words(id, NAME_CHARACTERS_MAX);
    if (key === '') return;
    if (found.size >= productsMax) throw new NoticeError(`more than ${productsMax} products`);
    found.set(key, product);
  };
  const walk = (branches: unknown, above: Product): void => {
    for (const one of list(branches)) {
      const branch = object(one);
      const here = within(above, words(branch.category, 64), words(branch.name, NAME_CHARACTERS_MAX));
      const { product } = branch;
      if (product !== undefined) add(object(product).product_id, withHelpers(here, object(product)));
      walk(branch.branches, here);
    }
  };
  walk(tree.branches, { maker: '', product: '', version: '', models: [], serials: [] });
  for (const one of list(tree.full_product_names)) {
    const name = words(object(one).name, NAME_CHARACTERS_MAX);
    add(
      object(one).product_id,
      withHelpers({ maker: '', product: name, version: '', models: [], serials: [] }, object(one)),
    );
  }
  for (const one of list(tree.relationships)) addRelationship(object(one), found, add);
  return found;
}

function within(above: Product, category: string, name: string): Product {
  switch (category) {
    case 'vendor':
      return { ...above, maker: name };
    case 'product_version':
    case 'product_version_range':
    case 'patch_level':
    case 'service_pack':
      return { ...above, version: name };
    case 'architecture':
    case 'language':
    case 'host_name':
    case 'legacy':
      return above;
    default:
      return { ...above, product: above.product === '' ? name : `${above.product}, ${name}` };
  }
}

function withHelpers(product: Product, entry: Json): Product {
  const helper = object(entry.product_identification_helper);
  const texts = (value: unknown): string[] =>
    list(value)
      .slice(0, HELPERS_MAX)
      .map((one) => words(one, NAME_CHARACTERS_MAX))
      .filter((one) => one !== '');
  return { ...product, models: texts(helper.model_numbers), serials: texts(helper.serial_numbers) };
}

/** `A default_component_of B` is the product B with the version of A. */
function addRelationship(one: Json, found: Map<string, Product>, add: (id: unknown, product: Product) => void): void {
  const part = found.get(words(one.product_reference, NAME_CHARACTERS_MAX));
  const whole = found.get(words(one.relates_to_product_reference, NAME_CHARACTERS_MAX));
  if (part === undefined || whole === undefined) return;
  const version = whole.version === '' ? part.version : whole.version;
  add(object(one.full_product_name).product_id, { ...whole, version });
}

// ── vulnerabilities ──────────────────────────────────────────────────────────────────────────────────

function saidOf(vulnerabilities: readonly unknown[]): Map<string, Said> {
  const found = new Map<string, Said>();
  for (const one of vulnerabilities) {
    const vulnerability = object(one);
    const cve = words(vulnerability.cve, 64);
    for (const [name, products] of Object.entries(object(vulnerability.product_status))) {
      const status = statuses[name];
      if (status === undefined) continue;
      for (const product of list(products)) note(found, words(product, NAME_CHARACTERS_MAX), status, cve);
    }
  }
  return found;
}

function note(found: Map<string, Said>, product: string, status: Status, cve: string): void {
  const before = found.get(product) ?? { status, vulnerabilities: new Set<string>() };
  if (strength.indexOf(status) > strength.indexOf(before.status)) before.status = status;
  if (cve !== '' && (status === 'affected' || status === 'investigated')) before.vulnerabilities.add(cve);
  found.set(product, before);
}

/** The highest base score of any version of CVSS. */
function scoreOf(vulnerabilities: readonly unknown[]): number {
  let highest = 0;
  for (const one of vulnerabilities) {
    for (const score of list(object(one).scores)) {
      for (const value of Object.values(object(score))) {
        const base = object(value).baseScore;
        if (typeof base === 'number' && base >= 0 && base <= 10) highest = Math.max(highest, base);
      }
    }
  }
  return highest;
}

function remedyOf(vulnerabilities: readonly unknown[]): unknown {
  const remedies = vulnerabilities.flatMap((one) => list(object(one).remediations).map(object));
  for (const category of ['vendor_fix', 'mitigation', 'workaround']) {
    const found = remedies.find((one) => one.category === category);
    if (found !== undefined) return found.details;
  }
  return remedies[0]?.details;
}

function noteOf(notes: readonly unknown[], categories: readonly string[]): unknown {
  return notes.map(object).find(({ category }) => categories.includes(String(category)))?.text;
}

function urlOf(references: readonly unknown[]): string {
  const own = references.map(object).find(({ category }) => category === 'self') ?? object(references[0]);
  const url = words(own.url, 1024);
  return /^https?:\/\//.test(url) ? url : '';
}
