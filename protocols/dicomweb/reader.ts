/**
 * DICOMweb (PS3.18): search, retrieve, store and worklists over HTTP.
 *
 *     GET  …/studies?…                               QIDO-RS study
 *     GET  …/studies/{uid}/series/{uid}              WADO-RS series
 *     POST …/studies          multipart/related      STOW-RS
 *     PUT  …/workitems/{uid}/state                   UPS-RS change state
 *
 * UIDs and parameters are stepped over. Of bodies, parts of type `application/dicom` are counted and never kept.
 */
import { find, Words } from '../../src/bytes/words.ts';
import type { Exchange, ExchangeReader, Segment } from '../../src/protocol.ts';
import { Message, Operation, type Records, stamp, Transfer } from '../../src/records.ts';
import { PartCounter } from './parts.ts';

const SLASH = 0x2f;

/** Names of what is asked for; the place in the list and one is the topic. */
const KINDS = [
  ...['QIDO-RS study', 'QIDO-RS series', 'QIDO-RS instance'],
  ...['WADO-RS study', 'WADO-RS series', 'WADO-RS instance', 'WADO-RS frames', 'WADO-RS metadata'],
  ...['WADO-RS rendered', 'WADO-RS bulk data', 'WADO-URI', 'STOW-RS', 'delete'],
  ...['UPS-RS search', 'UPS-RS retrieve', 'UPS-RS create', 'UPS-RS update', 'UPS-RS change state'],
  ...['UPS-RS cancel', 'UPS-RS subscribe', 'UPS-RS unsubscribe'],
];
const topicOf = (name: string): number => KINDS.indexOf(name) + 1;
const QIDO = topicOf('QIDO-RS study');
const WADO = topicOf('WADO-RS study');
const FRAMES = topicOf('WADO-RS frames');
const METADATA = topicOf('WADO-RS metadata');
const RENDERED = topicOf('WADO-RS rendered');
const BULK = topicOf('WADO-RS bulk data');
const WADO_URI = topicOf('WADO-URI');
const STOW = topicOf('STOW-RS');
const DELETE = topicOf('delete');
const UPS_SEARCH = topicOf('UPS-RS search');
const UPS_RETRIEVE = topicOf('UPS-RS retrieve');
const UPS_CREATE = topicOf('UPS-RS create');
const UPS_UPDATE = topicOf('UPS-RS update');
const UPS_STATE = topicOf('UPS-RS change state');
const UPS_CANCEL = topicOf('UPS-RS cancel');
const UPS_SUBSCRIBE = topicOf('UPS-RS subscribe');
const UPS_UNSUBSCRIBE = topicOf('UPS-RS unsubscribe');

const writing = new Set([STOW, DELETE, UPS_CREATE, UPS_UPDATE, UPS_STATE, UPS_CANCEL]);

/** Segments of the base that say what stands behind them. */
const bases = new Words([
  'dicom-web',
  'dicomweb',
  'rs',
  'wado-rs',
  'qido-rs',
  'stow-rs',
  'ups-rs',
  'aets',
  'dicomwebrs',
]);
const LEVEL_WORDS = 3;
const parts = new Words([
  ...['studies', 'series', 'instances'],
  ...['frames', 'metadata', 'rendered', 'thumbnail', 'bulkdata', 'bulk', 'pixeldata'],
  ...['workitems', 'state', 'cancelrequest', 'subscribers', 'wado'],
]);
const kindsOfParts: Readonly<Record<string, number>> = {
  frames: FRAMES,
  metadata: METADATA,
  rendered: RENDERED,
  thumbnail: RENDERED,
  bulkdata: BULK,
  bulk: BULK,
  pixeldata: BULK,
};

const message = new Message();
const operation = new Operation();
const transfer = new Transfer();

export const dicomweb: ExchangeReader = {
  name: 'dicomweb',

  asks: topicFor,

  hears(exchange, segment, records) {
    const { topic, isRequest } = exchange;
    if (isRequest) tellMessage(KINDS[topic - 1] ?? '', 1, segment, records);
    if (writing.has(topic)) tellOperation(topic, exchange, segment, records);
  },

  wants: ({ topic, mediaType }) => topic > 0 && mediaType === 'multipart/related',

  open() {
    const counters = [new PartCounter(), new PartCounter()] as const;
    return {
      begin: (_exchange, segment) => counters[segment.toServer ? 0 : 1].clear(),
      read: (segment) => counters[segment.toServer ? 0 : 1].read(segment),
      end(segment, _isWhole, records) {
        const counter = counters[segment.toServer ? 0 : 1];
        if (counter.instances > 0) tellInstances(counter, segment, records);
      },
    };
  },
};

function topicFor(exchange: Exchange): number {
  const { view, path, method } = exchange;
  let isKnown = saysDicom(exchange);
  let level = -1;
  let hasId = false;
  let last = '';
  let what = 0;
  for (let at = path.at; at < path.end; ) {
    let stop = at + 1;
    while (stop < path.end && view.getUint8(stop) !== SLASH) stop++;
    const from = at + 1;
    at = stop;
    if (from === stop) continue;
    if (level < 0 && last === '' && bases.find(view, from, stop) >= 0) {
      isKnown = true;
      continue;
    }
    const place = parts.find(view, from, stop);
    if (place < 0) {
      hasId = true;
      continue;
    }
    last = parts.list[place]!;
    hasId = false;
    if (place < LEVEL_WORDS) level = place;
    else what = kindsOfParts[last] ?? what;
  }
  if (last === '' || !isKnown) return last === 'wado' && method === 'GET' ? WADO_URI : 0;
  if (last === 'wado') return method === 'GET' && !hasId ? WADO_URI : 0;
  if (level < 0) return upsTopic(method, last, hasId);
  if (method === 'POST') return last === 'studies' ? STOW : 0;
  if (method === 'DELETE') return hasId ? DELETE : 0;
  if (method !== 'GET' && method !== 'HEAD') return 0;
  if (what > 0) return what;
  return (hasId ? WADO : QIDO) + level;
}

function upsTopic(method: string, last: string, hasId: boolean): number {
  switch (last) {
    case 'workitems':
      if (method === 'GET') return hasId ? UPS_RETRIEVE : UPS_SEARCH;
      return method === 'POST' ? (hasId ? UPS_UPDATE : UPS_CREATE) : 0;
    case 'state':
      return method === 'PUT' ? UPS_STATE : 0;
    case 'cancelrequest':
      return method === 'POST' ? UPS_CANCEL : 0;
    case 'subscribers':
      return method === 'POST' ? UPS_SUBSCRIBE : method === 'DELETE' ? UPS_UNSUBSCRIBE : 0;
    default:
      return 0;
  }
}

/** The media type of what is sent or wanted is DICOM's. */
function saysDicom({ view, contentType, accept }: Exchange): boolean {
  const isDicom = 'application/dicom';
  return find(view, contentType.at, contentType.end, isDicom) >= 0 || find(view, accept.at, accept.end, isDicom) >= 0;
}

function tellMessage(kind: string, count: number, segment: Segment, records: Records): void {
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 'dicomweb';
  message.kind = kind;
  message.count = count;
  records.message(message);
}

function tellOperation(topic: number, exchange: Exchange, segment: Segment, records: Records): void {
  stamp(operation, segment);
  operation.fromClient = exchange.isRequest === segment.toServer;
  operation.protocol = 'dicomweb';
  operation.verb = KINDS[topic - 1] ?? '';
  operation.object = topic === STOW ? 'instances' : topic === DELETE ? '' : 'workitem';
  operation.outcome = exchange.isRequest ? 'asked' : exchange.status < 400 ? 'done' : 'failed';
  records.operation(operation);
}

function tellInstances(counter: PartCounter, segment: Segment, records: Records): void {
  tellMessage(segment.toServer ? 'instance stored' : 'instance retrieved', counter.instances, segment, records);
  stamp(transfer, segment);
  transfer.fromClient = true;
  transfer.protocol = 'dicomweb';
  transfer.verb = segment.toServer ? 'write' : 'read';
  transfer.content = 'dicom';
  transfer.bytes = counter.bytes;
  records.transfer(transfer);
}
