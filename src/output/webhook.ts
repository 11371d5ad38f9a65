/** One POST with one JSON object per finding that is new or has grown, to an address of the site's own. */
import { readFileSync } from 'node:fs';
import { Agent } from 'undici';
import type { FindingRow } from '../model.ts';
import { type AlertSource, ocsfLine } from './alert-formats.ts';
import type { Sent, Way } from './alert-sender.ts';

export interface WebhookSettings {
  readonly url: string;
  readonly caFile: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

const TIMEOUT_MS = 10_000;
const TIMED_OUT = 408;
const TOO_MANY = 429;

export class WebhookWay implements Way {
  readonly name: string;
  private readonly settings: WebhookSettings;
  private readonly source: AlertSource;
  private agent: Agent | null = null;
  private readonly over = new AbortController();

  constructor(settings: WebhookSettings, source: AlertSource) {
    this.settings = settings;
    this.source = source;
    // A path may be a secret.
    this.name = `webhook ${new URL(settings.url).host}`;
  }

  message(finding: FindingRow): string {
    return ocsfLine(finding, this.source);
  }

  async send(message: string): Promise<Sent> {
    const url = new URL(this.settings.url);
    try {
      this.agent ??= this.connect();
      const response = await this.agent.request({
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method: 'POST',
        headers: { 'content-type': 'application/json', ...this.settings.headers },
        body: message,
        signal: this.over.signal,
      });
      await response.body.dump();
      const status = response.statusCode;
      if (status >= 200 && status < 300) return 'taken';
      return status >= 400 && status < 500 && status !== TIMED_OUT && status !== TOO_MANY ? 'refused' : 'again';
    } catch {
      return 'again';
    }
  }

  close(): void {
    this.over.abort();
    this.agent?.destroy().catch(() => {});
  }

  private connect(): Agent {
    const { caFile } = this.settings;
    const ca = caFile === null ? {} : { ca: readFileSync(caFile) };
    const timeouts = { headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS };
    return new Agent({ connections: 1, ...timeouts, connect: { timeout: TIMEOUT_MS, ...ca } });
  }
}
