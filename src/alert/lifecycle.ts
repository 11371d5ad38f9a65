/**
 * What people did about a finding, step by step, and what follows from it: where it stands now, and how often each
 * detector was right. Steps are kept as they were made; the state is always derived from them.
 */

export const stepActions = ['acknowledge', 'close', 'reopen', 'comment', 'assign'] as const;
export type StepAction = (typeof stepActions)[number];
export const dispositions = ['true', 'benign', 'expected'] as const;
export type Disposition = (typeof dispositions)[number];

export interface Step {
  readonly finding: string;
  readonly action: StepAction;
  readonly timeUs: number;
  readonly user: string;
  readonly text: string;
  /** Of a close. */
  readonly disposition: Disposition | '';
  /** Of an assign. */
  readonly assignee: string;
}

export interface Standing {
  readonly state: 'open' | 'acknowledged' | 'closed' | 'reopened';
  readonly disposition: Disposition | '';
  readonly assignee: string;
  readonly comments: number;
}

const untouched: Standing = { state: 'open', disposition: '', assignee: '', comments: 0 };

/** `steps` in the order in which they were made. */
export function standingOf(steps: readonly Step[]): Standing {
  return steps.reduce(afterStep, untouched);
}

/** Where it stands after one more step. */
export function afterStep(before: Standing, { action, disposition, assignee }: Step): Standing {
  switch (action) {
    case 'acknowledge':
      return { ...before, state: 'acknowledged' };
    case 'close':
      return { ...before, state: 'closed', disposition };
    case 'reopen':
      return { ...before, state: 'reopened', disposition: '' };
    case 'comment':
      return { ...before, comments: before.comments + 1 };
    case 'assign':
      return { ...before, assignee };
  }
}

/** '' or why the step cannot be made now. */
export function whyNot({ state }: Standing, { action, disposition, assignee, text }: Step): string {
  if (action === 'acknowledge' && state === 'closed') return 'it is closed; reopen it first';
  if (action === 'acknowledge' && state === 'acknowledged') return 'it is acknowledged already';
  if (action === 'close' && state === 'closed') return 'it is closed already';
  if (action === 'close' && disposition === '') return `say whether it was ${dispositions.join(', ')}`;
  if (action === 'reopen' && state !== 'closed') return 'it is not closed';
  if (action === 'comment' && text === '') return 'a comment needs words';
  if (action === 'assign' && assignee === '') return 'say to whom';
  return '';
}

export interface Precision {
  readonly detector: string;
  /** Closed findings, and those of them that were true. `expected` ones were right and unwanted: they count as neither. */
  readonly closed: number;
  readonly right: number;
  readonly expected: number;
  /** Share that was right, 0 to 1; null before any was closed as true or benign. */
  readonly precision: number | null;
}

/** By detector, in the order of their ids. */
export function precisionOf(closed: readonly { detector: string; disposition: Disposition }[]): Precision[] {
  const detectors = [...new Set(closed.map(({ detector }) => detector))].sort();
  return detectors.map((detector) => {
    const own = closed.filter((one) => one.detector === detector);
    const right = own.filter(({ disposition }) => disposition === 'true').length;
    const expected = own.filter(({ disposition }) => disposition === 'expected').length;
    const judged = own.length - expected;
    return { detector, closed: own.length, right, expected, precision: judged === 0 ? null : right / judged };
  });
}
