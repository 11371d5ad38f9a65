/** The dashboards, in the order in which somebody new meets them: one visible line each. */
import type { Plan } from './frame.ts';
import { ward } from './ward.ts';

export const plans: readonly Plan[] = [ward];
