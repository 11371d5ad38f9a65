/** `wardwatch alerts others`: what other programs (Suricata) said about the devices. */
import type { Command } from 'commander';
import type { ForeignAlertRow } from '../foreign/collector.ts';
import { foreignAlertJson } from '../foreign/json.ts';
import { listingCommand } from './rows.ts';
import { secondText, table } from './terminal.ts';

export function foreignCommand(): Command {
  return listingCommand<ForeignAlertRow>({
    name: 'others',
    description: 'List the alerts of Suricata, each with the device it concerns. They are never among ours.',
    help: `
Examples:
  $ wardwatch replay ward.pcapng --suricata eve.json --into ./store
  $ wardwatch alerts others --into ./store`,
    read: (store, run, page) => store.foreign.of<ForeignAlertRow>(run, page),
    json: foreignAlertJson,
    print: (rows) =>
      rows.length === 0
        ? 'No alert of another program.'
        : table(
            ['device', 'from', 'to', 'rule', 'says', 'severity', 'times', 'last'],
            rows.map((row) => [
              row.device === '' ? '(not seen)' : row.device,
              row.fromAddress,
              `${row.toAddress}${row.toPorts.length === 0 ? '' : `:${row.toPorts.join(',')}`}`,
              `${row.generator}:${row.signature}`,
              row.text,
              String(row.severity),
              String(row.count),
              secondText(row.lastUs),
            ]),
            60,
          ),
  });
}
