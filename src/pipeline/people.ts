/**
 * What people ask of a sensor that is running comes in over a channel from the thread of the API: between two chunks of records
 * it is done at once, with the baseline as it is at this moment, and answered when it is in the store.
 */
import type { MessagePort } from 'node:worker_threads';
import type { Store } from '../store/store.ts';
import { answer, type LiveRun, type OperatorRequest } from './operator.ts';

export function listenToPeople(
  desk: MessagePort | null,
  store: Store,
  live: LiveRun,
  warn: (message: string) => void,
): void {
  desk?.on('message', ({ id, request }: { id: number; request: OperatorRequest }) => {
    try {
      desk.postMessage({ id, ...answer(store, request, live) });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      warn(`what a person asked failed: ${message}`);
      desk.postMessage({ id, error: 'the sensor could not do it; its log says why' });
    }
  });
  // It must not keep the thread alive when everything else has ended.
  desk?.unref();
}
