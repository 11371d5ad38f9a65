import t from 'tap';
import { DAY_US, HOUR_US, Hours, MONDAY_US } from '../support/hours.ts';

const MONITOR = '10.2.0.11';
const CENTRAL = '10.2.0.1';
const PACS = '10.1.0.20';
const MINUTE_US = 60e6;

/** A monitor that reports to a central station all the time, and asks a time server now and then. */
class Bed {
  readonly h: Hours;
  private readonly report: number;

  constructor(learnUntilUs = MONDAY_US + HOUR_US) {
    this.h = new Hours(learnUntilUs, { listed: [{ match: MONITOR, class: 'patient-monitor' }] });
    this.report = this.h.open(MONITOR, CENTRAL, 'intellivue', 24_105);
  }

  /** Minutes in which the monitor reports, is heard otherwise, and others are heard. */
  minutes(count: number, { reports = true, alive = true, others = true } = {}): this {
    for (let minute = 0; minute < count; minute++) {
      if (reports) this.h.carry(this.report, { out: 1200, into: 100 });
      if (alive) this.h.talk(MONITOR, '10.2.0.9', { out: 48, into: 48 }, 'ntp', 123);
      if (others) this.h.talk('10.200.0.1', '10.200.0.2', { out: 10 }, 'syslog', 514);
      this.h.step(MINUTE_US);
    }
    return this;
  }

  get said(): string[] {
    return this.h.said('BL-06');
  }
}

t.test('BL-06 speaks when a monitor that is still on the network reports no more', (t) => {
  const bed = new Bed().minutes(25 * 60);
  t.same(bed.said, []);
  bed.minutes(4, { reports: false });
  t.same(bed.said, [], 'a pause of four minutes');
  bed.minutes(4, { reports: false });
  t.same(bed.said, [`${MONITOR} < ${CENTRAL} intellivue`]);
  t.match(bed.h.of('BL-06'), { severity: 'high', happened: /Nothing for [5-8] minutes/ });
  bed.minutes(30, { reports: false });
  t.equal(bed.said.length, 1, 'it is said once');
  t.end();
});

t.test('BL-06 is silent before a day of it, after longer pauses, and when the monitor is gone', (t) => {
  t.same(new Bed().minutes(23 * 60).minutes(20, { reports: false }).said, [], 'known for less than a day');
  const paused = new Bed()
    .minutes(12 * 60)
    .minutes(30, { reports: false })
    .minutes(14 * 60);
  t.same(paused.minutes(40, { reports: false }).said, [], 'it has paused for half an hour before');
  t.same(paused.minutes(30, { reports: false }).said.length, 1, 'and not for longer than an hour');
  t.same(new Bed().minutes(25 * 60).minutes(30, { reports: false, alive: false }).said, [], 'carried away');
  t.end();
});

t.test('BL-06 is silent while the sensor cannot see', (t) => {
  const bed = new Bed().minutes(25 * 60);
  for (let minute = 0; minute < 20; minute++) {
    bed.h.dropped += 5_000;
    bed.minutes(1, { reports: false });
  }
  t.same(bed.said, []);
  t.match(bed.h.of('ME-01'), { happened: /lost before the sensor/, device: '', peer: '' });
  t.end();
});

t.test('all traffic cut for ten minutes is the sensor, not the device', (t) => {
  const bed = new Bed()
    .minutes(25 * 60)
    .minutes(10, { reports: false, alive: false, others: false })
    .minutes(10);
  t.same(bed.said, []);
  t.match(bed.h.of('ME-01'), { happened: /Nothing at all has arrived for [34] minutes/, severity: 'medium' });
  t.equal(bed.h.findings.filter(({ detector }) => detector === 'ME-01').length, 1);
  t.end();
});

t.test('ME-01 is silent about two quiet minutes, and about a network that is often quiet', (t) => {
  const short = new Bed().minutes(60).minutes(1, { reports: false, alive: false, others: false }).minutes(5);
  t.equal(short.h.of('ME-01'), undefined);
  const quiet = new Bed();
  for (let at = 0; at < 10; at++) quiet.minutes(20).minutes(10, { reports: false, alive: false, others: false });
  t.equal(quiet.h.of('ME-01'), undefined, 'never busy for half an hour');
  t.end();
});

t.test('ME-01 takes the time between two updates of long conversations for no silence', (t) => {
  const heard = (hours: readonly number[]): string[] => {
    const h = new Hours(MONDAY_US + HOUR_US, { intervalSeconds: 3600 });
    const poll = h.open('10.200.0.1', '10.200.0.2', 'snmp', 161);
    for (const pause of hours) {
      h.step(pause * HOUR_US);
      h.carry(poll, { out: 100, into: 100 });
    }
    return h.said('ME-01');
  };
  t.same(heard(Array.from({ length: 48 }, () => 1)), []);
  t.same(heard([...Array.from({ length: 12 }, () => 1), 2, ...Array.from({ length: 12 }, () => 1)]), [], 'one is late');
  t.equal(heard([...Array.from({ length: 12 }, () => 1), 4, 1]).length, 1, 'nothing for four hours');
  t.end();
});

t.test('ME-01 speaks of one in a thousand packets lost, once while it lasts', (t) => {
  for (const [lost, said] of [
    [8, 0],
    [12, 1],
  ] as const) {
    const bed = new Bed();
    for (let minute = 0; minute < 30; minute++) {
      bed.h.dropped += lost;
      bed.minutes(1);
    }
    t.equal(bed.h.findings.filter(({ detector }) => detector === 'ME-01').length, said, `${lost} of 10,000`);
  }
  t.end();
});

t.test('BL-06 speaks when conversations come at another pace', (t) => {
  const run = (minutes: number): Hours => {
    const h = new Hours(MONDAY_US + HOUR_US, { listed: [{ match: MONITOR, class: 'patient-monitor' }] });
    for (let at = 0; at < 30 * 12; at++) {
      h.talk(MONITOR, CENTRAL, { out: 500 }, 'hl7', 2575);
      h.step(5 * MINUTE_US);
    }
    for (let at = 0; at < 40; at++) {
      h.talk(MONITOR, CENTRAL, { out: 500 }, 'hl7', 2575);
      h.step(minutes * MINUTE_US);
    }
    return h;
  };
  t.same(run(8).said('BL-06'), [`${MONITOR} < ${CENTRAL} hl7`]);
  t.same(run(7).said('BL-06'), [], 'slower by four tenths');
  t.end();
});

/** Six scanners of one model; from the second day on each has its own way. */
function fleet(days: number, each: (h: Hours, scanner: string, index: number) => void): Hours {
  const scanners = [1, 2, 3, 4, 5, 6].map((index) => `10.1.0.${index}`);
  const h = new Hours(null, { listed: scanners.map((match) => ({ match, class: 'ct' })) });
  for (const scanner of scanners) h.scanner(scanner, PACS);
  h.until(MONDAY_US + days * DAY_US, () => {
    if (h.nowUs % (4 * HOUR_US) !== 0) return;
    for (const [index, scanner] of scanners.entries()) each(h, scanner, index);
  });
  return h;
}

t.test('BL-04 names the one of six that does what the others do not', (t) => {
  const h = fleet(30, (h, scanner, index) => {
    h.talk(scanner, PACS, { out: 3e6 });
    if (index === 2 && h.nowUs > MONDAY_US + 28 * DAY_US) h.talk(scanner, '10.1.0.99', { out: 1e5 }, 'smb', 445);
  });
  t.same(h.said('BL-04'), ['10.1.0.3 < 10.1.0.99 smb']);
  t.match(h.of('BL-04'), { severity: 'low', usual: /5 of 6/ });
  t.end();
});

t.test('BL-04 names the one of six whose days are far from theirs, and nobody where all are alike', (t) => {
  const run = (factor: number) =>
    fleet(30, (h, scanner, index) =>
      h.talk(scanner, PACS, { out: 3e6 * (1 + index / 20) * (index === 4 ? factor : 1) }),
    );
  t.same(run(6).said('BL-04'), ['10.1.0.5 < 10.1.0.5 ']);
  t.same(run(2).said('BL-04'), []);
  t.end();
});
