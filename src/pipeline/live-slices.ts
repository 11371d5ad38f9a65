/**
 * Slices of a live sensor: which incidents have something new (at the analyst), and putting the packets of all workers
 * together and into files (at whoever started them). The oldest files give way.
 */
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { FindingRow, IncidentRow } from '../model.ts';
import { pcapng, writeEvidence } from '../output/evidence-files.ts';
import { codeOf } from '../output/files.ts';
import { maskingReport, type SliceAbout } from './kept-packet.ts';
import type { KeptFlow } from './packet-keeper.ts';
import { VERSION } from './version.ts';

export const evidenceFolder = (store: string): string => join(store, 'evidence');

export interface SliceOrder extends SliceAbout {
  readonly flows: readonly string[];
}

/** Says which slices are to be written: those of incidents that are new or have grown. */
export class SliceOrders {
  private readonly told = new Map<string, number>();

  due(incidents: readonly IncidentRow[], findings: readonly FindingRow[]): SliceOrder[] {
    const byId = new Map(findings.map((finding) => [finding.id, finding]));
    const orders: SliceOrder[] = [];
    for (const { id, device, alerts } of incidents) {
      const own = alerts.map((alert) => byId.get(alert)).filter((finding) => finding !== undefined);
      const signals = own.reduce((sum, { count }) => sum + count, 0);
      const flows = [...new Set(own.flatMap(({ evidence }) => evidence.flows))];
      if (this.told.get(id) === signals || flows.length === 0) continue;
      this.told.set(id, signals);
      const about = own.map(({ id, detector }) => ({ id, detector }));
      orders.push({ name: id, kind: 'incident', device, findings: about, flows });
    }
    return orders;
  }
}

interface Pending {
  readonly orders: readonly SliceOrder[];
  readonly flows: Map<string, KeptFlow>;
  waiting: number;
}

export class LiveSlices {
  private readonly folder: string;
  private readonly run: string;
  private readonly slicesMax: number;
  private readonly warn: (line: string) => void;
  private readonly pending = new Map<number, Pending>();
  private next = 1;
  private hasWarned = false;
  private settledHearer: () => void = () => {};

  constructor(store: string, run: string, slicesMax: number, warn: (line: string) => void) {
    this.folder = evidenceFolder(store);
    this.run = run;
    this.slicesMax = slicesMax;
    this.warn = warn;
  }

  /** Returns the number of the request that so many workers are to be asked, and the conversations it is about. */
  ask(orders: readonly SliceOrder[], workers: number): { readonly request: number; readonly flows: string[] } {
    const request = this.next++;
    this.pending.set(request, { orders, flows: new Map(), waiting: workers });
    return { request, flows: [...new Set(orders.flatMap(({ flows }) => flows))] };
  }

  /** What one worker has of it. */
  hear(request: number, flows: ReadonlyMap<string, KeptFlow>): void {
    const one = this.pending.get(request);
    if (one === undefined) return;
    for (const [name, kept] of flows) {
      const before = one.flows.get(name);
      const packets = before === undefined ? kept.packets : [...before.packets, ...kept.packets];
      one.flows.set(name, { packets, leftOut: kept.leftOut + (before?.leftOut ?? 0) });
    }
    if (--one.waiting > 0) return;
    this.pending.delete(request);
    for (const order of one.orders) this.write(order, one.flows);
    if (this.pending.size === 0) this.settledHearer();
  }

  /** Resolves when every worker has answered, or after so long. */
  settled(timeoutMs: number): Promise<void> {
    if (this.pending.size === 0) return Promise.resolve();
    return new Promise((done) => {
      const timer = setTimeout(done, timeoutMs);
      this.settledHearer = () => {
        clearTimeout(timer);
        done();
      };
    });
  }

  private write(order: SliceOrder, flows: ReadonlyMap<string, KeptFlow>): void {
    const own = order.flows.map((name) => flows.get(name)).filter((kept) => kept !== undefined);
    const packets = own.flatMap(({ packets }) => packets).sort((a, b) => a.timeUs - b.timeUs || a.number - b.number);
    if (packets.length === 0) return;
    const leftOut = own.reduce((sum, kept) => sum + kept.leftOut, 0);
    const comment = `wardwatch run ${this.run}, incident ${order.name}: payload is masked, see ${order.name}.masking.json`;
    try {
      const report = maskingReport(order, this.run, packets, leftOut);
      writeEvidence(this.folder, order.name, pcapng(packets, `wardwatch ${VERSION}`, comment), report);
      this.makeRoom();
    } catch (error) {
      if (!this.hasWarned) this.warn(`evidence cannot be written to ${this.folder} (${codeOf(error)})`);
      this.hasWarned = true;
    }
  }

  private makeRoom(): void {
    const slices = readdirSync(this.folder).filter((name) => name.endsWith('.pcapng'));
    if (slices.length <= this.slicesMax) return;
    const aged = slices.map((name) => ({ name, ms: statSync(join(this.folder, name)).mtimeMs }));
    aged.sort((a, b) => a.ms - b.ms || (a.name < b.name ? -1 : 1));
    for (const { name } of aged.slice(0, slices.length - this.slicesMax)) {
      rmSync(join(this.folder, name), { force: true });
      rmSync(join(this.folder, name.replace(/pcapng$/, 'masking.json')), { force: true });
    }
  }
}
