/**
 * One request to InfluxDB 1.x, 2.x or 3.x, and what its answer means for the points.
 *
 *     v1   POST /write?db=&precision=u                      works on every version (the default)
 *     v2   POST /api/v2/write?org=&bucket=&precision=us
 *     v3   POST /api/v3/write_lp?db=&precision=microsecond
 *
 * The body is the same gzip of lines everywhere. No promise rejects, no secret appears in a message, no more of
 * an answer is read than a person would want to see, and none is waited for longer than twice the timeout, however
 * slowly it comes. Only what InfluxDB says when it has stored lines counts as stored: 204, or an empty 200.
 */
import { readFileSync } from 'node:fs';
import { Agent } from 'undici';

export interface InfluxSettings {
  readonly url: string;
  readonly database: string;
  readonly api: 'v1' | 'v2' | 'v3';
  readonly org: string;
  readonly token: string;
  readonly user: string;
  readonly password: string;
  readonly caFile: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * `stored` · `poison`: at least one line will never be taken · `operator`: a person must put something right ·
 * `later`: the server or the network is in trouble.
 */
export type Outcome = 'stored' | 'poison' | 'operator' | 'later';

export interface Answer {
  readonly outcome: Outcome;
  /** 0 without an answer. */
  readonly status: number;
  /** One clear line, '' when stored. */
  readonly problem: string;
  /** The server's own words. */
  readonly body: string;
  /** The server asks for this pause; 0 when it does not. */
  readonly retryAfterMs: number;
}

const ANSWER_BYTES_MAX = 4_096;
const RETRY_AFTER_MS_MAX = 300_000;
const GRACE_MS = 200;

export class InfluxClient {
  readonly #settings: InfluxSettings;
  readonly #timeoutMs: number;
  #agent: Agent | null = null;

  constructor(settings: InfluxSettings, timeoutMs: number) {
    this.#settings = settings;
    this.#timeoutMs = timeoutMs;
  }

  write(gzip: Uint8Array, signal?: AbortSignal): Promise<Answer> {
    const { api, database, org } = this.#settings;
    const path =
      api === 'v1'
        ? `write?${new URLSearchParams({ db: database, precision: 'u' })}`
        : api === 'v2'
          ? `api/v2/write?${new URLSearchParams({ org, bucket: database, precision: 'us' })}`
          : `api/v3/write_lp?${new URLSearchParams({ db: database, precision: 'microsecond' })}`;
    const headers = { 'content-type': 'text/plain; charset=utf-8', 'content-encoding': 'gzip' };
    return this.#post('write', path, headers, gzip, signal);
  }

  /** InfluxQL, which every version answers. A statement that changes something goes without a database. */
  query(statement: string, database: string, signal?: AbortSignal): Promise<Answer> {
    const form = new URLSearchParams({ ...(database === '' ? {} : { db: database }), q: statement });
    const body = Buffer.from(form.toString());
    return this.#post('query', 'query', { 'content-type': 'application/x-www-form-urlencoded' }, body, signal);
  }

  async close(): Promise<void> {
    const agent = this.#agent;
    this.#agent = null;
    await agent?.destroy().catch(() => {});
  }

  async #post(
    purpose: 'write' | 'query',
    path: string,
    headers: Record<string, string>,
    body: Uint8Array,
    signal: AbortSignal | undefined,
  ): Promise<Answer> {
    const ending = new AbortController();
    const end = (): void => ending.abort();
    let late = false;
    let deadline = setTimeout(() => {
      // Where this thread was busy all the time, the answer may be there and only not read.
      deadline = setTimeout(() => {
        late = true;
        ending.abort();
      }, GRACE_MS);
    }, 2 * this.#timeoutMs);
    signal?.addEventListener('abort', end);
    try {
      const base = new URL(this.#settings.url);
      this.#agent ??= this.#connect();
      const response = await this.#agent.request({
        origin: base.origin,
        path: `${base.pathname.replace(/\/*$/, '')}/${path}`,
        method: 'POST',
        headers: { ...headers, ...authorization(this.#settings, base), ...this.#settings.headers },
        body,
        signal: ending.signal,
      });
      const text = await beginning(response.body);
      return this.#judge(purpose, response.statusCode, text, response.headers['retry-after']);
    } catch (error) {
      return this.#trouble(late ? Object.assign(new Error(), { code: 'UND_ERR_BODY_TIMEOUT' }) : error);
    } finally {
      clearTimeout(deadline);
      signal?.removeEventListener('abort', end);
    }
  }

  #connect(): Agent {
    const { caFile } = this.#settings;
    const timeout = Math.min(this.#timeoutMs, 10_000);
    return new Agent({
      connections: 1,
      headersTimeout: this.#timeoutMs,
      bodyTimeout: this.#timeoutMs,
      connect: caFile === null ? { timeout } : { timeout, ca: readFileSync(caFile) },
    });
  }

  #judge(purpose: 'write' | 'query', status: number, body: string, retryAfter: string | string[] | undefined): Answer {
    const said = serverWords(body);
    const answer = (outcome: Outcome, problem: string): Answer => ({
      outcome,
      status,
      problem: problem === '' ? '' : `${this.#name()}: ${problem}`,
      body: said,
      retryAfterMs: pauseOf(retryAfter),
    });
    const words = said === '' ? '' : `: ${said}`;
    const { database, api } = this.#settings;
    if (status === 204 || (status === 200 && (purpose === 'query' || said === ''))) {
      return purpose === 'query' && queryFailed(body)
        ? answer('operator', `the query is refused${words}`)
        : answer('stored', '');
    }
    // A proxy with a sign-in page, a web server: they say 200 to everything and store nothing.
    if (status < 400)
      return answer('operator', `this is no InfluxDB, or something stands before it (status ${status})`);
    if (status === 401) {
      return answer('operator', `the token, user or password is not accepted (status 401${words})`);
    }
    if (status === 403) {
      const right = purpose === 'write' ? 'write to' : 'read';
      return answer('operator', `the token or user may not ${right} database ${database} (status 403${words})`);
    }
    if (status === 404 && /\b(database|bucket|organi[sz]ation)\b.*not found/i.test(said)) {
      return answer('operator', `there is no database ${database} (status 404${words})`);
    }
    if (status === 404) {
      return answer('operator', `no database ${database}, or no ${api} interface here (status 404${words})`);
    }
    if (status === 413 || status === 422) return answer('poison', `lines are refused (status ${status}${words})`);
    if (status === 400) {
      // A request that names no database says nothing about the lines in it.
      const request = /\b(database|bucket|org\w*)\b.*\b(required|provide|missing|not found|invalid)\b|precision/i.test(
        said,
      );
      return answer(
        request ? 'operator' : 'poison',
        `${request ? 'the request is' : 'lines are'} refused (status 400${words})`,
      );
    }
    if (status === 408 || status === 425 || status === 429 || status >= 500) {
      return answer('later', `the server cannot take points now (status ${status}${words})`);
    }
    return answer('operator', `this is no InfluxDB (status ${status}${words})`);
  }

  #trouble(error: unknown): Answer {
    const code = errorCode(error);
    const tls = tlsProblem(code);
    const { caFile } = this.#settings;
    const unreadable = caFile !== null && (error as NodeJS.ErrnoException).path === caFile;
    const unusable = code === 'ERR_INVALID_URL' || code === 'UND_ERR_INVALID_ARG';
    const problem = unreadable ? `the CA file ${caFile} cannot be read` : (tls ?? networkProblem(code));
    return {
      outcome: unreadable || unusable || tls !== null ? 'operator' : 'later',
      status: 0,
      problem: `${this.#name()}: ${problem} (${code})`,
      body: '',
      retryAfterMs: 0,
    };
  }

  /** The address without user, password or parameters. */
  #name(): string {
    try {
      const { origin, pathname } = new URL(this.#settings.url);
      return `InfluxDB at ${origin}${pathname === '/' ? '' : pathname}`;
    } catch {
      return 'InfluxDB at an address that is none';
    }
  }
}

function authorization({ api, token, user, password }: InfluxSettings, base: URL): Record<string, string> {
  if (token !== '' && user === '') return { authorization: `${api === 'v3' ? 'Bearer' : 'Token'} ${token}` };
  const name = user !== '' ? user : decodeURIComponent(base.username);
  if (name === '') return {};
  const secret = password !== '' ? password : token !== '' ? token : decodeURIComponent(base.password);
  return { authorization: `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}` };
}

async function beginning(body: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body) {
    parts.push(part.subarray(0, ANSWER_BYTES_MAX - bytes));
    bytes += part.length;
    // Leaving the loop gives the connection up: nobody has to read an endless answer.
    if (bytes >= ANSWER_BYTES_MAX) break;
  }
  return Buffer.concat(parts).toString('utf8');
}

/** InfluxQL says 200 also to what it refuses; the reason stands beside the results. */
function queryFailed(body: string): boolean {
  try {
    return typeof JSON.parse(body).results?.[0]?.error === 'string';
  } catch {
    return false;
  }
}

/** The sentence in a JSON answer, or the first line of any other. */
function serverWords(body: string): string {
  let words = body;
  try {
    const { error, message, results } = JSON.parse(body);
    const found = message ?? error ?? results?.[0]?.error;
    if (typeof found === 'string') words = found;
  } catch {
    // Not JSON: a proxy's page, or nothing at all.
  }
  return words
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 300);
}

function pauseOf(header: string | string[] | undefined): number {
  if (typeof header !== 'string') return 0;
  // Seconds or a date (RFC 9110, 10.2.3). A clock that is wrong makes a long pause at most.
  const ms = /^\d+$/.test(header) ? Number.parseInt(header, 10) * 1_000 : Date.parse(header) - Date.now();
  return ms > 0 ? Math.min(ms, RETRY_AFTER_MS_MAX) : 0;
}

function errorCode(error: unknown): string {
  const { code, cause, name } = error as { code?: unknown; cause?: { code?: unknown }; name?: string };
  if (typeof code === 'string') return code;
  if (typeof cause?.code === 'string') return cause.code;
  return name ?? 'Error';
}

function tlsProblem(code: string): string | null {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'TLS: the certificate is for another name';
  if (code === 'CERT_HAS_EXPIRED') return 'TLS: the certificate has expired';
  if (code.startsWith('ERR_SSL') || code === 'EPROTO') return 'TLS: the server does not speak TLS on this port';
  if (/SELF_SIGNED|UNABLE_TO_|CERT_|_CERT/.test(code))
    return 'TLS: the certificate is not signed by a known authority (caFile)';
  return null;
}

function networkProblem(code: string): string {
  switch (code) {
    case 'ECONNREFUSED':
      return 'connection refused: nothing listens there';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the name of the server is not known';
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'ETIMEDOUT':
      return 'the server cannot be reached in time';
    case 'UND_ERR_HEADERS_TIMEOUT':
    case 'UND_ERR_BODY_TIMEOUT':
      return 'the server took the connection but does not answer';
    case 'ERR_INVALID_URL':
    case 'UND_ERR_INVALID_ARG':
      return 'the address, token or headers cannot be used in a request';
    default:
      return 'the connection failed';
  }
}
