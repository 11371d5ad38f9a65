/** Alerts that go to another machine: told once, again after trouble, counted when they cannot go. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTls } from 'node:tls';
import t from 'tap';
import type { FindingRow } from '../../src/model.ts';
import { AlertSender, type Sent } from '../../src/output/alert-sender.ts';
import { SyslogWay, syslogMessage } from '../../src/output/syslog.ts';
import { WebhookWay } from '../../src/output/webhook.ts';

const source = { site: 'Ward 3', run: 'live', version: '1.0.0' };
const quick = { messagesMax: 3, pauseMs: 5, pauseMsMax: 20 };

function finding(id: string, count = 1): FindingRow {
  return {
    id,
    detector: 'RC-01',
    severity: 'high',
    confidence: 0.9,
    device: 'ct',
    deviceAddress: '10.20.1.11',
    peer: 'x',
    peerAddress: '203.0.113.9',
    service: 'ssh',
    window: '',
    inUse: false,
    digest: false,
    repeats: [],
    startUs: 1_000_000,
    endUs: 2_000_000 + Number(id),
    count,
    usual: 'u',
    happened: `h${id}`,
    matters: 'm',
    firstStep: 'f',
    attack: ['T1021'],
    evidence: { packets: [], flows: [] },
  };
}

/** A way that answers as told, and what it was given. */
function way(answers: Sent[]) {
  const said: string[] = [];
  return {
    said,
    name: 'way',
    message: ({ id, count }: FindingRow) => `${id} ${count}`,
    send: async (message: string) => {
      said.push(message);
      return answers.shift() ?? 'taken';
    },
    close: () => {},
  };
}

t.test('new and grown findings go in the order of time, once', async (t) => {
  const told = way([]);
  const sender = new AlertSender(told, (line) => t.fail(line), quick);
  sender.write([finding('2'), finding('1')]);
  sender.write([finding('2'), finding('1', 2)]);
  await sender.end(1_000);
  t.same(told.said, ['1 1', '2 1', '1 2']);
});

t.test('tried again until it is taken; a refusal is counted and the next one goes', async (t) => {
  const told = way(['again', 'again', 'taken', 'refused']);
  const lines: string[] = [];
  const sender = new AlertSender(told, (line) => lines.push(line), quick);
  sender.write([finding('1'), finding('2'), finding('3')]);
  await sender.end(1_000);
  t.same(told.said, ['1 1', '1 1', '1 1', '2 1', '3 1']);
  t.equal(sender.lost, 1);
  t.match(lines.join('\n'), /tried again later\n.*lost \(refused\)\n.*1 alerts were not delivered/);
});

t.test('the queue is bounded, and the end does not wait for ever', async (t) => {
  const told = way(Array.from({ length: 999 }, () => 'again' as const));
  const lines: string[] = [];
  const sender = new AlertSender(told, (line) => lines.push(line), quick);
  sender.write(['1', '2', '3', '4'].map((id) => finding(id)));
  t.equal(sender.lost, 1);
  await sender.end(30);
  t.equal(
    told.said.every((message) => message === '2 1'),
    true,
    'the oldest gave way',
  );
  t.equal(sender.lost, 4);
});

async function listening(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return (server.address() as AddressInfo).port;
}

/** Resolves when the receiver has as many bytes as this text. */
function received(server: Server, event: string, bytes: number): Promise<string> {
  return new Promise((done) => {
    let text = '';
    server.on(event, (socket: Socket) => {
      socket.on('data', (piece) => {
        text += piece;
        if (text.length >= bytes) done(text);
      });
    });
  });
}

function framed(...findings: FindingRow[]): string {
  return findings.map((one) => syslogMessage(one, source)).reduce((all, one) => `${all}${one.length} ${one}`, '');
}

t.test('syslog over TCP: header of RFC 5424, length in front', async (t) => {
  t.match(
    syslogMessage(finding('1'), source),
    /^<131>1 1970-01-01T00:00:02\.000001Z Ward-3 wardwatch - RC-01 - CEF:0\|wardwatch\|wardwatch\|1\.0\.0\|RC-01\|h1\|8\|/,
  );
  const server = createServer();
  const port = await listening(server);
  const expected = framed(finding('1'), finding('2'));
  const text = received(server, 'connection', expected.length);
  const settings = { host: '127.0.0.1', port, tls: false, caFile: null };
  const sender = new AlertSender(new SyslogWay(settings, source), (line) => t.fail(line), quick);
  sender.write([finding('1'), finding('2')]);
  await sender.end(2_000);
  t.equal(await text, expected);
  server.close();
});

const lacksOpenssl = spawnSync('openssl', ['version']).status === 0 ? false : 'needs openssl';

t.test('syslog over TLS: its own authority decides', { skip: lacksOpenssl }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'wardwatch-tls-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  t.equal(spawnSync('openssl', [...args, '-keyout', key, '-out', cert, ...name]).status, 0);
  const server = createTls({ key: readFileSync(key), cert: readFileSync(cert) });
  server.on('tlsClientError', () => {});
  const port = await listening(server);
  const expected = framed(finding('1'));
  const text = received(server, 'secureConnection', expected.length);
  const lines: string[] = [];
  const settings = { host: '127.0.0.1', port, tls: true, caFile: null };
  const stranger = new AlertSender(new SyslogWay(settings, source), (line) => lines.push(line), quick);
  stranger.write([finding('1')]);
  await stranger.end(200);
  t.equal(stranger.lost, 1, 'a collector that nobody vouches for gets nothing');
  const known = new SyslogWay({ ...settings, caFile: cert }, source);
  const sender = new AlertSender(known, (line) => t.fail(line), quick);
  sender.write([finding('1')]);
  await sender.end(2_000);
  t.equal(await text, expected);
  server.close();
});

t.test('webhook: JSON by POST, again after 503, not after 400', async (t) => {
  const statuses = [503, 200, 400, 200];
  const got: string[] = [];
  const server = createHttp((request, response) => {
    let body = '';
    request.on('data', (piece) => {
      body += piece;
    });
    request.on('end', () => {
      got.push(
        `${request.method} ${request.url} ${request.headers.authorization} ${JSON.parse(body).finding_info.uid}`,
      );
      response.writeHead(statuses.shift() ?? 500).end();
    });
  });
  const port = await listening(server);
  const settings = { url: `http://127.0.0.1:${port}/hook?a=1`, caFile: null, headers: { authorization: 'Bearer x' } };
  const lines: string[] = [];
  const sender = new AlertSender(new WebhookWay(settings, source), (line) => lines.push(line), quick);
  sender.write([finding('1'), finding('2'), finding('3')]);
  await sender.end(2_000);
  t.same(
    got,
    ['1', '1', '2', '3'].map((id) => `POST /hook?a=1 Bearer x ${id}`),
  );
  t.equal(sender.lost, 1);
  t.notMatch(lines.join('\n'), /hook\?/, 'the address may hold a secret');
  server.close();
});
