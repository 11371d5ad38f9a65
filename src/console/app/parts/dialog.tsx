/** A question that must be answered or left: the browser's own dialog, so that Escape and the tabulator do what they should. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError } from '../client.ts';

interface DialogProps {
  title: string;
  /** On the button that does it. */
  act: string;
  canAct: boolean;
  onAct: () => Promise<void>;
  onClose: () => void;
  children: ComponentChildren;
}

export function Dialog({ title, act, canAct, onAct, onClose, children }: DialogProps) {
  const place = useRef<HTMLDialogElement>(null);
  const [trouble, setTrouble] = useState('');
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    place.current?.showModal();
  }, []);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setTrouble('');
    try {
      await onAct();
      onClose();
    } catch (error) {
      setTrouble(wordsOf(error));
      setBusy(false);
    }
  };
  return (
    <dialog ref={place} onClose={onClose} aria-labelledby="dialog-title">
      <form class="form" onSubmit={submit}>
        <h2 id="dialog-title">{title}</h2>
        {children}
        {trouble === '' ? null : (
          <p class="trouble" role="alert">
            {trouble}
          </p>
        )}
        <footer>
          <button type="button" class="button" onClick={() => place.current?.close()}>
            Cancel
          </button>
          <button type="submit" class="button primary" disabled={!canAct || busy}>
            {act}
          </button>
        </footer>
      </form>
    </dialog>
  );
}

/** What went wrong, and what to do about it. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof ApiError)) return 'Something in the console went wrong; reload the page.';
  if (error.trouble === 'signIn') return 'Sign in first: decisions carry the name of whoever makes them.';
  if (error.trouble === 'missing' && error.message.startsWith('There is nothing')) return 'This sensor cannot do that.';
  return error.message;
}
