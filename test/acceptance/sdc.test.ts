/**
 * SDC between real software: what the labels of the captures say was sent and ordered is what a replay tells. The
 * captures are other people's; they are read where they lie.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Heard } from '../support/protocol.ts';
import { counted, recordsOf } from '../support/tshark.ts';

const shared = join(process.env.WARDWATCH_SHARED ?? '../shared', 'captures');
const captures = ['third-party/sdc/p40_sdc_plain', 'third-party/sdc/h40_sdc_mixed', 'lab/public/p41_sdc_tls'];

interface Label {
  events: {
    kind: string;
    operations?: [string, string][];
    tls?: boolean;
    serial?: string;
    manufacturer?: string;
    model?: string;
  }[];
  phi_canaries: string[];
  expected: { soap_actions_seen_in_packets: Record<string, number> };
}

/** The label calls a message by the last part of its action. */
const nameOf = (kind: string): string => (kind === 'GetMetadata' ? 'Request' : kind);
const DISCOVERY = new Set(['Hello', 'Bye', 'Probe', 'ProbeMatches']);

for (const name of captures) {
  const path = join(shared, `${name}.pcap`);
  const skip = existsSync(path) ? false : `no ${path}`;
  t.test(name, { skip }, async (t) => {
    const label = JSON.parse(readFileSync(join(shared, `${name}.json`), 'utf8')) as Label;
    const told = await recordsOf(path);
    const of = (kind: string): Heard['record'][] => told.filter((one) => one.kind === kind).map((one) => one.record);

    t.test('has the messages of its label', (t) => {
      // Answers share the ends of requests' names, and the label counts requests and reports only.
      const kinds = counted(
        of('message')
          .filter(({ protocol, kind }) => protocol === (DISCOVERY.has(String(kind)) ? 'ws-discovery' : 'sdc'))
          .map(({ kind }) => nameOf(String(kind)))
          .filter((kind) => !kind.endsWith('Response')),
      );
      t.same(Object.fromEntries(kinds), label.expected.soap_actions_seen_in_packets);
      t.end();
    });

    t.test('has the operations of its label, with what they act on and how they ended', (t) => {
      const wanted = label.events.filter(({ tls }) => tls === false).flatMap(({ operations }) => operations ?? []);
      const operations = of('operation');
      const asked = operations.filter(({ outcome }) => outcome === 'asked');
      t.same(
        asked.map(({ verb, object }) => `${verb} ${object}`).sort(),
        wanted.map(([operation]) => operation).sort(),
      );
      const done = operations.filter(({ outcome }) => outcome === 'done').map(({ object }) => object);
      t.same(done.sort(), asked.map(({ object }) => object).sort());
      t.ok(asked.every(({ fromClient }) => fromClient) && wanted.every(([, state]) => state === 'Fin'));
      t.end();
    });

    t.test('knows the devices that were asked who they are', (t) => {
      const identities = of('identity').filter(({ source }) => String(source).startsWith('DPWS'));
      const serials = new Set(identities.filter(({ attribute }) => attribute === 'serial').map(({ value }) => value));
      for (const serial of serials) {
        const event = label.events.find((one) => one.kind === 'sdc_provider' && one.serial === serial);
        for (const attribute of ['manufacturer', 'model'] as const)
          t.ok(
            identities.some((one) => one.attribute === attribute && one.value === event?.[attribute]),
            attribute,
          );
      }
      t.equal(serials.size, label.events.some(({ kind, tls }) => kind === 'sdc_provider' && tls === false) ? 1 : 0);
      t.end();
    });

    t.test('knows where SDC is spoken before anybody connects', (t) => {
      t.ok(of('expectation').length > 0);
      t.end();
    });

    t.test('tells nothing of a patient, a place or a person', (t) => {
      const all = JSON.stringify(told);
      for (const canary of label.phi_canaries) t.notOk(all.includes(canary), 'a canary');
      t.notMatch(all, /LABHOSP|KLINIKUM|AnonymousSdcParticipant/);
      t.end();
    });

    t.test('is without oddities of SDC', (t) => {
      t.notMatch(JSON.stringify(of('oddity')), /sdc_|ws_discovery_/);
      t.end();
    });
  });
}
