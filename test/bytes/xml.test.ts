import fc from 'fast-check';
import t from 'tap';
import {
  XML_ATTRIBUTE,
  XML_BROKEN,
  XML_CLOSE,
  XML_MORE,
  XML_NAMESPACE,
  XML_OPEN,
  XmlNames,
  XmlReader,
} from '../../src/bytes/xml.ts';

const names = new XmlNames(['Envelope', 'Body', 'Serial', 'type', 'a'.repeat(64)]);
const SERIAL = names.idOf('Serial');
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));

/** What is read, in one line; text is kept of every `Serial`. */
function read(bytes: Uint8Array, pieceBytes = bytes.length): string {
  const xml = new XmlReader(names, { depthMax: 5, valueBytesMax: 12 });
  const told: string[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const piece = bytes.slice(at, at + pieceBytes);
    xml.offer(new DataView(piece.buffer), 0, piece.length);
    for (let event = xml.next(); event !== XML_MORE; event = xml.next()) {
      const name = names.names[xml.element - 1] ?? '?';
      if (event === XML_OPEN) {
        told.push(`<${name} in ${names.names[xml.ancestor(1) - 1] ?? '?'}`);
        if (xml.element === SERIAL) xml.keep();
      }
      if (event === XML_ATTRIBUTE) told.push(`@${names.names[xml.attribute - 1]}=${xml.text()}`);
      if (event === XML_NAMESPACE) told.push(`ns ${xml.text()}`);
      if (event === XML_CLOSE) {
        told.push(`${name}> in ${names.names[xml.ancestor(1, true) - 1] ?? '?'}`);
        if (xml.isKept) told.push(`"${xml.text()}"${xml.isCut ? '…' : ''}`);
      }
      if (event === XML_BROKEN) told.push('broken');
    }
  }
  return told.join(' ');
}

const cases: readonly [string, string, string][] = [
  [
    'nested elements',
    '<Envelope><Body/></Envelope>',
    '<Envelope in ? <Body in Envelope Body> in Envelope Envelope> in ?',
  ],
  [
    'prefixes and unknown names',
    '<s:Envelope><x/></s:Envelope >',
    '<Envelope in ? <? in Envelope ?> in Envelope Envelope> in ?',
  ],
  [
    'what stands before it',
    '\xef\xbb\xbf<?xml version="1.0"?>\r\n<!-- <Body> - -- --><Body></Body>',
    '<Body in ? Body> in ?',
  ],
  ['text that is asked for', '<Serial x="1">SN &amp; 1</Serial>', '<Serial in ? Serial> in ? "SN & 1"'],
  ['text that is too long', '<Serial>1234567890123</Serial>', '<Serial in ? Serial> in ? "123456789012"…'],
  [
    'no text around a child',
    '<Serial>12<Body>3</Body>4</Serial>',
    '<Serial in ? <Body in Serial Body> in Serial Serial> in ?',
  ],
  ['character data', '<Serial>a<![CDATA[<b]>]]>c</Serial>', '<Serial in ? Serial> in ? "a<b]>c"'],
  ['entities of its own only', '<Serial>&lt;&x;</Serial>', '<Serial in ? Serial> in ? "<&x;"'],
  ['attributes', `<Body  other='1' s:type = ">'"/>`, `<Body in ? @type=>' Body> in ?`],
  ['namespaces', '<Body xmlns="urn:1" xmlns:b="urn:2"/>', '<Body in ? ns urn:1 ns urn:2 Body> in ?'],
  [
    'names of any length',
    `<${'a'.repeat(65)}/><${'a'.repeat(64)}/>`,
    `<? in ? ?> in ? <${'a'.repeat(64)} in ? ${'a'.repeat(64)}> in ?`,
  ],
];
for (const [what, text, wanted] of cases) {
  t.test(`reads ${what}, wherever it is cut`, (t) => {
    const bytes = bytesOf(text);
    for (let piece = 1; piece <= bytes.length; piece++) t.equal(read(bytes, piece), wanted);
    t.end();
  });
}

const broken: readonly [string, string][] = [
  ['a document type', '<!DOCTYPE x [<!ENTITY a "b">]><Body/>'],
  ['too many levels', '<Body><Body><Body><Body><Body><Body>'],
  ['an end without a beginning', '</Body>'],
  ['an attribute without quotes', '<Body type=1/>'],
  ['16-bit characters', '\xff\xfe<\0B\0'],
  ['a tag in a value', '<Body type="<Body'],
];
for (const [what, text] of broken) {
  t.test(`ends at ${what}`, (t) => {
    const bytes = bytesOf(`${text}<Serial>1</Serial>`);
    t.match(read(bytes), /broken$/);
    t.equal(read(bytes, 1), read(bytes));
    t.end();
  });
}

t.test('a document that follows is read anew', (t) => {
  const xml = new XmlReader(names, { depthMax: 2, valueBytesMax: 8 });
  const say = (text: string): number => {
    const bytes = bytesOf(text);
    xml.offer(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length);
    return xml.next();
  };
  t.equal(say('<<'), XML_BROKEN);
  t.equal(say('<Body>'), XML_MORE);
  t.ok(xml.isBroken);
  xml.reset();
  t.equal(say('<Body>'), XML_OPEN);
  t.end();
});

t.test('noise is the same wherever it is cut', (t) => {
  const piece = fc.constantFrom(
    '<',
    '>',
    '/',
    '"',
    "'",
    '=',
    ' ',
    'Body',
    'Serial',
    '<!--',
    '-->',
    '<![CDATA[',
    ']]>',
    '<?',
    '?>',
    '&amp;',
    '<Serial>',
    '</Serial>',
  );
  fc.assert(
    fc.property(
      fc.array(fc.oneof(piece, fc.string({ maxLength: 3 }))),
      fc.integer({ min: 1, max: 9 }),
      (parts, count) => {
        const bytes = bytesOf(parts.join(''));
        return read(bytes, count) === read(bytes);
      },
    ),
    { numRuns: 500 },
  );
  t.pass();
  t.end();
});
