/**
 * FHIR R4 over HTTP (hl7.org/fhir/R4/http.html): which interaction with which type of resource.
 *
 *     GET    [base]/Patient/7            read          PUT    [base]/Patient/7     update
 *     GET    [base]/Patient/7/_history/1 vread         POST   [base]/Observation   create
 *     GET    [base]/Observation?…        search        POST   [base]               batch, transaction
 *     GET    [base]/Patient/$export      bulk export   POST   [base]/$operation    operation
 *
 * The path is read where it lies: identifiers, parameters and bodies never become a string. A path that only looks
 * like FHIR is told once its response says that it was.
 */
import { find, spellsWhole, Words } from '../../src/bytes/words.ts';
import type { Exchange, ExchangeReader, Segment } from '../../src/protocol.ts';
import { Message, Operation, type Records, stamp } from '../../src/records.ts';
import { RESOURCES } from './resources.ts';

const SLASH = 0x2f;
const DOLLAR = 0x24;

const resources = new Words(RESOURCES, true);

const KINDS = [
  ...['', 'read', 'vread', 'search', 'history', 'create', 'update', 'patch', 'delete', 'batch', 'operation'],
  ...['bulk export', 'everything', 'capabilities'],
];
const kindOf = (name: string): number => KINDS.indexOf(name);
const READ = kindOf('read');
const VREAD = kindOf('vread');
const SEARCH = kindOf('search');
const HISTORY = kindOf('history');
const CREATE = kindOf('create');
const UPDATE = kindOf('update');
const PATCH = kindOf('patch');
const DELETE = kindOf('delete');
const BATCH = kindOf('batch');
const OPERATION = kindOf('operation');
const EXPORT = kindOf('bulk export');
const EVERYTHING = kindOf('everything');
const CAPABILITIES = kindOf('capabilities');

/** Kinds that change what the server holds, or what it does. */
const writing = new Set([CREATE, UPDATE, PATCH, DELETE, BATCH]);

/** A topic is kind × 512, whether it is certain × 256, and the place of the resource and one. */
const KIND = 512;
const CERTAIN = 256;

const message = new Message();
const operation = new Operation();

export const fhir: ExchangeReader = {
  name: 'fhir',

  asks(exchange) {
    const said = saysFhir(exchange);
    return topicOf(exchange, said);
  },

  hears(exchange, segment, records) {
    const isCertain = (exchange.topic & CERTAIN) !== 0;
    const kind = Math.floor(exchange.topic / KIND);
    const resource = RESOURCES[(exchange.topic & 255) - 1] ?? '';
    if (exchange.isRequest) {
      if (isCertain) ask(kind, resource, segment, records, segment.toServer);
      return;
    }
    if (!isCertain) {
      if (!exchange.mediaType.includes('fhir')) return;
      ask(kind, resource, segment, records, !segment.toServer);
    }
    if (writing.has(kind)) tell(kind, resource, exchange.status < 400 ? 'done' : 'failed', segment, records);
  },
};

function ask(kind: number, resource: string, segment: Segment, records: Records, fromClient: boolean): void {
  stamp(message, segment);
  message.fromClient = fromClient;
  message.protocol = 'fhir';
  message.kind = KINDS[kind] ?? '';
  records.message(message);
  if (writing.has(kind)) tell(kind, resource, 'asked', segment, records, fromClient);
}

function tell(
  kind: number,
  resource: string,
  outcome: string,
  segment: Segment,
  records: Records,
  fromClient = !segment.toServer,
): void {
  stamp(operation, segment);
  operation.fromClient = fromClient;
  operation.protocol = 'fhir';
  operation.verb = KINDS[kind] ?? '';
  operation.object = resource;
  operation.outcome = outcome;
  records.operation(operation);
}

/** The media type of what is sent or wanted is FHIR's own. */
function saysFhir({ view, contentType, accept }: Exchange): boolean {
  return find(view, contentType.at, contentType.end, 'fhir') >= 0 || find(view, accept.at, accept.end, '/fhir+') >= 0;
}

/** One walk along the path: the base, the last type of resource, and what stands behind it. */
function topicOf(exchange: Exchange, said: boolean): number {
  const { view, path, method } = exchange;
  let isCertain = said;
  let resource = 0;
  let behind = 0;
  let special = 0;
  let hasBase = false;
  for (let at = path.at; at < path.end; ) {
    let stop = at + 1;
    while (stop < path.end && view.getUint8(stop) !== SLASH) stop++;
    const from = at + 1;
    at = stop;
    if (from === stop) continue;
    const found = resources.find(view, from, stop) + 1;
    // A compartment, [base]/Patient/7/Observation: the type that is asked for stands last.
    if (found > 0) {
      resource = found;
      behind = 0;
      special = 0;
      continue;
    }
    if (resource === 0 && !hasBase && find(view, from, stop, 'fhir') >= 0) {
      hasBase = true;
      isCertain = true;
      continue;
    }
    special = specialOf(view, from, stop, special);
    if (resource > 0) behind++;
    else if (special === 0 && hasBase && !isVersion(view, from, stop)) return 0;
  }
  const kind = kindFor(method, resource, behind, special, isCertain && hasBase, said);
  if (kind === 0) return 0;
  return kind * KIND + (isCertain ? CERTAIN : 0) + resource;
}

/** `_history`, `$export` and the like. */
function specialOf(view: DataView, at: number, end: number, before: number): number {
  if (view.getUint8(at) === DOLLAR) {
    if (spellsWhole(view, at, end, '$export')) return EXPORT;
    return spellsWhole(view, at, end, '$everything') ? EVERYTHING : OPERATION;
  }
  if (spellsWhole(view, at, end, '_history')) return HISTORY;
  if (spellsWhole(view, at, end, '_search')) return SEARCH;
  if (spellsWhole(view, at, end, 'metadata')) return CAPABILITIES;
  return before === HISTORY ? VREAD : before;
}

function kindFor(
  method: string,
  resource: number,
  behind: number,
  special: number,
  isBase: boolean,
  said: boolean,
): number {
  if (resource === 0 && !isBase && !said) return 0;
  if (special !== 0 && (method === 'GET' || method === 'POST')) return special;
  if (resource === 0) return method === 'POST' && (isBase || said) ? BATCH : 0;
  switch (method) {
    case 'GET':
    case 'HEAD':
      return behind === 0 ? SEARCH : READ;
    case 'POST':
      return behind === 0 ? CREATE : 0;
    case 'PUT':
      return UPDATE;
    case 'PATCH':
      return PATCH;
    case 'DELETE':
      return DELETE;
    default:
      return 0;
  }
}

/** `r4`, `R4B`, `stu3`, `v4`, `baseR4`: a version in the base. */
function isVersion(view: DataView, at: number, end: number): boolean {
  return end - at <= 8 && end - at >= 2 && (view.getUint8(end - 1) - 0x30) >>> 0 <= 9;
}
