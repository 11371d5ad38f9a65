import t from 'tap';
import { addressKey, parseAddress } from '../../src/bytes/address.ts';
import { freshConfiguration } from '../../src/configuration.ts';
import type { SensorCounters } from '../../src/pipeline/points.ts';
import { Session } from '../../src/pipeline/session.ts';
import { Neighbour } from '../../src/records.ts';
import { Store } from '../../src/store/store.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { NOON_US } from '../support/ward.ts';

const CT_MAC = '08:00:06:00:00:11';
const CT_MAC_BYTES = [8, 0, 6, 0, 0, 0x11];
const MINUTE_US = 60e6;

/** A live sensor without its threads. */
function live(store: Store): Session {
  return new Session({
    configuration: freshConfiguration(),
    run: 'live',
    kind: 'live',
    inputs: ['eth1'],
    startedUs: 0,
    learnUntilUs: null,
    baselineBefore: null,
    store,
    influx: null,
  });
}

function sees(session: Session, minutes: number, address: string, how: string, timeToLive: number): void {
  const record = new Neighbour();
  record.timeUs = NOON_US + minutes * MINUTE_US;
  record.address = parseAddress(address);
  record.mac = addressKey(new DataView(Uint8Array.from(CT_MAC_BYTES).buffer), 0, 6);
  record.how = how;
  record.timeToLive = timeToLive;
  session.analyst.neighbour(record);
  session.analyst.oddity('a_test', -1, record.timeUs);
  session.analyst.interval(record.timeUs, counters(record.timeUs));
}

function counters(timeUs: number): SensorCounters {
  const nothing = { dropped: 0, truncated: 0, duplicates: 0, flows: 0, flowsOpen: 0, flowsEvicted: 0 };
  return { packets: 1, bytes: 60, wireBytes: 60, firstUs: timeUs, lastUs: timeUs, ...nothing };
}

const ids = (store: Store): string[] => store.devices('live').rows.map(({ id }) => id);

t.test('a device that is first known by its address and then by its MAC is one device in the store', (t) => {
  const store = Store.open(temporaryFolder(t));
  const session = live(store);
  sees(session, 1, '10.1.0.11', 'ip', 61);
  t.strictSame(ids(store), ['10.1.0.11']);
  sees(session, 2, '10.1.0.11', 'arp-reply', 0);
  t.strictSame(ids(store), [CT_MAC]);
  t.match(store.device('live', CT_MAC), { firstSeenUs: NOON_US + MINUTE_US, lastSeenUs: NOON_US + 2 * MINUTE_US });
  store.close();
  t.end();
});

t.test('what a sensor that starts again sees adds to what the one before it saw', (t) => {
  const store = Store.open(temporaryFolder(t));
  const first = live(store);
  sees(first, 1, '10.1.0.11', 'arp-reply', 0);
  sees(first, 2, '10.1.0.11', 'arp-reply', 0);
  sees(first, 3, '10.1.0.12', 'ip', 61);
  const second = live(store);
  t.strictSame(ids(store), [CT_MAC, '10.1.0.12']);
  sees(second, 5, '10.1.0.11', 'arp-reply', 0);
  sees(second, 6, '10.1.0.11', 'arp-reply', 0);
  t.strictSame(ids(store), [CT_MAC, '10.1.0.12'], 'a device that has not been seen again is still there');
  t.match(store.device('live', CT_MAC), { firstSeenUs: NOON_US + MINUTE_US, lastSeenUs: NOON_US + 6 * MINUTE_US });
  t.equal(store.oddities('live').a_test, 5);
  t.strictSame(
    store.runs().map(({ name, kind }) => ({ name, kind })),
    [{ name: 'live', kind: 'live' }],
  );
  store.close();
  t.end();
});
