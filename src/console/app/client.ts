/**
 * Asks the API and tells what came of it: an answer, or words that can be shown to a person.
 * Every failure is one of few kinds, so that a page can say what to do next.
 */
import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { route } from './route.ts';

export type Trouble = 'offline' | 'signIn' | 'role' | 'missing' | 'refused' | 'broken';

export class ApiError extends Error {
  readonly trouble: Trouble;
  readonly status: number;
  constructor(trouble: Trouble, status: number, words: string) {
    super(words);
    this.trouble = trouble;
    this.status = status;
  }
}

export type Answer<T> =
  | { readonly state: 'loading'; readonly value: T | null }
  | { readonly state: 'here'; readonly value: T }
  | { readonly state: 'failed'; readonly value: T | null; readonly error: ApiError };

/** Grows whenever what is shown may have changed: after a decision of the person, or when the sensor says so. */
export const changes = signal(0);

export function changed(): void {
  changes.value++;
}

/** `/api/v1/…` with a query; empty values are left out. */
export function address(path: string, query: Readonly<Record<string, string | number>> = {}): string {
  const kept = Object.entries(query).filter(([, value]) => value !== '');
  const text = new URLSearchParams(kept.map(([name, value]) => [name, String(value)])).toString();
  return `/api/v1/${path}${text === '' ? '' : `?${text}`}`;
}

/** The same, of the run that is chosen. */
export function ofRun(path: string, query: Readonly<Record<string, string | number>> = {}): string {
  return address(path, { run: route.value.query.run ?? '', ...query });
}

export async function ask<T>(
  url: string,
  init: RequestInit = {},
  read: (answer: Response) => Promise<unknown> = (answer) => answer.json(),
): Promise<T> {
  const answer = await fetch(url, { credentials: 'same-origin', ...init }).catch((error: unknown) => {
    if ((error as Error).name === 'AbortError') throw error;
    throw new ApiError('offline', 0, 'The sensor does not answer. Is it running, and is this machine connected to it?');
  });
  if (!answer.ok) throw await problemOf(answer);
  if (answer.status === 204) return undefined as T;
  return (await read(answer)) as T;
}

/** What a write carries beside its content: proof that it comes from this page (session.ts). */
export const writeHeaders = signal<Readonly<Record<string, string>>>({});

/** Sends a decision. */
export function send<T>(method: 'POST' | 'PUT' | 'DELETE' | 'PATCH', url: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = { ...writeHeaders.value };
  if (body !== undefined) headers['content-type'] = 'application/json';
  return ask<T>(url, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
}

async function problemOf(answer: Response): Promise<ApiError> {
  const body = (await answer.json().catch(() => ({}))) as { detail?: unknown };
  const detail = typeof body.detail === 'string' ? body.detail : '';
  const { status } = answer;
  if (status === 401) return new ApiError('signIn', status, detail || 'Sign in to see this.');
  if (status === 403) return new ApiError('role', status, detail || 'Your role does not allow this.');
  if (status === 404) return new ApiError('missing', status, detail || 'There is nothing at this address.');
  if (status < 500) return new ApiError('refused', status, detail || 'The sensor refused this request.');
  return new ApiError('broken', status, detail || 'The sensor could not answer; its log says why.');
}

/** What the address answers now; asked again when it changes and after `changed()`. `null` asks nothing. */
export function useAnswer<T>(url: string | null): Answer<T> {
  const answer = useAnswers<T>(url === null ? [] : [url]);
  if (url === null) return { state: 'loading', value: null };
  const [first] = answer.value ?? [];
  if (answer.state === 'here' && first !== undefined) return { state: 'here', value: first };
  if (answer.state === 'failed') return { ...answer, value: first ?? null };
  return { state: 'loading', value: null };
}

/** The same of several addresses, whose answers belong together. */
export function useAnswers<T>(urls: readonly string[]): Answer<readonly T[]> {
  const key = urls.join('\n');
  const [answer, setAnswer] = useState<{ key: string | null; answer: Answer<readonly T[]> }>({
    key: null,
    answer: { state: 'loading', value: null },
  });
  const version = changes.value;
  useEffect(() => {
    const stop = new AbortController();
    const asked = key === '' ? [] : key.split('\n');
    Promise.all(asked.map((url) => ask<T>(url, { signal: stop.signal }))).then(
      (value) => setAnswer({ key, answer: { state: 'here', value } }),
      (error: unknown) => {
        if (stop.signal.aborted) return;
        const known = error instanceof ApiError ? error : new ApiError('broken', 0, 'The answer could not be read.');
        setAnswer((before) => ({
          key,
          answer: { state: 'failed', value: before.key === key ? before.answer.value : null, error: known },
        }));
      },
    );
    return () => stop.abort();
    // `version` is no part of the request, but the reason to make it again.
  }, [key, version]);
  return answer.key === key ? answer.answer : { state: 'loading', value: null };
}
