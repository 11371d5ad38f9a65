/**
 * The API in a thread of its own with its own read-only connection, so that no request can make the capture wait.
 *
 * One file for both sides: `start` runs in the main thread, the rest below in the worker.
 */
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { type Listen, listenText } from './options.ts';
import { Failure } from './outcome.ts';

interface Setup {
  readonly apiThread: true;
  readonly folder: string;
  readonly listen: Listen;
}

type Message = { ready: string } | { failed: string };

export class ApiThread {
  private readonly worker: Worker;

  private constructor(worker: Worker) {
    this.worker = worker;
  }

  /** Resolves when the API listens. A thread that dies later is said, and the capture goes on. */
  static async start(folder: string, listen: Listen, say: (line: string) => void): Promise<ApiThread> {
    const setup: Setup = { apiThread: true, folder, listen };
    const worker = new Worker(new URL(import.meta.url), { workerData: setup });
    const [message] = (await once(worker, 'message')) as [Message];
    if ('failed' in message) {
      await worker.terminate();
      throw new Failure(message.failed);
    }
    say(`ready ${message.ready}`);
    worker.on('error', (error) => say(`wardwatch: the API on ${listenText(listen)} ended: ${error.message}`));
    return new ApiThread(worker);
  }

  async stop(): Promise<void> {
    this.worker.postMessage('stop');
    await once(this.worker, 'exit');
  }
}

async function serveHere({ folder, listen }: Setup): Promise<void> {
  const port = parentPort;
  if (port === null) return;
  const { withStoreToRead } = await import('./stores.ts');
  const { serveUntilStopped } = await import('./serving.ts');
  const controller = new AbortController();
  port.once('message', () => controller.abort());
  const tell = (message: Message): void => port.postMessage(message);
  try {
    await withStoreToRead(folder, (store) =>
      serveUntilStopped({
        store,
        listen,
        hosts: [],
        nextFree: false,
        onReady: (address) => tell({ ready: address }),
        stop: controller.signal,
      }),
    );
  } catch (error) {
    tell({ failed: (error as Error).message });
  }
}

if (!isMainThread && (workerData as Partial<Setup> | null)?.apiThread === true) await serveHere(workerData as Setup);
