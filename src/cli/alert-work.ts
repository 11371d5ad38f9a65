/** Subcommands of `wardwatch alerts`: what a person does about a finding, and rules that take findings out of sight. */
import { Command, Option } from 'commander';
import { digestOf } from '../alert/digest.ts';
import { type Disposition, dispositions, type Step, type StepAction } from '../alert/lifecycle.ts';
import { SUPPRESSION_DAYS, type Suppression } from '../alert/suppression.ts';
import { detectors } from '../detectors/index.ts';
import { incidentJson } from '../model-json.ts';
import { AlertDesk } from '../pipeline/alert-desk.ts';
import { perform } from '../pipeline/operator.ts';
import type { Store } from '../store/store.ts';
import { defaultFolder } from './folders.ts';
import { moment, runName } from './options.ts';
import { Failure } from './outcome.ts';
import { withStoreToRead, withStoreToWrite } from './stores.ts';
import { print, say, secondText, table } from './terminal.ts';

interface Where {
  into?: string;
  run?: string;
  json?: true;
}

interface Who extends Where {
  user: string;
  reason?: string;
}

interface Rule extends Who {
  reason: string;
  owner: string;
  detector: string;
  device: string;
  peer: string;
  service: string;
  until?: number;
  preview?: true;
}

const DAY_US = 86_400e6;
const nowUs = (): number => Date.now() * 1000;

export function alertWork(): Command[] {
  return [
    part('history', 'Show what was done about an alert.')
      .argument('<alert>', 'its id')
      .option('--json', 'JSON')
      .action(history),
    step('acknowledge', 'Say that you are looking into it.'),
    step('close', 'Say what it was.', (command) =>
      command.addOption(new Option('--as <what>', 'what it was').choices([...dispositions]).makeOptionMandatory()),
    ),
    step('reopen', 'Take it up again.'),
    step('comment', 'Add a remark: --reason holds it.'),
    step('assign', 'Give it to somebody.', (command) => command.requiredOption('--to <name>', 'to whom')),
    suppressCommand(),
    part('suppressions', 'List the rules that take findings out of sight.').option('--json', 'JSON').action(list),
    part('incidents', 'List what belongs together: the risk for a device, or one change in many.')
      .option('--json', 'JSON')
      .action(incidents),
    part('digest', 'Day by day: findings of cards that speak too often here (ME-03).')
      .option('--json', 'JSON')
      .action(digest),
    part('precision', 'How often each detector was right, from what was closed.')
      .option('--json', 'JSON')
      .action(precision),
  ];
}

function part(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--into <folder>', 'folder of the store')
    .option('--run <name>', 'which run (default: the latest)', runName);
}

function step(
  action: StepAction,
  description: string,
  more: (command: Command) => Command = (command) => command,
): Command {
  const command = part(action, description)
    .argument('<alert>', 'its id, or the id of an incident: then all of its alerts')
    .requiredOption('--user <name>', 'who')
    .option('--reason <text>', 'why', '');
  return more(command).action((finding: string, options: Who & { as?: Disposition; to?: string }) =>
    writing(options, (_desk, store, run) => {
      const { user, reason = '', as = '', to = '' } = options;
      const made: Step = { finding, action, timeUs: nowUs(), user, text: reason, disposition: as, assignee: to };
      perform(store, { kind: 'step', run, step: made }, null);
      say(`alert ${finding}: ${action === 'assign' ? `assigned to ${to}` : `${action} noted`}`);
    }),
  );
}

function suppressCommand(): Command {
  return part('suppress', 'Take findings out of sight for a while; they are still counted.')
    .option('--detector <id>', 'only this detector', '')
    .option('--device <id>', 'only this device', '')
    .option('--peer <id>', 'only this partner', '')
    .option('--service <name>', 'only this service', '')
    .option('--until <time>', `when it ends: ISO 8601 (default: in ${SUPPRESSION_DAYS} days)`, moment)
    .option('--preview', 'only say what it would hide')
    .requiredOption('--user <name>', 'who makes the rule')
    .requiredOption('--owner <name>', 'who is asked when it ends')
    .requiredOption('--reason <text>', 'why')
    .action(suppress);
}

async function suppress(options: Rule): Promise<void> {
  const { detector, device, peer, service, user, owner, reason, until } = options;
  if (detector !== '' && !detectors.some(({ id }) => id === detector)) {
    throw new Failure(`there is no detector ${detector}; docs/detections.md lists them`);
  }
  const createdUs = nowUs();
  const expiresUs = until ?? createdUs + SUPPRESSION_DAYS * DAY_US;
  const rule: Suppression = { detector, device, peer, service, createdUs, expiresUs, user, owner, reason };
  const tell = (desk: AlertDesk): void => {
    const hidden = desk.preview(rule);
    const many = `${hidden.length} ${hidden.length === 1 ? 'finding' : 'findings'} of this run`;
    say(`the rule ${options.preview ? 'would hide' : 'hides'} ${many}`);
    if (options.preview) for (const { id } of hidden) print(id);
    else say(`rule ${desk.suppress(rule)} holds until ${secondText(expiresUs)}`);
  };
  if (options.preview) await reading(options, tell);
  else await writing(options, tell);
}

function history(finding: string, options: Where): Promise<void> {
  return reading(options, (desk) => {
    const steps = desk.steps(finding);
    if (options.json) print(JSON.stringify({ finding, steps }));
    else if (steps.length === 0) print('Nothing was done about it yet.');
    else {
      const rows = steps.map(({ timeUs, user, action, disposition, assignee, text }) => [
        secondText(timeUs),
        user,
        action,
        disposition || assignee,
        text,
      ]);
      print(table(['time', 'user', 'step', 'as / to', 'reason'], rows));
    }
  });
}

function list(options: Where): Promise<void> {
  return reading(options, (desk) => {
    const now = nowUs();
    const findings = desk.findings(now);
    const rules = desk.suppressions().map((rule) => ({
      ...rule,
      hides: findings.filter(({ hiddenBy }) => hiddenBy === rule.number).length,
      isOver: now >= rule.expiresUs,
    }));
    if (options.json) print(JSON.stringify({ suppressions: rules }));
    else if (rules.length === 0) print('No rule.');
    else {
      const rows = rules.map((rule) => [
        String(rule.number),
        [rule.detector, rule.device, rule.peer, rule.service].filter((one) => one !== '').join(' '),
        String(rule.hides),
        rule.isOver ? `over: ask ${rule.owner}` : secondText(rule.expiresUs),
        rule.owner,
        rule.reason,
      ]);
      print(table(['rule', 'hides', 'findings', 'until', 'owner', 'reason'], rows));
    }
  });
}

function incidents(options: Where): Promise<void> {
  return reading(options, (_desk, store, run) => {
    const { rows } = store.incidents(run, { limit: Number.MAX_SAFE_INTEGER });
    const shown = rows.map(incidentJson);
    if (options.json) print(JSON.stringify({ incidents: shown }));
    else if (shown.length === 0) print('No incident.');
    else {
      const lines = shown.map(({ id, severity, risk, device, devices, peer, alerts, start }) => [
        ...[id, start.slice(0, 19), severity, String(risk)],
        devices.length > 1 ? `${devices.length} devices${peer === '' ? '' : ` with ${peer}`}` : device || 'the sensor',
        String(alerts.length),
      ]);
      print(table(['incident', 'began', 'severity', 'risk', 'what', 'alerts'], lines));
    }
  });
}

function digest(options: Where): Promise<void> {
  return reading(options, (desk) => {
    const days = digestOf(desk.findings(nowUs()));
    if (options.json) print(JSON.stringify({ digest: days }));
    else if (days.length === 0) print('Nothing waits for a digest.');
    else {
      const rows = days.map((one) => [
        one.day,
        one.detector,
        String(one.findings),
        String(one.devices),
        String(one.peers),
        String(one.signals),
        one.example,
      ]);
      print(table(['day', 'detector', 'findings', 'devices', 'partners', 'signals', 'for example'], rows));
    }
  });
}

function precision(options: Where): Promise<void> {
  return reading(options, (desk) => {
    const found = desk.precision(nowUs());
    if (options.json) print(JSON.stringify({ precision: found }));
    else if (found.length === 0) print('No alert was closed yet.');
    else {
      const rows = found.map((one) => [
        one.detector,
        String(one.closed),
        String(one.right),
        one.precision === null ? '' : `${Math.round(one.precision * 100)} %`,
      ]);
      print(table(['detector', 'closed', 'true', 'precision'], rows));
    }
  });
}

type Doing = (desk: AlertDesk, store: Store, run: string) => void;

async function reading(options: Where, work: Doing): Promise<void> {
  await withStoreToRead(options.into ?? defaultFolder(), async (store) => at(store, options, work));
}

async function writing(options: Where, work: Doing): Promise<void> {
  await withStoreToWrite(options.into ?? defaultFolder(), async (store) => at(store, options, work));
}

function at(store: Store, { run: named }: Where, work: Doing): void {
  const run = named ?? store.latestRun();
  if (run === null || !store.runs().some(({ name }) => name === run)) {
    throw new Failure(run === null ? 'the store is empty: no run yet' : `the store has no run ${run}`);
  }
  try {
    work(new AlertDesk(store, run), store, run);
  } catch (error) {
    throw error instanceof Error && error.name === 'Error' ? new Failure(error.message) : error;
  }
}
