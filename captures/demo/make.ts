/**
 * Makes the demonstration captures from the lab's: `node captures/demo/make.ts LAB_FOLDER`.
 *
 * Three moments of one small hospital, one after the other: messages between systems (p05), a shift with a reverse
 * shell at its end (p31), remote control of devices (p12), theft of images (p11, moved behind the others).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const parts: readonly { readonly name: string; readonly shiftSeconds: number }[] = [
  { name: 'p05_hl7_benign', shiftSeconds: 0 },
  { name: 'p31_shift_reverse_shell', shiftSeconds: 0 },
  { name: 'p12_remote_control', shiftSeconds: 0 },
  { name: 'p11_dicom_theft', shiftSeconds: 900 },
];

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;

/** Little-endian pcap with its packet times moved. */
function shifted(capture: Buffer, seconds: number): Buffer {
  const moved = Buffer.from(capture);
  for (let at = FILE_HEADER_BYTES; at + RECORD_HEADER_BYTES <= moved.length; ) {
    moved.writeUInt32LE(moved.readUInt32LE(at) + seconds, at);
    at += RECORD_HEADER_BYTES + moved.readUInt32LE(at + 8);
  }
  return moved;
}

/** The demonstration captures by file name. */
export function demoCaptures(labFolder: string): Map<string, Buffer> {
  return new Map(
    parts.map(({ name, shiftSeconds }) => {
      const capture = readFileSync(join(labFolder, `${name}.pcap`));
      return [`${name}.pcap.gz`, gzipSync(shifted(capture, shiftSeconds), { level: 9 })];
    }),
  );
}

if (import.meta.main) {
  const [labFolder] = process.argv.slice(2);
  if (labFolder === undefined) {
    process.stderr.write('usage: node captures/demo/make.ts LAB_FOLDER\n');
    process.exit(2);
  }
  for (const [name, bytes] of demoCaptures(labFolder)) writeFileSync(join(import.meta.dirname, name), bytes);
}
