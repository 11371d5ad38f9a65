import { InvalidArgumentError } from 'commander';
import t from 'tap';
import { influxTarget, learnUntil, listen, listenText, runName, speed, workers } from '../../src/cli/options.ts';

t.test('a time until which is learnt is a moment in UTC or a time after the first packet', (t) => {
  t.same(learnUntil('+90s'), { afterUs: 90_000_000 });
  t.same(learnUntil('+5m'), { afterUs: 300_000_000 });
  t.same(learnUntil('+2h'), { afterUs: 7_200_000_000 });
  t.same(learnUntil('+1d'), { afterUs: 86_400_000_000 });
  const ten = 1_772_445_600_000_000;
  for (const text of [
    '2026-03-02T10:00:00Z',
    '2026-03-02T10:00:00',
    '2026-03-02 10:00',
    '2026-03-02T11:00:00+01:00',
    '2026-03-02T11:00:00+0100',
  ]) {
    t.same(learnUntil(text), { atUs: ten }, text);
  }
  t.same(learnUntil('2026-03-02T10:00:00.123456Z'), { atUs: ten + 123_456 });
  t.same(learnUntil('2026-03-02'), { atUs: ten - 36_000_000_000 });
  t.end();
});

t.test('a speed is max or a multiple of real time', (t) => {
  t.equal(speed('max'), 0);
  t.equal(speed('10'), 10);
  t.equal(speed('0.5'), 0.5);
  t.end();
});

t.test('an address to listen on is written as it was read', (t) => {
  for (const text of ['127.0.0.1:8470', '[::1]:0', 'localhost:65535']) t.equal(listenText(listen(text)), text);
  t.end();
});

t.test('the path of an InfluxDB address names the database', (t) => {
  t.same(influxTarget('http://127.0.0.1:8086/ward'), {
    url: 'http://127.0.0.1:8086',
    database: 'ward',
    user: '',
    password: '',
  });
  t.match(influxTarget('https://u:p%40ss@db.example/'), {
    url: 'https://db.example',
    database: '',
    user: 'u',
    password: 'p@ss',
  });
  t.end();
});

const refused: readonly (readonly [(text: string) => unknown, readonly string[]])[] = [
  [learnUntil, ['', 'yesterday', '+5', '+5w', '5m', '2026-13-01', '2026-03-02T25:00:00Z']],
  [speed, ['', '0', '-1', 'fast', '1e3', 'NaN']],
  [workers, ['', '0', '65', '1.5', 'two']],
  [listen, ['8470', ':8470', '127.0.0.1', '127.0.0.1:65536', '::1:8470']],
  [influxTarget, ['', 'db', 'ftp://x/', 'http://x/a/b', 'http://x/%zz', 'http://x/?db=y']],
  [runName, ['', '../x', 'a b', '.x', 'x'.repeat(65)]],
];
for (const [parse, texts] of refused) {
  t.test(
    `${parse.name} refuses what it cannot mean: ${texts.map((text) => JSON.stringify(text.slice(0, 24))).join(' ')}`,
    (t) => {
      for (const text of texts) t.throws(() => parse(text), InvalidArgumentError, text);
      t.end();
    },
  );
}
