/** Captures in, readable text out: what a person would check after a change of decoders or detectors. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freshConfiguration } from '../../src/configuration.ts';
import { publishedKey } from '../../src/pipeline/key.ts';
import { replay } from '../../src/pipeline/replay.ts';
import { Store } from '../../src/store/store.ts';

interface Report {
  readonly alerts: readonly Record<string, string | number>[];
  readonly held: readonly Record<string, string | number>[];
  readonly incidents: readonly { readonly device: string; readonly risk: number; readonly severity: string }[];
  readonly devices: readonly {
    readonly id: string;
    readonly class: string;
    readonly tier: number;
    readonly model: string;
    readonly roles: readonly string[];
  }[];
  readonly protocols: unknown;
  readonly dicom: Readonly<Record<string, unknown>>;
  readonly hl7: Readonly<Record<string, unknown>>;
  readonly oddities: unknown;
  readonly coverage: { readonly verdict: string };
}

/** Golden files by name: the captures, and how many minutes of them count as usual. */
export const goldens: Readonly<
  Record<string, { readonly inputs: readonly string[]; readonly learnMinutes: number | null }>
> = {
  'demo-watched': { inputs: ['captures/demo'], learnMinutes: 19 },
  'demo-learning': { inputs: ['captures/demo'], learnMinutes: null },
  'messages-new': { inputs: ['captures/demo/p05_hl7_benign.pcap.gz'], learnMinutes: 0 },
};

export async function goldenText(name: string): Promise<string> {
  const golden = goldens[name];
  if (golden === undefined) throw new Error(`no golden ${name}`);
  const folder = mkdtempSync(join(tmpdir(), 'wardwatch-golden-'));
  const store = Store.open(folder);
  try {
    const { report } = await replay({
      inputs: golden.inputs,
      run: name,
      configuration: freshConfiguration(),
      workers: 1,
      speed: 0,
      learnUntil: golden.learnMinutes === null ? null : { afterUs: golden.learnMinutes * 60e6 },
      rebaseNow: false,
      key: publishedKey,
      store,
      influx: null,
    });
    return textOf(report as unknown as Report);
  } finally {
    store.close();
    rmSync(folder, { recursive: true });
  }
}

function textOf(report: Report): string {
  const lines: string[] = [];
  const section = (title: string, rows: readonly string[]): void => void lines.push(`== ${title}`, ...rows, '');
  section(
    'alerts',
    report.alerts.flatMap((one) => [
      `${one.start} ${one.detector} ${one.severity} ${one.confidence} ${one.deviceAddress} < ${one.peerAddress} ${one.service} ×${one.count}`,
      `    ${one.usual}`,
      `    ${one.happened}`,
      `    ${one.matters}`,
      `    ${one.firstStep}`,
    ]),
  );
  section(
    'held',
    report.held.map(
      (one) =>
        `${one.firstSeen} ${one.card} ${one.deviceAddress} < ${one.peerAddress} ${one.service} ${one.verb} ×${one.count}`,
    ),
  );
  section(
    'incidents',
    report.incidents.map(({ device, risk, severity }) => `${device} risk ${risk} ${severity}`),
  );
  section(
    'devices',
    report.devices.map((one) =>
      `${one.id} ${one.class || 'unknown'} tier ${one.tier} ${one.model} ${one.roles.join(', ')}`.trimEnd(),
    ),
  );
  for (const part of ['protocols', 'dicom', 'hl7', 'oddities'] as const)
    section(part, [JSON.stringify(report[part], null, 1)]);
  section('coverage', [report.coverage.verdict]);
  return lines.join('\n');
}
