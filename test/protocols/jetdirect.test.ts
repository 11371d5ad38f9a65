import t from 'tap';
import { jetdirect } from '../../protocols/jetdirect/decoder.ts';
import { NO, YES } from '../../src/protocol.ts';
import { knows, odd, refusesOthers, sameForEveryCut, survivesNoise } from '../support/conversations.ts';
import { bytesOf, converse, type Heard, segment, type Turn } from '../support/protocol.ts';

const EXIT = '\x1b%-12345X';
const ask = (...parts: (string | number[] | Uint8Array)[]): Turn => ({ toServer: true, bytes: bytesOf(...parts) });
const say = (...parts: (string | number[])[]): Turn => ({ toServer: false, bytes: bytesOf(...parts) });
const of = (list: readonly Heard[], kind: string): Record<string, unknown>[] =>
  list.filter((one) => one.kind === kind).map(({ record }) => record);
const kinds = (list: readonly Heard[]): unknown[] => of(list, 'message').map((one) => one.kind);
const transfers = (list: readonly Heard[]): unknown[] =>
  of(list, 'transfer').map((one) => [one.verb, one.extension, one.content, one.bytes].join(' '));

const job: Turn[] = [
  ask(`${EXIT}@PJL JOB NAME = "CANARY-TITLE"\r\n@PJL SET COPIES=2\r\n@PJL ENTER LANGUAGE=PCL\r\n`),
  ask('\x1bEhello CANARY\x1bE', new Uint8Array(500), `${EXIT}@PJL EOJ\r\n${EXIT}`),
  ask('@PJL ENTER LANGUAGE = POSTSCRIPT \n%!PS-Adobe', EXIT),
];

t.test('jobs and their commands; no title, no document', (t) => {
  const list = sameForEveryCut(t, jetdirect, job);
  t.same(kinds(list), ['PJL JOB', 'PJL SET', 'PJL ENTER', 'PJL EOJ', 'PJL ENTER']);
  t.same(transfers(list), ['print  pcl 516', 'print  postscript 10']);
  t.same(of(list, 'operation'), []);
  t.notMatch(JSON.stringify(list), /CANARY/);
  t.end();
});

t.test('what changes the printer, and its files', (t) => {
  const list = sameForEveryCut(t, jetdirect, [
    ask(`${EXIT}@PJL FSDOWNLOAD FORMAT:BINARY SIZE=600 NAME="0:\\CANARY.BIN"\r\n`, new Uint8Array(600)),
    ask('@PJL FSDELETE NAME="0:\\x.ps"\r\n@PJL DEFAULT COPIES=99\n@PJL SET SERVICEMODE=HPBOISEID\n'),
    ask('@PJL FSUPLOAD NAME="0:\\..\\x.cfg" OFFSET=0 SIZE=9\n@PJL FSDIRLIST NAME="0:\\" ENTRY=1\n@PJL CANARY\n'),
  ]);
  t.same(
    of(list, 'operation').map((one) => one.verb),
    ['PJL FSDOWNLOAD', 'PJL FSDELETE', 'PJL DEFAULT', 'PJL SET SERVICEMODE'],
  );
  t.same(transfers(list).slice(0, 3), ['write bin  600', 'delete ps  -1', 'read cfg  -1']);
  t.ok(kinds(list).includes('PJL other'));
  t.notMatch(JSON.stringify(list), /CANARY/);
  t.end();
});

t.test('the printer says which model it is', (t) => {
  const list = sameForEveryCut(t, jetdirect, [
    ask(`${EXIT}@PJL INFO ID\r\n`),
    say(
      '@PJL INFO STATUS\r\nCODE=10001\r\nDISPLAY="CANARY"\r\n\f@PJL INFO ID\r\n"x"\r\n@PJL INFO ID\r\n"Laser 7"\r\n\f',
    ),
  ]);
  t.match(of(list, 'identity'), [{ ofClient: false, attribute: 'model', value: 'Laser 7' }]);
  t.notMatch(JSON.stringify(list), /CANARY/);
  t.end();
});

t.test('a document alone, and lost bytes of it', (t) => {
  const list = converse(jetdirect, [ask('%!PS'), { toServer: true, gap: 1_000 }, ask('end')], {}, { serverPort: 9100 });
  t.same(transfers(list), ['print  postscript 1007']);
  t.end();
});

t.test('jetdirect_line_too_long', (t) => {
  const list = sameForEveryCut(t, jetdirect, [ask(`${EXIT}@PJL COMMENT ${'x'.repeat(2_000)}`)]);
  t.same(odd(list), ['jetdirect_line_too_long']);
  t.end();
});

t.test('is known by its exit sequence and commands; by documents only on its port', (t) => {
  knows(t, jetdirect, bytesOf(`${EXIT}@PJL \r\n`));
  knows(t, jetdirect, bytesOf('@PJL INFO ID\r\n'));
  t.equal(jetdirect.recognises(segment(bytesOf('\x1bE'), { serverPort: 9100 })), YES);
  t.equal(jetdirect.recognises(segment(bytesOf('%!PS'), { serverPort: 9100 })), YES);
  t.equal(jetdirect.recognises(segment(bytesOf('%!PS'))), NO);
  t.equal(jetdirect.recognises(segment(bytesOf('\x1b[2J'), { serverPort: 9100 })), NO);
  refusesOthers(t, jetdirect);
  survivesNoise(t, jetdirect, job);
  t.end();
});
