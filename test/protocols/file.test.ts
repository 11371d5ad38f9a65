import fc from 'fast-check';
import t from 'tap';
import { file } from '../../protocols/file/decoder.ts';
import { contentOf } from '../../src/bytes/magic.ts';
import { NO, YES } from '../../src/protocol.ts';
import { openings } from '../support/conversations.ts';
import { bytesOf, converse, segment, type Turn } from '../support/protocol.ts';

const zeros = (count: number): Uint8Array => new Uint8Array(count);
const portable = (preamble = 0): Uint8Array => bytesOf('MZ', zeros(58 + preamble), [128, 0, 0, 0], zeros(64), 'PE\0\0');
const dicom = (preamble: Uint8Array): Uint8Array =>
  bytesOf(preamble, zeros(128 - preamble.length), 'DICM', [2, 0, 0, 0]);

for (const [name, bytes] of [
  ['elf', bytesOf([0x7f], 'ELF', [2, 1, 1, 0])],
  ['pe', portable()],
  ['mach-o', bytesOf([0xcf, 0xfa, 0xed, 0xfe, 7, 0, 0, 1])],
  ['mach-o', bytesOf([0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2])],
  ['java-class', bytesOf([0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 52])],
  ['u-boot', bytesOf([0x27, 5, 0x19, 0x56, 1, 2, 3, 4])],
  ['squashfs', bytesOf('hsqs', zeros(24), [4, 0, 0, 0])],
  ['uf2', bytesOf('UF2\n', [0x57, 0x51, 0x5d, 0x9e])],
  ['zip', bytesOf('PK', [3, 4, 20, 0])],
  ['gzip', bytesOf([0x1f, 0x8b, 8, 0])],
  ['7z', bytesOf('7z', [0xbc, 0xaf, 0x27, 0x1c])],
  ['rar', bytesOf('Rar!', [0x1a, 7, 0])],
  ['cab', bytesOf('MSCF', zeros(4))],
  ['tar', bytesOf('notes.txt', zeros(248), 'ustar\x0000')],
  ['pdf', bytesOf('%PDF-1.7')],
  ['script', bytesOf('#!/bin/sh\n')],
  ['intel-hex', bytesOf(':10010000214601360121470136007EFE09D2190140\r\n')],
  ['s-record', bytesOf('S00F000068656C6C6F202020202000003C\n')],
  ['dicom', dicom(zeros(0))],
  ['dicom', dicom(bytesOf('II*\0'))],
  ['pe-in-dicom', dicom(bytesOf('MZ'))],
  ['elf-in-dicom', dicom(bytesOf([0x7f], 'ELF'))],
  ['', bytesOf('MZ is no program by itself', zeros(200))],
  ['', bytesOf('hsqs', zeros(40))],
  ['', bytesOf(':10010000214601360121470136007EFE09D2190141\r\n')],
  ['', bytesOf('#!shebang')],
  ['', bytesOf('PK')],
  ['', zeros(300)],
] as const) {
  t.test(`first bytes are told as ${name === '' ? 'nothing' : name}`, (t) => {
    t.equal(contentOf(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length), name);
    t.equal(file.recognises(segment(bytes)), name === '' ? NO : YES);
    t.end();
  });
}

t.test('a file is told when the connection ends, with what it is and how long it was', (t) => {
  const push: Turn[] = [
    { toServer: true, bytes: bytesOf([0x7f], 'ELF', zeros(996)) },
    { toServer: true, gap: 500 },
    { toServer: true, bytes: zeros(1_500) },
  ];
  t.match(converse(file, push), [
    { kind: 'transfer', record: { protocol: 'file', verb: 'write', content: 'elf', bytes: 3_000, fromClient: true } },
  ]);
  t.match(converse(file, [{ toServer: false, bytes: bytesOf('PK', [3, 4], 'CANARY') }]), [
    { kind: 'transfer', record: { verb: 'read', content: 'zip', bytes: 10, extension: '' } },
  ]);
  t.end();
});

t.test('no other protocol is a file, nor is the middle of a stream', (t) => {
  for (const [name, bytes] of Object.entries(openings)) t.equal(file.recognises(segment(bytes)), NO, name);
  t.equal(file.recognises(segment(portable(), { midstream: true })), NO);
  t.end();
});

t.test('noise never fails, and is hardly ever a file', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      converse(file, [{ toServer: true, bytes }], { pieceBytes: 7 });
      return file.recognises(segment(bytes)) === NO;
    }),
  );
  t.end();
});
