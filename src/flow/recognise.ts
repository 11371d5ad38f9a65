/**
 * Who speaks on a flow: asks the protocols, those first that usually listen on the server's port.
 * Ports only decide the order of asking; the answer comes from the bytes.
 */
import { MAYBE, type Protocol, type Segment, YES } from '../protocol.ts';

/** Answers below zero: nobody knows these bytes, or somebody wants to see more of them. */
export const NOBODY = -1;
export const WANTS_MORE = -2;

export class Recognisers {
  private readonly tcp: readonly Protocol<unknown>[];
  private readonly udp: readonly Protocol<unknown>[];
  private readonly byPort = new Map<number, readonly Protocol<unknown>[]>();
  private readonly numbers: ReadonlyMap<Protocol<unknown>, number>;
  /** Hears of a recogniser that threw: our bug. */
  private readonly failed: (protocol: Protocol<unknown>, error: unknown) => void;

  constructor(protocols: readonly Protocol<unknown>[], failed: (protocol: Protocol<unknown>, error: unknown) => void) {
    this.tcp = protocols.filter((one) => one.transport === 'tcp');
    this.udp = protocols.filter((one) => one.transport === 'udp');
    this.numbers = new Map(protocols.map((one, number) => [one, number]));
    this.failed = failed;
    for (const port of new Set(protocols.flatMap((one) => one.ports))) {
      const usual = this.tcp.filter((one) => one.ports.includes(port));
      this.byPort.set(port, [...usual, ...this.tcp.filter((one) => !usual.includes(one))]);
    }
  }

  /** Is this a port where servers of a known protocol usually listen? */
  isServerPort(port: number): boolean {
    return this.byPort.has(port);
  }

  stream(segment: Segment): number {
    return this.ask(this.byPort.get(segment.serverPort) ?? this.tcp, segment);
  }

  datagram(segment: Segment): number {
    return this.ask(this.udp, segment);
  }

  /** Number of the protocol that knows these bytes, or an answer below zero. */
  private ask(candidates: readonly Protocol<unknown>[], segment: Segment): number {
    let answer = NOBODY;
    for (let i = 0; i < candidates.length; i++) {
      const candidate = candidates[i]!;
      let said = 0;
      try {
        said = candidate.recognises(segment);
      } catch (error) {
        this.failed(candidate, error);
      }
      if (said === YES) return this.numbers.get(candidate) ?? NOBODY;
      if (said === MAYBE) answer = WANTS_MORE;
    }
    return answer;
  }
}
