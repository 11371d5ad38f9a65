/**
 * ME-03: a card speaks more often than anybody can listen (detection.md 3.4). After seven days over its budget its findings
 * wait for the daily digest; the move is told here, so that nobody has to notice that something has become quiet. It speaks
 * of the sensor, not of a device. Who counts is src/alert/budget.ts.
 */
import type { Detector } from '../detect.ts';

const SENSOR = -1;

export const alertBudget: Detector = {
  id: 'ME-03',
  title: 'A card speaks too often and moves to the digest',
  attack: [],
  severity: ['medium', 'medium', 'medium', 'medium'],
  weight: 0.3,
  options: {
    /** Days in a row over the budget before a card moves, and within it before it comes back. */
    days: 7,
    /** Findings a day that no card has to justify, however small the site. */
    leastPerDay: 3,
    /** Findings a day and device, by the severity of the card for diagnostic devices. */
    low: 0.05,
    medium: 0.005,
    high: 0.001,
    critical: 0.0002,
    confidence: 0.9,
  },

  watch(options, knowledge, report) {
    return {
      overBudget({ card, toDigest, days, perDay, allowed }, at) {
        const most = Math.round(allowed * 10) / 10;
        report({
          device: SENSOR,
          peer: SENSOR,
          service: '',
          verb: `${card} ${toDigest ? 'to' : 'from'} the digest`,
          at,
          link: knowledge.standing(SENSOR),
          confidence: Number(options.confidence),
          neverSilent: false,
          severitySteps: toDigest ? 0 : -1,
          speaksAlways: true,
          sentences: () => ({
            usual: `At a site of this size ${card} may open ${most} findings a day.`,
            happened: toDigest
              ? `${card} has opened more on each of the last ${days} days, ${perDay} on the last: its findings now wait for the daily digest.`
              : `${card} has kept within its budget for ${days} days: its findings are told one by one again.`,
            matters: toDigest
              ? 'An alarm that sounds all day is not heard; what this card finds is seen later now, once a day.'
              : 'What this card finds is seen at once again.',
            firstStep: toDigest
              ? `Look at what ${card} has found (wardwatch alerts digest): accept what is usual, or change its options.`
              : 'Nothing has to be done.',
          }),
        });
      },
    };
  },
};
