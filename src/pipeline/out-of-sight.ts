/**
 * What is not sent to other systems one by one: findings that wait for the digest, and those that a person's rule hides at
 * this moment. They are in the store and in the files all the same, and both are counted.
 */
import { hides, type Suppression } from '../alert/suppression.ts';
import type { FindingRow } from '../model.ts';
import type { Store } from '../store/store.ts';

export class OutOfSight {
  private readonly store: Store | null;
  private readonly run: string;

  /** `store`: of a live sensor, whose rules hold while it runs; a replay has none yet. */
  constructor(store: Store | null, run: string) {
    this.store = store;
    this.run = run;
  }

  /** Those that are told; `nowUs` is packet time. */
  told(findings: readonly FindingRow[], nowUs: number): FindingRow[] {
    const rules = this.store?.dispositions.suppressions<Suppression>(this.run) ?? [];
    return findings.filter((finding) => !finding.digest && !rules.some((rule) => hides(rule, finding, nowUs)));
  }
}
