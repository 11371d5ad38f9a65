/**
 * The packets that belong to incidents, read again from the capture and masked as they are copied (contract 4.7).
 *
 * Of each conversation that a finding names: its first packets and its last; and the packets the finding points at. Without
 * incidents, each finding has a slice of its own. What finds no room is counted in the report beside the slice.
 */
import { addressKey } from '../bytes/address.ts';
import { type MadeCaptures, openCapture } from '../capture/open.ts';
import { Direction } from '../evidence/masker.ts';
import { type Limits, limits as usualLimits } from '../limits.ts';
import type { FindingRow, IncidentRow } from '../model.ts';
import { pcapng, writeEvidence } from '../output/evidence-files.ts';
import { communityId } from '../wire/community-id.ts';
import { Decoder } from '../wire/decode.ts';
import { Frame, ICMP, ICMPV6 } from '../wire/frame.ts';
import { type Kept, keptPacket, maskingReport, withoutHalves } from './kept-packet.ts';
import { VERSION } from './version.ts';

export interface EvidenceRequest {
  readonly inputs: readonly string[];
  readonly made?: MadeCaptures;
  readonly limits?: Limits;
  readonly folder: string;
  readonly run: string;
  readonly findings: readonly EvidenceFinding[];
  readonly incidents: readonly Pick<IncidentRow, 'id' | 'device' | 'alerts'>[];
}

export interface EvidenceFinding extends Pick<FindingRow, 'id' | 'device' | 'detector'> {
  readonly evidence: { readonly packets: readonly { readonly packet: number }[]; readonly flows: readonly string[] };
}

export interface EvidenceResult {
  readonly slices: number;
  readonly packets: number;
  /** Packets that should be in a slice and found no room. */
  readonly leftOut: number;
}

/** One conversation that is wanted, or one packet that is (then `first` is all there is). */
interface Conversation {
  readonly first: Kept[];
  readonly last: Kept[];
  packets: number;
  readonly toServer: Direction;
  readonly toClient: Direction;
  /** Addresses and ports of the side whose first packet was seen. */
  opener: string;
}

interface Slice {
  readonly name: string;
  readonly kind: 'incident' | 'finding';
  readonly device: string;
  readonly findings: readonly EvidenceFinding[];
}

/** Tuples whose name is remembered, before all of them are forgotten: the name costs a digest. */
const TUPLES_MAX = 65_536;

export async function evidence(request: EvidenceRequest): Promise<EvidenceResult> {
  const limits = request.limits ?? usualLimits;
  const slices = slicesOf(request).slice(0, limits.evidenceSlicesMax);
  const collector = new Collector(slices, limits);
  const capture = await openCapture(request.inputs, { limits, made: request.made ?? new Map() });
  try {
    for (let range = await capture.next(); range !== null; range = await capture.next()) {
      for (let row = range.from; row < range.to; row++) collector.packet(range.batch, row);
    }
  } finally {
    await capture.close();
  }
  let packets = 0;
  let leftOut = 0;
  for (const slice of slices) {
    const report = collector.write(slice, request);
    packets += report.packets;
    leftOut += report.leftOut;
  }
  return { slices: slices.length, packets, leftOut };
}

function slicesOf({ incidents, findings }: EvidenceRequest): Slice[] {
  const byId = new Map(findings.map((finding) => [finding.id, finding]));
  if (incidents.length === 0) {
    return findings.map((finding) => ({
      name: finding.id,
      kind: 'finding',
      device: finding.device,
      findings: [finding],
    }));
  }
  return incidents.map(({ id, device, alerts }) => ({
    name: id,
    kind: 'incident',
    device,
    findings: alerts.map((alert) => byId.get(alert)).filter((finding) => finding !== undefined),
  }));
}

type Batch = Parameters<Decoder['decode']>[0];

class Collector {
  private readonly limits: Limits;
  private readonly decoder: Decoder;
  private readonly frame = new Frame();
  private readonly conversations = new Map<string, Conversation>();
  private readonly singles = new Map<number, Kept | null>();
  private readonly tuples = new Map<string, Conversation | null>();
  private number = 0;
  private bytesKept = 0;

  constructor(slices: readonly Slice[], limits: Limits) {
    this.limits = limits;
    // No datagram is put together: pieces are masked as they came.
    this.decoder = new Decoder({ ...limits, fragmentPartsMax: 0 });
    for (const { findings } of slices) {
      for (const { evidence } of findings) {
        for (const { packet } of evidence.packets) this.singles.set(packet, null);
        for (const flow of evidence.flows) this.conversations.set(flow, fresh());
      }
    }
  }

  packet(batch: Batch, row: number): void {
    const number = ++this.number;
    const { frame } = this;
    this.decoder.decode(batch, row, frame);
    const conversation = this.conversationOf();
    if (conversation === null && !this.singles.has(number)) return;
    const direction = conversation === null ? null : this.directionOf(conversation);
    const kept = keptPacket(batch, row, frame, direction, number);
    if (conversation !== null) this.keep(conversation, kept);
    if (this.singles.has(number) && this.hasRoom(kept.bytes.length)) this.singles.set(number, kept);
  }

  private hasRoom(bytes: number): boolean {
    if (this.bytesKept + bytes > this.limits.evidenceBytesMax) return false;
    this.bytesKept += bytes;
    return true;
  }

  private keep(conversation: Conversation, kept: Kept): void {
    const { first, last } = conversation;
    const most = this.limits.evidenceFlowPackets;
    conversation.packets++;
    if (!this.hasRoom(kept.bytes.length)) return;
    if (first.length < most) first.push(kept);
    else {
      last.push(kept);
      if (last.length > most) this.bytesKept -= last.shift()?.bytes.length ?? 0;
    }
  }

  /** The conversation of the frame when it is wanted. */
  private conversationOf(): Conversation | null {
    const { frame } = this;
    if (frame.transportProtocol === 0 || frame.fragmentOffset >= 0) return null;
    const [source, target] = this.ends();
    const isIcmp = frame.transportProtocol === ICMP || frame.transportProtocol === ICMPV6;
    const ports = isIcmp ? [frame.icmpType, frame.icmpCode] : [frame.sourcePort, frame.targetPort];
    const tuple = `${source}${target}${frame.transportProtocol} ${ports[0]} ${ports[1]}`;
    const known = this.tuples.get(tuple);
    if (known !== undefined) return known;
    if (this.tuples.size >= TUPLES_MAX) this.tuples.clear();
    const name = communityId(frame.transportProtocol, source, target, ports[0] ?? 0, ports[1] ?? 0);
    const conversation = this.conversations.get(name) ?? null;
    this.tuples.set(tuple, conversation);
    return conversation;
  }

  private ends(): [string, string] {
    const { view, sourceAddress, targetAddress, addressBytes } = this.frame;
    return [addressKey(view, sourceAddress, addressBytes), addressKey(view, targetAddress, addressBytes)];
  }

  private directionOf(conversation: Conversation): Direction {
    const opener = `${this.ends()[0]}${this.frame.sourcePort}`;
    if (conversation.opener === '') conversation.opener = opener;
    return conversation.opener === opener ? conversation.toServer : conversation.toClient;
  }

  write(slice: Slice, { folder, run }: EvidenceRequest): { packets: number; leftOut: number } {
    const packets = new Map<number, Kept>();
    let wanted = 0;
    let kept = 0;
    for (const { evidence } of slice.findings) {
      for (const { packet } of evidence.packets) {
        const single = this.singles.get(packet) ?? null;
        if (single !== null) packets.set(packet, single);
      }
    }
    for (const flow of new Set(slice.findings.flatMap(({ evidence }) => evidence.flows))) {
      const conversation = this.conversations.get(flow);
      if (conversation === undefined) continue;
      wanted += Math.min(conversation.packets, 2 * this.limits.evidenceFlowPackets);
      kept += conversation.first.length + conversation.last.length;
      for (const packet of [...conversation.first, ...conversation.last]) packets.set(packet.number, packet);
    }
    const inOrder = withoutHalves([...packets.values()].sort((a, b) => a.number - b.number));
    const report = maskingReport(slice, run, inOrder, wanted - kept);
    const comment = `wardwatch run ${run}, ${slice.kind} ${slice.name}: payload is masked, see ${slice.name}.masking.json`;
    writeEvidence(folder, slice.name, pcapng(inOrder, `wardwatch ${VERSION}`, comment), report);
    return report;
  }
}

function fresh(): Conversation {
  const [toServer, toClient] = [new Direction(), new Direction()];
  return { first: [], last: [], packets: 0, toServer, toClient, opener: '' };
}
