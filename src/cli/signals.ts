/** Ctrl-C and SIGTERM: the first asks the work to stop, the second ends it on the spot. */
import { Interrupted } from './outcome.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs `work` with a signal that aborts when the process is asked to stop; `reason` is then an `Interrupted`. */
export async function withStopSignal<T>(work: (stop: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const handlers = signals.map((name) => {
    const handler = (): void => {
      const interrupted = new Interrupted(name);
      if (controller.signal.aborted) process.exit(interrupted.status);
      controller.abort(interrupted);
    };
    process.on(name, handler);
    return { name, handler };
  });
  try {
    return await work(controller.signal);
  } finally {
    for (const { name, handler } of handlers) process.off(name, handler);
  }
}

/** Resolves when the signal aborts. */
export function stopped(stop: AbortSignal): Promise<void> {
  if (stop.aborted) return Promise.resolve();
  return new Promise((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }));
}
