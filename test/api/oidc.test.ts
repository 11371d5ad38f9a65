/** Signing in at an identity provider: whom it vouches for gets the role of their groups, and nothing else opens the door. */
import t, { type Test } from 'tap';
import { type Answer, type ApiUnderTest, apiUnderTest } from '../support/api.ts';
import { CLIENT, type Provider, providerOnLoopback } from '../support/provider.ts';

const BEGIN = '/api/v1/session/oidc';

interface Door extends ApiUnderTest {
  readonly provider: Provider;
}

async function door(t: Test): Promise<Door> {
  const provider = await providerOnLoopback();
  t.teardown(() => provider.close());
  const under = await apiUnderTest(t, {
    mode: 'required',
    change: ({ api }) => {
      api.oidc = {
        issuer: provider.issuer,
        clientId: CLIENT,
        clientSecret: 'between the two',
        scopes: ['openid', 'profile'],
        nameClaim: 'preferred_username',
        roleClaim: 'groups',
        administrators: ['admins'],
        engineers: ['engineers'],
        viewers: ['wards'],
      };
    },
  });
  return { ...under, provider };
}

const cookiesOf = ({ headers }: Answer): string =>
  [headers['set-cookie'] ?? []]
    .flat()
    .map((one) => String(one).split(';')[0] ?? '')
    .join('; ');

interface There {
  /** What the browser brings back, and its cookie. */
  readonly back: string;
  readonly cookie: string;
}

/** To the provider, where the person says yes. */
async function there({ ask }: Door): Promise<There> {
  const begun = await ask({ url: BEGIN });
  if (begun.status !== 302) throw new Error(begun.text);
  const { headers } = await fetch(String(begun.headers.location), { redirect: 'manual' });
  const { pathname, search } = new URL(headers.get('location') ?? '');
  return { back: pathname + search, cookie: cookiesOf(begun) };
}

const andBack = ({ ask }: Door, { back, cookie }: There): Promise<Answer> => ask({ url: back, headers: { cookie } });

const signIn = async (one: Door): Promise<Answer> => andBack(one, await there(one));

const whoIs = async ({ ask }: Door, came: Answer): Promise<Record<string, unknown>> =>
  (await ask({ url: '/api/v1/session', headers: { cookie: cookiesOf(came) } })).json();

t.test('whom the provider vouches for is signed in, with the role of the group', async (t) => {
  const one = await door(t);
  const { ask, provider, people, errors } = one;
  t.match((await ask({ url: '/api/v1/session' })).json(), { signIn: { oidc: true } });
  const begun = await ask({ url: BEGIN });
  t.match(
    String(begun.headers['set-cookie']),
    /^wardwatch_oidc=.*Path=\/api\/v1\/session\/oidc; HttpOnly; SameSite=Lax$/,
  );
  const asked = new URL(String(begun.headers.location)).searchParams;
  t.match(Object.fromEntries(asked), { response_type: 'code', code_challenge_method: 'S256', client_id: CLIENT });
  t.equal(asked.get('redirect_uri'), `http://127.0.0.1:8470${BEGIN}/callback`);

  const came = await signIn(one);
  t.equal(came.status, 200, came.text);
  t.match(came.headers, { 'content-type': /^text\/html/, 'content-security-policy': /default-src 'none'/ });
  t.match(await whoIs(one, came), { user: 'anna', role: 'engineer', how: 'session' });
  t.equal((await ask({ url: '/api/v1/devices', headers: { cookie: cookiesOf(came) } })).status, 200);
  t.notMatch(provider.asked[0]?.get('code_verifier') ?? '', /^.{0,42}$/, 'the code alone is worth nothing');

  provider.claims.groups = ['wards', 'admins'];
  t.match(await whoIs(one, await signIn(one)), { user: 'anna', role: 'administrator' }, 'the most of their groups');
  provider.claims.groups = 'wards';
  t.match(await whoIs(one, await signIn(one)), { user: 'anna', role: 'viewer' }, 'and less when that is taken away');
  t.match(await whoIs(one, came), { role: 'viewer' }, 'in older sessions too');
  t.equal(people.users().filter(({ name }) => name === 'anna').length, 1);
  const rows = people.audits({ limit: 10, offset: 0 }).rows;
  t.same(
    rows.map(({ action, user, status }) => [action, user, status]),
    [1, 2, 3].map(() => ['finishOidc', 'anna', 200]),
  );
  t.same(errors, []);
});

interface Lie {
  readonly what: string;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly provider?: Partial<Pick<Provider, 'isForged' | 'isBroken'>>;
  /** What is brought back instead. */
  readonly back?: (url: string) => string;
  readonly cookie?: string;
}

const lies: readonly Lie[] = [
  { what: 'a token for somebody else', claims: { aud: 'another program' } },
  { what: 'a token of another provider', claims: { iss: 'https://login.example' } },
  { what: 'a token of another sign-in', claims: { nonce: 'another' } },
  { what: 'a token that has ended', claims: { exp: 1_700_000_000 } },
  { what: 'a token that a stranger has signed', provider: { isForged: true } },
  { what: 'no token', provider: { isBroken: true } },
  { what: 'another state', back: (url) => url.replace(/state=[^&]*/, 'state=another') },
  { what: 'no state', back: (url) => url.replace(/&?state=[^&]*/, '') },
  { what: 'another code', back: (url) => url.replace(/code=[^&]*/, 'code=another') },
  { what: 'a person who said no', back: (url) => url.replace(/code=[^&]*/, 'error=access_denied') },
  { what: 'no cookie', cookie: '' },
  { what: 'a cookie that was never given', cookie: 'wardwatch_oidc=another' },
];
for (const { what, claims = {}, provider = {}, back = String, cookie } of lies) {
  t.test(`${what} opens nothing`, async (t) => {
    const one = await door(t);
    const was = await there(one);
    Object.assign(one.provider.claims, claims);
    Object.assign(one.provider, provider);
    const came = await andBack(one, { back: back(was.back), cookie: cookie ?? was.cookie });
    t.equal(came.status, 401, came.text);
    t.match(came.headers['content-type'], /problem\+json/);
    t.match(await whoIs(one, came), { user: null, role: null });
    t.equal(one.people.users().length, 3, 'nobody is made known');
    t.match(one.people.audits({ limit: 1, offset: 0 }).rows, [{ action: 'finishOidc', user: '', status: 401 }]);
    t.same(one.errors, []);
  });
}

t.test('the way back works once, and only in the browser that went there', async (t) => {
  const one = await door(t);
  const mine = await there(one);
  const theirs = await there(one);
  t.equal((await andBack(one, { ...mine, cookie: theirs.cookie })).status, 401, 'somebody else is led into my session');
  t.equal((await andBack(one, mine)).status, 200);
  t.equal((await andBack(one, mine)).status, 401, 'twice');
});

t.test('who is known there and has no role here is told so, and loses what was there before', async (t) => {
  const one = await door(t);
  const came = await signIn(one);
  one.provider.claims.groups = ['kitchen'];
  const again = await signIn(one);
  t.match({ status: again.status, text: again.text }, { status: 403, text: /no role here/ });
  t.match(await whoIs(one, came), { user: null }, 'the session from before has ended');
  t.match(
    one.people.users().find(({ name }) => name === 'anna'),
    { role: 'viewer' },
  );
  one.provider.claims = { sub: 'two', preferred_username: 'berta' };
  t.equal((await signIn(one)).status, 403);
  t.notOk(one.people.users().some(({ name }) => name === 'berta'));
});

t.test('a name says nothing: who is called like somebody here is not that person', async (t) => {
  const one = await door(t);
  one.provider.claims = { sub: 'three', preferred_username: 'administrator', groups: ['engineers'] };
  const came = await signIn(one);
  t.equal(came.status, 409, came.text);
  one.provider.claims = { sub: 'four', preferred_username: '<script>../\r\nx', groups: ['wards'] };
  t.match(await whoIs(one, await signIn(one)), { user: 'script-..---x' });
  const password = { name: 'script-..---x', password: '' };
  t.equal((await one.ask({ method: 'POST', url: '/api/v1/session', body: password })).status, 400);
  const guess = { name: 'script-..---x', password: 'scrypt$15$8$3$$' };
  t.equal((await one.ask({ method: 'POST', url: '/api/v1/session', body: guess })).status, 401, 'has no password');
});

t.test('who has been shut out here stays out, whatever the provider says', async (t) => {
  const one = await door(t);
  await signIn(one);
  const url = '/api/v1/users/anna';
  t.equal((await one.ask({ method: 'PATCH', url, as: 'administrator', body: { disabled: true } })).status, 200);
  t.equal((await signIn(one)).status, 403);
});

t.test('a provider that is away does not shut the others out, and is asked again later', async (t) => {
  const one = await door(t);
  const { issuer } = one.provider;
  await one.provider.close();
  const away = await one.ask({ url: BEGIN });
  t.match({ status: away.status, text: away.text }, { status: 502, text: /cannot be reached/ });
  t.notMatch(away.text, /ECONN|127\.0\.0\.1/);
  t.equal((await one.ask({ url: '/api/v1/devices', as: 'viewer' })).status, 200);
  t.match(issuer, /^http:/);
  t.same(one.errors, []);
});

t.test('without a provider there is nothing of this kind', async (t) => {
  const { ask } = await apiUnderTest(t);
  t.equal((await ask({ url: BEGIN })).status, 404);
  t.equal((await ask({ url: `${BEGIN}/callback?code=a&state=b` })).status, 404);
});
