/**
 * RC-05: what somebody types into one machine leaves that machine in the same rhythm toward the next: a stepping stone
 * (detection.md 4.2).
 *
 * After Zhang and Paxson: when two conversations that meet in one machine keep ending their idle times together, the
 * second carries on the first. Only sessions that look typed are compared, and of them only when idle times ended.
 */
import type { Detector, Link } from '../detect.ts';
import type { Rhythm } from '../records.ts';
import { typesOn } from '../statistics/typing.ts';

const MS_US = 1_000;
/** Unit of `idleEnds`. */
const TICK_US = 2_000;
/** Typed sessions that are compared, and pairs of them; the oldest gives way. */
const SESSIONS_MAX = 256;
const PAIRS_MAX = 256;
/** Idle ends that are remembered of a session: about a quarter of an hour of typing, 2 kB. */
const IDLE_ENDS_MAX = 256;

interface Session {
  readonly flow: number;
  readonly link: Link;
  readonly endsUs: number[];
}

export const steppingStone: Detector = {
  id: 'RC-05',
  title: 'Stepping stone through a device',
  attack: ['T1090.001', 'T1563.002', 'T1021', 'T0886', 'T0867'],
  severity: ['critical', 'high', 'high', 'medium'],
  weight: 0.6,
  options: {
    /** Milliseconds within which two idle times end together. */
    togetherMs: 80,
    /** Least share of the idle times of the session that has fewer, and how many one behind the other. */
    share: 0.3,
    inARow: 2,
    /** So many idle times ask for one more in a row. */
    idlePerRow: 100,
    /** Idle times that a session must have to be judged. */
    idleMin: 4,
    confidence: 0.6,
  },

  watch(options, knowledge, report) {
    const sessions = new Map<number, Session>();
    const said = new Set<string>();

    /** The session of the flow, with the idle times that are told now. */
    const remember = (record: Rhythm, link: Link): Session => {
      let session = sessions.get(record.flow);
      if (session === undefined) {
        if (sessions.size >= SESSIONS_MAX) sessions.delete(sessions.keys().next().value ?? -1);
        session = { flow: record.flow, link, endsUs: [] };
        sessions.set(record.flow, session);
      }
      const { endsUs } = session;
      for (let i = 0; i < record.idleEnds.length; i++) {
        if (endsUs.length >= IDLE_ENDS_MAX) endsUs.shift();
        endsUs.push(record.idleEndsFromUs + record.idleEnds.charCodeAt(i) * TICK_US);
      }
      return session;
    };

    /** What is typed into the first goes on in the second. */
    const judge = (first: Session, second: Session, at: Rhythm): void => {
      const [a, b] = [first.endsUs, second.endsUs];
      const fewer = Math.min(a.length, b.length);
      if (fewer < Number(options.idleMin)) return;
      const { together, longest } = coincidences(a, b, Number(options.togetherMs) * MS_US);
      const inARow = Number(options.inARow) + Math.floor(fewer / Number(options.idlePerRow));
      if (together < fewer * Number(options.share) || longest < inARow) return;
      const key = [first.flow, first.link.startUs, second.flow, second.link.startUs].join(' ');
      if (said.has(key)) return;
      if (said.size >= PAIRS_MAX) said.delete(said.values().next().value ?? '');
      said.add(key);
      speak(first.link, second.link, at);
    };

    const speak = (first: Link, second: Link, at: Rhythm): void => {
      const stone = knowledge.device(first.server);
      const target = knowledge.device(second.server);
      const device = target.medical && !target.external ? target : stone;
      if (!device.medical || device.external) return;
      const [from, into] = device === target ? [stone, target] : [knowledge.device(first.client), stone];
      const who = knowledge.device(first.client);
      const link = device === target ? second : first;
      report({
        device: device.number,
        peer: from.number,
        service: link.service,
        verb: '',
        at,
        link,
        confidence: Number(options.confidence),
        neverSilent: true,
        speaksAlways: false,
        sentences: () => ({
          usual: `${stone.label} is no listed jump host: nobody has been accepted to reach ${into.label} through another machine.`,
          happened: `When somebody at ${who.label} types into ${stone.label}, the same rhythm leaves it toward ${target.label}.`,
          matters:
            'Somebody works on one machine through another, which hides where they are and goes around firewalls.',
          firstStep: `Find out who sits at ${who.label} and whether work on ${target.label} was agreed; keep the device running for its patient.`,
        }),
      });
    };

    const isAccepted = (link: Link): boolean =>
      knowledge.verdict({
        device: link.server,
        peer: link.client,
        role: 'server',
        service: link.service,
        verb: '',
      }).accepted;

    const compare = (first: Session, second: Session, at: Rhythm): void => {
      const stone = first.link.server;
      if (stone !== second.link.client || first.link.client === second.link.server) return;
      if (knowledge.isJumpHost(stone) || (isAccepted(first.link) && isAccepted(second.link))) return;
      judge(first, second, at);
    };

    return {
      rhythm(record, link) {
        if (record.idleEnds === '' || !typesOn(link.protocol, record, true)) return;
        const session = remember(record, link);
        for (const other of sessions.values()) {
          if (other === session) continue;
          compare(other, session, record);
          compare(session, other, record);
        }
      },
      // What its partner tells later in the same interval is still compared: a session is kept beyond its end.
      flowStart(record) {
        sessions.delete(record.flow);
      },
    };
  },
};

/** How often idle times of both end together, and how often at most one behind the other without another between. */
function coincidences(
  a: readonly number[],
  b: readonly number[],
  nearUs: number,
): { readonly together: number; readonly longest: number } {
  let together = 0;
  let run = 0;
  let longest = 0;
  let lastOfA = -1;
  let lastOfB = -1;
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const apartUs = (b[j] ?? 0) - (a[i] ?? 0);
    if (apartUs > nearUs) i++;
    else if (apartUs < -nearUs) j++;
    else {
      together++;
      run = run > 0 && i === lastOfA + 1 && j === lastOfB + 1 ? run + 1 : 1;
      longest = Math.max(longest, run);
      lastOfA = i++;
      lastOfB = j++;
    }
  }
  return { together, longest };
}
