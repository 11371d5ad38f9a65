/** `wardwatch devices`: who is on the network. */
import type { Command } from 'commander';
import type { DeviceRow } from '../model.ts';
import { deviceJson } from '../model-json.ts';
import { listingCommand } from './rows.ts';
import { secondText, table } from './terminal.ts';

export function devicesCommand(): Command {
  return listingCommand<DeviceRow>({
    name: 'devices',
    description: 'List the devices of a run: what they are, and how that is known.',
    help: `
Examples:
  $ wardwatch devices
  $ wardwatch devices --into ./store --run march --json | jq '.devices[] | select(.medical)'`,
    read: (store, run, page) => store.devices(run, page),
    json: deviceJson,
    print: (rows) =>
      rows.length === 0
        ? 'No device was seen.'
        : table(
            ['device', 'address', 'class', 'tier', 'maker and model', 'names', 'last seen'],
            rows.map((row) => [
              row.id,
              row.addresses[0] ?? '',
              row.class,
              String(row.tier),
              [row.manufacturer === '' ? row.vendor : row.manufacturer, row.model].filter((x) => x !== '').join(' '),
              [...row.aeTitles, ...row.names].slice(0, 2).join(' '),
              secondText(row.lastSeenUs),
            ]),
          ),
  });
}
