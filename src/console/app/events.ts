/**
 * Listens to what the sensor says of itself (server-sent events), so that a page that is open shows what is. Many words at
 * once become one new look; where the sensor sends none, a page is asked for anew each minute.
 */
import { signal } from '@preact/signals';
import { address, changed } from './client.ts';

const TOGETHER_MS = 1_000;
const ANEW_MS = 60_000;

/** The last word about a replay that is going on. */
export const replayWord = signal<string>('');

export function listenToSensor(): void {
  let waiting = false;
  const soon = (): void => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => {
      waiting = false;
      if (!document.hidden) changed();
    }, TOGETHER_MS);
  };
  const source = new EventSource(address('events'));
  for (const kind of ['change', 'incident']) source.addEventListener(kind, soon);
  source.addEventListener('replay', (event) => {
    replayWord.value = String((event as MessageEvent).data);
    soon();
  });
  setInterval(soon, ANEW_MS);
}
