/**
 * EX-08: a device calls an unknown partner outside again and again, as a program does that waits for orders
 * (detection.md 4.3). The score is that of RITA version 5 over the last day.
 *
 * Nearly everything healthy in a hospital is periodic; so only partners that nobody accepted count, called by the
 * device itself, and never the clock.
 */
import type { Detector, Link, Relation } from '../detect.ts';
import type { Moment } from '../records.ts';
import { beaconScore } from '../statistics/beacon.ts';

/** Young partners, and calls of each, 16 bytes a call: 16 MB with half of the calls used; the oldest give way. */
const PAIRS_MAX = 4_096;
const CALLS_MAX = 512;
/** Conversations that are open and whose size is still to come. */
const OPEN_MAX = 16_384;
const HOUR_US = 3600e6;
const DAY_SECONDS = 86_400;
/** Periodic by nature: the time, and whether a certificate still holds. */
const periodic = new Set(['ntp', 'ocsp']);

interface Calls {
  readonly seconds: number[];
  readonly bytes: number[];
  /** Calls that were dropped from the front. */
  dropped: number;
  scoredUs: number;
  spokenUs: number;
}

export const beaconing: Detector = {
  id: 'EX-08',
  title: 'Regular calls to an unknown partner outside',
  attack: ['T1071.001', 'T1573', 'T1029', 'T0869', 'T0885'],
  severity: ['medium', 'medium', 'medium', 'low'],
  weight: 0.3,
  options: {
    /** Of RITA version 5, 0 to 1. */
    score: 0.8,
    /** Calls of a day that a score is believed from, and hours between the first and the last. */
    calls: 12,
    hours: 6,
    confidence: 0.7,
  },

  watch(options, knowledge, report) {
    const pairs = new Map<string, Calls>();
    const open = new Map<number, { readonly calls: Calls; readonly at: number }>();

    const callsOf = (name: string): Calls => {
      let calls = pairs.get(name);
      if (calls !== undefined) return calls;
      if (pairs.size >= PAIRS_MAX) pairs.delete(pairs.keys().next().value ?? '');
      calls = { seconds: [], bytes: [], dropped: 0, scoredUs: 0, spokenUs: Number.NEGATIVE_INFINITY };
      pairs.set(name, calls);
      return calls;
    };

    const judge = (calls: Calls, relation: Relation, at: Moment, link: Link): void => {
      calls.scoredUs = at.timeUs;
      const now = link.startUs / 1e6;
      const from = now - DAY_SECONDS;
      const rows = calls.seconds
        .map((seconds, row) => ({ seconds, bytes: calls.bytes[row] ?? 0 }))
        .filter(({ seconds }) => seconds >= from)
        .sort((a, b) => a.seconds - b.seconds);
      const first = rows[0]?.seconds ?? now;
      if (rows.length < Number(options.calls) || now - first < Number(options.hours) * 3600) return;
      const seconds = rows.map((row) => row.seconds);
      const bytes = rows.map((row) => row.bytes);
      const score = beaconScore(seconds, bytes, from, DAY_SECONDS);
      if (score === null || score.score < Number(options.score)) return;
      if (at.timeUs - calls.spokenUs < DAY_SECONDS * 1e6) return;
      calls.spokenUs = at.timeUs;
      const device = knowledge.device(relation.device);
      const peer = knowledge.device(relation.peer);
      report({
        device: relation.device,
        peer: relation.peer,
        service: link.service,
        verb: '',
        at,
        link,
        confidence: Number(options.confidence),
        neverSilent: true,
        speaksAlways: false,
        sentences: () => ({
          usual: `Nobody has accepted ${peer.domain || peer.address} outside the hospital as a partner of ${device.label}.`,
          happened: `${device.label} called it ${rows.length} times within a day, about every ${every(score.periodSeconds)} and with much the same amount of data (score ${score.score.toFixed(2)} of 1).`,
          matters: 'Programs that were smuggled in call for their orders like this.',
          firstStep: `Ask the maker of ${device.label} whether it has such a service; many licence checks look the same.`,
        }),
      });
    };

    return {
      relation(relation, verdict, at, link) {
        if (relation.role !== 'client' || relation.verb !== '' || verdict.accepted || periodic.has(relation.service))
          return;
        const device = knowledge.device(relation.device);
        const peer = knowledge.device(relation.peer);
        if (!device.medical || device.external || !peer.external || knowledge.isJumpHost(relation.peer)) return;
        const calls = callsOf(`${device.number} ${peer.domain || peer.address}`);
        if (calls.seconds.length >= CALLS_MAX) {
          calls.dropped += calls.seconds.splice(0, CALLS_MAX / 2).length;
          calls.bytes.splice(0, CALLS_MAX / 2);
        }
        if (open.size < OPEN_MAX) open.set(at.flow, { calls, at: calls.dropped + calls.seconds.length });
        calls.seconds.push(link.startUs / 1e6);
        calls.bytes.push(link.payload);
        if (at.timeUs - calls.scoredUs >= HOUR_US) judge(calls, relation, at, link);
      },
      flowEnd(record, link) {
        const one = open.get(record.flow);
        if (one === undefined) return;
        open.delete(record.flow);
        const row = one.at - one.calls.dropped;
        if (row >= 0 && row < one.calls.bytes.length) one.calls.bytes[row] = link.payload;
      },
    };
  },
};

function every(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} seconds`;
  return seconds < 5400 ? `${(seconds / 60).toFixed(1)} minutes` : `${(seconds / 3600).toFixed(1)} hours`;
}
