/** `wardwatch baseline policy | import-mud | test`: the least that a device needs, taken from and held against captures. */
import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import type { Policy } from '../baseline/policy.ts';
import { mudDocument, notInMud } from '../baseline/policy-mud.ts';
import { readMud } from '../baseline/policy-mud-read.ts';
import { nftText } from '../baseline/policy-nft.ts';
import { policyHead, policyRows } from '../baseline/policy-table.ts';
import { freshConfiguration } from '../configuration.ts';
import { type Blocked, type DryRun, dryRun, importMud, policyIn } from '../pipeline/policies.ts';
import type { Store } from '../store/store.ts';
import { change, part, reading, runOf, said, type Where, type Who } from './baseline-parts.ts';
import { defaultFolder, inFolder } from './folders.ts';
import { replayKey } from './keys.ts';
import { Failure, reasonOf } from './outcome.ts';
import { replayInto } from './replay.ts';
import { settings } from './settings.ts';
import { withStopSignal } from './signals.ts';
import { withStoreToRead, withStoreToWrite } from './stores.ts';
import { countText, print, say, secondText, table } from './terminal.ts';

type Format = 'table' | 'mud' | 'nft';

interface PolicyOptions extends Where {
  format: Format;
  url?: string;
}

interface TestOptions extends Where {
  config?: string;
}

export function policyCommands(): Command[] {
  return [
    part('policy', 'Write the least that a device needs, from what is accepted for it.')
      .argument('<device>', 'id of the device')
      .addOption(new Option('--format <format>', 'as what').choices(['table', 'mud', 'nft']).default('table'))
      .option('--url <address>', 'address of the MUD file, told in it (https)')
      .action((device: string, options: PolicyOptions) => reading(options, policy(device, options))),
    change('import-mud', 'Accept for a device what a MUD file (RFC 8520) says it needs.')
      .argument('<file>', 'the MUD file')
      .requiredOption('--device <id>', 'id of the device')
      .action((file: string, options: Who & { device: string }) => takeOver(file, options)),
    part('test', 'Say what the policies of a run would have blocked in a capture.')
      .argument('<capture...>', 'captures, as for replay')
      .option('--config <file>', 'configuration (docs/configuration.md)')
      .option('--json', 'one JSON object on standard output')
      .action((captures: string[], options: TestOptions) => test(captures, options)),
  ];
}

function policy(id: string, { format, url }: PolicyOptions) {
  return (_desk: unknown, store: Store, run: string): void => {
    const found = policyIn(store, run, id, Date.now() * 1000);
    const updatedUs = store.runs().find(({ name }) => name === run)?.lastUs ?? 0;
    for (const text of policyLeft(found, format)) say(`not in the policy: ${text}`);
    print(policyText(found, format, url ?? `https://mud.invalid/${id.replaceAll(':', '-')}.json`, updatedUs));
  };
}

/** What is accepted and has no place in such a policy. */
export function policyLeft(found: Policy, format: Format): string[] {
  return [...found.left, ...(format === 'mud' ? notInMud(found) : [])];
}

export function policyText(found: Policy, format: Format, url: string, updatedUs: number): string {
  if (format === 'nft') return nftText(found).trimEnd();
  if (format === 'mud') {
    return JSON.stringify(mudDocument(found, { url, systemInfo: `Policy of ${found.device}`, updatedUs }), null, 2);
  }
  if (found.rules.length === 0) return 'Nothing is accepted for this device yet.';
  return table(policyHead, policyRows(found));
}

async function takeOver(file: string, { device, user, reason, ...where }: Who & { device: string }): Promise<void> {
  const read = mudIn(file);
  await withStoreToWrite(where.into ?? defaultFolder(), async (store) => {
    said(() => {
      const who = { user, reason, timeUs: Date.now() * 1000 };
      const { accepted, left, version } = importMud(store, runOf(store, where.run), device, read, who);
      for (const text of [...read.unmapped, ...left]) say(`not taken over: ${text}`);
      say(`${accepted} relations are accepted by the MUD file; the baseline is version ${version} now`);
    });
  });
}

function mudIn(file: string): ReturnType<typeof readMud> {
  try {
    return readMud(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new Failure(`${file}: ${error instanceof SyntaxError ? 'is no JSON' : reasonOf(error)}`);
  }
}

async function test(inputs: readonly string[], options: TestOptions): Promise<void> {
  // What is only tried must reach nobody: no points, no alerts.
  const configuration = { ...(await settings(options.config)), outputs: freshConfiguration().outputs };
  const single = { workers: 1, speed: 0, learnUntil: null, baselineFrom: null, rebaseNow: false };
  await withStoreToRead(options.into ?? defaultFolder(), async (store) => {
    const run = runOf(store, options.run);
    await inFolder(undefined, async (folder) => {
      const request = { inputs, run: 'test', configuration, key: replayKey(undefined), spoolFolder: folder, ...single };
      await withStopSignal((stop) => replayInto(folder, request, stop));
      await withStoreToRead(folder, async (seen) => {
        said(() => tell(dryRun({ store, run }, { store: seen, run: 'test' }, Date.now() * 1000), run, options));
      });
    });
  });
}

function tell({ blocked, tested, untested }: DryRun, run: string, options: TestOptions): void {
  if (options.json) {
    print(JSON.stringify({ run, blocked: blocked.map(blockedJson), tested, untested }));
    return;
  }
  const judged = `${countText(tested.length)} devices have a policy, ${countText(untested.length)} have none`;
  if (blocked.length === 0) {
    print(`Nothing would have been blocked (${judged}).`);
    return;
  }
  const rows = blocked.map((one) => [
    secondText(one.firstUs),
    one.device,
    one.role,
    one.service,
    one.peer,
    one.endpoints.join(', '),
    countText(one.count),
  ]);
  print(table(['first', 'device', 'role', 'service', 'peer', 'server listens on', 'conversations'], rows));
  say(`${countText(blocked.length)} relations would have been blocked (${judged})`);
}

function blockedJson({ firstUs, ...rest }: Blocked): unknown {
  return { ...rest, first: new Date(Math.floor(firstUs / 1000)).toISOString() };
}
