/**
 * EX-07: data travels inside of echo messages, which everybody lets through (detection.md 4.3).
 *
 * A reply repeats its request, and an ordinary ping sends the same filler again and again. A tunnel can do neither.
 * Size and volume alone do not speak: network staff send large pings of filler to measure the way.
 */
import type { Detector, DeviceFacts, Link } from '../detect.ts';
import type { Echo } from '../records.ts';

/** Pairs of hosts that are watched, about 500 bytes each; the oldest gives way. */
const PAIRS_MAX = 1_024;
/** Requests of one pair that wait for their reply. */
const QUESTIONS_MAX = 8;
/** Sizes and fillers of one pair that are told apart: more than any threshold asks for. */
const DISTINCT_MAX = 64;
/** What the ping programs of the usual systems send. */
const USUAL_BYTES: ReadonlySet<number> = new Set([32, 56, 64]);

class Pair {
  readonly sinceUs: number;
  echoes = 0;
  bytes = 0;
  compared = 0;
  differing = 0;
  isLarge = false;
  isRandom = false;
  readonly sizes: Set<number> = new Set();
  readonly fillers: Set<number> = new Set();
  readonly questions: Map<number, number> = new Map();
  hasSpoken = false;

  constructor(sinceUs: number) {
    this.sinceUs = sinceUs;
  }
}

export const icmpTunnel: Detector = {
  id: 'EX-07',
  title: 'Data inside of ping messages',
  attack: ['T1095', 'T1048.003'],
  severity: ['high', 'high', 'high', 'medium'],
  weight: 0.7,
  options: {
    windowMinutes: 10,
    /** Echoes from which on a pair of hosts is judged, and signs that it takes. */
    echoes: 20,
    signs: 2,
    /** Share of replies that do not repeat their request. */
    differingShare: 0.05,
    /** Distinct sizes, and distinct fillers. */
    sizes: 8,
    fillers: 8,
    /** A payload above this size, unless ping programs send it. */
    largeBytes: 128,
    /** Entropy that encrypted or packed data has. */
    randomBitsPerByte: 7.3,
    bytes: 50_000,
    confidence: 0.7,
    /** Where both directions carry data of their own. */
    confidenceBothWays: 0.9,
  },

  watch(options, knowledge, report) {
    const pairs = new Map<string, Pair>();

    const of = (link: Link, timeUs: number): Pair => {
      const key = `${link.client} ${link.server}`;
      const known = pairs.get(key);
      if (known !== undefined && timeUs - known.sinceUs <= Number(options.windowMinutes) * 60e6) return known;
      const pair = new Pair(timeUs);
      pairs.delete(key);
      if (pairs.size >= PAIRS_MAX) pairs.delete(pairs.keys().next().value ?? '');
      pairs.set(key, pair);
      return pair;
    };

    const add = (pair: Pair, record: Echo): void => {
      const { payloadBytes } = record;
      pair.echoes++;
      pair.bytes += payloadBytes;
      if (pair.sizes.size < DISTINCT_MAX) pair.sizes.add(payloadBytes);
      if (payloadBytes > Number(options.largeBytes) && !USUAL_BYTES.has(payloadBytes)) pair.isLarge = true;
      if (record.bitsPerByte >= Number(options.randomBitsPerByte)) pair.isRandom = true;
      if (record.fillerHash !== 0 && pair.fillers.size < DISTINCT_MAX) pair.fillers.add(record.fillerHash);
      if (record.isWhole) compare(pair, record);
    };

    const compare = (pair: Pair, { isRequest, question, payloadHash }: Echo): void => {
      const { questions } = pair;
      if (isRequest) {
        if (questions.size >= QUESTIONS_MAX) questions.delete(questions.keys().next().value ?? 0);
        questions.set(question, payloadHash);
        return;
      }
      const asked = questions.get(question);
      if (asked === undefined) return;
      questions.delete(question);
      pair.compared++;
      if (asked !== payloadHash) pair.differing++;
    };

    /** Do the echoes carry data? 0 when not, else how sure that is. */
    const confidenceOf = (pair: Pair): number => {
      if (pair.echoes < Number(options.echoes)) return 0;
      const differs = pair.compared > 0 && pair.differing > Number(options.differingShare) * pair.compared;
      const changes = pair.fillers.size >= Number(options.fillers);
      if (!differs && !changes && !pair.isRandom) return 0;
      let signs = 0;
      for (const sign of [
        differs,
        changes,
        pair.isRandom,
        pair.isLarge,
        pair.sizes.size >= Number(options.sizes),
        pair.bytes > Number(options.bytes),
      ]) {
        if (sign) signs++;
      }
      if (signs < Number(options.signs)) return 0;
      return Number(differs ? options.confidenceBothWays : options.confidence);
    };

    const speak = (pair: Pair, confidence: number, at: Echo, link: Link): void => {
      const isOutward = !knowledge.device(link.client).external;
      const [number, other] = isOutward ? [link.client, link.server] : [link.server, link.client];
      const device = knowledge.device(number);
      const peer = knowledge.device(other);
      report({
        device: number,
        peer: other,
        service: link.service,
        verb: '',
        at,
        link,
        confidence,
        neverSilent: false,
        speaksAlways: true,
        sentences: () => ({
          usual: 'A ping repeats the same filler, and the answer repeats the question.',
          happened: happened(pair, device, peer),
          matters: 'Pings pass nearly every firewall: data can leave in them, and orders can come in.',
          firstStep: `Have the network team stop pings between ${device.label} and ${peer.label} and look for the program that sends them; keep the device running for its patient.`,
        }),
      });
    };

    return {
      echo(record, link) {
        const pair = of(link, record.timeUs);
        add(pair, record);
        if (pair.hasSpoken) return;
        const confidence = confidenceOf(pair);
        if (confidence === 0) return;
        pair.hasSpoken = true;
        speak(pair, confidence, record, link);
      },
    };
  },
};

function happened({ echoes, differing, compared, bytes }: Pair, device: DeviceFacts, peer: DeviceFacts): string {
  const answers = differing === 0 ? '' : ` ${differing} of ${compared} answers did not repeat their question.`;
  return `${echoes} ping messages between ${device.label} and ${peer.label} carried ${bytes} bytes of changing data.${answers}`;
}
