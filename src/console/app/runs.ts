/** Runs that can be shown: those of the sensor, and those that people made of captures here. */
import { address, useAnswer } from './client.ts';
import type { ReplayJob, Run } from './shapes.ts';

export interface RunName {
  readonly name: string;
  readonly words: string;
  readonly isReplay: boolean;
}

export function useRuns(): { runs: readonly RunName[]; latest: string } {
  const own = useAnswer<{ runs: Run[] }>(address('runs')).value?.runs ?? [];
  const jobs = useAnswer<{ replays: ReplayJob[] }>(address('replays')).value?.replays ?? [];
  const done = jobs.filter(({ state, run }) => state === 'done' && !own.some(({ name }) => name === run));
  return {
    runs: [
      ...own.map(({ name, kind }) => ({ name, words: kind === 'live' ? `live: ${name}` : name, isReplay: false })),
      ...[...new Set(done.map(({ run }) => run))].map((name) => ({ name, words: `replay: ${name}`, isReplay: true })),
    ],
    latest: own.at(-1)?.name ?? '',
  };
}
