/** One packet of a conversation, masked as it is copied, with what is needed to zero it later when its beginning was lost. */
import type { Batch } from '../bytes/batch.ts';
import { transportSum, zeroSummed } from '../evidence/checksum.ts';
import { type Direction, maskPacket } from '../evidence/masker.ts';
import type { EvidencePacket } from '../output/evidence-files.ts';
import { type Frame, TCP } from '../wire/frame.ts';

export interface Kept extends EvidencePacket {
  readonly masked: ReadonlyMap<string, number>;
  /** The direction it belongs to, null without a conversation; which one of its packets with payload; where that is. */
  readonly direction: Direction | null;
  readonly index: number;
  readonly payload: number;
  readonly end: number;
  readonly checksum: number;
  readonly isAligned: boolean;
}

/** Row `row` of the batch, which the frame was decoded from. */
export function keptPacket(batch: Batch, row: number, frame: Frame, direction: Direction | null, number: number): Kept {
  const origin = batch.offset[row]!;
  const bytes = batch.bytes.slice(origin, origin + batch.captured[row]!);
  const masked = new Map<string, number>();
  maskPacket(bytes, origin, batch.link[row]!, frame, direction, masked);
  const payload = frame.payload - origin;
  const end = frame.end - origin;
  const hasPayload = direction !== null && frame.transportProtocol === TCP && end > payload;
  const isRight = frame.end === frame.wireEnd && hasPayload && transportSum(bytes, origin, frame) === 0;
  return {
    direction,
    index: hasPayload ? direction.packets++ : -1,
    payload,
    end,
    checksum: isRight ? frame.transport - origin + 16 : -1,
    isAligned: direction?.isAligned ?? true,
    number,
    timeUs: batch.timeUs[row]!,
    wireBytes: batch.wire[row]!,
    link: batch.link[row]!,
    bytes,
    masked,
  };
}

/** Behind a gap nobody can tell what the middle of a message is part of: zeros, until the next one begins. */
export function withoutHalves(packets: readonly Kept[]): Kept[] {
  const said = new Map<Direction, number>();
  return packets.map((packet) => {
    const { direction, index, payload, end, checksum, isAligned } = packet;
    if (direction === null || index < 0) return packet;
    if (index === (said.get(direction) ?? 0) || isAligned) {
      said.set(direction, index + 1);
      return packet;
    }
    const bytes = packet.bytes.slice();
    zeroSummed(bytes, payload, end, checksum);
    return { ...packet, bytes, masked: new Map([['middle of a message', end - payload]]) };
  });
}

export interface SliceAbout {
  readonly name: string;
  readonly kind: 'incident' | 'finding';
  readonly device: string;
  readonly findings: readonly { readonly id: string; readonly detector: string }[];
}

/** What is written beside a slice: what was masked, and how much found no room. */
export function maskingReport(
  { kind, name, device, findings }: SliceAbout,
  run: string,
  packets: readonly Pick<Kept, 'bytes' | 'masked'>[],
  leftOut: number,
) {
  const masked = new Map<string, number>();
  for (const packet of packets) {
    for (const [rule, bytes] of packet.masked) masked.set(rule, (masked.get(rule) ?? 0) + bytes);
  }
  return {
    schema: 1,
    run,
    kind,
    id: name,
    device,
    findings: findings.map(({ id, detector }) => ({ id, detector })),
    packets: packets.length,
    bytes: packets.reduce((sum, { bytes }) => sum + bytes.length, 0),
    leftOut,
    maskedBytes: Object.fromEntries([...masked].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}
