import t from 'tap';
import { TapStream } from './support/tap-stream.ts';

const said = (text: string): { stream: TapStream; files: string[] } => {
  const stream = new TapStream();
  const files = text.split('\n').flatMap((line) => {
    const report = stream.line(line);
    return report === null ? [] : [`${report.ok ? 'ok' : 'not ok'} ${report.name}`];
  });
  return { stream, files };
};

t.test('sentences are counted, not the assertions in them and not the files around them', (t) => {
  const { stream, files } = said(`# Subtest: test/a.test.ts
    # Subtest: one holds
        ok 1 - should be equal
        ok 2 - should be equal
        1..2
    ok 1 - one holds # time=1ms
    ok 2 - two waits # SKIP no captures
    1..2
ok 1 - test/a.test.ts # time=9ms`);
  t.same(stream.totals, { passed: 1, failed: 0, skipped: 1 });
  t.same(files, ['ok test/a.test.ts']);
  t.end();
});

t.test('a failing sentence is counted once, whatever its diagnostics look like', (t) => {
  const { stream, files } = said(`# Subtest: test/a.test.ts
    not ok 1 - two fails # time=1ms
      ---
      diff: |
        not ok 1 - quoted
    ok 7 - quoted as well
      ...
    1..1
not ok 1 - test/a.test.ts # time=9ms
  ---
  exitCode: 1
  ...`);
  t.same(stream.totals, { passed: 0, failed: 1, skipped: 0 });
  t.same(files, ['not ok test/a.test.ts']);
  t.end();
});

t.test('a file that dies before its first sentence is a failure', (t) => {
  t.same(said('not ok 1 - test/a.test.ts # time=9ms').stream.totals, { passed: 0, failed: 1, skipped: 0 });
  t.same(said('ok 1 - test/a.test.ts # SKIP no influxd').stream.totals, { passed: 0, failed: 0, skipped: 1 });
  t.end();
});
