/**
 * Who speaks on a flow: asks the protocols, those first that usually listen on the server's port.
 * Ports only decide the order of asking; the answer comes from the bytes.
 */
import { MAYBE, type Protocol, type Segment, YES } from '../protocol.ts';

/** Answers below zero: nobody knows these bytes, or somebody wants to see more of them. */
export const NOBODY = -1;
export const WANTS_MORE = -2;

/** Who is asked, in this order, by the first byte of what was said. */
class Candidates {
  readonly all: readonly Protocol<unknown>[];
  /** Made when it is asked for: few of the first bytes ever come. */
  private readonly byFirstByte: (readonly Protocol<unknown>[] | undefined)[] = new Array(256).fill(undefined);

  constructor(all: readonly Protocol<unknown>[]) {
    this.all = all;
  }

  /** In the middle of a stream the first byte says nothing. */
  of(segment: Segment): readonly Protocol<unknown>[] {
    return segment.midstream ? this.all : this.beginningWith(segment.view.getUint8(segment.start));
  }

  private beginningWith(byte: number): readonly Protocol<unknown>[] {
    let some = this.byFirstByte[byte];
    if (some === undefined) {
      some = this.all.filter(({ firstBytes }) => firstBytes === undefined || firstBytes.includes(byte));
      this.byFirstByte[byte] = some;
    }
    return some;
  }
}

/** Those who usually listen on the port are asked first. */
class Transport {
  readonly others: Candidates;
  private readonly byPort = new Map<number, Candidates>();

  constructor(protocols: readonly Protocol<unknown>[]) {
    this.others = new Candidates(protocols);
    for (const port of new Set(protocols.flatMap((one) => one.ports))) {
      const usual = protocols.filter((one) => one.ports.includes(port));
      this.byPort.set(port, new Candidates([...usual, ...protocols.filter((one) => !usual.includes(one))]));
    }
  }

  has(port: number): boolean {
    return this.byPort.has(port);
  }

  at(port: number): Candidates {
    return this.byPort.get(port) ?? this.others;
  }
}

export class Recognisers {
  private readonly tcp: Transport;
  private readonly udp: Transport;
  private readonly numbers: ReadonlyMap<Protocol<unknown>, number>;
  /** Hears of a recogniser that threw: our bug. */
  private readonly failed: (protocol: Protocol<unknown>, error: unknown) => void;

  constructor(protocols: readonly Protocol<unknown>[], failed: (protocol: Protocol<unknown>, error: unknown) => void) {
    this.tcp = new Transport(protocols.filter((one) => one.transport === 'tcp'));
    this.udp = new Transport(protocols.filter((one) => one.transport === 'udp'));
    this.numbers = new Map(protocols.map((one, number) => [one, number]));
    this.failed = failed;
  }

  /** Is this a port where servers of a known protocol usually listen? */
  isServerPort(port: number): boolean {
    return this.tcp.has(port) || this.udp.has(port);
  }

  stream(segment: Segment): number {
    return this.ask(this.tcp.at(segment.serverPort).of(segment), segment);
  }

  datagram(segment: Segment): number {
    return this.ask(this.udp.at(segment.serverPort).of(segment), segment);
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
