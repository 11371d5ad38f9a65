/**
 * Values of fields that may be told: names of products, host names, media types, operating systems.
 * Each is held to the characters that such a name may have; whatever does not fit is not told.
 */
import { readText, TextMemory } from '../../src/bytes/text.ts';
import { digits, find, spellsWhole, Words } from '../../src/bytes/words.ts';
import type { Span } from '../../src/protocol.ts';

const SPACE = 0x20;
const TAB = 0x09;
const SEMICOLON = 0x3b;
const OPEN_PARENTHESIS = 0x28;
const CLOSE_PARENTHESIS = 0x29;
const DOT = 0x2e;

const MEDIA_TYPE_CHARACTERS_MAX = 64;
const PRODUCT_CHARACTERS_MAX = 64;
const HOST_CHARACTERS_MAX = 128;
const REMEMBERED = 512;

/** First product of a `Server` or `User-Agent` field (RFC 9110, 10.1.5), '' unless it is a plain token. */
export function productAt(view: DataView, at: number, end: number): string {
  let stop = at;
  let hasLetter = false;
  while (stop < end && view.getUint8(stop) !== SPACE) {
    const byte = view.getUint8(stop);
    // Letters, digits and + - . / _ only.
    if (!isLetter(byte) && !(byte >= 0x2d && byte <= 0x39) && byte !== 0x2b && byte !== 0x5f) return '';
    hasLetter ||= isLetter(byte);
    stop++;
  }
  return hasLetter && stop - at <= PRODUCT_CHARACTERS_MAX ? readText(view, at, stop - at) : '';
}

/** A server's whole name for itself, products and the system in parentheses: `Apache/2.4.6 (CentOS) PHP/5.4`. */
export function serverAt(view: DataView, at: number, end: number): string {
  let stop = at;
  let hasLetter = false;
  for (; stop < end; stop++) {
    const byte = view.getUint8(stop);
    const isPlain = (byte >= 0x2d && byte <= 0x39) || byte === 0x2b || byte === 0x5f || byte === SPACE;
    if (!isLetter(byte) && !isPlain && byte !== OPEN_PARENTHESIS && byte !== CLOSE_PARENTHESIS) break;
    hasLetter ||= isLetter(byte);
  }
  if (stop < end && view.getUint8(stop) !== SEMICOLON) return '';
  return hasLetter ? readText(view, at, Math.min(stop - at, PRODUCT_CHARACTERS_MAX)) : '';
}

/** Texts of one decoder that come again and again. */
export class Values {
  private readonly hosts = new TextMemory(REMEMBERED);
  private readonly types = new TextMemory(REMEMBERED);

  /** Name and port of a host, '' when it has other characters. */
  host(view: DataView<ArrayBufferLike>, { at, end }: Span): string {
    if (end - at > HOST_CHARACTERS_MAX) return '';
    for (let i = at; i < end; i++) {
      const byte = view.getUint8(i);
      // Letters, digits, - . : [ ] _ only.
      const isPlain = (byte >= 0x30 && byte <= 0x3a) || byte === 0x2d || byte === DOT || byte === 0x5f;
      if (!isLetter(byte) && !isPlain && byte !== 0x5b && byte !== 0x5d) return '';
    }
    return this.hosts.read(view, at, end - at);
  }

  /** In lower case without parameters. */
  mediaType(view: DataView<ArrayBufferLike>, { at, end }: Span): string {
    let stop = at;
    for (; stop < end; stop++) {
      const byte = view.getUint8(stop);
      if (byte === SEMICOLON || byte === SPACE || byte === TAB) break;
      // Letters, digits and + - . / _ only: a type and its subtype.
      if (!isLetter(byte) && !(byte >= 0x2d && byte <= 0x39) && byte !== 0x2b && byte !== 0x5f) return '';
    }
    if (stop - at > MEDIA_TYPE_CHARACTERS_MAX) return '';
    const text = this.types.read(view, at, stop - at);
    return text === '' || isLower(text) ? text : text.toLowerCase();
  }
}

function isLower(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x41 && code <= 0x5a) return false;
  }
  return true;
}

const WINDOWS = 'windows nt ';
/** Versions of Windows NT, as the table of support dates names them. */
const windowsNames: Readonly<Record<number, string>> = {
  50: 'Windows 2000',
  51: 'Windows XP',
  52: 'Windows XP or Windows Server 2003',
  60: 'Windows Vista or Windows Server 2008',
  61: 'Windows 7 or Windows Server 2008 R2',
  62: 'Windows 8 or Windows Server 2012',
  63: 'Windows 8.1 or Windows Server 2012 R2',
  100: 'Windows 10 or newer',
};
const systems = [
  ['windows ce', 'Windows CE'],
  ['windows phone', 'Windows Phone'],
  ['windows', 'Windows'],
  ['android', 'Android'],
  ['iphone', 'iOS'],
  ['ipad', 'iOS'],
  ['mac os x', 'macOS'],
  ['darwin', 'macOS or iOS'],
  ['cros', 'ChromeOS'],
  ['ubuntu', 'Ubuntu'],
  ['linux', 'Linux'],
  ['freebsd', 'FreeBSD'],
  ['vxworks', 'VxWorks'],
] as const;

/** The operating system that a `User-Agent` names, or ''. */
export function systemAt(view: DataView, at: number, end: number): string {
  const nt = find(view, at, end, WINDOWS);
  if (nt >= 0) return windowsNames[windowsVersion(view, nt + WINDOWS.length, end)] ?? 'Windows';
  for (let i = 0; i < systems.length; i++) if (find(view, at, end, systems[i]![0]) >= 0) return systems[i]![1];
  return '';
}

/** `6.1` as 61, or -1. */
function windowsVersion(view: DataView, at: number, end: number): number {
  let dot = at;
  while (dot < end && dot < at + 3 && view.getUint8(dot) !== DOT) dot++;
  const major = digits(view, at, dot, 2);
  const minor = dot + 1 < end ? digits(view, dot + 1, dot + 2, 1) : -1;
  return major < 0 || minor < 0 ? -1 : major * 10 + minor;
}

/** What both ends may switch to (RFC 9110, 7.8), as it is told. */
export function upgradeAt(view: DataView, { at, end }: Span): string {
  if (spellsWhole(view, at, end, 'websocket')) return 'websocket';
  return spellsWhole(view, at, end, 'h2c') ? 'h2c' : 'upgrade';
}

/**
 * File name extensions that are told. A closed list: a name such as `doe.john` must not show.
 */
export const extensions: Words = new Words([
  ...['exe', 'dll', 'sys', 'msi', 'msp', 'cab', 'scr', 'com', 'bat', 'cmd', 'ps1', 'vbs', 'vbe', 'js', 'jse', 'wsf'],
  ...['hta', 'lnk', 'jar', 'war', 'class', 'py', 'pl', 'rb', 'sh', 'elf', 'so', 'ko', 'o', 'apk', 'ipa', 'deb', 'rpm'],
  ...['pkg', 'dmg', 'iso', 'img', 'bin', 'rom', 'fw', 'hex', 'uf2', 'srec', 'dfu', 'upd', 'ubi', 'squashfs', 'chk'],
  ...['trx', 'zip', 'gz', 'tgz', 'tar', 'bz2', 'tbz', 'xz', 'txz', 'lz', 'lzma', 'zst', '7z', 'rar', 'arj', 'cpio'],
  ...['dcm', 'dic', 'ima', 'hl7', 'xml', 'json', 'ndjson', 'csv', 'tsv', 'txt', 'log', 'cfg', 'conf', 'ini', 'yml'],
  ...['yaml', 'toml', 'sql', 'db', 'sqlite', 'mdb', 'bak', 'dump', 'dmp', 'pdf', 'doc', 'docx', 'docm', 'xls', 'xlsx'],
  ...['xlsm', 'ppt', 'pptx', 'rtf', 'odt', 'ods', 'jpg', 'jpeg', 'png', 'gif', 'bmp', 'tif', 'tiff', 'ico', 'svg'],
  ...['webp', 'mp3', 'mp4', 'avi', 'mov', 'mkv', 'wav', 'htm', 'html', 'xhtml', 'css', 'map', 'woff', 'woff2', 'ttf'],
  ...['php', 'php5', 'phtml', 'asp', 'aspx', 'ashx', 'asmx', 'jsp', 'jspx', 'do', 'action', 'cgi', 'cfm', 'dat', 'pem'],
  ...['crt', 'cer', 'key', 'pfx', 'p12', 'csr', 'crl', 'sig', 'asc', 'torrent', 'pcap', 'wsdl', 'xsd', 'svc', 'wasm'],
  ...['ics', 'vcf', 'eml', 'msg', 'pst', 'ost', 'vhd', 'vhdx', 'vmdk', 'ova', 'qcow2', 'swf', 'fla', 'flv'],
]);

/** The extension of the last name in `[at, end)`, or ''. */
export function extensionAt(view: DataView, at: number, end: number): string {
  for (let i = end - 1; i >= at && i >= end - 9; i--) {
    if (view.getUint8(i) !== DOT) continue;
    const found = extensions.find(view, i + 1, end);
    return found < 0 ? '' : extensions.list[found]!;
  }
  return '';
}

function isLetter(byte: number): boolean {
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x7a;
}
