/** `wardwatch baseline`: what is usual for each device, what a person decides about it, and the way back. */
import { readFileSync, writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import type { Action, Decision } from '../baseline/decisions.ts';
import { type Layer, layers } from '../baseline/device-baseline.ts';
import type { DeviceDifference } from '../baseline/difference.ts';
import type { DeviceDocument, RelationDocument } from '../baseline/document.ts';
import type { BaselineDesk, SignedBaseline } from '../pipeline/baseline-desk.ts';
import type { Store } from '../store/store.ts';
import { change, idOf, part, reading, type Where, type Who, writing } from './baseline-parts.ts';
import { policyCommands } from './baseline-policy.ts';
import { replayKey } from './keys.ts';
import { moment, versionNumber } from './options.ts';
import { Failure, reasonOf } from './outcome.ts';
import { countText, print, say, secondText, table } from './terminal.ts';

interface Relation extends Who {
  peer: string;
  service: string;
  verb: string;
  role: 'client' | 'server' | '';
  until?: number;
}

export function baselineCommand(): Command {
  const command = new Command('baseline')
    .description('What is usual for each device: show it, decide about it, compare versions, go back.')
    .addHelpText('after', help);
  for (const sub of [...showing(), ...deciding(), ...versioning(), ...handing(), ...policyCommands()]) {
    command.addCommand(sub.helpOption('-h, --help', 'print help'));
  }
  return command;
}

const help = `
Examples:
  $ wardwatch baseline list                                        how far each device is learnt, and why
  $ wardwatch baseline show 00:09:fb:20:03:11                      its usual relations and its candidates
  $ wardwatch baseline accept 00:09:fb:20:03:11 --peer 00:1b:21:20:06:10 --service ssh \\
      --user j.doe --reason 'service contract' --until 2027-01-31
  $ wardwatch baseline versions && wardwatch baseline rollback 3 --user j.doe --reason 'wrong sign-off'
  $ wardwatch baseline policy 00:09:fb:20:03:11 --format nft > ct.nft && nft -c -f ct.nft
  $ wardwatch baseline test yesterday.pcap                         what these policies would have blocked

While a sensor is running on the store, its baseline belongs to it: stop it first.`;

function showing(): Command[] {
  return [
    part('list', 'List the devices: how far each layer is learnt, and why it is not further.')
      .option('--json', 'one JSON object on standard output')
      .action((options: Where) => reading(options, list)),
    part('show', 'Show the relations of one device.')
      .argument('<device>', 'id of the device')
      .option('--json', 'one JSON object on standard output')
      .action((device: string, options: Where) => reading(options, (desk) => show(desk, device, options))),
    part('decisions', 'List what was decided, by whom, when and why.')
      .option('--json', 'one JSON object on standard output')
      .action((options: Where) => reading(options, decisions)),
  ];
}

function deciding(): Command[] {
  const relation = (action: Action, description: string): Command =>
    change(action, description)
      .argument('<device>', 'id or address of the device')
      .requiredOption('--peer <id>', 'id or address of the peer, or its name or network outside')
      .requiredOption('--service <name>', 'the service: dicom, ssh, tcp/8081')
      .option('--verb <verb>', 'the verb of its protocol; without it the service itself', '')
      .addOption(
        new Option('--role <role>', 'only as client or as server').choices(['client', 'server']).default('', 'both'),
      )
      .option('--until <time>', 'accepted until then: ISO 8601 (UTC)', moment)
      .action((device: string, options: Relation) => aboutRelation(action, device, options));
  return [
    relation('accept', 'Accept a relation of a device.'),
    relation('accept-group', 'Accept a relation for all devices of the same class, model and zone.'),
    relation('reject', 'Reject a relation: no rule accepts it any more.'),
    change('restart', 'Learn a device again, or one layer of it.')
      .argument('<device>', 'id of the device')
      .addOption(new Option('--layer <layer>', 'only this layer').choices([...layers]))
      .action((device: string, options: Who & { layer?: Layer }) =>
        decided('restart', device, options, { layer: options.layer ?? '' }),
      ),
    change('sign-off', 'Accept what was seen of a device, or of all, and watch from here on.')
      .argument('[device]', 'id of the device (default: all)')
      .action((device: string | undefined, options: Who) => decided('sign-off', device ?? '', options, {})),
  ];
}

function aboutRelation(action: Action, device: string, options: Relation): Promise<void> {
  const { peer, service, verb, role, until } = options;
  return decided(action, device, options, { peer, service, verb, role, untilUs: until ?? 0 });
}

function decided(
  action: Action,
  device: string,
  { user, reason, ...where }: Who,
  more: Partial<Decision>,
): Promise<void> {
  const nothing = { layer: '', role: '', peer: '', service: '', verb: '', untilUs: 0 } as const;
  return writing(where, (desk, store, run) => {
    const named = { ...nothing, ...more, device: device === '' ? '' : idOf(store, run, device) };
    const peer = named.peer === '' ? '' : idOf(store, run, named.peer);
    const version = desk.decide({ action, user, reason, timeUs: Date.now() * 1000, ...named, peer });
    say(`decided; the baseline is version ${version} now`);
  });
}

function versioning(): Command[] {
  return [
    part('versions', 'List the numbered versions.')
      .option('--json', 'one JSON object on standard output')
      .action((options: Where) => reading(options, versions)),
    part('compare', 'Say what was added and what disappeared between two versions.')
      .argument('<from>', 'number of the older version', versionNumber)
      .argument('<to>', 'number of the newer version', versionNumber)
      .option('--json', 'one JSON object on standard output')
      .action((from: number, to: number, options: Where) =>
        reading(options, (desk) => compare(desk.compare(from, to), options)),
      ),
    change('rollback', 'Go back to a version, to the byte.')
      .argument('<version>', 'its number', versionNumber)
      .action((version: number, { user, reason, ...where }: Who) =>
        writing(where, (desk) => {
          const now = desk.rollback(version, { user, reason, timeUs: Date.now() * 1000 });
          say(`the baseline is what it was in version ${version}, as version ${now}`);
        }),
      ),
  ];
}

function handing(): Command[] {
  return [
    part('export', 'Write the baseline as signed JSON, to standard output or a file.')
      .argument('[file]', 'where to')
      .option('--key <file>', 'key that signs: 32 bytes, hexadecimal or base64 (default: a published one)')
      .action((file: string | undefined, options: Where & { key?: string }) =>
        reading(options, (desk) => {
          const text = JSON.stringify(desk.export(replayKey(options.key)));
          if (file === undefined) print(text);
          else writeFileSync(file, `${text}\n`);
        }),
      ),
    change('import', 'Take over a baseline that was exported and signed with the same key.')
      .argument('<file>', 'the exported baseline')
      .option('--key <file>', 'key that signed it (default: a published one)')
      .action((file: string, { user, reason, key, ...where }: Who & { key?: string }) =>
        writing(where, (desk) => {
          const now = desk.import(signedIn(file), replayKey(key), { user, reason, timeUs: Date.now() * 1000 });
          say(`imported; the baseline is version ${now} now`);
        }),
      ),
  ];
}

function signedIn(file: string): SignedBaseline {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as SignedBaseline;
  } catch (error) {
    throw new Failure(`${file}: ${error instanceof SyntaxError ? 'is no JSON' : reasonOf(error)}`);
  }
}

function devicesOf(desk: BaselineDesk): readonly DeviceDocument[] {
  return desk.document()?.devices ?? [];
}

function list(desk: BaselineDesk, _store: Store, run: string, options: Where): void {
  const devices = devicesOf(desk);
  if (options.json) print(JSON.stringify({ run, devices: devices.map(summaryOf) }));
  else if (devices.length === 0) print('Nothing has been learnt yet.');
  else {
    const rows = devices.map((device) => [
      device.id,
      ...layers.map((layer) => device.states[layer].state),
      `${acceptedOf(device).length} of ${relationsOf(device).length}`,
      device.states.structure.reason,
    ]);
    print(table(['device', ...layers, 'accepted', 'why it is not further'], rows));
  }
}

function summaryOf(device: DeviceDocument): unknown {
  const { id, group, states } = device;
  const accepted = acceptedOf(device).length;
  return { id, group, states, accepted, candidates: relationsOf(device).length - accepted };
}

function relationsOf({ structure, semantics }: DeviceDocument): RelationDocument[] {
  return [...structure.relations, ...semantics.relations];
}

function acceptedOf(device: DeviceDocument): RelationDocument[] {
  return relationsOf(device).filter(({ acceptedBy }) => acceptedBy !== '');
}

function show(desk: BaselineDesk, id: string, options: Where): void {
  const device = devicesOf(desk).find((one) => one.id === id);
  if (device === undefined) throw new Failure(`no device ${id} is known to the baseline`);
  if (options.json) {
    print(JSON.stringify(device));
    return;
  }
  const rows = relationsOf(device).map((one) => [
    one.rejected
      ? 'rejected'
      : one.acceptedBy === ''
        ? one.neverSilent
          ? 'held'
          : 'candidate'
        : `accepted (${one.acceptedBy})`,
    one.role,
    one.service,
    one.verb,
    one.peer,
    countText(one.count),
    countText(one.days),
    secondText(one.lastUs),
  ]);
  print(table(['state', 'role', 'service', 'verb', 'peer', 'seen', 'days', 'last seen'], rows));
}

function decisions(_desk: BaselineDesk, store: Store, run: string, options: Where): void {
  const made = store.baselines.decisions(run);
  if (options.json) print(JSON.stringify({ run, decisions: made }));
  else if (made.length === 0) print('Nothing was decided yet.');
  else {
    const rows = made.map(({ timeUs, user, action, device, service, verb, peer, reason }) => [
      secondText(timeUs),
      user,
      action,
      device ?? '',
      [service, verb, peer].filter((text) => text !== undefined && text !== '').join(' '),
      reason ?? '',
    ]);
    print(table(['time', 'user', 'decision', 'device', 'relation', 'reason'], rows));
  }
}

function versions(_desk: BaselineDesk, store: Store, run: string, options: Where): void {
  const kept = store.baselines.versions(run);
  if (options.json) print(JSON.stringify({ run, versions: kept }));
  else if (kept.length === 0) print('There is no version yet: the first decision makes one.');
  else {
    const rows = kept.map(({ number, timeUs, user, reason, digest }) => [
      String(number),
      secondText(timeUs),
      user,
      reason,
      digest.slice(0, 12),
    ]);
    print(table(['version', 'time', 'user', 'reason', 'digest'], rows));
  }
}

function compare(found: readonly DeviceDifference[], options: Where): void {
  if (options.json) print(JSON.stringify({ devices: found }));
  else if (found.length === 0) print('The two versions are the same.');
  else {
    const lines = found.flatMap(({ device, change: what, added, removed, states }) => [
      what === 'changed' ? device : `${device} (${what})`,
      ...added.map((one) => `  + ${one.role} ${one.service} ${one.verb} ${one.peer}`),
      ...removed.map((one) => `  - ${one.role} ${one.service} ${one.verb} ${one.peer}`),
      ...states.map((text) => `  ${text}`),
    ]);
    print(lines.join('\n'));
  }
}
