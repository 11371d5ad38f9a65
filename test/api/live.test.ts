/** What a person decides through the API while a sensor runs holds in its next interval, without a restart. */
import { MessageChannel } from 'node:worker_threads';
import t, { type Test } from 'tap';
import { freshConfiguration } from '../../src/configuration.ts';
import { OutOfSight } from '../../src/pipeline/out-of-sight.ts';
import { listenToPeople } from '../../src/pipeline/people.ts';
import type { SensorCounters } from '../../src/pipeline/points.ts';
import { Session } from '../../src/pipeline/session.ts';
import { Store } from '../../src/store/store.ts';
import { type ApiUnderTest, apiUnderTest } from '../support/api.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { TestWard } from '../support/ward.ts';

const CT = '10.20.1.11';
const ARCHIVE = '10.20.1.20';
const SERVICE = '10.20.9.9';
/** Nobody has decided about it. */
const STRANGER = '203.0.113.77';
const as = 'engineer';

interface Sensor extends ApiUnderTest {
  readonly ward: TestWard;
  readonly written: Store;
  /** The interval is over: all that is known goes into the store. */
  interval(minutes: number): void;
  device(address: string): string;
}

/** A live sensor without its capture threads, and the API beside it, joined as `watch` joins them. */
async function sensor(t: Test): Promise<Sensor> {
  const folder = temporaryFolder(t);
  const written = Store.open(folder);
  const session = new Session({
    configuration: freshConfiguration(),
    run: 'live',
    kind: 'live',
    inputs: ['eth1'],
    startedUs: 0,
    learnUntilUs: null,
    baselineBefore: null,
    store: written,
    influx: null,
  });
  const { analyst } = session;
  const { port1, port2 } = new MessageChannel();
  listenToPeople(port1, written, { run: 'live', analyst }, (message) => under.errors.push(message));
  port1.ref();
  const under = await apiUnderTest(t, { folder, desk: port2 });
  t.teardown(() => {
    port1.close();
    written.close();
  });
  const ward = new TestWard({ analyst });
  const interval = (minutes: number): void => {
    ward.at(minutes);
    analyst.interval(ward.nowUs, counters(ward.nowUs));
  };
  const device = (address: string): string =>
    written.devices('live').rows.find(({ addresses }) => addresses.includes(address))?.id ?? '';
  return { ...under, ward, written, interval, device };
}

function counters(timeUs: number): SensorCounters {
  const nothing = { dropped: 0, truncated: 0, duplicates: 0, flows: 0, flowsOpen: 0, flowsEvicted: 0 };
  return { packets: 1, bytes: 60, wireBytes: 60, firstUs: timeUs, lastUs: timeUs, ...nothing };
}

/** A scanner at work, and somebody who administers it. */
function morning({ ward }: Sensor): void {
  ward.neighbour(CT, '08:00:06:00:00:11');
  ward.neighbour(ARCHIVE, '08:00:06:00:00:20');
  ward.store(CT, ARCHIVE);
  administers(ward, SERVICE);
}

/** Over a shell, with packets in both directions. */
function administers(ward: TestWard, address: string): void {
  const both = { packetsToServer: 20, packetsToClient: 20, bytesToServer: 2_000, bytesToClient: 2_000 };
  ward.update(ward.connect(address, CT, 22, 'ssh'), both);
}

const relation = (sensor: Sensor, changes: object = {}) => ({
  action: 'accept',
  device: sensor.device(CT),
  peer: SERVICE,
  service: 'ssh',
  ...changes,
});

const decide = ({ ask }: Sensor, ...decisions: object[]) =>
  ask({ method: 'POST', url: '/api/v1/decisions', as, body: { reason: 'contract 4711', decisions } });

interface Held {
  held: { peer: string; card: string }[];
  decided: { decision: string; user: string; reason: string }[];
}

interface Relations {
  relations: { service: string; state: string; count: number; acceptedBy: string }[];
}

const sshOf = async (one: Sensor) =>
  ((await one.ask({ url: `/api/v1/baseline/devices/${one.device(CT)}` })).json() as Relations).relations.find(
    ({ service }) => service === 'ssh',
  );

t.test('what waited is accepted, and stays so while the sensor goes on', async (t) => {
  const one = await sensor(t);
  morning(one);
  one.interval(1);
  const { held, decided } = (await one.ask({ url: '/api/v1/held' })).json() as Held;
  const at = held.findIndex(({ peer }) => peer === SERVICE);
  t.not(at, -1, JSON.stringify(held));
  t.equal(decided[at]?.decision, '');
  t.match(await sshOf(one), { state: 'held' });

  const made = await decide(one, relation(one));
  t.equal(made.status, 201, made.text);
  t.match(await sshOf(one), { state: 'accepted', acceptedBy: 'person' }, 'in the store at once');
  const { decided: after } = (await one.ask({ url: '/api/v1/held' })).json() as Held;
  t.match(after[at], { decision: 'accept', user: 'engineer', reason: 'contract 4711' });

  const before = (await sshOf(one))?.count ?? 0;
  one.ward.at(2);
  administers(one.ward, SERVICE);
  one.interval(3);
  const now = await sshOf(one);
  t.match(now, { state: 'accepted', acceptedBy: 'person' }, 'the analyst knows it');
  t.ok((now?.count ?? 0) >= before);
  t.match((await one.ask({ url: '/api/v1/baseline/versions' })).json(), {
    versions: [
      { number: 1, reason: 'before the first decision' },
      { number: 2, user: 'engineer' },
    ],
  });
  t.same(one.errors, []);
});

t.test('after a sign-off the sensor speaks of what was not accepted, and not of what was', async (t) => {
  const one = await sensor(t);
  morning(one);
  one.interval(1);
  t.equal((await decide(one, relation(one), { action: 'sign-off' })).status, 201);
  one.ward.at(2);
  administers(one.ward, SERVICE);
  administers(one.ward, STRANGER);
  one.interval(3);
  const { alerts } = (await one.ask({ url: '/api/v1/alerts' })).json() as {
    alerts: { detector: string; peer: string }[];
  };
  const strange = alerts.filter(({ detector }) => detector === 'RC-01').map(({ peer }) => peer);
  t.same(strange, [STRANGER], 'a path that nobody has accepted, and no other');
});

t.test('what cannot be decided is refused in words, and nothing of the rest is done', async (t) => {
  const one = await sensor(t);
  morning(one);
  one.interval(1);
  const wrong = await decide(one, relation(one), relation(one, { service: 'telnet' }));
  t.match({ status: wrong.status, text: wrong.text }, { status: 409, text: /no such relation/ });
  t.match(await sshOf(one), { state: 'held' });
  t.equal((await decide(one, relation(one, { device: 'nobody' }))).status, 409);
  t.same((await one.ask({ url: '/api/v1/baseline/versions' })).json(), { run: 'live', versions: [] });
});

t.test('an incident that was closed stays closed, and a suppression hides what comes later', async (t) => {
  const one = await sensor(t);
  morning(one);
  one.interval(1);
  await decide(one, { action: 'sign-off' });
  one.ward.at(2);
  administers(one.ward, STRANGER);
  one.interval(3);
  const { incidents } = (await one.ask({ url: '/api/v1/incidents' })).json() as { incidents: { id: string }[] };
  const [incident] = incidents;
  t.ok(incident);
  const step = (body: object) => one.ask({ method: 'POST', url: `/api/v1/incidents/${incident?.id}/steps`, as, body });
  t.equal((await step({ action: 'close', disposition: 'benign', text: 'a test' })).status, 201);
  one.ward.at(4);
  one.ward.store(CT, ARCHIVE);
  one.interval(5);
  t.match((await one.ask({ url: `/api/v1/incidents/${incident?.id}` })).json(), {
    incident: { state: 'closed', disposition: 'benign' },
  });

  const scope = { peer: '203.0.113.88', device: one.device(CT) };
  const made = await one.ask({
    method: 'POST',
    url: '/api/v1/suppressions',
    as,
    body: { ...scope, reason: 'a test of the maker', owner: 'imaging' },
  });
  t.equal(made.status, 201, made.text);
  one.ward.at(6);
  administers(one.ward, scope.peer);
  one.interval(7);
  const { alerts, standings } = (await one.ask({ url: '/api/v1/alerts' })).json() as {
    alerts: { id: string; peer: string }[];
    standings: Record<string, { hiddenBy: number }>;
  };
  const hidden = alerts.filter(({ peer }) => peer === scope.peer);
  t.ok(hidden.length > 0 && hidden.every(({ id }) => (standings[id]?.hiddenBy ?? 0) > 0));
  const told = new OutOfSight(one.written, 'live').told(one.ward.findings, Date.now() * 1000);
  t.notOk(
    told.some(({ peer }) => peer === scope.peer),
    'nobody is told of it',
  );
  t.ok(told.some(({ peer }) => peer === STRANGER));
  t.same(one.errors, []);
});

t.test('a sensor that does not answer is not waited for without end', { timeout: 30_000 }, async (t) => {
  const folder = temporaryFolder(t);
  const written = Store.open(folder);
  written.beginRun({ name: 'live', kind: 'live', inputs: [], startedUs: 0 });
  t.teardown(() => written.close());
  const { port1, port2 } = new MessageChannel();
  t.teardown(() => port1.close());
  const { ask } = await apiUnderTest(t, { folder, desk: port2 });
  const body = { reason: 'why not', decisions: [{ action: 'sign-off' }] };
  const made = await ask({ method: 'POST', url: '/api/v1/decisions', as, body });
  t.match({ status: made.status, text: made.text }, { status: 503, text: /too busy/ });
});
