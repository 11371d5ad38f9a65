/**
 * How far one layer of one device has been learnt (detection.md 2.3).
 *
 *     discover → learn → settle → watch
 *                  ↑ relearn (a person, or a change of the device)
 *
 * Time alone is not enough: a layer leaves `learn` when the time is over *and* nearly nothing unseen is left. Steps are
 * taken at the end of a day, from facts about that day. `blind` is laid over all of it while the sensor cannot see.
 */
import type { LearningState } from '../detect.ts';

/** Days of `settle` that must pass quietly before the layer is watched. */
export const SETTLE_DAYS = 7;
/** More signals of one day than this, and the day does not count as quiet. */
const QUIET_SIGNALS_MAX = 1;
/** Largest share of what may still be unseen when learning ends. */
export const UNSEEN_MAX = 0.02;
/** Days in use without a newly accepted relation before learning ends. */
const STEADY_DAYS = 3;

/** What a layer is judged by at the end of a day. */
export interface DayFacts {
  /** Days to learn for this device. */
  readonly learnDays: number;
  /** Days since the layer began to learn. */
  readonly ageDays: number;
  /** Of them, days on which the device was in use. */
  readonly activeDays: number;
  /** Share of what is unseen, 0 to 1; -1 where the layer has other measures. */
  readonly unseen: number;
  /** Days in use since something was accepted. */
  readonly steadyDays: number;
  /** Signals of detectors on this device today. */
  readonly signals: number;
  /** The device was in use today and the sensor could see. */
  readonly isUsed: boolean;
}

export class LayerState {
  state: LearningState = 'discover';
  /** When it was entered. */
  sinceUs = 0;
  /** Why it is not further, in words; '' in `watch`. */
  reason = 'nothing was seen of it yet';
  /** Quiet days of `settle` so far. */
  quietDays = 0;
  /** Active days that were already counted when the layer began to learn (again). */
  activeBefore = 0;
  /** Who signed it off, or ''. */
  signedBy = '';

  enter(state: LearningState, nowUs: number): void {
    this.state = state;
    this.sinceUs = nowUs;
    this.quietDays = 0;
    this.reason = state === 'watch' ? '' : this.reason;
  }

  /** Takes the step that the day allows. Returns true when `watch` was reached. */
  endDay(nowUs: number, facts: DayFacts): boolean {
    if (this.state === 'learn' || this.state === 'relearn') this.leaveLearning(nowUs, facts);
    else if (this.state === 'settle') return this.leaveSettling(nowUs, facts);
    return false;
  }

  private leaveLearning(nowUs: number, facts: DayFacts): void {
    this.reason = whyNotLearnt(facts);
    if (this.reason !== '') return;
    this.enter('settle', nowUs);
    this.reason = `settles for ${SETTLE_DAYS} quiet days`;
  }

  private leaveSettling(nowUs: number, { signals, isUsed }: DayFacts): boolean {
    if (isUsed && signals <= QUIET_SIGNALS_MAX) this.quietDays++;
    const left = SETTLE_DAYS - this.quietDays;
    this.reason = `settles: ${left} more quiet ${left === 1 ? 'day' : 'days'} of use`;
    if (left > 0) return false;
    this.enter('watch', nowUs);
    return true;
  }
}

/** '' when a layer has learnt enough. */
export function whyNotLearnt({ learnDays, ageDays, activeDays, unseen, steadyDays }: DayFacts): string {
  const need = Math.ceil(learnDays / 2);
  const left = Math.ceil(learnDays - ageDays);
  if (left > 0) return `${left} of ${learnDays} days to go`;
  if (activeDays < need) {
    return `in use on ${activeDays} ${activeDays === 1 ? 'day' : 'days'} only, ${need} are needed`;
  }
  if (unseen > UNSEEN_MAX) {
    return `still sees new things: ${(unseen * 100).toFixed(1)} % is taken to be unseen, at most ${UNSEEN_MAX * 100} % may be`;
  }
  if (steadyDays < STEADY_DAYS) return 'something was accepted in the last three days of use';
  return '';
}
