/** Runs that can be shown: those of the sensor, and those that people made of captures here. */
import { address, useAnswer } from './client.ts';
import type { Run } from './shapes.ts';

export interface RunName {
  readonly name: string;
  readonly words: string;
  readonly isReplay: boolean;
}

/** `latest` is what the sensor answers of when no run is named: the last of its own. */
export function useRuns(): { runs: readonly RunName[]; latest: string } {
  const runs = useAnswer<{ runs: Run[] }>(address('runs')).value?.runs ?? [];
  return {
    runs: runs.map(({ name, kind, apart }) => ({
      name,
      words: apart ? `replay: ${name}` : kind === 'live' ? `live: ${name}` : name,
      isReplay: apart,
    })),
    latest: runs.findLast(({ apart }) => !apart)?.name ?? '',
  };
}
