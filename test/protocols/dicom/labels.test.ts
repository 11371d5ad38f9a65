/** Real software in the lab: what an independent parser found on the wire is what the decoder says. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { dicom } from '../../../protocols/dicom/index.ts';
import { conversations, replay } from '../../support/clean-capture.ts';
import type { Heard } from '../../support/protocol.ts';

interface Label {
  readonly dicom_wire_associations: readonly Wire[];
  readonly phi_canaries?: readonly string[];
}

interface Wire {
  readonly calling: string;
  readonly called: string;
  readonly src_ip: string;
  readonly dst_ip: string;
  readonly sport: number;
  readonly port: number;
  readonly outcome: string;
  readonly reject?: readonly number[];
  readonly abort?: readonly number[];
  readonly presentation_contexts_proposed: number;
  readonly max_pdu_requestor: number;
  readonly max_pdu_acceptor?: number;
  readonly dimse_sent: Record<string, number>;
  readonly dimse_received: Record<string, number>;
  readonly dataset_bytes_sent: number;
  readonly dataset_bytes_received: number;
}

const folder = join(process.env.WARDWATCH_SHARED ?? '../shared', 'captures/lab/public');
const captures = [
  'p01_dicom_dcmtk_benign',
  'p02_dicom_orthanc',
  'p03_dicom_edge',
  'p10_recon_scans',
  'p11_dicom_theft',
];

for (const name of captures) {
  const path = join(folder, `${name}.pcap`);
  const skip = existsSync(path) ? false : `needs ${path}`;
  t.test(`${name} says what its label says`, { skip }, (t) => {
    const label: Label = JSON.parse(readFileSync(path.replace(/pcap$/, 'json'), 'utf8'));
    const found: unknown[] = [];
    let all = '';
    for (const talk of conversations(path)) {
      const list = replay(dicom, talk);
      if (list === null) continue;
      all += JSON.stringify(list);
      const ends = { src: talk.client, dst: talk.server, sport: talk.clientPort, port: talk.serverPort };
      for (const one of associations(list)) found.push({ ...ends, ...one });
    }
    t.same(found.map(text).sort(), label.dicom_wire_associations.map(wanted).map(text).sort());
    t.same(
      (label.phi_canaries ?? []).filter((canary) => all.includes(canary)),
      [],
      'no patient is in any record',
    );
    t.end();
  });
}

function text(value: unknown): string {
  return JSON.stringify(value);
}

/** The label counts the bytes of every data set, a record those of an image: compared where there are only images. */
function imageBytes(counts: Record<string, number>, bytes: number): number | null {
  const others = Object.keys(counts).filter((key) => /^(C-FIND|C-MOVE-RQ|C-GET-RQ|C-GET-RSP|N-)/.test(key));
  return others.length > 0 ? null : bytes;
}

function wanted(wire: Wire): Record<string, unknown> {
  const isOver = wire.outcome === 'open' || wire.outcome === 'reset';
  return {
    src: wire.src_ip,
    dst: wire.dst_ip,
    sport: wire.sport,
    port: wire.port,
    calling: wire.calling.trim(),
    called: wire.called.trim(),
    proposed: wire.presentation_contexts_proposed,
    maxPdu: [wire.max_pdu_requestor, wire.max_pdu_acceptor ?? null],
    outcome: isOver ? 'dropped' : wire.outcome,
    why: wire.reject ?? wire.abort ?? null,
    sent: sorted(wire.dimse_sent),
    received: sorted(wire.dimse_received),
    sentBytes: imageBytes(wire.dimse_sent, wire.dataset_bytes_sent),
    receivedBytes: imageBytes(wire.dimse_received, wire.dataset_bytes_received),
  };
}

function associations(list: readonly Heard[]): Record<string, unknown>[] {
  const all: Record<string, unknown>[] = [];
  let now: Record<string, unknown> = {};
  let sent: Record<string, number> = {};
  let received: Record<string, number> = {};
  let bytes: [number, number] = [0, 0];
  for (const { kind, record } of list) {
    if (kind === 'association') {
      sent = {};
      received = {};
      bytes = [0, 0];
      now = { calling: record.callingAe, called: record.calledAe, proposed: record.contextsProposed };
      now.maxPdu = [record.maxPduBytes, null];
    } else if (kind === 'associationAnswer') {
      (now.maxPdu as unknown[])[1] = record.maxPduBytes;
    } else if (kind === 'dimse') {
      const status = record.status as number;
      const key = status < 0 ? `${record.verb}` : `${record.verb}:0x${status.toString(16).padStart(4, '0')}`;
      const counts = record.fromClient ? sent : received;
      counts[key] = (counts[key] ?? 0) + 1;
    } else if (kind === 'instance') {
      bytes[record.fromClient ? 0 : 1] += record.bytes as number;
    } else if (kind === 'associationEnd') {
      const why = record.how === 'rejected' ? [record.result, record.source, record.reason] : null;
      now.outcome = record.how;
      now.why = record.how === 'aborted' ? [record.source, record.reason] : why;
      const sentBytes = imageBytes(sent, bytes[0]);
      const receivedBytes = imageBytes(received, bytes[1]);
      all.push({ ...now, sent: sorted(sent), received: sorted(received), sentBytes, receivedBytes });
    }
  }
  return all;
}

function sorted(counts: Record<string, number>): [string, number][] {
  return Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1));
}
