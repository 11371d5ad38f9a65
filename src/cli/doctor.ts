/** `wardwatch doctor`: is everything as it must be? One line each, and what to do where it is not. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { describeInterface, interfaceNames, passiveProblems } from '../capture/live/interfaces.ts';
import { type Configuration, ConfigurationError } from '../configuration.ts';
import { makeFolder } from '../output/files.ts';
import { defaultFolder } from './folders.ts';
import { influxWriter } from './influx.ts';
import { DONE, FAILED, reasonOf, type Status, WRONG_USAGE } from './outcome.ts';
import type { Finish } from './program.ts';
import { settings } from './settings.ts';
import { print, styled } from './terminal.ts';

interface Options {
  into?: string;
  config?: string;
  interface?: string[];
  json?: true;
}

export interface Check {
  name: string;
  ok: boolean;
  /** What was found; for a problem also what to do. */
  text: string;
}

/** How long the counter of sent packets is watched. */
const LISTEN_MS = 500;
const NODE_MAJOR_MIN = 24;

export function doctorCommand(finish: Finish): Command {
  return new Command('doctor')
    .description('Check this machine: Node, store, configuration, capture interfaces, InfluxDB.')
    .option('--into <folder>', 'folder of the store')
    .option('--config <file>', 'configuration (docs/configuration.md)')
    .option('--interface <name...>', 'interfaces to check (default: those of the configuration)')
    .option('--json', 'one JSON object on standard output')
    .addHelpText(
      'after',
      `
Examples:
  $ wardwatch doctor
  $ sudo wardwatch doctor --interface eth1 --config /etc/wardwatch/wardwatch.yaml

Exit status: 0 when all is well, 1 when something is not, 2 when the configuration is wrong.`,
    )
    .action(async (options: Options) => {
      finish(await doctor(options));
    });
}

async function doctor(options: Options): Promise<Status> {
  const checks: Check[] = [nodeCheck()];
  const configuration = await configurationCheck(options.config, checks);
  const folder = options.into ?? defaultFolder();
  checks.push(folderCheck(folder));
  if (configuration !== null) {
    const interfaces = options.interface ?? configuration.capture.interfaces;
    checks.push(capabilityCheck(interfaces.length > 0), ...(await interfaceChecks(interfaces)));
    checks.push(await influxCheck(configuration, folder));
  }
  const ok = checks.every((check) => check.ok);
  // With --json, standard output stays empty for every status but 0 (docs/operations.md).
  if (options.json) {
    if (ok) print(JSON.stringify({ ok, checks }));
    else for (const check of checks) if (!check.ok) process.stderr.write(`${check.name}: ${check.text}\n`);
  } else print(checks.map(line).join('\n'));
  return ok ? DONE : configuration === null ? WRONG_USAGE : FAILED;
}

function line({ name, ok, text }: Check): string {
  return `${ok ? styled('green', 'ok     ') : styled('red', 'problem')}  ${name}: ${text}`;
}

function nodeCheck(): Check {
  const found = process.versions.node;
  const ok = Number.parseInt(found, 10) >= NODE_MAJOR_MIN;
  return { name: 'node', ok, text: ok ? found : `${found}; install Node ${NODE_MAJOR_MIN} or newer` };
}

async function configurationCheck(file: string | undefined, checks: Check[]): Promise<Configuration | null> {
  try {
    const configuration = await settings(file);
    checks.push({ name: 'configuration', ok: true, text: file ?? 'none named, the defaults hold' });
    return configuration;
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    for (const text of error.problems) checks.push({ name: 'configuration', ok: false, text });
    return null;
  }
}

function folderCheck(folder: string): Check {
  const probe = join(folder, `.doctor-${process.pid}`);
  try {
    makeFolder(folder);
    writeFileSync(probe, '');
    rmSync(probe);
    return { name: 'store', ok: true, text: `${folder} can be written` };
  } catch (error) {
    const text = `${folder}: ${reasonOf(error)}; name another folder with --into, or make this one writable for you`;
    return { name: 'store', ok: false, text };
  }
}

const CAP_NET_RAW = 13n;

/** CAP_NET_RAW of capabilities(7), as the kernel says it of this process. */
function capabilityCheck(needed: boolean): Check {
  const name = 'capture right';
  if (process.platform !== 'linux') {
    const text = 'live capture is Linux only; here pipe it in: tcpdump -w - | wardwatch replay -';
    return { name, ok: !needed, text };
  }
  const effective = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  const has = ((BigInt(`0x${effective}`) >> CAP_NET_RAW) & 1n) === 1n;
  if (has) return { name, ok: true, text: 'CAP_NET_RAW is there' };
  const text = 'CAP_NET_RAW is missing; use deploy/wardwatch.service or run watch as root';
  return { name, ok: !needed, text: needed ? text : `${text} (needed for watch only)` };
}

async function interfaceChecks(names: readonly string[]): Promise<Check[]> {
  if (names.length === 0) {
    const text = `none named (--interface or capture.interfaces); there are: ${interfaceNames().join(', ') || 'none'}`;
    return [{ name: 'interfaces', ok: true, text }];
  }
  const before = new Map(names.map((name) => [name, describeInterface(name).txPackets]));
  await sleep(LISTEN_MS);
  return names.flatMap((name): Check[] => {
    const problems = passiveProblems(name, before.get(name));
    if (problems.length > 0) return problems.map((text) => ({ name: `interface ${name}`, ok: false, text }));
    const { rxPackets, rxDropped } = describeInterface(name);
    return [{ name: `interface ${name}`, ok: true, text: `silent; ${rxPackets} packets heard, ${rxDropped} dropped` }];
  });
}

async function influxCheck(configuration: Configuration, folder: string): Promise<Check> {
  const writer = await influxWriter(configuration, join(folder, 'spool'));
  if (writer === null) return { name: 'influx', ok: true, text: 'not configured' };
  const { ok, problem, made } = await writer.check();
  const database = made ? `; database ${configuration.outputs.influx?.database} was missing and was made` : '';
  return { name: 'influx', ok, text: `${ok ? 'a point was written and read back' : problem}${database}` };
}
