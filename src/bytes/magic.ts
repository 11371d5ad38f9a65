/**
 * What a file is, by its first bytes. Only marks that are long enough, or checked further, so that chance does not
 * make one: a name is given, or ''.
 *
 *     ELF        7F 45 4C 46                      System V ABI, chapter 4
 *     PE         "MZ", offset of the header at 60  Microsoft PE format
 *     DICOM      preamble of 128 bytes, "DICM"     PS3.10, 7.1; an executable may hide in the preamble
 */
import { startsWith } from './text.ts';

/** As many bytes as any of the marks needs: that of tar ends here. */
export const MAGIC_BYTES = 264;

const DICOM_MARK = 128;
const TAR_MARK = 257;
const PE_OFFSET = 60;
const PE_OFFSET_MAX = 4096;
const FAT_BINARIES_MAX = 20;

/** Marks of eight bytes at most at the very beginning, as hexadecimal digits. */
const marks: readonly (readonly [mark: string, content: string])[] = [
  ['7f454c46', 'elf'],
  ['feedface', 'mach-o'],
  ['feedfacf', 'mach-o'],
  ['cefaedfe', 'mach-o'],
  ['cffaedfe', 'mach-o'],
  ['27051956', 'u-boot'],
  ['d00dfeed', 'device-tree'],
  ['5546320a57515d9e', 'uf2'],
  ['414e44524f494421', 'android-boot'],
  ['55424923', 'ubi'],
  ['504b0304', 'zip'],
  ['504b0506', 'zip'],
  ['1f8b08', 'gzip'],
  ['377abcaf271c', '7z'],
  ['526172211a07', 'rar'],
  ['4d53434600000000', 'cab'],
  ['fd377a585a00', 'xz'],
  ['28b52ffd', 'zstd'],
  ['303730373031', 'cpio'],
  ['edabeedb', 'rpm'],
  ['213c617263683e0a', 'ar'],
  ['255044462d', 'pdf'],
  ['2321', 'script'],
  ['0061736d01000000', 'wasm'],
  ['6465780a3033', 'dex'],
  ['4c00000001140200', 'lnk'],
  ['d0cf11e0a1b11ae1', 'ole'],
  ['53514c6974652066', 'sqlite'],
  ['d4c3b2a1', 'pcap'],
  ['a1b2c3d4', 'pcap'],
  ['0a0d0d0a', 'pcapng'],
  ['ffd8ff', 'jpeg'],
  ['89504e470d0a1a0a', 'png'],
  ['47494638', 'gif'],
];
const marksByFirst: readonly (readonly { bytes: Uint8Array; content: string }[])[] = Array.from(
  { length: 256 },
  (_, first) =>
    marks.map(([mark, content]) => ({ bytes: bytesOf(mark), content })).filter(({ bytes }) => bytes[0] === first),
);

/** The name of what begins at `at`, or ''. */
export function contentOf(view: DataView, at: number, end: number): string {
  if (at >= end) return '';
  if (startsWith(view, at + DICOM_MARK, end, 'DICM')) return dicomOf(view, at, end);
  const program = programOf(view, at, end);
  if (program !== '') return program;
  const found = marksByFirst[view.getUint8(at)]!;
  for (let i = 0; i < found.length; i++)
    if (begins(view, at, end, found[i]!.bytes)) return confirmed(view, at, end, found[i]!.content);
  if (startsWith(view, at + TAR_MARK, end, 'ustar')) return 'tar';
  if (isSquashfs(view, at, end)) return 'squashfs';
  if (isBzip2(view, at, end)) return 'bzip2';
  if (isIntelHex(view, at, end)) return 'intel-hex';
  return isSRecord(view, at, end) ? 's-record' : '';
}

/** Programs, firmware, and what holds programs: not to be expected in the traffic of a device. */
export function isExecutable(content: string): boolean {
  return executables.has(content);
}

const executables = new Set([
  ...['elf', 'pe', 'mach-o', 'java-class', 'script', 'wasm', 'dex', 'lnk', 'pe-in-dicom', 'elf-in-dicom', 'rpm', 'ar'],
  ...['u-boot', 'device-tree', 'uf2', 'android-boot', 'ubi', 'squashfs', 'cpio', 'intel-hex', 's-record', 'cab'],
]);

/** The preamble belongs to nobody: what runs as a program may begin there, its other headers deep in the file. */
function dicomOf(view: DataView, at: number, end: number): string {
  if (startsWith(view, at, end, 'MZ')) return 'pe-in-dicom';
  return startsWith(view, at, end, '\x7fELF') ? 'elf-in-dicom' : 'dicom';
}

function programOf(view: DataView, at: number, end: number): string {
  switch (view.getUint8(at)) {
    case 0x4d:
      return isPortableExecutable(view, at, end) ? 'pe' : '';
    case 0x7f:
      return startsWith(view, at + 1, end, 'ELF') ? 'elf' : '';
    case 0xca:
      return fatOrJava(view, at, end);
    default:
      return '';
  }
}

/** `MZ`, and an offset of the PE header that is believable; where that is in reach, the header itself. */
function isPortableExecutable(view: DataView, at: number, end: number): boolean {
  if (end - at < PE_OFFSET + 4 || !startsWith(view, at, end, 'MZ')) return false;
  const offset = view.getUint32(at + PE_OFFSET, true);
  if (offset < 4 || offset > PE_OFFSET_MAX) return false;
  return at + offset + 4 > end || startsWith(view, at + offset, end, 'PE\0\0');
}

/** Universal binaries of macOS and classes of Java begin alike; a version of Java is above any count of binaries. */
function fatOrJava(view: DataView, at: number, end: number): string {
  if (end - at < 8 || view.getUint32(at) !== 0xcafebabe) return '';
  const count = view.getUint32(at + 4);
  if (count > 0 && count <= FAT_BINARIES_MAX) return 'mach-o';
  const version = count & 0xffff;
  return version >= 45 && version < 100 ? 'java-class' : '';
}

/** Marks that say more further on. */
function confirmed(view: DataView, at: number, end: number, content: string): string {
  // An interpreter's path, as `#!/bin/sh` or `#! /usr/bin/env`.
  if (content === 'script')
    return startsWith(view, at + 2, end, '/') || startsWith(view, at + 2, end, ' /') ? content : '';
  if (content === 'pcapng') return end - at >= 12 && isByteOrder(view.getUint32(at + 8)) ? content : '';
  return content;
}

function isByteOrder(mark: number): boolean {
  return mark === 0x1a2b3c4d || mark === 0x4d3c2b1a;
}

/** `hsqs` with version 4.0 (squashfs-tools; version at 28), `sqsh` in the other byte order. */
function isSquashfs(view: DataView, at: number, end: number): boolean {
  if (end - at < 32) return false;
  if (startsWith(view, at, end, 'hsqs')) return view.getUint16(at + 28, true) === 4;
  return startsWith(view, at, end, 'sqsh') && view.getUint16(at + 28) <= 4;
}

function isBzip2(view: DataView, at: number, end: number): boolean {
  return startsWith(view, at, end, 'BZh') && startsWith(view, at + 4, end, '1AY&SY');
}

/** `:LLAAAATT…CC`: one record whose sum is zero. */
function isIntelHex(view: DataView, at: number, end: number): boolean {
  if (end - at < 11 || view.getUint8(at) !== 0x3a) return false;
  const count = hexByte(view, at + 1, end);
  const type = hexByte(view, at + 7, end);
  if (count < 0 || type < 0 || type > 5) return false;
  return (sumOf(view, at + 1, count + 5, end) & 0xff) === 0;
}

/** `S0LL…CC`: the header record whose sum is all ones. */
function isSRecord(view: DataView, at: number, end: number): boolean {
  if (!startsWith(view, at, end, 'S0')) return false;
  const count = hexByte(view, at + 2, end);
  return count >= 3 && (sumOf(view, at + 2, count + 1, end) & 0xff) === 0xff;
}

/** Of `count` bytes in hexadecimal digits; a sum that fits nothing when they are not there. */
function sumOf(view: DataView, at: number, count: number, end: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const byte = hexByte(view, at + 2 * i, end);
    if (byte < 0) return 1;
    sum += byte;
  }
  return sum;
}

function hexByte(view: DataView, at: number, end: number): number {
  if (at + 2 > end) return -1;
  const high = hexDigit(view.getUint8(at));
  const low = hexDigit(view.getUint8(at + 1));
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

function begins(view: DataView, at: number, end: number, bytes: Uint8Array): boolean {
  if (end - at < bytes.length) return false;
  for (let i = 0; i < bytes.length; i++) if (view.getUint8(at + i) !== bytes[i]) return false;
  return true;
}

function bytesOf(hexadecimal: string): Uint8Array {
  return Uint8Array.from({ length: hexadecimal.length / 2 }, (_, i) =>
    Number.parseInt(hexadecimal.slice(2 * i, 2 * i + 2), 16),
  );
}
