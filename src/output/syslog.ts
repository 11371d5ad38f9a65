/**
 * CEF in syslog messages (RFC 5424) over TCP or TLS, each with its length in front (RFC 6587, 3.4.1; RFC 5425, 4.3).
 *
 *     LENGTH SP <priority>1 SP time SP host SP wardwatch SP - SP detector SP - SP CEF:0|…
 *
 * Syslog has no answers: what was handed to a connection that then breaks may be lost without anybody knowing.
 */
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { isoTime } from '../bytes/time.ts';
import type { FindingRow, Severity } from '../model.ts';
import { type AlertSource, cefLine } from './alert-formats.ts';
import type { Sent, Way } from './alert-sender.ts';

export interface SyslogSettings {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly caFile: string | null;
}

/** Local use 0 (RFC 5424, table 1). */
const FACILITY = 16;
/** Critical, error, warning, notice (table 2). */
const priorities: Readonly<Record<Severity, number>> = { critical: 2, high: 3, medium: 4, low: 5 };
const TIMEOUT_MS = 10_000;

export function syslogMessage(finding: FindingRow, source: AlertSource): string {
  const host = source.site.replaceAll(/[^\x21-\x7e]+/g, '-').slice(0, 255) || '-';
  const priority = FACILITY * 8 + priorities[finding.severity];
  return `<${priority}>1 ${isoTime(finding.endUs)} ${host} wardwatch - ${finding.detector} - ${cefLine(finding, source)}`;
}

export class SyslogWay implements Way {
  readonly name: string;
  private readonly settings: SyslogSettings;
  private readonly source: AlertSource;
  private socket: Socket | null = null;

  constructor(settings: SyslogSettings, source: AlertSource) {
    this.settings = settings;
    this.source = source;
    this.name = `syslog ${settings.host}:${settings.port}`;
  }

  message(finding: FindingRow): string {
    const message = syslogMessage(finding, this.source);
    return `${Buffer.byteLength(message)} ${message}`;
  }

  async send(message: string): Promise<Sent> {
    try {
      const socket = await this.connected();
      const failed = await new Promise<unknown>((done) => {
        const closed = (): void => done('closed');
        socket.once('close', closed);
        socket.write(message, (error) => {
          socket.off('close', closed);
          done(error);
        });
      });
      if (failed === undefined || failed === null) return 'taken';
    } catch {
      // Said by whoever asked: tried again later.
    }
    this.close();
    return 'again';
  }

  close(): void {
    this.socket?.destroySoon();
    this.socket = null;
  }

  private async connected(): Promise<Socket> {
    const { host, port, tls, caFile } = this.settings;
    if (this.socket?.writable) return this.socket;
    const ca = caFile === null ? {} : { ca: readFileSync(caFile) };
    const socket = tls ? connectTls({ host, port, ...ca }) : connect({ host, port });
    this.socket = socket;
    await new Promise<void>((done, fail) => {
      socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error('no answer')));
      socket.once(tls ? 'secureConnect' : 'connect', () => done());
      socket.once('close', () => fail(new Error('closed')));
      socket.on('error', fail);
    });
    socket.setTimeout(0);
    // A collector that is away must not keep a finished command from ending.
    socket.unref();
    // Nobody answers; what is read tells that the other side has gone.
    socket.resume();
    return socket;
  }
}
