/** A person's work on the findings of a run: steps, suppressions, and how right the detectors were. */
import {
  afterStep,
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
    const before = this.standing(step.finding);
    const trouble = whyNot(before, step);
    if (trouble !== '') throw new Error(`alert ${step.finding}: ${trouble}`);
    this.store.together(() => this.keep(step, before));
  }

  /** The same for an alert, or for an incident: then each of its alerts that can take the step takes it as well. */
  stepOfAny(step: Step): void {
    const incident = this.store.find.incident(this.run, step.finding);
    if (incident === null) {
      this.step(step);
      return;
    }
    const before = this.standing(incident.id);
    const trouble = whyNot(before, step);
    if (trouble !== '') throw new Error(`incident ${incident.id}: ${trouble}`);
    this.store.together(() => {
      this.keep(step, before);
      if (step.action === 'comment') return;
      for (const finding of incident.alerts) {
        const standing = this.standing(finding);
        const own = { ...step, finding };
        if (whyNot(standing, own) === '') this.keep(own, standing);
      }
    });
  }

  private standing(subject: string): Standing {
    return standingOf(this.steps(subject));
  }

  private keep(step: Step, before: Standing): void {
    this.store.dispositions.addStep(this.run, step, afterStep(before, step));
  }

  endSuppression(number: number, timeUs: number, user: string): void {
    const rule = this.suppressions().find((one) => one.number === number);
    if (rule === undefined) throw new Error(`run ${this.run} has no rule ${number}`);
    if (timeUs >= rule.expiresUs) throw new Error(`rule ${number} is over already`);
    this.store.together(() => {
      this.store.dispositions.endSuppression(this.run, number, timeUs, user);
    });
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
