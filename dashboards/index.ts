/** The dashboards, in the order in which somebody new meets them: one visible line each. */
import { bedside } from './bedside.ts';
import { device } from './device.ts';
import type { Plan } from './frame.ts';
import { imaging } from './imaging.ts';
import { messages } from './messages.ts';
import { planning } from './planning.ts';
import { security } from './security.ts';
import { sensor } from './sensor.ts';
import { ward } from './ward.ts';

export const plans: readonly Plan[] = [ward, device, imaging, messages, bedside, security, planning, sensor];
