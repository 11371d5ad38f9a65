/** Short words about what was just done; read out by screen readers. */
import { signal } from '@preact/signals';

interface Said {
  readonly id: number;
  readonly good: boolean;
  readonly words: string;
}

const SHOWN_MS = 8_000;
const said = signal<readonly Said[]>([]);
let last = 0;

export function tell(words: string, good = true): void {
  const id = ++last;
  said.value = [...said.value, { id, good, words }];
  setTimeout(() => {
    said.value = said.value.filter((one) => one.id !== id);
  }, SHOWN_MS);
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {said.value.map(({ id, good, words }) => (
        <p key={id} class={good ? 'done' : 'trouble'}>
          {words}
        </p>
      ))}
    </div>
  );
}
