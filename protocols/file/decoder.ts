/**
 * A file that goes over a TCP connection by itself, without any protocol around it: netcat, data connections of FTP,
 * boot loaders, implants that fetch their next stage.
 *
 * The first bytes must be one of the marks of `src/bytes/magic.ts`; it is asked behind all protocols. Nothing of the
 * content is kept: what is told is the kind of file, who sent it, and how many bytes passed.
 */
import { contentOf } from '../../src/bytes/magic.ts';
import { startsWith } from '../../src/bytes/text.ts';
import { NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { type Records, stamp, Transfer } from '../../src/records.ts';

/** Pictures begin with marks that are too short to be sure of. */
const tooShort = new Set(['jpeg', 'gif', 'pcap', 'script']);
/** `#!/bin/sh`: an interpreter by its usual place. */
const SCRIPTS = [' /bin/', '/bin/', '/usr/'];

export class FileFlow {
  readonly toServer = { content: '', bytes: 0 };
  readonly toClient = { content: '', bytes: 0 };
}

const transfer = new Transfer();

export const file: Protocol<FileFlow> = {
  name: 'file',
  transport: 'tcp',
  ports: [],

  recognises({ view, start, end, midstream }) {
    // In the middle of a stream any bytes may come.
    return midstream || fileAt(view, start, end) === '' ? NO : YES;
  },

  open: () => new FileFlow(),

  decode(state, segment) {
    const side = segment.toServer ? state.toServer : state.toClient;
    if (side.bytes === 0) side.content = fileAt(segment.view, segment.start, segment.end);
    side.bytes += segment.end - segment.start;
    return segment.end - segment.start;
  },

  gap(state, segment, bytes) {
    (segment.toServer ? state.toServer : state.toClient).bytes += bytes;
  },

  close(state, segment, _how, records) {
    tell(state.toServer, 'write', segment, records);
    tell(state.toClient, 'read', segment, records);
  },
};

/** What begins here, when its mark is beyond doubt. */
function fileAt(view: DataView, at: number, end: number): string {
  const content = contentOf(view, at, end);
  if (content === 'script') return isScript(view, at + 2, end) ? content : '';
  return tooShort.has(content) ? '' : content;
}

function isScript(view: DataView, at: number, end: number): boolean {
  for (let i = 0; i < SCRIPTS.length; i++) if (startsWith(view, at, end, SCRIPTS[i]!)) return true;
  return false;
}

function tell(side: { content: string; bytes: number }, verb: string, segment: Segment, records: Records): void {
  if (side.content === '') return;
  stamp(transfer, segment);
  transfer.fromClient = true;
  transfer.protocol = 'file';
  transfer.verb = verb;
  transfer.content = side.content;
  transfer.bytes = side.bytes;
  records.transfer(transfer);
}
