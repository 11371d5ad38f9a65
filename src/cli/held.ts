/** `wardwatch held`: relations that would raise an alert and wait for somebody to accept or reject them. */
import type { Command } from 'commander';
import type { HeldRow } from '../model.ts';
import { heldJson } from '../model-json.ts';
import { listingCommand } from './rows.ts';
import { countText, secondText, table } from './terminal.ts';

export function heldCommand(): Command {
  return listingCommand<HeldRow>({
    name: 'held',
    description: 'List what was seen while learning and would otherwise have raised an alert.',
    help: `
Examples:
  $ wardwatch held
  $ wardwatch held --into ./store --json`,
    read: (store, run, page) => store.held(run, page),
    json: heldJson,
    print: (rows) =>
      rows.length === 0
        ? 'Nothing is held.'
        : table(
            ['detector', 'device', 'peer', 'service', 'verb', 'first seen', 'count'],
            rows.map((row) => [
              row.card,
              row.deviceAddress === '' ? row.device : row.deviceAddress,
              row.peerAddress === '' ? row.peer : row.peerAddress,
              row.service,
              row.verb,
              secondText(row.firstSeenUs),
              countText(row.count),
            ]),
          ),
  });
}
