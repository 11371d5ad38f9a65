/**
 * A person's work on a stored baseline: decisions, versions, going back, and handing it on. Everything that changes it
 * is one transaction: the decision with its user and reason, the new state, and the numbered version it makes.
 */
import { Baseline } from '../baseline/baseline.ts';
import { type Decision, decide } from '../baseline/decisions.ts';
import { type DeviceDifference, difference } from '../baseline/difference.ts';
import type { BaselineDocument } from '../baseline/document.ts';
import { type Hours, releaseHours } from '../baseline/release.ts';
import { hmacSha256Hex, sha256Hex } from '../bytes/digest.ts';
import { limits } from '../limits.ts';
import type { Store } from '../store/store.ts';

/** A baseline as it leaves one sensor for another: the document, and who vouches for it. */
export interface SignedBaseline {
  readonly wardwatch: 'baseline';
  readonly run: string;
  readonly document: BaselineDocument;
  /** HMAC-SHA256 of the document's JSON under the site's key. */
  readonly signature: string;
}

export class BaselineDesk {
  private readonly store: Store;
  private readonly run: string;

  constructor(store: Store, run: string) {
    this.store = store;
    this.run = run;
  }

  /** What is stored of the run, or null. */
  document(): BaselineDocument | null {
    return this.store.baselines.read(this.run) as BaselineDocument | null;
  }

  /** Returns the number of the version that the decision made; throws with one sentence when it cannot be done. */
  decide(decision: Decision): number {
    return this.decideAll([decision]);
  }

  /** All of them or none, as one version. */
  decideAll(decisions: readonly Decision[]): number {
    const baseline = this.open();
    const [first] = decisions;
    if (first === undefined) throw new Error('there is nothing to decide');
    for (const decision of decisions) {
      const trouble = decide(baseline, decision, () => '');
      if (trouble !== '') throw new Error(trouble);
    }
    const others = decisions.length > 1 ? ` (and ${decisions.length - 1} more)` : '';
    return this.keep(baseline, decisions, `${first.action}: ${first.reason}${others}`);
  }

  /** Any other change by a person; `work` throws with one sentence when it cannot be done. */
  change(
    what: Pick<Decision, 'user' | 'reason' | 'timeUs'> & { action: string; device: string },
    work: (baseline: Baseline) => void,
  ): number {
    const baseline = this.open();
    work(baseline);
    return this.keep(baseline, [what], `${what.action}: ${what.reason}`);
  }

  /** Hours that were kept back count as usual. A step on a finding is no decision on the baseline and makes no version. */
  release(all: readonly Hours[]): void {
    const document = all.length === 0 ? null : this.document();
    if (document === null) return;
    const baseline = fresh();
    baseline.restore(document);
    for (const hours of all) releaseHours(baseline, hours, () => '');
    this.store.together(() =>
      this.store.baselines.put(
        this.run,
        baseline.changes(() => ''),
      ),
    );
  }

  /** Back to the state of a version, to the byte. It becomes a version of its own. */
  rollback(version: number, who: Pick<Decision, 'user' | 'reason' | 'timeUs'>): number {
    const text = this.store.baselines.version(this.run, version);
    if (text === null) throw new Error(`run ${this.run} has no version ${version}`);
    const baseline = fresh();
    baseline.restore(JSON.parse(text) as BaselineDocument);
    return this.keep(baseline, [{ ...who, action: `rollback to ${version}` }], `rollback to ${version}: ${who.reason}`);
  }

  /** Takes over a baseline that another sensor signed with the same key. */
  import(signed: SignedBaseline, key: Uint8Array, who: Pick<Decision, 'user' | 'reason' | 'timeUs'>): number {
    if (signed.wardwatch !== 'baseline' || signed.document?.schema !== 1)
      throw new Error('this is no exported baseline');
    if (signatureOf(signed.document, key) !== signed.signature) {
      throw new Error('the signature does not fit: the file was changed, or signed with another key');
    }
    const baseline = fresh();
    baseline.restore(signed.document);
    return this.keep(baseline, [{ ...who, action: 'import' }], `import: ${who.reason}`);
  }

  export(key: Uint8Array): SignedBaseline {
    const document = this.open().document(() => '');
    return { wardwatch: 'baseline', run: this.run, document, signature: signatureOf(document, key) };
  }

  compare(from: number, to: number): DeviceDifference[] {
    const [before, after] = [from, to].map((number) => {
      const text = this.store.baselines.version(this.run, number);
      if (text === null) throw new Error(`run ${this.run} has no version ${number}`);
      return JSON.parse(text) as BaselineDocument;
    });
    return before === undefined || after === undefined ? [] : difference(before, after);
  }

  private open(): Baseline {
    const document = this.document();
    if (document === null) throw new Error(`run ${this.run} has no baseline`);
    const baseline = fresh();
    baseline.restore(document);
    return baseline;
  }

  private keep(baseline: Baseline, made: readonly Made[], reason: string): number {
    const [what] = made;
    if (what === undefined) return 0;
    const before = this.document();
    const document = baseline.document(() => '');
    const { devices, ...site } = document;
    const ids = new Set(devices.map(({ id }) => id));
    const gone = (before?.devices ?? []).map(({ id }) => id).filter((id) => !ids.has(id));
    const { baselines } = this.store;
    let number = 0;
    this.store.together(() => {
      // The first decision keeps what stood before it, so that there is a way back to that too.
      if (before !== null && baselines.versions(this.run).length === 0)
        this.version(before, what, 'before the first decision');
      baselines.put(this.run, { site, devices, gone });
      for (const one of made) baselines.decide(this.run, one);
      number = this.version(document, what, reason);
    });
    return number;
  }

  private version(
    document: BaselineDocument,
    { timeUs, user }: { timeUs: number; user: string },
    reason: string,
  ): number {
    const text = JSON.stringify(document);
    return this.store.baselines.addVersion(this.run, { timeUs, user, reason, digest: sha256Hex(text) }, text);
  }
}

interface Made {
  readonly timeUs: number;
  readonly user: string;
  readonly action: string;
}

/** Nothing is learnt at a desk: of the settings only the bounds matter. */
function fresh(): Baseline {
  return new Baseline({ limits, on: true, structureDays: 14, laterDays: 7, acceptDays: 3, learnUntilUs: null });
}

function signatureOf(document: BaselineDocument, key: Uint8Array): string {
  return hmacSha256Hex(key, JSON.stringify(document));
}
