/**
 * What is told of the heads of HTTP, whatever its version: each message, who logs in how, who made the ends, and
 * what a protocol that travels in HTTP makes of it.
 *
 * Neither a query nor a credential becomes a string. Of a path only its class is told.
 */
import { Exchange, type ExchangeReader, type Segment, type Span } from '../../src/protocol.ts';
import { HttpMessage, Identity, type Records, stamp } from '../../src/records.ts';
import type { Asked, Connection } from './flow.ts';
import type { Head } from './head.ts';
import { LoginTeller } from './logins.ts';
import { PathClasses } from './path.ts';
import { extensionAt, productAt, serverAt, systemAt, Values } from './values.ts';

export class Exchanges {
  readonly readers: readonly ExchangeReader[];
  readonly exchange: Exchange = new Exchange();
  private readonly values = new Values();
  private readonly paths = new PathClasses();
  private readonly logins = new LoginTeller();
  private readonly message = new HttpMessage();
  private readonly identity = new Identity();

  constructor(readers: readonly ExchangeReader[]) {
    this.readers = readers;
  }

  mediaType(head: Head): string {
    return head.contentType.isEmpty ? '' : this.values.mediaType(head.view, head.contentType);
  }

  /** A request; `asked` is filled with what its response needs. */
  request(head: Head, connection: Connection, asked: Asked, segment: Segment, records: Records): void {
    asked.method = head.method;
    asked.extension = extensionAt(head.view, head.path.at, head.path.end);
    const { exchange } = this;
    this.fill(head, head.method, -1);
    this.claim(asked, segment);
    this.tell(head, segment, records);
    this.tellClient(head, connection, segment, records);
    if (!head.authorization.isEmpty) {
      const owner = this.readers[asked.owner];
      const protocol = owner?.ownsLogins === true ? owner.name : 'http';
      this.logins.request(head, protocol, connection, asked, segment, records);
    }
    exchange.topic = asked.topic;
    if (asked.owner >= 0) this.readers[asked.owner]!.hears?.(exchange, segment, records);
  }

  /** A response to `asked`, or to a request that was not seen. */
  response(head: Head, connection: Connection, asked: Asked | null, segment: Segment, records: Records): void {
    const { exchange } = this;
    this.fill(head, asked === null ? '' : asked.method, head.status);
    this.tell(head, segment, records);
    this.tellServer(head, connection, segment, records);
    if (asked === null || head.status < 200) return;
    if (asked.loginProtocol !== '') this.logins.response(head.status, connection, asked, segment, records);
    exchange.topic = asked.topic;
    if (asked.owner >= 0) this.readers[asked.owner]!.hears?.(exchange, segment, records);
  }

  /** The exchange as the reader with this index sees it while a body passes. */
  bodyOf(isRequest: boolean, method: string, status: number, mediaType: string): Exchange {
    const { exchange } = this;
    exchange.isRequest = isRequest;
    exchange.method = method;
    exchange.status = status;
    exchange.mediaType = mediaType;
    exchange.path.set(0, 0);
    exchange.contentType.set(0, 0);
    exchange.accept.set(0, 0);
    exchange.soapAction.set(0, 0);
    return exchange;
  }

  private fill(head: Head, method: string, status: number): void {
    const { exchange } = this;
    exchange.isRequest = head.isRequest;
    exchange.method = method;
    exchange.status = status;
    exchange.mediaType = this.mediaType(head);
    exchange.topic = 0;
    exchange.view = head.view;
    copy(exchange.path, head.path);
    copy(exchange.contentType, head.contentType);
    copy(exchange.accept, head.accept);
    copy(exchange.soapAction, head.soapAction);
  }

  /** The first reader to which the request means something has the exchange. */
  private claim(asked: Asked, segment: Segment): void {
    const { readers, exchange } = this;
    for (let i = 0; i < readers.length; i++) {
      const topic = readers[i]!.asks?.(exchange, segment) ?? 0;
      if (topic === 0) continue;
      asked.owner = i;
      asked.topic = topic;
      return;
    }
  }

  private tell(head: Head, segment: Segment, records: Records): void {
    const { message } = this;
    stamp(message, segment);
    message.fromClient = segment.toServer;
    message.isRequest = head.isRequest;
    message.version = head.version;
    message.method = head.method;
    message.host = head.host.isEmpty ? '' : this.values.host(head.view, head.host);
    message.pathClass = head.isRequest ? this.paths.of(head.view, head.path.at, head.path.end) : '';
    message.status = head.isRequest ? -1 : head.status;
    message.mediaType = this.exchange.mediaType;
    message.authorization = head.authorization.isEmpty ? '' : this.logins.schemeOf(head);
    message.contentBytes = head.isChunked || head.contentLength < 0 ? -1 : head.contentLength;
    records.httpMessage(message);
  }

  private tellServer({ view, server }: Head, connection: Connection, segment: Segment, records: Records): void {
    if (server.isEmpty || connection.serverTold) return;
    connection.serverTold = true;
    this.say('software', productAt(view, server.at, server.end), 'HTTP Server', segment, records);
    this.say('server-software', serverAt(view, server.at, server.end), 'HTTP Server', segment, records);
  }

  private tellClient({ view, agent }: Head, connection: Connection, segment: Segment, records: Records): void {
    if (agent.isEmpty || connection.clientTold) return;
    connection.clientTold = true;
    this.say('user-agent', productAt(view, agent.at, agent.end), 'HTTP User-Agent', segment, records);
    this.say('operating-system', systemAt(view, agent.at, agent.end), 'HTTP User-Agent', segment, records);
  }

  private say(attribute: string, value: string, source: string, segment: Segment, records: Records): void {
    if (value === '') return;
    const { identity } = this;
    stamp(identity, segment);
    identity.ofClient = segment.toServer;
    identity.attribute = attribute;
    identity.value = value;
    identity.source = source;
    identity.confidence = 0.5;
    records.identity(identity);
  }
}

function copy(to: Span, from: Span): void {
  to.set(from.at, from.end);
}
