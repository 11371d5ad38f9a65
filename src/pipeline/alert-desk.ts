/** A person's work on the findings of a run: steps, suppressions, and how right the detectors were. */
import {
  type Disposition,
  type Precision,
  precisionOf,
  type Standing,
  type Step,
  standingOf,
  whyNot,
} from '../alert/lifecycle.ts';
import { hides, preview, problemOf, type Suppression } from '../alert/suppression.ts';
import type { FindingRow } from '../model.ts';
import type { Store } from '../store/store.ts';

export type KeptSuppression = Suppression & { number: number };

export interface SeenFinding extends FindingRow {
  readonly standing: Standing;
  /** Number of the rule that hides it, 0 when none does. */
  readonly hiddenBy: number;
}

export class AlertDesk {
  private readonly store: Store;
  private readonly run: string;

  constructor(store: Store, run: string) {
    this.store = store;
    this.run = run;
  }

  findings(nowUs: number): SeenFinding[] {
    const rules = this.suppressions();
    const steps = Map.groupBy(this.store.dispositions.steps<Step>(this.run), ({ finding }) => finding);
    const { rows } = this.store.alerts(this.run, { limit: Number.MAX_SAFE_INTEGER });
    return rows.map((row) => ({
      ...row,
      standing: standingOf(steps.get(row.id) ?? []),
      hiddenBy: rules.find((rule) => hides(rule, row, nowUs))?.number ?? 0,
    }));
  }

  steps(finding: string): Step[] {
    return this.store.dispositions.steps<Step>(this.run, finding);
  }

  /** Makes a step; throws with one sentence when it cannot be made. */
  step(step: Step): void {
    if (this.store.alert(this.run, step.finding) === null)
      throw new Error(`run ${this.run} has no alert ${step.finding}`);
    const trouble = whyNot(standingOf(this.steps(step.finding)), step);
    if (trouble !== '') throw new Error(`alert ${step.finding}: ${trouble}`);
    this.store.together(() => this.store.dispositions.addStep(this.run, step));
  }

  suppressions(): KeptSuppression[] {
    return this.store.dispositions.suppressions<Suppression>(this.run);
  }

  /** Findings that the rule would hide now. */
  preview(rule: Suppression): FindingRow[] {
    return preview(rule, this.store.alerts(this.run, { limit: Number.MAX_SAFE_INTEGER }).rows, rule.createdUs);
  }

  suppress(rule: Suppression): number {
    const trouble = problemOf(rule);
    if (trouble !== '') throw new Error(trouble);
    let number = 0;
    this.store.together(() => {
      number = this.store.dispositions.addSuppression(this.run, rule);
    });
    return number;
  }

  precision(nowUs: number): Precision[] {
    const closed = this.findings(nowUs)
      .filter(({ standing }) => standing.state === 'closed' && standing.disposition !== '')
      .map(({ detector, standing }) => ({ detector, disposition: standing.disposition as Disposition }));
    return precisionOf(closed);
  }
}
