/** `wardwatch alerts`: what was suspicious, why it matters, what to do first. */
import type { Command } from 'commander';
import type { FindingRow } from '../model.ts';
import { alertJson } from '../model-json.ts';
import { alertWork } from './alert-work.ts';
import { foreignCommand } from './foreign.ts';
import { listingCommand } from './rows.ts';
import { harmless, secondText, styled } from './terminal.ts';

export function alertsCommand(): Command {
  const command = listingCommand<FindingRow>({
    name: 'alerts',
    description: 'List the alerts of a run with what is usual, what happened, why it matters and what to do first.',
    help: `
Examples:
  $ wardwatch alerts
  $ wardwatch alerts --into ./store --json | jq '.alerts[] | select(.severity == "critical")'`,
    read: (store, run, page) => store.alerts(run, page),
    json: alertJson,
    print: (rows) => (rows.length === 0 ? 'No alert.' : rows.map(alertText).join('\n\n')),
  });
  // What stands behind a subcommand is the subcommand's.
  command.enablePositionalOptions();
  for (const work of alertWork()) command.addCommand(work.helpOption('-h, --help', 'print help'));
  command.addCommand(foreignCommand().helpOption('-h, --help', 'print help'));
  return command;
}

/** Why it is a step higher or lower than its card says. */
function marksOf({ window, inUse, digest }: FindingRow): string {
  return [
    inUse ? ' [in clinical use: one step up]' : '',
    window === '' || window === undefined ? '' : ` [window ${window}: one step down]`,
    digest ? ' [digest]' : '',
  ].join('');
}

function alertText(row: FindingRow): string {
  const peer = row.peerAddress === '' ? '' : ` ↔ ${row.peerAddress}`;
  const head = `${row.severity.toUpperCase()} ${row.detector} ${row.deviceAddress}${peer} ${row.service}`;
  return [
    styled('bold', harmless(`${head.trimEnd()}${marksOf(row)}`)),
    `  id:       ${row.id}`,
    `  when:     ${secondText(row.startUs)} to ${secondText(row.endUs)}, ${row.count === 1 ? 'once' : `${row.count} times`}`,
    `  usual:    ${harmless(row.usual)}`,
    `  happened: ${harmless(row.happened)}`,
    `  matters:  ${harmless(row.matters)}`,
    `  do first: ${harmless(row.firstStep)}`,
  ].join('\n');
}
