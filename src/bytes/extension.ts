/**
 * What the end of a file name says about its content: an extension out of a closed list.
 *
 * A name may hold a person's name on either side of its last dot (`report.smith`), so only extensions that everybody
 * knows become text; any other is as if there were none.
 */
import { Words } from './words.ts';

const DOT = 0x2e;
const SLASH = 0x2f;
const BACKSLASH = 0x5c;
const EXTENSION_BYTES_MAX = 8;

const known = new Words([
  // programs and scripts
  ...['exe', 'dll', 'sys', 'drv', 'ocx', 'cpl', 'scr', 'com', 'msi', 'msp', 'bat', 'cmd', 'ps1', 'psm1', 'vbs', 'vbe'],
  ...['js', 'jse', 'wsf', 'hta', 'lnk', 'jar', 'war', 'py', 'pl', 'sh', 'so', 'ko', 'elf', 'apk', 'ipa', 'deb', 'rpm'],
  ...['php', 'asp', 'aspx', 'jsp', 'cgi', 'class', 'reg', 'inf', 'job', 'pif', 'url', 'desktop', 'service'],
  // firmware and settings
  ...['bin', 'img', 'iso', 'rom', 'fw', 'upd', 'pkg', 'swu', 'uf2', 'hex', 'srec', 's19', 'dfu', 'raucb', 'mender'],
  ...['cfg', 'conf', 'config', 'ini', 'xml', 'json', 'yaml', 'yml', 'cnf', 'env', 'pem', 'crt', 'cer', 'key', 'pfx'],
  // packed, disks, databases
  ...[
    'zip',
    'gz',
    'tgz',
    'tar',
    'bz2',
    'xz',
    '7z',
    'rar',
    'cab',
    'z',
    'zst',
    'lz4',
    'arj',
    'dmp',
    'mdmp',
    'vhd',
    'vhdx',
  ],
  ...['vmdk', 'qcow2', 'db', 'sqlite', 'sql', 'mdb', 'accdb', 'mdf', 'ldf', 'bak', 'edb', 'dit', 'pst', 'ost', 'kdbx'],
  // documents, pictures, measurements
  ...[
    'txt',
    'log',
    'csv',
    'tsv',
    'doc',
    'docx',
    'xls',
    'xlsx',
    'ppt',
    'pptx',
    'pdf',
    'rtf',
    'odt',
    'ods',
    'htm',
    'html',
  ],
  ...['css', 'eml', 'msg', 'ps', 'prn', 'pcl', 'pjl', 'jpg', 'jpeg', 'png', 'gif', 'bmp', 'tif', 'tiff', 'svg', 'webp'],
  ...[
    'mp3',
    'mp4',
    'avi',
    'mov',
    'wav',
    'mkv',
    'webm',
    'mpg',
    'dcm',
    'dicom',
    'ima',
    'nii',
    'nrrd',
    'mha',
    'stl',
    'hl7',
  ],
  ...[
    'edf',
    'bdf',
    'scp',
    'ecg',
    'fda',
    'fhir',
    'cda',
    'dat',
    'data',
    'tmp',
    'temp',
    'old',
    'lock',
    'md5',
    'sha1',
    'sig',
  ],
  // what extortionists and copying programs leave behind
  ...['encrypted', 'locked', 'crypt', 'enc', 'part', 'partial', 'rclone', 'filepart'],
]);

/** Of the name or path in `[at, end)`, each character `unitBytes` wide (1, or 2 for little-endian UTF-16). */
export function extensionOf(view: DataView, at: number, end: number, unitBytes = 1): string {
  let last = end;
  // Padding behind a name.
  while (last - unitBytes >= at && unit(view, last - unitBytes, unitBytes) === 0) last -= unitBytes;
  for (let i = last - unitBytes, length = 0; i >= at && length <= EXTENSION_BYTES_MAX; i -= unitBytes, length++) {
    const code = unit(view, i, unitBytes);
    if (code === SLASH || code === BACKSLASH) return '';
    if (code === DOT) return length === 0 ? '' : spelled(view, i + unitBytes, length, unitBytes);
  }
  return '';
}

const scratch = new DataView(new ArrayBuffer(EXTENSION_BYTES_MAX));

function spelled(view: DataView, at: number, length: number, unitBytes: number): string {
  if (length > EXTENSION_BYTES_MAX) return '';
  for (let i = 0; i < length; i++) {
    const code = unit(view, at + i * unitBytes, unitBytes);
    scratch.setUint8(i, code < 0x80 ? code : 0);
  }
  return known.list[known.find(scratch, 0, length)] ?? '';
}

function unit(view: DataView, at: number, unitBytes: number): number {
  return unitBytes === 1 ? view.getUint8(at) : view.getUint16(at, true);
}
