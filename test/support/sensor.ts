/** What a sensor hears and how it is asked: two machines that store images, the API, the store. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Store } from '../../src/store/store.ts';
import { run } from './cli.ts';
import { inside } from './namespace.ts';

const WAIT_MS = 30_000;

/** The part of a device that these tests look at. */
export interface SeenDevice {
  id: string;
  addresses: string[];
  firstSeen: string;
  lastSeen: string;
  utilisation: { instances: number; instanceBytes: number; exams: number };
}

/** Asks again until the answer is not null. */
export async function eventually<T>(what: string, ask: () => Promise<T | null>): Promise<T> {
  const endMs = Date.now() + WAIT_MS;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (Date.now() > endMs) throw new Error(`not within ${WAIT_MS / 1000} s: ${what}`);
    await sleep(100);
  }
}

/** Images at an address in the store of a sensor that runs, -1 while there is no such device; asked often, so from here. */
export function imagesAt(folder: string, address: string): number {
  const store = Store.open(folder, { readOnly: true });
  try {
    const found = store.devices('live').rows.find((row) => row.addresses.includes(address));
    return found?.utilisation.instances ?? -1;
  } finally {
    store.close();
  }
}

/** What another process reads from the store of the sensor. */
export async function devicesOf(folder: string): Promise<{ run: string; devices: SeenDevice[] }> {
  const { status, stdout, stderr } = await run(['devices', '--into', folder, '--json']);
  if (status !== 0) throw new Error(`wardwatch devices ended with ${status}: ${stderr}`);
  return JSON.parse(stdout) as { run: string; devices: SeenDevice[] };
}

export async function fetched<T>(url: string): Promise<T> {
  const answer = await fetch(url);
  if (answer.status !== 200) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** Enough of a secondary capture image for a storage service; the person does not exist. */
const IMAGE = `(0008,0016) UI [1.2.840.10008.5.1.4.1.1.7]
(0008,0018) UI [1.2.3.4.5.6.7]
(0010,0010) PN [NOBODY^TEST]
(0010,0020) LO [TEST]
(0020,000d) UI [1.2.3.4.5]
(0020,000e) UI [1.2.3.4.5.6]
(0028,0002) US 1
(0028,0004) CS [MONOCHROME2]
(0028,0010) US 1
(0028,0011) US 4
(0028,0100) US 8
(0028,0101) US 8
(0028,0102) US 7
(0028,0103) US 0
(7fe0,0010) OB 01\\02\\03\\04
`;

/** Two machines that store images: the server runs until the test is over. */
export class Storage {
  readonly client: string;
  readonly address: string;
  readonly port: number;
  private readonly image: string;

  private constructor(client: string, address: string, port: number, image: string) {
    this.client = client;
    this.address = address;
    this.port = port;
    this.image = image;
  }

  static async start(
    t: { teardown(action: () => void): unknown },
    places: { client: string; server: string; address: string; port: number; folder: string },
  ): Promise<Storage> {
    const { client, server, address, port, folder } = places;
    const image = join(folder, 'image.dcm');
    writeFileSync(join(folder, 'image.dump'), IMAGE);
    inside(client, 'dump2dcm', join(folder, 'image.dump'), image);
    const scp = spawn('ip', ['netns', 'exec', server, 'storescp', '--ignore', String(port)], { stdio: 'ignore' });
    t.teardown(() => scp.kill());
    // State 0A of /proc/net/tcp is a port that listens.
    const open = new RegExp(`:${port.toString(16).toUpperCase().padStart(4, '0')} [0-9A-F]+:0000 0A`);
    await eventually('the storage service listens', async () =>
      open.test(inside(server, 'sh', '-c', 'cat /proc/net/tcp /proc/net/tcp6 2>/dev/null; true')) ? true : null,
    );
    return new Storage(client, address, port, image);
  }

  /** Sends the image so many times in one association. */
  store(instances: number): void {
    const images = new Array<string>(instances).fill(this.image);
    inside(this.client, 'storescu', this.address, String(this.port), ...images);
  }
}
