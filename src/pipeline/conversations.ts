/**
 * Who talks to whom, for people to look at: sums of every link, and the conversations that ended last. Told of every
 * update of a flow; rows are made when the run is written, because devices may still prove to be others until then.
 */
import type { FlowRow, LinkRow } from '../model.ts';
import type { FlowUpdate } from '../records.ts';
import { type FlowLink, resolved } from './links.ts';

/** Links that are kept apart; what comes after them is counted in `refused`. */
const LINKS_MAX = 262_144;
/** Conversations that wait for the next writing; the oldest give way. */
const FLOWS_MAX = 16_384;

interface Sums {
  readonly link: FlowLink;
  readonly service: string;
  firstUs: number;
  lastUs: number;
  flows: number;
  bytesToServer: number;
  bytesToClient: number;
  isChanged: boolean;
}

interface Ended {
  readonly link: FlowLink;
  readonly endUs: number;
  readonly bytesToServer: number;
  readonly bytesToClient: number;
}

/** What an open flow has added to the sums of its two devices. */
export interface OpenFlow {
  sums: Sums | null;
  bytesToServer: number;
  bytesToClient: number;
}

export class Conversations {
  refused = 0;
  private readonly sums = new Map<string, Sums>();
  private readonly ended: Ended[] = [];
  private next = 0;

  update(record: FlowUpdate, link: FlowLink): void {
    if (resolved(link.clientDevice).group || resolved(link.serverDevice).group) return;
    link.conversation ??= { sums: null, bytesToServer: 0, bytesToClient: 0 };
    const open = link.conversation;
    const { service } = link;
    if (open.sums === null || open.sums.service !== service) this.move(open, link, service);
    const { bytesToServer, bytesToClient } = record;
    open.bytesToServer += bytesToServer;
    open.bytesToClient += bytesToClient;
    if (open.sums !== null) add(open.sums, bytesToServer, bytesToClient, record.timeUs);
  }

  end({ timeUs }: { readonly timeUs: number }, link: FlowLink): void {
    const open = link.conversation;
    if (open === null) return;
    link.conversation = null;
    // A circle: the oldest gives way.
    this.ended[this.next] = {
      link,
      endUs: timeUs,
      bytesToServer: open.bytesToServer,
      bytesToClient: open.bytesToClient,
    };
    this.next = (this.next + 1) % FLOWS_MAX;
  }

  /** Its protocol has been told: what was counted under its port goes along. */
  private move(open: OpenFlow, link: FlowLink, service: string): void {
    const { sums: before, bytesToServer, bytesToClient } = open;
    const sums = this.sumsOf(link, service);
    open.sums = sums;
    if (sums === null) return;
    if (before !== null) {
      before.flows--;
      add(before, -bytesToServer, -bytesToClient, before.lastUs);
      if (before.flows === 0) this.sums.delete(keyOf(before.link, before.service));
    }
    sums.flows++;
    sums.firstUs = Math.min(sums.firstUs, link.startUs);
    add(sums, bytesToServer, bytesToClient, link.startUs);
  }

  private sumsOf(link: FlowLink, service: string): Sums | null {
    const key = keyOf(link, service);
    const known = this.sums.get(key);
    if (known !== undefined) return known;
    if (this.sums.size >= LINKS_MAX) {
      this.refused++;
      return null;
    }
    const { startUs } = link;
    const sums = {
      link,
      service,
      firstUs: startUs,
      lastUs: startUs,
      flows: 0,
      bytesToServer: 0,
      bytesToClient: 0,
      isChanged: true,
    };
    this.sums.set(key, sums);
    return sums;
  }

  /** Links that are new or have grown since this was last asked; addresses of one device are one row. */
  links(before: ReadonlyMap<string, LinkRow>): LinkRow[] {
    const changed = new Set<string>();
    const rows = new Map<string, LinkRow>();
    for (const sums of this.sums.values()) {
      const row = rowOf(sums);
      const key = linkKey(row);
      if (sums.isChanged) changed.add(key);
      sums.isChanged = false;
      const other = rows.get(key);
      rows.set(key, other === undefined ? row : joined(other, row));
    }
    return [...changed].sort().map((key) => {
      const row = rows.get(key)!;
      const old = before.get(key);
      return old === undefined ? row : joined(old, row);
    });
  }

  /** Conversations that have ended since this was last asked. */
  flows(): FlowRow[] {
    const inOrder = [...this.ended.slice(this.next), ...this.ended.slice(0, this.next)];
    this.ended.length = 0;
    this.next = 0;
    return inOrder.map(flowRow);
  }
}

/** Ports that systems give out at random are one service (links.ts). */
function portOf(link: FlowLink, service: string): number {
  return service.endsWith('/eph') ? 0 : link.serverPort;
}

function keyOf(link: FlowLink, service: string): string {
  return `${link.clientKey}\n${link.serverKey}\n${service}\n${portOf(link, service)}\n${link.transport}`;
}

function add(sums: Sums, bytesToServer: number, bytesToClient: number, timeUs: number): void {
  sums.bytesToServer += bytesToServer;
  sums.bytesToClient += bytesToClient;
  sums.lastUs = Math.max(sums.lastUs, timeUs);
  sums.isChanged = true;
}

export function linkKey({ client, server, service, port, transport }: LinkRow): string {
  return [client, server, service, port, transport].join('\n');
}

function joined(a: LinkRow, b: LinkRow): LinkRow {
  return {
    ...a,
    firstUs: Math.min(a.firstUs, b.firstUs),
    lastUs: Math.max(a.lastUs, b.lastUs),
    flows: a.flows + b.flows,
    bytesToServer: a.bytesToServer + b.bytesToServer,
    bytesToClient: a.bytesToClient + b.bytesToClient,
  };
}

function rowOf({ link, service, firstUs, lastUs, flows, bytesToServer, bytesToClient }: Sums): LinkRow {
  return {
    client: resolved(link.clientDevice).id,
    server: resolved(link.serverDevice).id,
    service,
    port: portOf(link, service),
    transport: link.transport,
    firstUs,
    lastUs,
    flows,
    bytesToServer,
    bytesToClient,
  };
}

function flowRow({ link, endUs, bytesToServer, bytesToClient }: Ended): FlowRow {
  const { clientPort, serverPort, transport, service, startUs, packetsToServer, packetsToClient, midstream } = link;
  return {
    client: resolved(link.clientDevice).id,
    clientAddress: link.clientAddress,
    clientPort,
    server: resolved(link.serverDevice).id,
    serverAddress: link.serverAddress,
    serverPort,
    transport,
    service,
    startUs,
    endUs,
    packetsToServer,
    packetsToClient,
    bytesToServer,
    bytesToClient,
    isPartial: midstream || packetsToServer === 0 || packetsToClient === 0,
  };
}
