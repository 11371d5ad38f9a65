/** How far a replay has come: a bar on standard error when that is a terminal, silence otherwise. */
import { Presets, SingleBar } from 'cli-progress';
import type { Progress } from '../pipeline/replay.ts';
import { bytesText, countText } from './terminal.ts';

export interface ProgressBar {
  update(progress: Progress): void;
  stop(): void;
}

export function progressBar(): ProgressBar {
  if (!process.stderr.isTTY) return { update() {}, stop() {} };
  const bar = new SingleBar(
    {
      format: '{bar} {percentage}% {done} {packets} packets',
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
    },
    Presets.shades_classic,
  );
  let started = false;
  return {
    update({ packets, doneBytes, totalBytes }) {
      const payload = { packets: countText(packets), done: bytesText(doneBytes) };
      if (!started) bar.start(Math.max(1, totalBytes), doneBytes, payload);
      else bar.update(doneBytes, payload);
      started = true;
    },
    stop() {
      if (started) bar.stop();
    },
  };
}
