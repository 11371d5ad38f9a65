/** What each mask keeps and what it overwrites, in one piece and byte by byte. */
import t from 'tap';
import { DataSetMask } from '../../src/evidence/data-set-mask.ts';
import { maskDns } from '../../src/evidence/datagram-mask.ts';
import { DicomMask } from '../../src/evidence/dicom-mask.ts';
import { free, type Masked } from '../../src/evidence/filler.ts';
import { Hl7Mask } from '../../src/evidence/hl7-mask.ts';
import { HttpMask } from '../../src/evidence/http-mask.ts';
import { SshMask } from '../../src/evidence/ssh-mask.ts';
import type { StreamMask } from '../../src/evidence/stream-mask.ts';
import { TlsMask } from '../../src/evidence/tls-mask.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

function masked(mask: StreamMask, said: string): string {
  const bytes = Buffer.from(said, 'latin1');
  mask.feed(bytes, 0, bytes.length, new Map());
  return text(bytes);
}

function inPieces(mask: StreamMask, said: string): string {
  return [...said].map((character) => masked(mask, character)).join('');
}

t.test('free payload', (t) => {
  const rules: Masked = new Map();
  const bytes = Buffer.from('Ann Ä 1970-01-02\r\n', 'latin1');
  free(bytes, 0, bytes.length, rules);
  t.equal(text(bytes), 'XXX X 9999-99-99\r\n');
  t.equal(rules.get('free text'), 18);
  const binary = Buffer.from('Ann\0\x01', 'latin1');
  free(binary, 0, binary.length, rules);
  t.equal(text(binary), '\0\0\0\0\0');
  t.end();
});

t.test('HL7: names of segments and MSH stay', (t) => {
  const said = '\x0bMSH|^~\\&|LAB|WARD|EHR|H|20260101||ORU^R01|7|P|2.5\rPID|1||123^^^H||Doe^Ann\rNOBODY|x\r\x1c\r';
  const kept = '\x0bMSH|^~\\&|LAB|WARD|EHR|H|20260101||ORU^R01|7|P|2.5\rPID|9||999^^^X||XXX^XXX\rXXXXXX|X\r\x1c\r';
  t.equal(masked(new Hl7Mask(), said), kept);
  t.equal(masked(new Hl7Mask(), '\x0bMSH|^~\\&|L|W|E|H|2|secret|A\r').includes('secret'), false, 'MSH-8');
  t.notMatch(inPieces(new Hl7Mask(), said), /Doe|Ann|123/);
  t.end();
});

t.test('HTTP: what is done stays, with whom does not', (t) => {
  const said =
    'POST /patients/Ann?id=12 HTTP/1.1\r\nHost: pacs\r\nX-Ann: 1\r\nCookie: ann=1\r\nContent-Length: 5\r\n\r\nAnn 1GET / HTTP/1.1\r\n';
  const kept = masked(new HttpMask(), said);
  t.equal(kept.length, said.length);
  t.match(kept, /^POST \/XXXXXXXX\/XXX\?XX=99 HTTP\/1.1\r\nHost: pacs\r\n/);
  t.match(kept, /\r\nContent-Length: 5\r\n\r\nXXX 9GET \/ HTTP\/1.1\r\n$/);
  t.notMatch(kept, /ann/i);
  t.equal(inPieces(new HttpMask(), said), kept);
  const chunked = 'HTTP/1.1 200 Fine\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nAnn\r\n0\r\n\r\n';
  t.equal(masked(new HttpMask(), chunked), chunked.replace('Fine', 'XXXX').replace('Ann', 'XXX'));
  t.end();
});

/** A command element: group 0, element, value. */
function element(number: number, value: string): string {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(number, 2);
  head.writeUInt32LE(value.length, 4);
  return head.toString('latin1') + value;
}

function data(flags: number, content: string): string {
  const head = Buffer.alloc(12);
  head[0] = 4;
  head.writeUInt32BE(content.length + 6, 2);
  head.writeUInt32BE(content.length + 2, 6);
  head[10] = 1;
  head[11] = flags;
  return head.toString('latin1') + content;
}

t.test('DICOM: command numbers and tags stay, values do not', (t) => {
  const name = '\x10\0\x10\0PN\x08\0Doe^Ann ';
  const said = data(3, element(0x0100, '\x01\0') + element(0x1000, '1.2.3 ')) + data(2, name);
  const kept = said.replace('1.2.3 ', '9.9.9 ').replace('Doe^Ann ', 'XXX^XXX ');
  t.equal(masked(new DicomMask(), said), kept);
  t.equal(inPieces(new DicomMask(), said), kept);
  const middle = data(0, name);
  t.notMatch(masked(new DicomMask(), middle), /PN|Doe/, 'without its command a data set has no structure to keep');
  t.end();
});

t.test('DICOM: an implicit sequence keeps its items, and what only looks like one does not', (t) => {
  const implicit = (group: number, number: number, value: string): string => {
    const header = Buffer.alloc(8);
    header.writeUInt16LE(group, 0);
    header.writeUInt16LE(number, 2);
    header.writeUInt32LE(value.length, 4);
    return `${header.toString('latin1')}${value}`;
  };
  const set = (value: string): string => {
    const bytes = Buffer.from(
      implicit(8, 0x60, 'CT') + implicit(0x40, 0x270, value) + implicit(0x40, 0x253, 'ID12'),
      'latin1',
    );
    new DataSetMask().feed(bytes, 0, bytes.length, new Map());
    return text(bytes);
  };
  const name = (value: string): string => implicit(0x10, 0x10, value);
  const item = implicit(0xfffe, 0xe000, name('DOE^ANN '));
  t.equal(
    set(item),
    implicit(8, 0x60, 'XX') + implicit(0x40, 0x270, item.replace('DOE^ANN', 'XXX^XXX')) + implicit(0x40, 0x253, 'XX99'),
  );
  const longer = `${item.slice(0, 4)}\xff\0\0\0${item.slice(8)}`;
  t.equal(
    set(longer),
    implicit(8, 0x60, 'XX') + implicit(0x40, 0x270, '\0'.repeat(longer.length)) + implicit(0x40, 0x253, 'XX99'),
  );
  t.end();
});

t.test('what is encrypted becomes zeros', (t) => {
  const record = '\x17\x03\x03\0\x03abc\x15\x03\x03\0\x02\x01\0';
  t.equal(masked(new TlsMask(), record), '\x17\x03\x03\0\x03\0\0\0\x15\x03\x03\0\x02\x01\0');
  const keys = '\0\0\0\x02\0\x15';
  t.equal(masked(new SshMask(), `SSH-2.0-x\r\n${keys}abc`), `SSH-2.0-x\r\n${keys}\0\0\0`);
  t.end();
});

t.test('DNS: long labels carry data and go', (t) => {
  const head = '\0\x01\x01\0\0\x01\0\0\0\0\0\0';
  const said = `${head}\x15aaaaaaaaaaaaaaaaaaaaa\x14bbbbbbbbbbbbbbbbbbbb\0\0\x10\0\x01`;
  const bytes = Buffer.from(said, 'latin1');
  maskDns(bytes, 0, bytes.length, new Map());
  t.equal(text(bytes), said.replaceAll('a', 'X'));
  t.end();
});
