/**
 * A client that asks everything in every way: each operation of the OpenAPI document, with good and bad parameters, bodies and
 * headers, as everybody. Whatever it sends, an answer is one that the document declares, and says nothing of the inside.
 */
import fc from 'fast-check';
import t from 'tap';
import { Compile, type Validator } from 'typebox/compile';
import { apiUnderTest, PASSWORD } from '../support/api.ts';
import { bodyFor, oddHeaders, textFor } from '../support/arbitrary.ts';
import { documentOf, isStream, type Operation, operationsIn, urlOf } from '../support/operations.ts';

const SEED = 20_260_302;
const RUNS = 40;
/** Each takes as long as it takes to guess a password. */
const SLOW_RUNS = 6;
const slow: readonly string[] = ['signIn', 'setUp', 'addUser', 'changeUser', 'changePassword'];
/** Signing out is asked for elsewhere: after it nobody would be there to ask the rest. */
const ends: readonly string[] = ['signOut'];
const people: readonly string[] = ['', 'viewer', 'engineer', 'administrator'];

const under = await apiUnderTest(t);
const operations = operationsIn(await documentOf(under.api));

/** What only the inside knows. */
const inside =
  /\bat (?:async )?[\w.<>]+ \(|\.[jt]s:\d+|node:internal|node_modules|SQLITE|sqlite3?\b|wardwatch-test-|scrypt\$|ERR_[A-Z]/;

const validators = new Map<object, Validator>();

function validatorOf(schema: object): Validator {
  const known = validators.get(schema);
  if (known !== undefined) return known;
  const made = Compile(schema);
  validators.set(schema, made);
  return made;
}

interface Got {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** '' or what is wrong with an answer. */
function wrongWith(operation: Operation, { statusCode: status, headers, body }: Got): string {
  if (status === 500 || status > 503) return `status ${status}: ${body}`;
  if (inside.test(body)) return `tells of the inside: ${body.slice(0, 300)}`;
  if (body.includes(PASSWORD)) return 'tells a password';
  if (headers['x-content-type-options'] !== 'nosniff' || headers['cache-control'] !== 'no-store') return 'unguarded';
  if (headers['access-control-allow-origin'] !== undefined) return 'is open to other pages';
  if (status === 304) return body === '' && headers.etag !== undefined ? '' : 'a 304 that says something';
  const declared =
    operation.responses[String(status)] ?? operation.responses[`${Math.floor(status / 100)}XX`] ?? undefined;
  if (declared === undefined) return `status ${status} is not declared`;
  const type = String(headers['content-type'] ?? '').split(';')[0] ?? '';
  if (body === '') return declared.content === undefined || [204, 302].includes(status) ? '' : 'an empty answer';
  const schema = declared.content?.[type]?.schema;
  if (schema === undefined) return `type ${type} is not declared for ${status}`;
  if (!type.endsWith('json') || schema.type === 'string') return '';
  const value: unknown = JSON.parse(body);
  const validator = validatorOf(schema);
  return validator.Check(value) ? '' : `is not of its schema: ${JSON.stringify(validator.Errors(value)).slice(0, 400)}`;
}

/** A request of one operation. */
function requestsOf(operation: Operation) {
  const { parameters } = operation;
  return fc.record({
    values: fc.tuple(...parameters.map((parameter) => textFor(operation, parameter))),
    body: bodyFor(operation),
    headers: fc.oneof({ arbitrary: fc.constant({}), weight: 3 }, oddHeaders),
    as: fc.constantFrom(...people),
    surplus: fc.oneof(
      { arbitrary: fc.constant(''), weight: 9 },
      fc.constantFrom('x=1', 'run=a&run=b', 'limit[]=1', '%'),
    ),
  });
}

const counts = new Map<string, Set<number>>();

for (const operation of operations.filter((one) => !isStream(one) && !ends.includes(one.id))) {
  t.test(`${operation.id}: whatever is asked, the answer is declared`, async (t) => {
    const statuses = new Set<number>();
    counts.set(operation.id, statuses);
    const property = fc.asyncProperty(requestsOf(operation), async ({ values, body, headers, as, surplus }) => {
      const named = operation.parameters.map(({ name }, i) => [name, values[i]] as const);
      const given = Object.fromEntries(named.filter(([, value]) => value !== undefined)) as Record<string, string>;
      const url = withSurplus(urlOf(operation, wellFormed(given)), surplus);
      const got = await send(operation, url, body, headers, as);
      statuses.add(got.statusCode);
      const wrong = wrongWith(operation, got);
      if (wrong !== '') throw new Error(`${operation.method} ${url} ${body ?? ''}: ${wrong}`);
    });
    const numRuns = slow.includes(operation.id) ? SLOW_RUNS : RUNS;
    const { failed, errorInstance } = await fc.check(property, { seed: SEED, numRuns, endOnFailure: true });
    t.notOk(failed, String((errorInstance as Error | null)?.message ?? '').slice(-600));
    t.same(under.errors.splice(0), []);
  });
}

/** Half a character cannot be written into an address. */
const wellFormed = (values: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value.toWellFormed()]));

const withSurplus = (url: string, surplus: string): string =>
  surplus === '' ? url : `${url}${url.includes('?') ? '&' : '?'}${surplus}`;

async function send(
  { method }: Operation,
  url: string,
  body: string | undefined,
  headers: Readonly<Record<string, string>>,
  as: string,
): Promise<Got> {
  const session = as === '' ? {} : { cookie: `wardwatch=cookie-of-${as}`, 'x-wardwatch-csrf': `csrf-of-${as}` };
  const own = { host: '127.0.0.1:8470', ...session, ...headers };
  const payload = body === undefined ? {} : { payload: body };
  const type = body === undefined || 'content-type' in own ? {} : { 'content-type': 'application/json' };
  return under.api.inject({ method, url, headers: { ...own, ...type }, ...payload });
}

t.test('the client was no stranger: most operations have answered well as well as badly', (t) => {
  const well = [...counts].filter(([, statuses]) => [...statuses].some((status) => status < 400));
  t.ok(well.length > counts.size * 0.6, `${well.length} of ${counts.size}`);
  const badly = [...counts].filter(([, statuses]) => [...statuses].some((status) => status >= 400));
  t.ok(badly.length > counts.size * 0.9, `${badly.length} of ${counts.size}`);
  t.end();
});

t.test('nothing has polluted what all objects share', (t) => {
  t.equal(({} as Record<string, unknown>).role, undefined);
  t.end();
});
