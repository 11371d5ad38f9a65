import t from 'tap';
import { DAY_US, HOUR_US, Hours, MONDAY_US } from '../support/hours.ts';

const CT = '10.1.0.11';
const PACS = '10.1.0.20';
const CLOUD = '203.0.113.5';
const MB = 1e6;

/** Weeks in which a scanner stores images all day, archives more at night, and sends a little to an accepted cloud. */
function weeks(count: number, cloudBytes = 2 * MB): Hours {
  const h = new Hours(MONDAY_US + HOUR_US);
  h.scanner(CT, PACS);
  h.until(MONDAY_US + count * 7 * DAY_US, () => usual(h, cloudBytes));
  return h;
}

function usual(h: Hours, cloudBytes = 2 * MB): void {
  if (h.nowUs % HOUR_US !== 0) return;
  h.talk(CT, CLOUD, { out: cloudBytes * (1 + ((h.nowUs / HOUR_US) % 7) / 100) }, 'tls', 443);
  h.talk(CT, PACS, { out: (h.hour === 3 ? 2000 : 20) * MB });
}

/** Hours in which the scanner sends more outside than usual. */
function leak(h: Hours, hours: number, bytes: number, to = CLOUD): void {
  h.until(h.nowUs + hours * HOUR_US, () => {
    usual(h);
    h.talk(CT, to, { out: bytes / 12 }, 'tls', 443);
  });
}

t.test('EX-01 speaks of two gigabytes at three in the morning and at eleven', (t) => {
  for (const hour of [3, 11]) {
    const h = weeks(5);
    h.until(h.nowUs + hour * HOUR_US, () => usual(h));
    t.same(h.said('EX-01'), [], 'quiet before, with its archive push every night');
    leak(h, 1, 2000 * MB);
    t.same(h.said('EX-01'), [`${CT} < ${CLOUD} tls`], `at ${hour}`);
    t.match(h.of('EX-01'), { severity: 'high', usual: /usually sends/ });
  }
  t.end();
});

t.test('EX-01 is silent about a download, about an archive inside, and about what is usual', (t) => {
  const h = weeks(5);
  h.until(h.nowUs + 3 * HOUR_US, () => {
    usual(h);
    h.talk(CT, CLOUD, { into: 300 * MB }, 'tls', 443);
    h.talk(CT, PACS, { out: 300 * MB });
  });
  t.same(h.said('EX-01'), []);
  t.end();
});

t.test('EX-01 needs two bins in a row', (t) => {
  const h = weeks(5);
  h.talk(CT, CLOUD, { out: 60 * MB }, 'tls', 443);
  h.step();
  h.until(h.nowUs + 2 * HOUR_US, () => usual(h));
  t.same(h.said('EX-01'), []);
  h.talk(CT, CLOUD, { out: 60 * MB }, 'tls', 443);
  h.step();
  h.talk(CT, CLOUD, { out: 60 * MB }, 'tls', 443);
  h.step();
  t.same(h.said('EX-01'), [`${CT} < ${CLOUD} tls`]);
  t.end();
});

t.test('EX-01 does not speak of less than 5 MB in a bin', (t) => {
  for (const [bytes, said] of [
    [4.9 * MB, 0],
    [5.1 * MB, 1],
  ] as const) {
    const h = weeks(5, 0.05 * MB);
    h.until(h.nowUs + HOUR_US, () => {
      if (h.nowUs % HOUR_US === 0) usual(h, 0.05 * MB);
      h.talk(CT, CLOUD, { out: bytes }, 'tls', 443);
    });
    t.equal(h.said('EX-01').length, said, `${bytes}`);
  }
  t.end();
});

t.test('EX-01 speaks at once above the ceiling while nobody knows what is usual', (t) => {
  for (const [bytes, said] of [
    [99 * MB, 0],
    [101 * MB, 1],
  ] as const) {
    const h = new Hours(MONDAY_US + HOUR_US);
    h.scanner(CT, PACS);
    h.talk(CT, CLOUD, { out: 1000 }, 'tls', 443);
    h.until(MONDAY_US + 2 * HOUR_US);
    h.talk(CT, CLOUD, { out: bytes }, 'tls', 443);
    h.until(h.nowUs + HOUR_US);
    t.equal(h.said('EX-01').length, said, `${bytes}`);
    if (said === 1) t.match(h.of('EX-01'), { confidence: 0.6 });
  }
  t.end();
});

t.test('EX-01 hears a burst to a partner inside that nobody accepted', (t) => {
  const h = weeks(2);
  h.talk(CT, '10.7.0.7', { out: 11 * MB }, 'smb', 445);
  h.until(h.nowUs + 5 * HOUR_US, () => usual(h));
  t.same(h.said('EX-01'), [], 'it has no usual yet');
  t.end();
});

/** A review station that pulls images all day, and for the last hours pushes them. */
function station(hours: number, out: number, into: number): Hours {
  const h = new Hours(MONDAY_US + HOUR_US);
  h.scanner(CT, PACS);
  h.until(MONDAY_US + 5 * 7 * DAY_US, () => {
    if (h.nowUs % HOUR_US === 0) h.talk(CT, PACS, { out: 1 * MB, into: 20 * MB });
  });
  h.until(h.nowUs + hours * HOUR_US, () => {
    if (h.nowUs % HOUR_US === 0) h.talk(CT, PACS, { out, into });
  });
  h.step();
  return h;
}

t.test('EX-02 speaks when a station that receives has been sending for two hours', (t) => {
  t.same(station(2, 20 * MB, 1 * MB).said('EX-02'), [`${CT} < ${PACS} dicom`]);
  t.same(station(1, 20 * MB, 1 * MB).said('EX-02'), [], 'one hour');
  t.end();
});

t.test('EX-02 is silent when the balance only shifts, and about little', (t) => {
  t.same(station(3, 9 * MB, 10 * MB).said('EX-02'), [], 'still receives more');
  t.same(station(3, 0.9 * MB, 0.05 * MB).said('EX-02'), [], 'under a megabyte');
  t.same(station(3, 0.99 * MB, 0.05 * MB).said('EX-02').length, 1, 'a little above');
  t.end();
});

t.test('EX-04 adds up what goes to a partner that nobody accepted', (t) => {
  const run = (perDay: number, days: number): Hours => {
    const h = new Hours(MONDAY_US + HOUR_US);
    h.scanner(CT, PACS);
    h.until(MONDAY_US + DAY_US);
    // Uneven, so that the amount gives it away and not the steadiness.
    h.until(MONDAY_US + (1 + days) * DAY_US, () => {
      const day = Math.floor(h.nowUs / DAY_US);
      if (h.nowUs % DAY_US === 12 * HOUR_US)
        h.talk(CT, CLOUD, { out: perDay * (day % 2 === 0 ? 0.2 : 1.8) }, 'tls', 443);
    });
    return h;
  };
  t.same(run(4 * MB, 2).said('EX-04').length, 0, 'two days are no long time');
  t.same(run(2.5 * MB, 7).said('EX-04').length, 0, 'under 20 MB a week');
  const found = run(3.5 * MB, 7);
  t.same(found.said('EX-04'), [`${CT} < ${CLOUD} tls`]);
  t.end();
});

t.test('EX-04 finds the same little amount every day: 10 kB and 100 kB an hour within a week, not 0.5 kB', (t) => {
  for (const [perHour, said] of [
    [500, 0],
    [1_000, 1],
    [10_000, 1],
    [100_000, 1],
  ] as const) {
    const h = new Hours(MONDAY_US + HOUR_US);
    h.scanner(CT, PACS);
    h.until(MONDAY_US + DAY_US);
    let day = 0;
    h.until(MONDAY_US + 9 * DAY_US, () => {
      if (h.nowUs % HOUR_US === 0) h.talk(CT, CLOUD, { out: perHour }, 'tls', 443);
      if (day === 0 && h.nowUs % DAY_US === 0 && h.said('EX-04').length > 0)
        day = h.nowUs / DAY_US - MONDAY_US / DAY_US;
    });
    t.equal(h.said('EX-04').length, said, `${perHour} bytes an hour`);
    t.comment(`${perHour} bytes an hour: found on day ${day} of the leak`);
  }
  t.end();
});

t.test('EX-04 is silent about the time, and about an accepted partner', (t) => {
  const h = new Hours(MONDAY_US + 2 * HOUR_US);
  h.scanner(CT, PACS);
  h.talk(CT, '198.51.100.9', { out: 1000 }, 'tls', 443);
  h.until(MONDAY_US + 9 * DAY_US, () => {
    if (h.nowUs % HOUR_US !== 0) return;
    h.talk(CT, CLOUD, { out: 100_000 }, 'ntp', 123);
    h.talk(CT, '198.51.100.9', { out: 100_000 }, 'tls', 443);
  });
  t.same(h.said('EX-04'), []);
  t.end();
});

t.test('EX-08 speaks of a call every five minutes with the same bytes, not of a person', (t) => {
  const run = (isDue: (minute: number) => number): Hours => {
    const h = new Hours(MONDAY_US + HOUR_US);
    h.scanner(CT, PACS);
    h.until(MONDAY_US + DAY_US);
    let minute = 0;
    h.until(MONDAY_US + 2 * DAY_US, () => {
      minute += 5;
      const bytes = isDue(minute);
      if (bytes > 0) h.talk(CT, CLOUD, { out: bytes }, 'tls', 443);
    });
    return h;
  };
  const beacon = run(() => 420);
  t.same(beacon.said('EX-08'), [`${CT} < ${CLOUD} tls`]);
  t.match(beacon.of('EX-08'), { happened: /about every 5\.0 minutes/ });
  t.same(
    run((minute) =>
      (minute * minute) % 35 === 0 && minute % 1440 > 480 && minute % 1440 < 1020 ? minute * 7 : 0,
    ).said('EX-08'),
    [],
  );
  t.same(run((minute) => (minute <= 330 ? 420 : 0)).said('EX-08'), [], 'under six hours');
  t.end();
});

t.test('EX-08 is silent about the clock, an accepted partner and partners inside', (t) => {
  const h = new Hours(MONDAY_US + 2 * HOUR_US);
  h.scanner(CT, PACS);
  h.talk(CT, '198.51.100.9', { out: 420 }, 'tls', 443);
  h.until(MONDAY_US + DAY_US, () => {
    h.talk(CT, CLOUD, { out: 48 }, 'ntp', 123);
    h.talk(CT, '198.51.100.9', { out: 420 }, 'tls', 443);
    h.talk(CT, '10.9.9.9', { out: 420 }, 'tls', 443);
  });
  t.same(h.said('EX-08'), []);
  t.end();
});

t.test('BL-09 speaks before a ramp of eight per cent a day has reached five times', (t) => {
  const h = new Hours(null);
  h.scanner(CT, PACS);
  let factor = 1;
  let spoken = 0;
  h.until(MONDAY_US + 75 * DAY_US, () => {
    const day = (h.nowUs - MONDAY_US) / DAY_US;
    if (h.nowUs % HOUR_US === 0 && h.hour > 7 && h.hour < 19) {
      factor = day < 40 ? 1 : 1.08 ** Math.floor(day - 39);
      h.talk(CT, PACS, { out: 5 * MB * factor });
    }
    if (spoken === 0 && h.nowUs % DAY_US === 0 && h.said('BL-09').length > 0) spoken = factor;
  });
  t.ok(spoken > 3 && spoken < 5, `spoke at ${spoken.toFixed(2)} times`);
  t.match(h.of('BL-09'), { severity: 'low', usual: /signed off/, happened: /small steps/ });
  t.same(h.said('EX-01'), []);
  t.end();
});

t.test('BL-09 is silent about a few busy days, and about a device that does as it did', (t) => {
  const h = new Hours(null);
  h.scanner(CT, PACS);
  h.until(MONDAY_US + 60 * DAY_US, () => {
    const day = (h.nowUs - MONDAY_US) / DAY_US;
    const isBusy = day > 45 && day < 50;
    if (h.nowUs % HOUR_US === 0 && h.hour > 7 && h.hour < 19) h.talk(CT, PACS, { out: (isBusy ? 40 : 5) * MB });
  });
  t.same(h.said('BL-09'), []);
  t.end();
});
