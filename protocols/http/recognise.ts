/** Is this HTTP/1.x? A request line with a known method and a target, or a status line (RFC 9112, 3 and 4). */
import { NO, type Segment } from '../../src/protocol.ts';
import { prefix, requestLine } from './methods.ts';

const STATUS_LINE = 'HTTP/1.';

export function recognise({ view, start, end }: Segment): number {
  return startLine(view, start, end);
}

export function startLine(view: DataView, at: number, end: number): number {
  const request = requestLine(view, at, end);
  return request === NO ? prefix(view, at, end, STATUS_LINE) : request;
}
