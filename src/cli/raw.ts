/** `wardwatch raw`: break-glass capture of whole packets, sealed, and opening it again for the holder of the key. */
import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { isoTime } from '../bytes/time.ts';
import { openSealed, sealedHead } from '../output/sealed-file.ts';
import {
  giveOrder,
  problemOfOrder,
  type RawAudit,
  type RawOrder,
  rawFolder,
  stopOrder,
} from '../pipeline/raw-orders.ts';
import { People } from '../store/people.ts';
import { defaultFolder } from './folders.ts';
import { readKey } from './keys.ts';
import { DONE, Failure, INCOMPLETE, reasonOf } from './outcome.ts';
import type { Finish } from './program.ts';
import { print, say, table } from './terminal.ts';

interface Order {
  into?: string;
  device: string[];
  user: string;
  reason: string;
  minutes: number;
  keepDays: number;
}

const MINUTE_US = 60e6;
const DAY_US = 86_400e6;
const AUDIT = 'audit.jsonl';

export function rawCommand(finish: Finish): Command {
  const command = new Command('raw').description(
    'Break-glass: whole packets of a device, patient data included, sealed from now on (docs/privacy.md).',
  );
  command
    .command('start')
    .description('Have the running sensor copy packets of a device until a time. Who and why is kept in the audit.')
    .requiredOption('--device <address...>', 'IP addresses, at most 16')
    .requiredOption('--user <name>', 'who')
    .requiredOption('--reason <text>', 'why')
    .option('--minutes <count>', 'how long, at most 1440', whole, 30)
    .option('--keep-days <count>', 'when the file is removed, at most 30', whole, 7)
    .option('--into <folder>', 'folder of the store')
    .action(begin);
  command
    .command('stop')
    .description('End one before its time.')
    .argument('<order>', 'its name')
    .option('--into <folder>', 'folder of the store')
    .action((id: string, { into }: { into?: string }) => told(() => stopOrder(into ?? defaultFolder(), id)));
  command
    .command('list')
    .description('What was captured, by whom and why.')
    .option('--into <folder>', 'folder of the store')
    .option('--json', 'JSON')
    .action(list);
  command
    .command('decrypt')
    .description('Open a sealed capture with the key it was sealed with.')
    .argument('<file>', 'FOLDER/raw/NAME.wwraw')
    .requiredOption('--key <file>', 'the key of privacy.rawCaptureKeyFile')
    .requiredOption('--user <name>', 'who')
    .requiredOption('--output <file>', 'pcapng to be made; it holds patient data in clear')
    .action((file: string, options: { key: string; user: string; output: string }) => finish(decrypt(file, options)));
  return command;
}

function whole(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Allowed: whole numbers from 1.');
}

function begin({ into = defaultFolder(), device, user, reason, minutes, keepDays }: Order): void {
  const orderedUs = Date.now() * 1000;
  const untilUs = orderedUs + minutes * MINUTE_US;
  const id = `${isoTime(orderedUs)
    .slice(0, 19)
    .replaceAll(/[^0-9]/g, '')}-${randomBytes(3).toString('hex')}`;
  const order: RawOrder = {
    ...{ id, user, reason, addresses: device, orderedUs, untilUs },
    keepUntilUs: orderedUs + keepDays * DAY_US,
  };
  told(() => {
    const trouble = problemOfOrder(order);
    if (trouble !== '') throw new Error(trouble);
    if (!existsSync(join(into, 'wardwatch.sqlite'))) throw new Error(`store ${into}: there is none yet`);
    giveOrder(into, order);
  });
  say(`order ${id}: a sensor that is running on ${into} with privacy.rawCaptureKeyFile takes it up within a second;`);
  say(`packets until ${isoTime(untilUs)} go to ${join(rawFolder(into), `${id}.wwraw`)}`);
  print(id);
}

function told(work: () => void): void {
  try {
    work();
  } catch (error) {
    throw new Failure(
      error instanceof Error && error.name === 'Error' && !('code' in error) ? error.message : reasonOf(error),
    );
  }
}

function list({ into = defaultFolder(), json }: { into?: string; json?: true }): void {
  const folder = rawFolder(into);
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  const captures = names
    .filter((name) => name.endsWith('.wwraw'))
    .map((name) => {
      const { id, user, reason, addresses, beganUs, untilUs, keepUntilUs } = sealedHead(join(folder, name));
      const times = {
        began: isoTime(Number(beganUs)),
        until: isoTime(Number(untilUs)),
        kept: isoTime(Number(keepUntilUs)),
      };
      return { id: String(id), user: String(user), reason: String(reason), addresses, ...times };
    });
  if (json) print(JSON.stringify({ captures }));
  else if (captures.length === 0) print('No raw capture.');
  else {
    const rows = captures.map(({ id, user, addresses, began, until, kept, reason }) => [
      ...[id, user, String(addresses), began, until, kept, reason],
    ]);
    print(table(['name', 'user', 'devices', 'began', 'until', 'removed', 'reason'], rows));
  }
}

function decrypt(file: string, { key, user, output }: { key: string; user: string; output: string }): number {
  const siteKey = readKey(key);
  let isWhole = true;
  told(() => {
    const opened = openSealed(file, siteKey);
    // Before anybody can read it: an opening that nobody could note must not happen.
    note(dirname(file), {
      timeUs: Date.now() * 1000,
      user,
      action: 'raw-capture opened',
      target: String(opened.head.id),
    });
    writeFileSync(output, opened.plain, { mode: 0o600, flag: 'wx' });
    isWhole = opened.isWhole;
  });
  say(`${output} holds patient data in clear: keep it as such, and remove it when it is no longer needed`);
  if (!isWhole) say(`${file} has no end: the sensor was killed, or the file was cut; what came before is there`);
  return isWhole ? DONE : INCOMPLETE;
}

/** A row of the store's audit, and a line beside the captures for those who have the files only. Throws. */
export function auditRaw(store: string, row: RawAudit): void {
  note(rawFolder(store), row);
}

function note(folder: string, row: Omit<RawAudit, 'action' | 'detail'> & { action: string; detail?: string }): void {
  const { timeUs, user, action, target, detail = '' } = row;
  const line = JSON.stringify({ time: isoTime(timeUs), user, action, target, detail });
  appendFileSync(join(folder, AUDIT), `${line}\n`, { mode: 0o600, flush: true });
  const store = dirname(folder);
  if (!existsSync(join(store, 'wardwatch.sqlite'))) return;
  const people = People.open(store);
  try {
    people.audit({ timeUs, user, role: '', how: 'command line', address: '', action, target, detail, status: 0 });
  } finally {
    people.close();
  }
}
