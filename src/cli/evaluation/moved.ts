/**
 * Payload that went between the two ends of each labelled event, by time: how much had moved when something was first said
 * of the two (contract 4.13). It is counted packet by packet, so that repeated segments count again: never too little.
 */
import { type AddressKey, addressKey, parseAddress } from '../../bytes/address.ts';
import { limits } from '../../limits.ts';
import { Decoder } from '../../wire/decode.ts';
import { Frame } from '../../wire/frame.ts';
import type { LabelEvent } from './labels.ts';
import type { Change } from './pass.ts';

interface Pair {
  readonly timesUs: number[];
  readonly bytes: number[];
}

export class Moved {
  private readonly pairs = new Map<string, Pair>();
  private readonly decoder = new Decoder(limits);
  private readonly frame = new Frame();

  constructor(events: readonly LabelEvent[]) {
    for (const event of events) {
      const key = event.malicious === true ? keyOf(event) : '';
      if (key !== '') this.pairs.set(key, { timesUs: [], bytes: [] });
    }
  }

  /** Lets every packet through once. */
  readonly count: Change = (batch, row) => {
    const { frame } = this;
    this.decoder.decode(batch, row, frame);
    const size = frame.payloadWire;
    if (frame.transportProtocol === 0 || size <= 0) return 1;
    const source = addressKey(frame.view, frame.sourceAddress, frame.addressBytes);
    const target = addressKey(frame.view, frame.targetAddress, frame.addressBytes);
    const pair = this.pairs.get(pairKey(source, target));
    if (pair === undefined) return 1;
    pair.timesUs.push(batch.timeUs[row]!);
    pair.bytes.push(size);
    return 1;
  };

  /** From the beginning of the event up to a moment; null where its two ends are not both known. */
  until(event: LabelEvent, untilUs: number): number | null {
    const pair = this.pairs.get(keyOf(event));
    if (pair === undefined) return null;
    const fromUs = (event.start ?? 0) * 1e6 - SLACK_US;
    return pair.bytes.reduce((sum, size, index) => {
      const atUs = pair.timesUs[index] ?? 0;
      return atUs >= fromUs && atUs < untilUs ? sum + size : sum;
    }, 0);
  }
}

/** The label's clock is rounded. */
const SLACK_US = 1e5;

function keyOf({ src_ip: source, dst_ip: target }: LabelEvent): string {
  if (typeof source !== 'string' || typeof target !== 'string') return '';
  const [one, other] = [parseAddress(source), parseAddress(target)];
  return one === '' || other === '' ? '' : pairKey(one, other);
}

const pairKey = (one: AddressKey, other: AddressKey): string => (one < other ? `${one} ${other}` : `${other} ${one}`);
