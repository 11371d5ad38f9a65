/**
 * Orthanc's own REST interface (orthanc.uclouvain.be/book, rest.html): which kind of resource, and what is done.
 *
 *     GET  /studies/{id}/archive       archive         POST /instances               upload
 *     GET  /instances/{id}/file        file            POST /modalities/{name}/store send
 *
 * It is told by the shape of Orthanc's identifiers (five groups of eight hexadecimal digits) or by its port; the
 * identifiers, which are hashes of a patient's, never become a string.
 */
import { Words } from '../../src/bytes/words.ts';
import type { Exchange, ExchangeReader, Segment } from '../../src/protocol.ts';
import { Message, Operation, type Records, stamp } from '../../src/records.ts';

const SLASH = 0x2f;
const HYPHEN = 0x2d;
const PORT = 8042;
const ID_BYTES = 44;
const GROUP_BYTES = 9;

/** First segments of its paths. */
const roots = new Words([
  ...['patients', 'studies', 'series', 'instances', 'changes', 'exports', 'system', 'statistics', 'tools', 'jobs'],
  ...['modalities', 'peers', 'plugins', 'queries', 'storage-commitment', 'worklists'],
]);
const LEVELS = 4;
/** Last segments that say what is done; with `true` where they change something or send it away. */
const actions: Readonly<Record<string, boolean>> = {
  file: false,
  archive: false,
  media: false,
  preview: false,
  rendered: false,
  tags: false,
  'simplified-tags': false,
  'shared-tags': false,
  content: false,
  attachments: false,
  metadata: false,
  find: false,
  lookup: false,
  'dicom-conformance': false,
  query: false,
  echo: false,
  store: true,
  move: true,
  retrieve: true,
  modify: true,
  anonymize: true,
  merge: true,
  split: true,
  reconstruct: true,
  protected: true,
  'create-archive': false,
  'create-media': false,
  'create-dicom': true,
  'bulk-delete': true,
  'bulk-modify': true,
  'bulk-anonymize': true,
  'execute-script': true,
  reset: true,
  shutdown: true,
  'log-level': true,
  invalidate: true,
};
const actionWords = new Words(Object.keys(actions));

/** A topic is the place of the root and one, the action's × 32, the kind of access × 4096. */
const ACTION = 32;
const ACCESS = 4_096;
const READS = 0;
const WRITES = 1;
const DELETES = 2;
const UPLOADS = 3;

const message = new Message();
const operation = new Operation();

export const orthanc: ExchangeReader = {
  name: 'orthanc',

  asks: topicFor,

  hears({ topic, isRequest, status }, segment, records) {
    const kind = kindOf(topic);
    if (isRequest) tellMessage(kind, segment, records);
    const access = Math.floor(topic / ACCESS);
    if (access === READS) return;
    const object = roots.list[(topic % ACTION) - 1] ?? '';
    tellOperation(kind, object, isRequest ? 'asked' : status < 400 ? 'done' : 'failed', segment, records);
  },
};

function topicFor({ view, path, method }: Exchange, segment: Segment): number {
  let root = -1;
  let action = -1;
  let count = 0;
  let hasId = segment.serverPort === PORT;
  for (let at = path.at; at < path.end; ) {
    let stop = at + 1;
    while (stop < path.end && view.getUint8(stop) !== SLASH) stop++;
    const from = at + 1;
    at = stop;
    if (from === stop) continue;
    if (++count === 1) {
      root = roots.find(view, from, stop);
      if (root < 0) return 0;
      continue;
    }
    hasId ||= isId(view, from, stop);
    action = actionWords.find(view, from, stop);
  }
  if (root < 0 || !hasId) return 0;
  return root + 1 + (action + 1) * ACTION + accessOf(method, root, count, action) * ACCESS;
}

function accessOf(method: string, root: number, count: number, action: number): number {
  if (method === 'DELETE') return DELETES;
  if (action >= 0) return method !== 'GET' && actions[actionWords.list[action]!] === true ? WRITES : READS;
  if (method === 'POST' && root < LEVELS && count === 1) return UPLOADS;
  return method === 'PUT' ? WRITES : READS;
}

function kindOf(topic: number): string {
  const access = Math.floor(topic / ACCESS);
  if (access === DELETES) return 'delete';
  if (access === UPLOADS) return 'upload';
  const action = Math.floor((topic % ACCESS) / ACTION);
  if (action > 0) return actionWords.list[action - 1] ?? '';
  return access === WRITES ? 'set' : (roots.list[(topic % ACTION) - 1] ?? '');
}

/** `debbd667-6c634618-65b2533e-5db6e87e-3d2a9e32`: a SHA-1 in groups. */
function isId(view: DataView, at: number, end: number): boolean {
  if (end - at !== ID_BYTES) return false;
  for (let i = 0; i < ID_BYTES; i++) {
    const byte = view.getUint8(at + i);
    const isHyphen = i % GROUP_BYTES === GROUP_BYTES - 1;
    const isDigit = (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66);
    if (isHyphen ? byte !== HYPHEN : !isDigit) return false;
  }
  return true;
}

function tellMessage(kind: string, segment: Segment, records: Records): void {
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 'orthanc';
  message.kind = kind;
  records.message(message);
}

function tellOperation(verb: string, object: string, outcome: string, segment: Segment, records: Records): void {
  stamp(operation, segment);
  operation.fromClient = outcome === 'asked' ? segment.toServer : !segment.toServer;
  operation.protocol = 'orthanc';
  operation.verb = verb;
  operation.object = object;
  operation.outcome = outcome;
  records.operation(operation);
}
