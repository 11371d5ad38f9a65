/**
 * EX-04: a little every day, to a partner outside that nobody accepted (detection.md 4.3). Three rules: the sum of a week
 * or a month, the same amount day after day, and a device whose days creep upwards (a cumulative sum).
 *
 * A leak of less than about a kilobyte an hour is not found. Counters begin anew when the sensor restarts.
 */
import type { Detector, Link, Relation } from '../detect.ts';
import type { FlowUpdate, Moment } from '../records.ts';

/** Pairs of a device and a partner, 400 bytes each; the oldest gives way. */
const PAIRS_MAX = 4_096;
const DEVICES_MAX = 16_384;
const DAY_US = 86_400e6;
const DAYS = 30;
const WEEK = 7;
/** The clock does this all day long, and nothing hides in it. */
const CLOCK = 'ntp';
/** More spreads than this of one day are a burst, which is EX-01's. */
const SPREADS_MAX = 3;

interface Sent {
  readonly firstUs: number;
  readonly relation: Relation;
  /** Bytes of the last thirty days, by day modulo thirty. */
  readonly days: Float64Array;
  day: number;
  spokenDay: number;
}

export const lowAndSlow: Detector = {
  id: 'EX-04',
  title: 'A little data to the outside, day after day',
  attack: ['T1030', 'T1029', 'T1020', 'T0882'],
  severity: ['medium', 'medium', 'medium', 'low'],
  weight: 0.4,
  options: {
    /** Bytes sent to one partner in 7 and in 30 days. */
    bytesWeek: 20_000_000,
    bytesMonth: 50_000_000,
    /** On so many different days at least; less is EX-01's and EX-03's. */
    days: 3,
    /** Steady: contact on so many of 7 days, with at least so many bytes a day, and a spread below this share of the mean. */
    steadyDays: 5,
    steadyBytes: 20_000,
    steadyVariation: 0.3,
    /** Creeping: the sum of the spreads above usual, less this much each day, reaches this; the day is this much above usual. */
    creepAllowance: 0.5,
    creepSum: 5,
    creepFactor: 1.5,
    creepBytes: 5_000_000,
    confidence: 0.7,
  },

  watch(options, knowledge, report) {
    const pairs = new Map<string, Sent>();
    /** The same by device numbers; null for what is of no interest. */
    const known = new Map<number, Sent | null>();
    const sums = new Map<number, number>();

    const pairOf = (
      device: number,
      peer: number,
      role: 'client' | 'server',
      link: Link,
      timeUs: number,
    ): Sent | null => {
      const key = device * 2 ** 26 + peer;
      const found = known.get(key);
      if (found !== undefined) return found;
      if (known.size >= PAIRS_MAX) known.clear();
      const ours = knowledge.device(device);
      const other = knowledge.device(peer);
      if (ours.external || !other.external) {
        known.set(key, null);
        return null;
      }
      // Whether it is a medical device may be told later: asked again next time.
      if (!ours.medical || link.service === CLOCK) return null;
      const name = `${ours.number} ${other.domain || other.address}`;
      let sent = pairs.get(name);
      if (sent === undefined) {
        if (pairs.size >= PAIRS_MAX) pairs.delete(pairs.keys().next().value ?? '');
        const relation: Relation = { device, peer, role, service: link.service, verb: '' };
        sent = {
          firstUs: timeUs,
          relation,
          days: new Float64Array(DAYS),
          day: Math.floor(timeUs / DAY_US),
          spokenDay: -DAYS,
        };
        pairs.set(name, sent);
      }
      known.set(key, sent);
      return sent;
    };

    const add = (record: FlowUpdate, link: Link): void => {
      if (record.payloadToServer > 0) {
        count(link.client, link.server, 'client', record.payloadToServer, record, link);
      }
      if (record.payloadToClient > 0) {
        count(link.server, link.client, 'server', record.payloadToClient, record, link);
      }
    };

    const count = (
      device: number,
      peer: number,
      role: 'client' | 'server',
      bytes: number,
      at: FlowUpdate,
      link: Link,
    ): void => {
      const sent = pairOf(device, peer, role, link, at.timeUs);
      if (sent === null) return;
      const day = Math.floor(at.timeUs / DAY_US);
      if (day > sent.day) {
        judgeSteady(sent, at, link);
        for (let past = Math.max(sent.day + 1, day - DAYS + 1); past <= day; past++) sent.days[past % DAYS] = 0;
        sent.day = day;
      }
      sent.days[sent.day % DAYS]! += bytes;
      const [week, month] = [lastOf(sent, WEEK), lastOf(sent, DAYS)];
      if (month.filter((sum) => sum > 0).length < Number(options.days)) return;
      if (total(week) > Number(options.bytesWeek)) speak(sent, total(week), WEEK, at, link);
      else if (total(month) > Number(options.bytesMonth)) speak(sent, total(month), DAYS, at, link);
    };

    /** At the end of a day. */
    const judgeSteady = (sent: Sent, at: Moment, link: Link): void => {
      const days = lastOf(sent, WEEK).filter((sum) => sum > 0);
      const mean = total(days) / days.length;
      if (days.length < Number(options.steadyDays) || mean < Number(options.steadyBytes)) return;
      const spread = Math.sqrt(total(days.map((sum) => (sum - mean) ** 2)) / days.length);
      if (spread < Number(options.steadyVariation) * mean) speak(sent, total(days), WEEK, at, link);
    };

    const speak = (sent: Sent, bytes: number, days: number, at: Moment, link: Link): void => {
      if (sent.day - sent.spokenDay < WEEK || knowledge.verdict(sent.relation).accepted) return;
      sent.spokenDay = sent.day;
      const device = knowledge.device(sent.relation.device);
      const peer = knowledge.device(sent.relation.peer);
      const isClient = link.client === sent.relation.device || knowledge.device(link.client).number === device.number;
      report({
        device: isClient ? link.client : link.server,
        peer: isClient ? link.server : link.client,
        service: link.service,
        verb: '',
        at,
        link,
        confidence: Number(options.confidence),
        neverSilent: true,
        speaksAlways: false,
        sentences: () => ({
          usual: `Nobody has accepted ${peer.domain || peer.address} outside the hospital as a partner of ${device.label}.`,
          happened: `It has sent there a little on ${lastOf(sent, days).filter((sum) => sum > 0).length} of the last ${days} days: ${(bytes / 1e6).toFixed(1)} MB in all.`,
          matters: 'Small amounts over a long time are how data is taken so that nobody notices.',
          firstStep: `Ask the maker of ${device.label} whether this is its own service; if so, accept the relation with that reason.`,
        }),
      });
    };

    return {
      flowUpdate: add,
      flowEnd: add,
      bins: [{ metric: 'bytes-out-external', span: 'day' }],
      bin(bin, at, link) {
        if (bin.metric !== 'bytes-out-external' || bin.span !== 'day' || Number.isNaN(bin.deviation)) return;
        const device = knowledge.device(bin.device);
        if (!device.medical || (bin.state !== 'settle' && bin.state !== 'watch')) return;
        const step = Math.min(bin.deviation, SPREADS_MAX) - Number(options.creepAllowance);
        const sum = Math.max(0, (sums.get(device.number) ?? 0) + step);
        if (sums.size < DEVICES_MAX || sums.has(device.number)) sums.set(device.number, sum);
        if (sum < Number(options.creepSum) || bin.value < Number(options.creepBytes)) return;
        if (bin.value < Number(options.creepFactor) * bin.usual) return;
        sums.set(device.number, 0);
        report({
          device: bin.device,
          peer: bin.peer,
          service: link.service,
          verb: 'creeping',
          at,
          link,
          confidence: Number(options.confidence),
          neverSilent: false,
          speaksAlways: false,
          sentences: () => ({
            usual: `${device.label} usually sends ${(bin.usual / 1e6).toFixed(1)} MB a day outside the hospital.`,
            happened: `For several days it has been more, at last ${(bin.value / 1e6).toFixed(1)} MB, without one day that stands out.`,
            matters: 'Small amounts over a long time are how data is taken so that nobody notices.',
            firstStep: `Ask whether ${device.label} has more patients, or a new service of its maker.`,
          }),
        });
      },
    };
  },
};

function lastOf({ days, day }: Sent, count: number): number[] {
  return Array.from({ length: count }, (_, back) => days[(((day - back) % DAYS) + DAYS) % DAYS]!);
}

function total(sums: readonly number[]): number {
  return sums.reduce((sum, one) => sum + one, 0);
}
