import t from 'tap';
import { apiUnderTest, PASSWORD } from '../support/api.ts';

const MINUTE_MS = 60_000;

t.test('whoever sits at the machine may look, and nothing else', async (t) => {
  const { ask } = await apiUnderTest(t);
  t.equal((await ask({ url: '/api/v1/devices' })).status, 200);
  t.equal((await ask({ url: '/api/v1/audit' })).status, 401);
  t.equal((await ask({ url: '/api/v1/evidence/i1' })).status, 401);
  const body = { action: 'acknowledge' };
  t.equal((await ask({ method: 'POST', url: '/api/v1/incidents/i1/steps', body })).status, 401);
  t.match((await ask({ url: '/api/v1/session' })).json(), { user: null, role: 'viewer', how: 'local', csrf: null });
});

t.test('a proxy that asks for somebody else does not sit at the machine', async (t) => {
  const { ask } = await apiUnderTest(t);
  for (const headers of [{ 'x-forwarded-for': '10.0.0.9' }, { forwarded: 'for=10.0.0.9' }]) {
    t.equal((await ask({ url: '/api/v1/devices', headers })).status, 401);
  }
});

t.test('with access: required nobody looks without signing in', async (t) => {
  const { ask } = await apiUnderTest(t, { mode: 'required' });
  const asked = await ask({ url: '/api/v1/devices' });
  t.equal(asked.status, 401);
  t.match(asked.headers, { 'www-authenticate': /Bearer/ });
  t.equal((await ask({ url: '/api/v1/devices', as: 'viewer' })).status, 200);
  t.equal((await ask({ url: '/api/v1/session' })).status, 200, 'who am I can always be asked');
});

t.test('the setup link makes the first administrator, once', async (t) => {
  const { access, ask } = await apiUnderTest(t, { people: false });
  const secret = access.offerSetup() ?? '';
  const setup = (secret: string, name = 'anna', password = PASSWORD) =>
    ask({ method: 'POST', url: '/api/v1/setup', body: { secret, name, password } });
  t.equal((await setup('wrong')).status, 403);
  t.equal((await setup(secret, 'anna', 'short')).status, 422);
  t.equal((await setup(secret, 'anna', 'anna1234anna')).status, 422, 'little more than the name');
  t.equal((await setup(secret, '../etc')).status, 400);
  const made = await setup(secret);
  t.equal(made.status, 200);
  t.match(made.json(), { user: 'anna', role: 'administrator', how: 'session', isSetUp: true });
  t.match(String(made.headers['set-cookie']), /^wardwatch=[\w-]{43}; .*Path=\/; .*HttpOnly; SameSite=Strict$/);
  t.equal((await setup(secret, 'eve')).status, 409);
  t.equal(access.offerSetup(), null, 'no other link is given out');
});

t.test('a setup link ends after a day', async (t) => {
  const { access, ask, wait } = await apiUnderTest(t, { people: false });
  const secret = access.offerSetup() ?? '';
  wait(25 * 60 * MINUTE_MS);
  const body = { secret, name: 'anna', password: PASSWORD };
  t.equal((await ask({ method: 'POST', url: '/api/v1/setup', body })).status, 403);
});

t.test('signing in, the cookie, signing out', async (t) => {
  const { ask } = await apiUnderTest(t, { mode: 'required' });
  const signIn = { method: 'POST', url: '/api/v1/session' } as const;
  const made = await ask({ ...signIn, body: { name: 'engineer', password: PASSWORD } });
  t.equal(made.status, 200);
  const cookie = String(made.headers['set-cookie']).split(';')[0] ?? '';
  const { csrf } = made.json() as { csrf: string };
  t.match((await ask({ url: '/api/v1/session', headers: { cookie } })).json(), { user: 'engineer', csrf });
  const headers = { cookie, 'x-wardwatch-csrf': csrf };
  t.equal((await ask({ method: 'DELETE', url: '/api/v1/session', headers })).status, 204);
  t.equal((await ask({ url: '/api/v1/devices', headers: { cookie } })).status, 401, 'the cookie is worth nothing now');
});

t.test('five wrong passwords lock a name for a quarter of an hour, also one that nobody has', async (t) => {
  const { ask, wait } = await apiUnderTest(t);
  const attempt = (name: string, password: string) =>
    ask({ method: 'POST', url: '/api/v1/session', body: { name, password } });
  const answers = new Set<string>();
  for (const name of ['engineer', 'nobody']) {
    for (let i = 0; i < 5; i++) {
      const { status, text } = await attempt(name, 'wrong words wrong');
      t.equal(status, 401);
      answers.add(text);
    }
    const locked = await attempt(name, PASSWORD);
    t.equal(locked.status, 429, 'even the right one');
    t.equal(locked.headers['retry-after'], '900');
    answers.add(locked.text);
  }
  t.equal(answers.size, 2, 'nothing tells whether there is somebody of this name');
  wait(16 * MINUTE_MS);
  t.equal((await attempt('engineer', PASSWORD)).status, 200);
});

t.test('many attempts at the same moment are as many as one after the other', async (t) => {
  const { access } = await apiUnderTest(t);
  const made = await Promise.all(
    Array.from({ length: 12 }, () => access.signIn('engineer', 'wrong words', '10.0.0.1')),
  );
  t.equal(made.filter((one) => one === 'wrong').length, 5);
  t.equal(made.filter((one) => one === 'locked').length, 7);
});

t.test('sessions end when nobody uses them, and after their time', async (t) => {
  const { ask, wait } = await apiUnderTest(t, { mode: 'required' });
  const status = async () => (await ask({ url: '/api/v1/devices', as: 'viewer' })).status;
  for (let i = 0; i < 7; i++) {
    t.equal(await status(), 200);
    wait(100 * MINUTE_MS);
  }
  t.equal(await status(), 200);
  wait(100 * MINUTE_MS);
  t.equal(await status(), 401, 'twelve hours are over');
  const idle = await apiUnderTest(t, { mode: 'required' });
  idle.wait(121 * MINUTE_MS);
  t.equal((await idle.ask({ url: '/api/v1/devices', as: 'viewer' })).status, 401);
});

const needs: readonly (readonly [
  method: 'GET' | 'POST' | 'DELETE' | 'PATCH',
  url: string,
  body: unknown,
  least: number,
])[] = [
  ['GET', '/api/v1/devices', undefined, 0],
  ['POST', '/api/v1/incidents/i1/steps', { action: 'acknowledge' }, 1],
  ['POST', '/api/v1/suppressions/preview', { detector: 'RC-01' }, 1],
  ['POST', '/api/v1/suppressions', { detector: 'RC-01', owner: 'x', reason: 'because' }, 1],
  ['POST', '/api/v1/decisions', { reason: 'why', decisions: [{ action: 'sign-off' }] }, 1],
  ['DELETE', '/api/v1/captures/none.pcap', undefined, 1],
  ['GET', '/api/v1/evidence/i1', undefined, 1],
  ['GET', '/api/v1/users', undefined, 2],
  ['POST', '/api/v1/users', { name: 'eve', role: 'administrator', password: PASSWORD }, 2],
  ['PATCH', '/api/v1/users/viewer', { role: 'administrator' }, 2],
  ['DELETE', '/api/v1/users/nobody', undefined, 2],
  ['GET', '/api/v1/audit', undefined, 2],
];
const ranks = ['viewer', 'engineer', 'administrator'];
for (const [method, url, body, least] of needs) {
  t.test(`${method} ${url} needs the role ${ranks[least]}`, async (t) => {
    const { ask } = await apiUnderTest(t);
    for (const [rank, as] of ranks.entries()) {
      const { status } = await ask({ method, url, as, ...(body === undefined ? {} : { body }) });
      if (rank < least) t.equal(status, 403, as);
      else t.notOk([401, 403].includes(status), `${as}: ${status}`);
    }
  });
}

t.test('the last administrator stays', async (t) => {
  const { ask } = await apiUnderTest(t);
  const as = 'administrator';
  const url = '/api/v1/users/administrator';
  t.equal((await ask({ method: 'DELETE', url, as })).status, 409);
  t.equal((await ask({ method: 'PATCH', url, as, body: { role: 'viewer' } })).status, 409);
  t.equal((await ask({ method: 'PATCH', url, as, body: { disabled: true } })).status, 409);
});

t.test('who is shut out or gets another role has no session any more', async (t) => {
  const { ask } = await apiUnderTest(t, { mode: 'required' });
  const as = 'administrator';
  t.equal((await ask({ method: 'PATCH', url: '/api/v1/users/engineer', as, body: { role: 'viewer' } })).status, 200);
  t.equal((await ask({ url: '/api/v1/devices', as: 'engineer' })).status, 401);
  t.equal((await ask({ method: 'DELETE', url: '/api/v1/users/viewer', as })).status, 204);
  t.equal((await ask({ url: '/api/v1/devices', as: 'viewer' })).status, 401);
});

t.test('a new password needs the old one and ends the other sessions', async (t) => {
  const { ask } = await apiUnderTest(t, { mode: 'required' });
  const change = { method: 'POST', url: '/api/v1/session/password', as: 'viewer' } as const;
  t.equal((await ask({ ...change, body: { old: 'wrong', new: 'quite another sentence' } })).status, 422);
  t.equal((await ask({ ...change, body: { old: PASSWORD, new: 'short' } })).status, 422);
  const other = await ask({ method: 'POST', url: '/api/v1/session', body: { name: 'viewer', password: PASSWORD } });
  const cookie = String(other.headers['set-cookie']).split(';')[0] ?? '';
  t.equal((await ask({ ...change, body: { old: PASSWORD, new: 'quite another sentence' } })).status, 204);
  t.equal((await ask({ url: '/api/v1/devices', headers: { cookie } })).status, 401);
  t.equal((await ask({ url: '/api/v1/devices', as: 'viewer' })).status, 200, 'the one that changed it goes on');
});

t.test('a token does what it is for, until it ends, and no more than who made it', async (t) => {
  const { ask, wait, people } = await apiUnderTest(t, { mode: 'required' });
  const make = async (body: unknown, as = 'engineer') => ask({ method: 'POST', url: '/api/v1/tokens', as, body });
  t.equal((await make({ name: 'x', role: 'administrator', days: 1 })).status, 403, 'more than the engineer may');
  const made = await make({ name: 'report', role: 'viewer', subjects: ['devices'], days: 30 });
  t.equal(made.status, 201);
  const { token, id } = made.json() as { token: string; id: string };
  t.match(token, /^ww_[0-9a-f]{12}_[\w-]{43}$/);
  t.notOk(JSON.stringify(people.tokens()).includes(token), 'only its digest is kept');
  t.equal((await ask({ url: '/api/v1/devices', token })).status, 200);
  t.equal((await ask({ url: '/api/v1/incidents', token })).status, 403, 'another subject');
  const body = { action: 'acknowledge' };
  t.equal((await ask({ method: 'POST', url: '/api/v1/incidents/i1/steps', token, body })).status, 403);
  t.equal(
    (await ask({ method: 'POST', url: '/api/v1/tokens', token, body: { name: 'y', role: 'viewer', days: 1 } })).status,
    403,
  );
  t.equal((await ask({ url: '/api/v1/devices', token: `${token.slice(0, -1)}A` })).status, 401);
  t.equal((await ask({ url: '/api/v1/devices', token: `${token}, ${token}` })).status, 401);
  t.equal((await ask({ method: 'DELETE', url: `/api/v1/tokens/${id}`, as: 'viewer' })).status, 404, 'not theirs');
  wait(31 * 24 * 60 * MINUTE_MS);
  t.equal((await ask({ url: '/api/v1/devices', token })).status, 401, 'it has ended');
});

t.test('a token is worth no more than its maker is now, and nothing when it was taken back', async (t) => {
  const { ask } = await apiUnderTest(t);
  const made = await ask({
    method: 'POST',
    url: '/api/v1/tokens',
    as: 'engineer',
    body: { name: 'robot', role: 'engineer', days: 5 },
  });
  const { token, id } = made.json() as { token: string; id: string };
  const step = {
    method: 'POST',
    url: '/api/v1/alerts/f1/steps',
    token,
    body: { action: 'comment', text: 'hm' },
  } as const;
  t.equal((await ask(step)).status, 201);
  const as = 'administrator';
  await ask({ method: 'PATCH', url: '/api/v1/users/engineer', as, body: { role: 'viewer' } });
  t.equal((await ask(step)).status, 403);
  t.equal((await ask({ method: 'DELETE', url: `/api/v1/tokens/${id}`, as })).status, 204);
  t.equal((await ask(step)).status, 401, 'a wrong token is not somebody who sits here');
});

t.test('every write leaves an audit row, refused ones too, and no secret', async (t) => {
  const { ask, people } = await apiUnderTest(t);
  await ask({ method: 'POST', url: '/api/v1/session', body: { name: 'engineer', password: 'not this one at all' } });
  await ask({ method: 'POST', url: '/api/v1/session', body: { name: 'engineer', password: 'not this one at all' } });
  await ask({
    method: 'POST',
    url: '/api/v1/alerts/f1/steps',
    as: 'engineer',
    body: { action: 'comment', text: 'odd' },
  });
  await ask({ method: 'DELETE', url: '/api/v1/users/viewer', as: 'engineer' });
  await ask({
    method: 'POST',
    url: '/api/v1/users',
    as: 'administrator',
    body: { name: 'new', role: 'viewer', password: PASSWORD },
  });
  const { audit } = (await ask({ url: '/api/v1/audit', as: 'administrator' })).json() as {
    audit: Record<string, unknown>[];
  };
  const short = audit.map(({ user, action, target, status, count }) => [user, action, target, status, count]).reverse();
  t.same(short, [
    ['', 'signIn', 'engineer', 401, 2],
    ['engineer', 'stepAlert', 'f1', 201, 1],
    ['engineer', 'removeUser', 'viewer', 403, 1],
    ['administrator', 'addUser', '', 201, 1],
  ]);
  const text = JSON.stringify(people.audits({ limit: 100, offset: 0 }));
  t.notMatch(text, /not this one|long sentence/);
  t.match(text, /odd/);
});

t.test('the audit stays below its caps', async (t) => {
  const { People } = await import('../../src/store/people.ts');
  const people = People.open(null, { rows: 50, days: 10, megabytes: 10 });
  t.teardown(() => people.close());
  const row = {
    user: 'a',
    role: 'viewer',
    how: 'session',
    address: '',
    action: 'x',
    target: '',
    detail: '',
    status: 200,
  };
  for (let i = 0; i < 301; i++) people.audit({ ...row, timeUs: 1_000_000 + i });
  const { total } = people.audits({ limit: 1, offset: 0 });
  t.ok(total <= 150, String(total));
  people.audit({ ...row, timeUs: 20 * 86_400e6 });
  for (let i = 0; i < 100; i++) people.audit({ ...row, timeUs: 20 * 86_400e6 });
  const { rows } = people.audits({ limit: 1000, offset: 0 });
  t.ok(rows.every(({ timeUs }) => timeUs >= 20 * 86_400e6));
});
