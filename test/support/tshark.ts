/**
 * tshark and we, asked the same: fields of a capture as tshark prints them, and the records that our decoders make
 * of the same capture. `agreement` is the share of tshark's messages that we have too.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createProtocols } from '../../protocols/index.ts';
import { openCapture } from '../../src/capture/open.ts';
import { limits } from '../../src/limits.ts';
import { publishedKey } from '../../src/pipeline/key.ts';
import { type Listener, Shard } from '../../src/pipeline/shard.ts';
import { type Heard, heard } from './protocol.ts';

export const lacksTshark: string | false = spawnSync('tshark', ['--version']).status === 0 ? false : 'needs tshark';

/** One line per packet that matches `filter`, split into the values of `fields`; several values of one field are comma-joined. */
export async function tsharkFields(
  path: string,
  filter: string,
  fields: readonly string[],
  settings: readonly string[] = [],
): Promise<string[][]> {
  const wanted = fields.flatMap((field) => ['-e', field]);
  const args = ['-n', '-r', path, '-o', 'tcp.reassemble_out_of_order:TRUE', ...settings];
  const child = spawn('tshark', [...args, '-Y', filter, '-T', 'fields', ...wanted], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  await new Promise((resolve) => child.on('close', resolve));
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'));
}

/** Every record that the decoders make of a capture, copied; of these kinds only, when some are named. */
export async function recordsOf(path: string, ...kinds: readonly string[]): Promise<Heard[]> {
  const { records, list } = heard();
  const listener: Listener = Object.assign(records, { tick: () => {}, interval: () => {} });
  const settings = { limits, protocols: createProtocols({ limits, key: publishedKey }), intervalSeconds: 60 };
  const shard = new Shard({ ...settings, worker: 0, workers: 1 }, listener);
  const capture = await openCapture([path]);
  for (;;) {
    const range = await capture.next();
    if (range === null) break;
    shard.process(range.batch, range.from, range.to);
  }
  shard.finish();
  await capture.close();
  return kinds.length === 0 ? list : list.filter(({ kind }) => kinds.includes(kind));
}

/** How often each value comes. */
export function counted(values: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/** Share (0 to 1) of the values that both have, of all that either has; 1 when neither has any. */
export function agreement(ours: Iterable<string>, theirs: Iterable<string>): number {
  const [a, b] = [counted(ours), counted(theirs)];
  let both = 0;
  let all = 0;
  for (const key of new Set([...a.keys(), ...b.keys()])) {
    both += Math.min(a.get(key) ?? 0, b.get(key) ?? 0);
    all += Math.max(a.get(key) ?? 0, b.get(key) ?? 0);
  }
  return all === 0 ? 1 : both / all;
}
