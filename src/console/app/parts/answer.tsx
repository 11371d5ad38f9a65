/** Shows what came of a question to the API: the content, or in words why there is none. */
import type { ComponentChildren } from 'preact';
import type { Answer, ApiError } from '../client.ts';
import { changed } from '../client.ts';
import { to } from '../route.ts';

interface Props<T> {
  of: Answer<T>;
  /** What is asked for, as in "The devices are being fetched." */
  what: string;
  children: (value: T) => ComponentChildren;
}

export function Show<T>({ of, what, children }: Props<T>) {
  if (of.state === 'here') return <>{children(of.value)}</>;
  if (of.value !== null) {
    return (
      <>
        {of.state === 'failed' ? <Problem error={of.error} what={what} /> : null}
        {children(of.value)}
      </>
    );
  }
  if (of.state === 'loading') {
    return (
      <p class="note" aria-busy="true">
        Fetching {what} …
      </p>
    );
  }
  return <Problem error={of.error} what={what} />;
}

export function Problem({ error, what }: { error: ApiError; what: string }) {
  if (error.trouble === 'signIn') {
    return (
      <p class="note">
        <b>Signed-in people see {what}.</b> <a href={to(['sign-in'])}>Sign in</a>.
      </p>
    );
  }
  if (error.trouble === 'role') {
    return (
      <p class="note">
        <b>Your role does not show {what}.</b> {error.message}
      </p>
    );
  }
  if (error.trouble === 'missing') {
    return (
      <p class="note">
        <b>This sensor has no answer for {what}.</b> {error.message}
      </p>
    );
  }
  return (
    <p class="note" role="alert">
      <b>{what[0]?.toUpperCase() + what.slice(1)} could not be fetched.</b> {error.message}{' '}
      <button type="button" class="button plain" onClick={changed}>
        Try again
      </button>
    </p>
  );
}

/** Nothing to show, and what that means. */
export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="note">{children}</p>;
}
