/** Who may do what, asked of every operation that the OpenAPI document tells of: nobody does more than their role, or for another page. */
import t from 'tap';
import { apiUnderTest } from '../support/api.ts';
import { documentOf, isStream, type Operation, operationsIn, type Schema, urlOf } from '../support/operations.ts';

const under = await apiUnderTest(t, { mode: 'required' });
const { ask, people, errors } = under;
const document = await documentOf(under.api);
const operations = operationsIn(document);
const ranks = ['viewer', 'engineer', 'administrator'];
const extension = ({ path, method }: Operation, key: string): string =>
  String((document.paths[path]?.[method.toLowerCase()] as Schema | undefined)?.[key]);
const isOpen = (operation: Operation): boolean => extension(operation, 'x-role') === 'nobody';
/** Whoever signs out can do nothing more. */
const isLast = ({ id }: Operation): number => Number(id === 'signOut');
const guarded = operations.filter((operation) => !isOpen(operation)).sort((a, b) => isLast(a) - isLast(b));
const writes = guarded.filter(({ method }) => method !== 'GET');

/** Nothing of this name is there: what is refused is refused before anybody looks. */
const asking = (operation: Operation) => ({
  method: operation.method,
  url: urlOf(operation, Object.fromEntries(operation.parameters.map(({ name }) => [name, 'x']))),
  ...(operation.body === null ? {} : { body: {} }),
});

/** What people, tokens and rows of the store there are. */
const state = (): string =>
  JSON.stringify([people.users(), people.tokens(), under.store.runs(), under.store.dispositions.suppressions('march')]);

for (const operation of guarded) {
  const least = ranks.indexOf(extension(operation, 'x-role'));
  t.test(`${operation.id} is for ${ranks[least]} and above`, async (t) => {
    const before = state();
    t.equal((await ask(asking(operation))).status, 401, 'nobody');
    for (const as of ranks.slice(0, least)) {
      const { status, text } = await ask({ ...asking(operation), as });
      t.equal(status, 403, `${as}: ${text}`);
      t.match(text, /this needs the role/);
    }
    if (!isStream(operation) && operation.id !== 'signOut') {
      const { text } = await ask({ ...asking(operation), as: ranks[least] ?? '' });
      t.notMatch(text, /needs the role|Sign in first/);
    }
    if (ranks[least] !== 'administrator') t.equal(state(), before);
  });
}

const foreign: readonly (readonly [what: string, headers: Record<string, string>])[] = [
  ['no CSRF header', { 'x-wardwatch-csrf': '' }],
  ['the CSRF header of somebody else', { 'x-wardwatch-csrf': 'csrf-of-viewer' }],
  ['another origin', { origin: 'https://evil.example' }],
  ['an origin that hides', { origin: 'null' }],
  ['another port of this machine', { origin: 'http://127.0.0.1:9999' }],
  ['another site', { 'sec-fetch-site': 'cross-site' }],
  ['a neighbour of this site', { 'sec-fetch-site': 'same-site' }],
];
for (const operation of writes) {
  t.test(`${operation.id} is not done for another web page`, async (t) => {
    const before = state();
    for (const [what, headers] of foreign) {
      const { status } = await ask({ ...asking(operation), as: 'administrator', headers });
      t.equal(status, 403, what);
    }
    t.equal(state(), before);
  });
}

t.test('signing in is not done for another web page either', async (t) => {
  for (const url of ['/api/v1/session', '/api/v1/setup']) {
    const headers = { origin: 'https://evil.example' };
    t.equal((await ask({ method: 'POST', url, headers, body: {} })).status, 403, url);
  }
});

t.test('a token for one subject opens no other, and none does what is the business of people', async (t) => {
  const make = async (subjects: string[]): Promise<string> => {
    const body = { name: 'x', role: 'administrator', subjects, days: 1 };
    const made = await ask({ method: 'POST', url: '/api/v1/tokens', as: 'administrator', body });
    return (made.json() as { token: string }).token;
  };
  const forDevices = await make(['devices']);
  for (const operation of guarded.filter((one) => extension(one, 'x-subject') !== 'devices')) {
    const { status } = await ask({ ...asking(operation), token: forDevices });
    t.equal(status, 403, operation.id);
  }
  const forAll = await make([]);
  for (const id of ['addToken', 'listTokens', 'removeToken', 'changePassword']) {
    const operation = operations.find((one) => one.id === id);
    if (operation === undefined) continue;
    const body = id === 'addToken' ? { name: 'y', role: 'viewer', days: 1 } : { old: 'x', new: 'y' };
    const given = operation.body === null ? {} : { body };
    t.equal((await ask({ ...asking(operation), ...given, token: forAll })).status, 403, id);
  }
});

t.test('a token that was taken back, or whose maker has gone, opens nothing again', async (t) => {
  const body = { name: 'robot', role: 'viewer', days: 1 };
  const make = async (as: string) =>
    (await ask({ method: 'POST', url: '/api/v1/tokens', as, body })).json() as { id: string; token: string };
  const one = await make('engineer');
  const two = await make('engineer');
  t.equal((await ask({ url: '/api/v1/devices', token: one.token })).status, 200);
  t.equal((await ask({ method: 'DELETE', url: `/api/v1/tokens/${one.id}`, as: 'engineer' })).status, 204);
  for (let i = 0; i < 3; i++) t.equal((await ask({ url: '/api/v1/devices', token: one.token })).status, 401);
  t.equal((await ask({ url: '/api/v1/devices', token: two.token })).status, 200, 'the other goes on');
  const shut = { method: 'PATCH', url: '/api/v1/users/engineer', as: 'administrator' } as const;
  t.equal((await ask({ ...shut, body: { disabled: true } })).status, 200);
  t.equal((await ask({ url: '/api/v1/devices', token: two.token })).status, 401);
  t.equal((await ask({ ...shut, body: { disabled: false } })).status, 200);
});

t.test('a write that is refused leaves a row that says who tried', async (t) => {
  const fresh = await apiUnderTest(t);
  for (const operation of writes) await fresh.ask({ ...asking(operation), as: 'viewer' });
  const rows = fresh.people.audits({ limit: 1_000, offset: 0 }).rows;
  const tried = new Set(rows.filter(({ user }) => user === 'viewer').map(({ action }) => action));
  t.same(
    writes.map(({ id }) => id).filter((id) => !tried.has(id)),
    [],
  );
});

t.test('nothing of this was an error of the program', (t) => {
  t.same(errors, []);
  t.end();
});
