/**
 * The opening of AMQP 0-9-1 (1.4.2.2, 1.4.2.3): what the broker is, and how the client says who it is.
 *
 *     start     major 8 │ minor 8 │ table: length 32, (name 8 + n, type 8, value) … │ mechanisms 32 + n │ …
 *     start-ok  table │ mechanism 8 + n │ response 32 + n        PLAIN: NUL name NUL password
 */
import { weaknessOf } from '../../src/bytes/secret.ts';
import { readText, startsWith } from '../../src/bytes/text.ts';
import type { Segment } from '../../src/protocol.ts';
import { FlowProtocol, Login, type Records, stamp } from '../../src/records.ts';

const LONG_STRING = 0x53;
const TABLE = 0x46;
const BOOLEAN = 0x74;
const VALUE_BYTES_MAX = 64;
const FIELDS_MAX = 32;

const said = new FlowProtocol();
const login = new Login();

/** Product and version among the server's properties: `RabbitMQ 3.12.1`. */
export function product(segment: Segment, from: number, to: number, records: Records): void {
  const { view } = segment;
  if (to - from < 6) return;
  const end = Math.min(to, from + 6 + view.getUint32(from + 2));
  let at = from + 6;
  let name = '';
  let version = '';
  for (let count = 0; count < FIELDS_MAX && at < end; count++) {
    const key = at + 1;
    const type = key + view.getUint8(at);
    if (type >= end) break;
    const kind = view.getUint8(type);
    if (kind === BOOLEAN) {
      at = type + 2;
      continue;
    }
    if ((kind !== LONG_STRING && kind !== TABLE) || end - type < 5) break;
    const bytes = view.getUint32(type + 1);
    if (bytes > end - type - 5) break;
    const text = Math.min(bytes, VALUE_BYTES_MAX);
    if (kind === LONG_STRING && startsWith(view, key, type, 'product')) name = readText(view, type + 5, text);
    if (kind === LONG_STRING && startsWith(view, key, type, 'version')) version = readText(view, type + 5, text);
    at = type + 5 + bytes;
  }
  if (name === '') return;
  stamp(said, segment);
  said.protocol = 'amqp';
  said.detail = `${name} ${version}`.trim();
  records.flowProtocol(said);
}

/** Tells the login; returns whether its password could be read. */
export function startOk(segment: Segment, from: number, to: number, records: Records): boolean {
  const { view } = segment;
  let weakness = '';
  let isClear = false;
  const mechanism = to - from < 4 ? to : from + 4 + view.getUint32(from);
  const response = mechanism < to ? mechanism + 1 + view.getUint8(mechanism) : to;
  if (to - response >= 4 && startsWith(view, mechanism + 1, response, 'PLAIN')) {
    const end = Math.min(to, response + 4 + view.getUint32(response));
    let nul = response + 4;
    let secret = -1;
    for (let count = 0; nul < end && count < 2; nul++) if (view.getUint8(nul) === 0 && ++count === 2) secret = nul + 1;
    if (secret > 0) {
      isClear = true;
      weakness = weaknessOf(view, secret, end - secret);
    }
  }
  tellLogin('asked', isClear, weakness, segment, records);
  return isClear;
}

export function tellLogin(
  outcome: string,
  isClear: boolean,
  weakness: string,
  segment: Segment,
  records: Records,
): void {
  stamp(login, segment);
  login.protocol = 'amqp';
  login.method = isClear ? 'password' : '';
  login.outcome = outcome;
  login.isClear = isClear;
  login.weakness = weakness;
  records.login(login);
}
