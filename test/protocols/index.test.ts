import { existsSync, readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { createExchangeReaders, createProtocols } from '../../protocols/index.ts';
import { limits } from '../../src/limits.ts';
import { YES } from '../../src/protocol.ts';
import { openings } from '../support/conversations.ts';
import { segment } from '../support/protocol.ts';

const folder = new URL('../../protocols/', import.meta.url);
const folders = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort();
const options = { limits, key: new Uint8Array(32) };
const protocols = createProtocols(options);

t.test('the list holds every folder, and nothing else', (t) => {
  const names = [...protocols, ...createExchangeReaders(options)].map(({ name }) => name);
  t.same([...new Set(names)].sort(), folders);
  t.end();
});

t.test('no two protocols have the same name and transport', (t) => {
  const names = protocols.map((protocol) => `${protocol.name} over ${protocol.transport}`);
  t.equal(new Set(names).size, names.length);
  t.end();
});

t.test('every protocol has a document and a row in the table', (t) => {
  const table = readFileSync(new URL('../docs/protocols.md', folder), 'utf8');
  for (const name of folders) {
    t.ok(existsSync(new URL(`${name}/README.md`, folder)), `protocols/${name}/README.md`);
    t.ok(table.includes(`| \`${name}\` |`), `docs/protocols.md has ${name}`);
  }
  const rows = [...table.matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map((row) => row[1]);
  t.same(rows.sort(), folders);
  t.end();
});

t.test('the table names the usual ports of every protocol', (t) => {
  const table = readFileSync(new URL('../docs/protocols.md', folder), 'utf8');
  for (const { name, ports } of protocols) {
    const cell = new RegExp(`^\\| \`${name}\` \\|[^|]*\\|([^|]*)\\|`, 'm').exec(table)?.[1] ?? '';
    const named = (port: number): boolean =>
      cell.split(',').some((part) => {
        const [from = Number.NaN, to = from] = part.split(' to ').map(Number);
        return from <= port && port <= to;
      });
    t.ok(ports.every(named), `${name}: ${ports.join(', ')}`);
  }
  t.end();
});

const speakers: Readonly<Record<string, string>> = {
  'dicom request': 'dicom',
  'dicom reject': 'dicom',
  'hl7 message': 'hl7',
  'http request': 'http',
  'http response': 'http',
  'tls hello': 'tls',
  'ssh version': 'ssh',
  'telnet option': 'telnet',
  'rdp request': 'rdp',
  'vnc version': 'vnc',
  'mqtt connect': 'mqtt',
  'modbus read': 'modbus',
  'smb negotiate': 'smb',
  'ftp banner': 'ftp',
  's7 request': 's7comm',
  's7 confirm': 's7comm',
};
for (const [name, bytes] of Object.entries(openings)) {
  const speaker = speakers[name];
  t.test(`${name} is known by ${speaker ?? 'nobody'}, and by one only`, (t) => {
    const known = protocols.filter((one) => one.transport === 'tcp' && one.recognises(segment(bytes)) === YES);
    t.same(
      known.map((one) => one.name),
      speaker === undefined ? [] : [speaker],
    );
    t.end();
  });
}
