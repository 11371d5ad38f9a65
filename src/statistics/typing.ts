/**
 * Is it a person who types? The test of Zhang and Paxson (Detecting Backdoors, 2000): small packets that follow each
 * other, at the pace of fingers. A third test of our own, how much the pace varies, tells fingers from machines that ask
 * at a steady pace; it is not used on SSH.
 */

/** Of one direction of a conversation. */
export interface Pace {
  /** Packets with payload. */
  readonly packets: number;
  /** Small packets, one behind the other. */
  readonly pairs: number;
  /** Of these, 10 ms to 2 s apart. */
  readonly inBand: number;
  /** Standard deviation of these gaps by their mean; -1 when there are too few. */
  readonly variation: number;
}

const PACKETS_MIN = 10;
const DURATION_MIN_US = 2e6;
const PAIRS_SHARE_MIN = 0.2;
const BAND_SHARE_MIN = 0.2;
const GAPS_MIN = 8;
const VARIATION_MIN = 0.5;

/** The first two tests: the pace of a person, or of a machine that happens to keep it. */
export function isPacedLikeTyping(pace: Pace, durationUs: number): boolean {
  const { packets, pairs, inBand } = pace;
  if (packets < PACKETS_MIN || durationUs < DURATION_MIN_US || pairs === 0) return false;
  return pairs / packets >= PAIRS_SHARE_MIN && inBand / pairs >= BAND_SHARE_MIN;
}

/** All three tests. */
export function isTyped(pace: Pace, durationUs: number): boolean {
  return isPacedLikeTyping(pace, durationUs) && pace.inBand >= GAPS_MIN && pace.variation >= VARIATION_MIN;
}

/** The numbers of a rhythm record, by what its fields are called. */
export interface Paces {
  readonly packetsToServer: number;
  readonly packetsToClient: number;
  readonly smallPairsToServer: number;
  readonly smallPairsToClient: number;
  readonly smallInBandToServer: number;
  readonly smallInBandToClient: number;
  readonly smallVariationToServer: number;
  readonly smallVariationToClient: number;
  readonly shortPairsToServer: number;
  readonly shortPairsToClient: number;
  readonly shortInBandToServer: number;
  readonly shortInBandToClient: number;
  readonly shortVariationToServer: number;
  readonly shortVariationToClient: number;
  readonly durationUs: number;
}

/** Keys typed in clear fit 20 bytes. */
export function smallPace(from: Paces, isToServer: boolean): Pace {
  return isToServer
    ? {
        packets: from.packetsToServer,
        pairs: from.smallPairsToServer,
        inBand: from.smallInBandToServer,
        variation: from.smallVariationToServer,
      }
    : {
        packets: from.packetsToClient,
        pairs: from.smallPairsToClient,
        inBand: from.smallInBandToClient,
        variation: from.smallVariationToClient,
      };
}

/** Encrypted ones need up to 100. */
export function shortPace(from: Paces, isToServer: boolean): Pace {
  return isToServer
    ? {
        packets: from.packetsToServer,
        pairs: from.shortPairsToServer,
        inBand: from.shortInBandToServer,
        variation: from.shortVariationToServer,
      }
    : {
        packets: from.packetsToClient,
        pairs: from.shortPairsToClient,
        inBand: from.shortInBandToClient,
        variation: from.shortVariationToClient,
      };
}

/** Does this end type, by what is known of the protocol? `''`: nobody knows it. */
export function typesOn(protocol: string, from: Paces, isToServer: boolean): boolean {
  if (protocol === 'ssh') return isPacedLikeTyping(shortPace(from, isToServer), from.durationUs);
  const pace = protocol === 'tls' ? shortPace(from, isToServer) : smallPace(from, isToServer);
  return isTyped(pace, from.durationUs);
}
