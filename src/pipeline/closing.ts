/**
 * What follows when a person closes a finding as benign or expected: the hours that were kept back because of it count as
 * usual, as long as nothing else that is open or was true lies in them.
 */
import type { Standing, Step } from '../alert/lifecycle.ts';
import type { Hours } from '../baseline/release.ts';
import type { FindingRow } from '../model.ts';
import type { Store } from '../store/store.ts';

/** So long the baseline keeps hours back after a finding (src/pipeline/measuring.ts). */
const KEPT_BACK_US = 24 * 3600e6;

/** Ids of the findings that the step is about: one, or those of an incident. */
export function subjectsOf(store: Store, run: string, { finding }: Step): readonly string[] {
  return store.find.incident(run, finding)?.alerts ?? [finding];
}

/** What may count as usual after the step was made. */
export function hoursOf(store: Store, run: string, step: Step): Hours[] {
  if (!isHarmless(step)) return [];
  const closed = subjectsOf(store, run, step)
    .map((id) => store.alert(run, id))
    .filter((row) => row !== null);
  return closed
    .filter((row) => !hasOther(store, run, row))
    .map(({ device, startUs }) => ({ device, fromUs: startUs, toUs: startUs + KEPT_BACK_US }));
}

export function isHarmless({ action, disposition }: Pick<Step, 'action' | 'disposition'>): boolean {
  return action === 'close' && (disposition === 'benign' || disposition === 'expected');
}

/** Is there another finding of the device in these hours that nobody has found to be harmless? */
function hasOther(store: Store, run: string, { device, startUs }: FindingRow): boolean {
  const near = { device, fromUs: startUs - KEPT_BACK_US, toUs: startUs + KEPT_BACK_US };
  const { rows } = store.find.alerts(run, { ...near, limit: Number.MAX_SAFE_INTEGER, offset: 0 });
  return rows.some(({ id }) => {
    const standing = store.dispositions.standing<Standing>(run, id);
    return standing === null || standing.state !== 'closed' || standing.disposition === 'true';
  });
}
