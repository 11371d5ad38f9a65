/**
 * The API in a thread of its own with its own read-only connection, so that no request can make the capture wait.
 *
 * One file for both sides: `start` runs in the main thread, the rest below in the worker.
 */
import { isMainThread, type MessagePort, parentPort, Worker, workerData } from 'node:worker_threads';
import type { Configuration } from '../configuration.ts';
import { type Listen, listenText } from './options.ts';
import { Failure } from './outcome.ts';

export interface ApiTask {
  readonly folder: string;
  readonly listen: Listen;
  readonly configuration: Configuration;
  /** The way to the analyst. */
  readonly desk: MessagePort;
}

interface Setup extends ApiTask {
  readonly apiThread: true;
}

type Message = { ready: string; setupLink: string } | { failed: string };

export class ApiThread {
  readonly address: string;
  /** '' when somebody is set up already. */
  readonly setupLink: string;
  private readonly worker: Worker;

  private constructor(worker: Worker, address: string, setupLink: string) {
    this.worker = worker;
    this.address = address;
    this.setupLink = setupLink;
  }

  /** Resolves when the API listens. A thread that dies later is said, and the capture goes on. */
  static async start(task: ApiTask, say: (line: string) => void): Promise<ApiThread> {
    const { listen, desk } = task;
    const setup: Setup = { ...task, apiThread: true };
    const worker = new Worker(new URL(import.meta.url), { workerData: setup, transferList: [desk] });
    const message = await firstMessage(worker);
    if ('failed' in message) {
      await worker.terminate();
      throw new Failure(message.failed);
    }
    worker.on('error', (error) => say(`wardwatch: the API on ${listenText(listen)} ended: ${error.message}`));
    return new ApiThread(worker, message.ready, message.setupLink);
  }

  /** Of the store it only reads, and what it asked the analyst is done or not: nothing is lost when it ends on the spot. */
  async stop(): Promise<void> {
    await this.worker.terminate();
  }
}

function firstMessage(worker: Worker): Promise<Message> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Failure('the thread of the API ended before it began')));
  });
}

async function serveHere({ folder, listen, configuration, desk }: Setup): Promise<void> {
  const port = parentPort;
  if (port === null) return;
  const { withStoreToRead } = await import('./stores.ts');
  const { serveUntilStopped } = await import('./serving.ts');
  const tell = (message: Message): void => port.postMessage(message);
  try {
    await withStoreToRead(folder, (store) =>
      serveUntilStopped({
        folder,
        store,
        configuration,
        desk,
        listen,
        hosts: [],
        nextFree: false,
        onReady: (address, setupLink) => tell({ ready: address, setupLink }),
        stop: new AbortController().signal,
      }),
    );
  } catch (error) {
    tell({ failed: (error as Error).message });
  }
}

if (!isMainThread && (workerData as Partial<Setup> | null)?.apiThread === true) {
  // Not awaited: what is imported below may import this file.
  void serveHere(workerData as Setup);
}
