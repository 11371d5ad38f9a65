/**
 * BL-06: what came regularly has stopped while the device is still on the network, or comes at another pace
 * (detection.md 4.1). Silence is judged to the minute, as flows are told.
 *
 * A relation is regular only as it was over eight days: the longest pause of that time counts, so that nights, transport
 * and discharge are no alarm. When the sensor cannot see, silence means nothing (ME-01).
 */
import type { Detector, Link, Relation } from '../detect.ts';
import { type FlowUpdate, Moment } from '../records.ts';
import { rhythmOf } from '../statistics/periodicity.ts';

/** Relations that are waited for, about 250 bytes each; the oldest pair of devices gives way. */
const RELATIONS_MAX = 16_384;
/** Services between two devices, looked through with every conversation; the oldest gives way. */
const BETWEEN_MAX = 64;
/** More than there are device numbers: two of them make one key. */
const DEVICES_MOST = 2 ** 26;
const MINUTE_US = 60e6;
const HOUR_US = 3600e6;
/** Flows are told every minute: a device that was heard within this time is there. */
const ALIVE_US = 150e6;
/** Pace is looked at once in so many conversations. */
const PACE_STEP = 16;

interface Expected {
  readonly relation: Relation;
  readonly at: Moment;
  link: Link;
  /** When silence is too long; 0 = not asked since it was last heard, Infinity = not regular. */
  dueUs: number;
  /** Since when it is known, by this run or by what was learnt before. */
  readonly sinceUs: number;
  starts: number;
}

export const expectedTraffic: Detector = {
  id: 'BL-06',
  title: 'Expected traffic has stopped or changed its pace',
  attack: ['T1489', 'T1499', 'T0804', 'T0815', 'T0829'],
  severity: ['high', 'high', 'medium', 'low'],
  weight: 0.4,
  options: {
    /** Silence of more than so many usual gaps, and of so many times the longest gap of eight days. */
    gaps: 5,
    longestGaps: 2,
    /** Hours that a relation must have been known. */
    warmUpHours: 24,
    /** Change of the pace, as a share of it, over so many conversations. */
    change: 0.5,
    conversations: 16,
    confidence: 0.7,
  },

  watch(options, knowledge, report) {
    /** By pair of devices: asked with every conversation, found without making a key. */
    const expected = new Map<number, Expected[]>();
    let relations = 0;
    const heardUs = new Map<number, number>();
    const warmUpUs = Number(options.warmUpHours) * HOUR_US;
    let nextUs = 0;

    const hear = (record: FlowUpdate, link: Link): void => {
      if (record.packetsToServer > 0) heardUs.set(link.client, record.timeUs);
      if (record.packetsToClient > 0) heardUs.set(link.server, record.timeUs);
      if (record.payloadToServer + record.payloadToClient === 0 || !link.established) return;
      expect(link.client, link.server, 'client', record, link);
      expect(link.server, link.client, 'server', record, link);
    };

    const expect = (device: number, peer: number, role: 'client' | 'server', at: Moment, link: Link): void => {
      const facts = knowledge.device(device);
      if (!facts.medical || facts.external) return;
      const { service } = link;
      const one = find(device, peer, role, service) ?? wait({ device, peer, role, service, verb: '' }, at.timeUs, link);
      one.at.timeUs = at.timeUs;
      one.at.flow = at.flow;
      one.at.packet = at.packet;
      one.link = link;
      one.dueUs = 0;
    };

    const find = (device: number, peer: number, role: string, service: string): Expected | undefined => {
      const between = expected.get(device * DEVICES_MOST + peer);
      if (between === undefined) return undefined;
      for (const one of between) if (one.relation.service === service && one.relation.role === role) return one;
      return undefined;
    };

    const wait = (relation: Relation, timeUs: number, link: Link): Expected => {
      const sinceUs = knowledge.rhythm(relation, 'said')?.firstUs ?? timeUs;
      const one: Expected = { relation, at: new Moment(), link, dueUs: 0, starts: 0, sinceUs };
      if (relations >= RELATIONS_MAX) forgetOldest();
      const pair = relation.device * DEVICES_MOST + relation.peer;
      const between = expected.get(pair);
      if (between === undefined) expected.set(pair, [one]);
      else between.push(one);
      relations++;
      if (between !== undefined && between.length > BETWEEN_MAX) {
        between.shift();
        relations--;
      }
      return one;
    };

    const forgetOldest = (): void => {
      for (const [pair, between] of expected) {
        expected.delete(pair);
        relations -= between.length;
        return;
      }
    };

    const judgeSilence = (one: Expected, nowUs: number): void => {
      const { relation, at } = one;
      if (one.dueUs === 0) one.dueUs = dueOf(one, at.timeUs);
      if (nowUs <= one.dueUs) return;
      const aliveUs = heardUs.get(knowledge.device(relation.device).number) ?? heardUs.get(relation.device) ?? 0;
      // Gone altogether: switched off, carried away, discharged. Asked again as long as it may come back.
      if (nowUs - aliveUs > ALIVE_US || aliveUs <= at.timeUs) return;
      one.dueUs = Number.POSITIVE_INFINITY;
      const rhythm = knowledge.rhythm(relation, 'said');
      const minutes = Math.round((nowUs - at.timeUs) / MINUTE_US);
      speak(one, '', nowUs, {
        usual: `For at least a day it did so about every ${every(rhythm?.periodSeconds ?? 0)}, and never paused for longer than ${every(rhythm?.longestSeconds ?? 0)}.`,
        happened: `Nothing for ${minutes} minutes, though the device is still on the network.`,
      });
    };

    const dueOf = ({ relation, sinceUs }: Expected, lastUs: number): number => {
      // The rhythm is asked only when it can be old enough.
      if (lastUs - sinceUs < warmUpUs) return Number.POSITIVE_INFINITY;
      const rhythm = knowledge.rhythm(relation, 'said');
      if (rhythm === null || !rhythm.isRegular || rhythm.lastUs - rhythm.firstUs < warmUpUs) {
        return Number.POSITIVE_INFINITY;
      }
      const usual = Number(options.gaps) * rhythm.periodSeconds;
      return lastUs + Math.max(usual, Number(options.longestGaps) * rhythm.longestSeconds) * 1e6;
    };

    const judgePace = (one: Expected, nowUs: number): void => {
      const rhythm = knowledge.rhythm(one.relation, 'start');
      if (rhythm === null || rhythm.lastUs - rhythm.firstUs < warmUpUs) return;
      const gaps = rhythm.recentGaps();
      const before = rhythmOf(gaps.slice(0, -Number(options.conversations)));
      const now = rhythmOf(gaps.slice(-Number(options.conversations)));
      if (!before.isRegular || !now.isRegular) return;
      if (Math.abs(now.period / before.period - 1) <= Number(options.change)) return;
      speak(one, 'pace', nowUs, {
        usual: `It did so about every ${every(before.period)}.`,
        happened: `The last ${now.gaps} times it was every ${every(now.period)}.`,
      });
    };

    const speak = (one: Expected, verb: string, nowUs: number, said: { usual: string; happened: string }): void => {
      if (knowledge.trouble() !== '') return;
      const { relation, link } = one;
      const device = knowledge.device(relation.device);
      const peer = knowledge.device(relation.peer);
      report({
        device: relation.device,
        peer: relation.peer,
        service: relation.service,
        verb,
        at: Object.assign(new Moment(), { timeUs: nowUs, flow: one.at.flow, packet: one.at.packet }),
        link,
        confidence: Number(options.confidence),
        neverSilent: false,
        speaksAlways: false,
        sentences: () => ({
          usual: `${device.label} talks to ${peer.domain || peer.label} (${relation.service}) regularly. ${said.usual}`,
          happened: said.happened,
          matters: 'Readings, orders or alarms may not arrive where somebody waits for them.',
          firstStep: `Look at ${device.label} and at ${peer.label}: does each show that the other is connected? Is it in standby or was the patient moved?`,
        }),
      });
    };

    return {
      flowUpdate: hear,
      flowEnd: hear,
      relation(relation, _verdict, at, link) {
        if (relation.verb !== '') return;
        const one = find(relation.device, relation.peer, relation.role, link.service);
        if (one === undefined || ++one.starts % PACE_STEP !== 0) return;
        one.link = link;
        judgePace(one, at.timeUs);
      },
      tick(nowUs) {
        if (nowUs < nextUs) return;
        nextUs = nowUs + MINUTE_US;
        if (knowledge.trouble() !== '') return;
        for (const between of expected.values()) {
          for (const one of between) {
            if (one.dueUs !== Number.POSITIVE_INFINITY && nowUs - one.at.timeUs > MINUTE_US) judgeSilence(one, nowUs);
          }
        }
      },
    };
  },
};

function every(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} seconds`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} minutes` : `${(seconds / 3600).toFixed(1)} hours`;
}
