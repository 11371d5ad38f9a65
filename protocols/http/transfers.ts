/** Which bodies are files: by what is said of them, by their first bytes, or by their size. */
import { contentOf, MAGIC_BYTES } from '../../src/bytes/magic.ts';
import { find } from '../../src/bytes/words.ts';
import type { Limits } from '../../src/limits.ts';
import type { Segment } from '../../src/protocol.ts';
import { type Records, stamp, Transfer } from '../../src/records.ts';
import { type HttpSide, LENGTH, type TransferState } from './flow.ts';
import { type Head, NOT_ENCODED } from './head.ts';
import { extensionAt } from './values.ts';

/** Fields of the first part of a form, and the first bytes of its file. */
const FORM_BYTES = 512;
/** No program, and nothing that holds one, is smaller. */
const FILE_BYTES_MIN = 64;
const QUOTE = 0x22;
const EMPTY_LINE = '\r\n\r\n';
const FILE_NAME = 'filename=';

/** Media types of what is kept as a file. */
const fileTypes = new Set(
  [
    ...['octet-stream', 'zip', 'x-zip-compressed', 'x-7z-compressed', 'vnd.rar', 'x-rar', 'x-rar-compressed', 'gzip'],
    ...['x-gzip', 'x-tar', 'x-gtar', 'x-compressed', 'x-bzip2', 'x-xz', 'zstd', 'x-msdownload', 'x-msdos-program'],
    ...[
      'x-dosexec',
      'vnd.microsoft.portable-executable',
      'x-executable',
      'x-elf',
      'x-sharedlib',
      'java-archive',
      'x-sh',
    ],
    ...['x-msi', 'vnd.android.package-archive', 'x-debian-package', 'vnd.debian.binary-package', 'x-rpm', 'pdf'],
    ...['x-iso9660-image', 'vnd.ms-cab-compressed', 'force-download', 'download', 'x-download', 'dicom', 'msword'],
    ...['vnd.ms-excel', 'x-binary', 'x-object', 'x-raw-disk-image', 'x-chrome-extension', 'vnd.apple.installer+xml'],
  ].map((type) => `application/${type}`),
);

/** Parts of pages: of these, size says nothing. */
const pageTypes = new Set([
  ...['text/html', 'text/css', 'text/javascript', 'application/javascript', 'application/x-javascript'],
  ...['application/xhtml+xml', 'application/x-shockwave-flash', 'application/wasm', 'application/font-woff'],
]);

/** Bytes that are no file by themselves: pictures of pages. */
const pictures = new Set(['jpeg', 'png', 'gif']);

export class Transfers {
  private readonly limits: Limits;
  private readonly transfer = new Transfer();

  constructor(limits: Limits) {
    this.limits = limits;
  }

  /** A body begins that nobody has read yet: may it be a file? */
  watch(side: HttpSide, head: Head, method: string, askedExtension: string): void {
    const state = side.transfer;
    state.isWatched = false;
    state.verb = verbOf(head, method);
    if (state.verb === '') return;
    if (side.delimiting === LENGTH && side.remaining < FILE_BYTES_MIN && !head.isAttachment) return;
    const { view, disposition } = head;
    state.isWatched = true;
    state.isFile = head.isAttachment || fileTypes.has(side.mediaType);
    state.isForm = side.mediaType === 'multipart/form-data';
    state.isEncoded = head.coding !== NOT_ENCODED;
    state.bytesMin = state.verb === 'read' && isPageType(side.mediaType) ? -1 : this.limits.httpTransferBytesMin;
    state.bytes = 0;
    state.content = '';
    state.extension = disposition.isEmpty ? '' : fileExtension(view, disposition.at, disposition.end);
    // Of a form, the path names the program that takes it.
    if (state.extension === '' && !state.isForm) state.extension = askedExtension;
  }

  /** How many bytes `look` wants to see. */
  lookBytes(state: TransferState): number {
    return state.isForm ? FORM_BYTES : MAGIC_BYTES;
  }

  /** The first bytes of the body. */
  look(side: HttpSide, { view }: Segment, at: number, end: number): void {
    const state = side.transfer;
    let from = at;
    if (state.isForm) {
      const fields = find(view, at, end, EMPTY_LINE);
      const extension = fileExtension(view, at, fields < 0 ? end : fields);
      if (extension !== '') state.extension = extension;
      state.isFile ||= find(view, at, fields < 0 ? end : fields, FILE_NAME) >= 0;
      from = fields < 0 ? end : fields + EMPTY_LINE.length;
    }
    state.content = state.isEncoded ? '' : contentOf(view, from, end);
    state.isFile ||= state.content !== '' && !pictures.has(state.content);
    const isSmall = state.bytesMin < 0 || (side.delimiting === LENGTH && side.remaining < state.bytesMin);
    if (!state.isFile && isSmall) state.isWatched = false;
  }

  /** The body has ended, or will not go on. */
  end(side: HttpSide, segment: Segment, records: Records): void {
    const state = side.transfer;
    if (!state.isWatched) return;
    state.isWatched = false;
    if (state.bytes === 0 || (!state.isFile && state.bytes < state.bytesMin)) return;
    const { transfer } = this;
    stamp(transfer, segment);
    transfer.fromClient = true;
    transfer.protocol = 'http';
    transfer.verb = state.verb;
    transfer.extension = state.extension;
    transfer.content = state.content;
    transfer.bytes = state.bytes;
    records.transfer(transfer);
  }
}

/** `write` for what a client sends, `read` for what it is given, '' for what is neither. */
function verbOf(head: Head, method: string): string {
  if (head.isRequest) return method === 'PUT' || method === 'POST' || method === 'BITS_POST' ? 'write' : '';
  if (head.status !== 200 && head.status !== 206) return '';
  return method === 'GET' || method === 'POST' || method === '' ? 'read' : '';
}

export function isPageType(mediaType: string): boolean {
  return pageTypes.has(mediaType) || mediaType.startsWith('image/') || mediaType.startsWith('font/');
}

export function isFileType(mediaType: string): boolean {
  return fileTypes.has(mediaType);
}

/** The extension of `filename="…"` in `[at, end)`, or ''. The name itself is stepped over. */
function fileExtension(view: DataView, at: number, end: number): string {
  const name = find(view, at, end, FILE_NAME);
  if (name < 0) return '';
  let from = name + FILE_NAME.length;
  const isQuoted = from < end && view.getUint8(from) === QUOTE;
  if (isQuoted) from++;
  let stop = from;
  while (stop < end && view.getUint8(stop) !== QUOTE && view.getUint8(stop) > 0x20 && view.getUint8(stop) !== 0x3b)
    stop++;
  return extensionAt(view, from, stop);
}
