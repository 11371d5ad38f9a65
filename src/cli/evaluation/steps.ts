/** How far an evaluation has come: a bar that names what is being looked at on a terminal, a line for each elsewhere. */
import { Presets, SingleBar } from 'cli-progress';
import { say } from '../terminal.ts';

export interface Steps {
  /** So many more are to come. */
  plan(count: number): void;
  /** The next one begins. */
  next(what: string): void;
  stop(): void;
}

const WHAT_MAX = 44;

export function steps(): Steps {
  if (!process.stderr.isTTY) return { plan() {}, next: (what) => say(`evaluate: ${what}`), stop() {} };
  const bar = new SingleBar(
    {
      format: '{bar} {value}/{total} {what}',
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
      barsize: 24,
    },
    Presets.shades_classic,
  );
  let [planned, done, isStarted] = [0, 0, false];
  return {
    plan(count) {
      planned += count;
      if (isStarted) bar.setTotal(planned);
    },
    next(what) {
      const payload = { what: what.length > WHAT_MAX ? `${what.slice(0, WHAT_MAX - 1)}…` : what };
      if (isStarted) bar.update(Math.min(++done, planned), payload);
      else bar.start(planned, 0, payload);
      isStarted = true;
    },
    stop() {
      if (isStarted) bar.stop();
    },
  };
}
