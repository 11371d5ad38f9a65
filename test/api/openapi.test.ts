/** The interface describes itself: the document is valid OpenAPI 3.1, and says of everything who may ask it. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { Compile } from 'typebox/compile';
import { subjects } from '../../src/api/routes/tokens.ts';
import { apiUnderTest } from '../support/api.ts';
import { documentOf, type Operation, operationsIn, type Schema } from '../support/operations.ts';

const under = await apiUnderTest(t);
const document = await documentOf(under.api);
const operations = operationsIn(document);
const extension = ({ path, method }: Operation, key: string): unknown =>
  (document.paths[path]?.[method.toLowerCase()] as Schema | undefined)?.[key];

t.test('it is OpenAPI 3.1, at both of its addresses', async (t) => {
  t.match(document, { openapi: /^3\.1\.\d+$/, info: { title: 'wardwatch', version: '1.2.3' } });
  const allowed = ['openapi', 'info', 'servers', 'paths', 'webhooks', 'components', 'security', 'tags', 'externalDocs'];
  t.same(
    Object.keys(document).filter((key) => !allowed.includes(key) && !key.startsWith('x-')),
    [],
  );
  const other = await under.ask({ url: '/openapi.json' });
  t.same(other.json(), document);
  t.ok(operations.length > 50, `${operations.length} operations`);
  t.notMatch(JSON.stringify(document), /"\$ref"/, 'it needs nothing else to be read');
});

t.test('every operation has a name of its own, a sentence, a subject and answers', (t) => {
  const names = operations.map(({ id }) => id);
  t.equal(new Set(names).size, names.length);
  for (const operation of operations) {
    const { id, path, method, responses } = operation;
    t.match(id, /^[a-z][A-Za-z]+$/, path);
    t.ok(String(extension(operation, 'summary')).length > 5, id);
    t.ok((extension(operation, 'tags') as string[] | undefined)?.length, id);
    const codes = Object.keys(responses);
    t.ok(
      codes.every((code) => /^([1-5]\d\d|[1-5]XX|default)$/.test(code)),
      id,
    );
    t.ok(
      codes.some((code) => /^[23]/.test(code)),
      id,
    );
    for (const wrong of ['4XX', '5XX']) t.ok(responses[wrong]?.content?.['application/problem+json'], id);
    t.ok(
      Object.values(responses).every(({ description = '' }) => description !== ''),
      id,
    );
    if (method === 'GET') t.equal(operation.body, null, `${id} takes no body`);
  }
  t.end();
});

t.test('parameters are those of the address, once each, with a schema and a bound', (t) => {
  for (const { id, path, parameters } of operations) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
    const told = parameters.filter(({ in: place }) => place === 'path');
    t.same(told.map(({ name }) => name).sort(), inPath, id);
    t.ok(
      told.every(({ required }) => required === true),
      id,
    );
    const keys = parameters.map(({ name, in: place }) => `${place} ${name}`);
    t.equal(new Set(keys).size, keys.length, id);
    for (const { name, schema } of parameters) t.ok(isBounded(schema), `${id} ${name} ${JSON.stringify(schema)}`);
  }
  t.end();
});

/** Nobody can send a parameter without end, nor ask for a list without end. */
function isBounded({ type, maxLength, maximum, pattern, enum: choices, anyOf }: Schema): boolean {
  if (choices !== undefined || type === 'boolean' || type === 'object') return true;
  if (type === 'array') return true;
  if (anyOf !== undefined) return (anyOf as Schema[]).every(isBounded);
  if (type === 'integer' || type === 'number') return true;
  return maxLength !== undefined || (typeof pattern === 'string' && maximum === undefined);
}

t.test('every list has a largest page', (t) => {
  const lists = operations.filter(({ parameters }) => parameters.some(({ name }) => name === 'limit'));
  t.ok(lists.length > 10);
  for (const { id, parameters } of lists) {
    const { schema } = parameters.find(({ name }) => name === 'limit') ?? {};
    t.ok(Number(schema?.maximum) <= 10_000 && Number(schema?.minimum) === 1, id);
  }
  t.end();
});

t.test('every schema is one: it can be checked by', (t) => {
  for (const { id, body, parameters, responses } of operations) {
    const answers = Object.values(responses).flatMap(({ content = {} }) => Object.values(content));
    const schemas = [body, ...parameters.map(({ schema }) => schema), ...answers.map(({ schema }) => schema)];
    for (const schema of schemas)
      if (schema !== null && schema !== undefined) t.doesNotThrow(() => Compile(schema), id);
    for (const { schema } of answers) t.ok(schema, id);
  }
  t.end();
});

t.test('of every operation it is said who may ask it; nothing is changed by who may only look', (t) => {
  /** What is one's own. */
  const own = ['signOut', 'changePassword', 'addToken', 'removeToken'];
  const open = ['signIn', 'setUp', 'getSession', 'beginOidc', 'finishOidc'];
  for (const operation of operations) {
    const { id, method } = operation;
    const role = String(extension(operation, 'x-role'));
    if (open.includes(id)) t.same([role, extension(operation, 'security')], ['nobody', []], id);
    else t.ok(['viewer', 'engineer', 'administrator'].includes(role), id);
    if (method !== 'GET' && !own.includes(id) && !open.includes(id)) t.not(role, 'viewer', id);
  }
  t.end();
});

t.test('a token can be made for each subject, but for those that are the business of people', (t) => {
  const told = new Set(operations.map((operation) => String(extension(operation, 'x-subject'))));
  const ofPeople = ['session', 'users', 'tokens'];
  t.same([...told].filter((one) => !ofPeople.includes(one)).sort(), [...subjects].sort());
  t.end();
});

t.test('docs/api.md shows a call of every operation', (t) => {
  const page = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');
  for (const operation of operations) {
    const { id, method, path } = operation;
    const role = String(extension(operation, 'x-role'));
    t.match(page, `**${id}** · ${method} \`${path}\` · ${role === 'nobody' ? 'everybody' : role}`, id);
  }
  t.equal(page.split('\ncurl ').length - 1, operations.length);
  t.end();
});
