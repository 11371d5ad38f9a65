/** What a client may send, from the schemas of the OpenAPI document: as they want it, and as nobody should. */
import fc, { type Arbitrary } from 'fast-check';
import type { Operation, Parameter, Schema } from './operations.ts';

/** What is there in the store of the tests, so that good requests find something. */
const known: readonly string[] = [
  '00:00:00:00:00:01',
  '00:00:00:00:00:02',
  'f1',
  'i1',
  'march',
  'RC-01',
  'dicom',
  'wardwatch_device',
  'bytes_in',
  '2026-03-02T10:00:00Z',
  '2026-03-02T11:01:00+01:00',
  'ward.pcap',
];

/** Texts that have broken programs before. */
const evil: readonly string[] = [
  '',
  ' ',
  '0',
  '-1',
  '1e309',
  'NaN',
  'null',
  'true',
  '[object Object]',
  '../../../../etc/passwd',
  '..%2f..%2f..%2fetc%2fpasswd',
  '%252e%252e%252fetc%252fpasswd',
  '..\\..\\windows\\win.ini',
  'file:///etc/passwd',
  "' OR 1=1 --",
  "'; DROP TABLE runs; --",
  '" UNION SELECT body FROM alerts --',
  '%00',
  'a\0b',
  'a\r\nSet-Cookie: wardwatch=mine',
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '\u202edecid',
  '\ud800',
  '٣',
  '{{7*7}}',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  '%',
  '_',
  '\\',
  '9007199254740993',
  '2026-13-45T99:99:99Z',
  '0001-01-01T00:00:00Z',
  'x'.repeat(300),
  'x'.repeat(5_000),
];

const evilText: Arbitrary<string> = fc.oneof(fc.constantFrom(...evil), fc.string({ unit: 'binary', maxLength: 40 }));

/** As the schema wants it; bodies may hold anything where it says nothing. */
export function goodOf(schema: Schema, depth = 0): Arbitrary<unknown> {
  const { type, enum: choices, anyOf, const: one, items, properties = {}, required = [] } = schema;
  if (one !== undefined) return fc.constant(one);
  if (choices !== undefined) return fc.constantFrom(...(choices as unknown[]));
  if (anyOf !== undefined) return fc.oneof(...(anyOf as Schema[]).map((inner) => goodOf(inner, depth)));
  if (type === 'boolean') return fc.boolean();
  if (type === 'null') return fc.constant(null);
  if (type === 'integer' || type === 'number') return numberOf(schema);
  if (type === 'string') return textOf(schema);
  if (type === 'array') {
    const few = { minLength: Number(schema.minItems ?? 0), maxLength: Math.min(3, Number(schema.maxItems ?? 3)) };
    return fc.array(goodOf((items ?? {}) as Schema, depth + 1), few);
  }
  if (type === 'object') {
    const own = Object.entries(properties as Record<string, Schema>);
    return fc.record(Object.fromEntries(own.map(([key, inner]) => [key, goodOf(inner, depth + 1)])), {
      requiredKeys: [...(required as string[])],
    });
  }
  return fc.jsonValue({ maxDepth: 2 });
}

function numberOf({ minimum, maximum }: Schema): Arbitrary<number> {
  const min = Number(minimum ?? 0);
  return fc.oneof(fc.integer({ min, max: Math.min(Number(maximum ?? 1_000), min + 50) }), fc.constant(min));
}

function textOf({ pattern, maxLength = 40, minLength = 0 }: Schema): Arbitrary<string> {
  const fits = (text: string): boolean =>
    text.length >= Number(minLength) &&
    text.length <= Number(maxLength) &&
    (pattern === undefined || new RegExp(String(pattern)).test(text));
  const fitting = known.filter(fits);
  const free =
    pattern === undefined
      ? fc.string({ minLength: Number(minLength), maxLength: Math.min(40, Number(maxLength)) })
      : fc.stringMatching(new RegExp(String(pattern)));
  return fitting.length === 0 ? free : fc.oneof({ arbitrary: fc.constantFrom(...fitting), weight: 4 }, free);
}

/** What is there in the store of the tests, for a parameter that names it. */
function thereFor({ path }: Operation, { name }: Parameter): readonly string[] {
  if (name === 'run' || (name === 'from' && path.includes('/runs/'))) return ['march'];
  if (name === 'incident' || (name === 'id' && path.includes('/incidents/'))) return ['i1'];
  if (name === 'id' && path.includes('/alerts/')) return ['f1'];
  if (name === 'id' || name === 'device') return ['00:00:00:00:00:01'];
  if (name === 'measurement') return ['wardwatch_device'];
  return name === 'field' ? ['bytes_in'] : [];
}

/** What stands in an address or a header for a parameter: mostly good. */
export function textFor(operation: Operation, parameter: Parameter): Arbitrary<string | undefined> {
  const { schema, required } = parameter;
  const there = thereFor(operation, parameter);
  const good = goodOf(schema).map(String);
  const usual = there.length === 0 ? good : fc.constantFrom(...there);
  return fc.oneof(
    { arbitrary: usual, weight: 7 },
    { arbitrary: good, weight: 2 },
    { arbitrary: evilText, weight: 2 },
    { arbitrary: fc.constant(undefined), weight: required === true ? 1 : 12 },
  );
}

/** A body, mostly good; as bytes where it is no JSON. */
export function bodyFor({ body }: Operation): Arbitrary<string | undefined> {
  if (body === null) return fc.oneof({ arbitrary: fc.constant(undefined), weight: 6 }, fc.constantFrom('{}', 'x'));
  const good = goodOf(body);
  const damaged = fc.tuple(good, evilText, fc.jsonValue({ maxDepth: 2 })).map(([value, key, other]) => {
    const keys = Object.keys(Object(value));
    const at = keys[key.length % Math.max(1, keys.length)] ?? key;
    return { ...Object(value), [at]: other };
  });
  const strange = fc.constantFrom(
    '',
    '{',
    '[]',
    'null',
    '"text"',
    '{"__proto__":{"role":"administrator"}}',
    '{"constructor":{"prototype":{"role":"administrator"}}}',
    `${'['.repeat(5_000)}${']'.repeat(5_000)}`,
    `{"a":${'1'.repeat(400)}}`,
    '\ufeff{}',
  );
  return fc.oneof(
    { arbitrary: good.map((value) => JSON.stringify(value)), weight: 6 },
    { arbitrary: damaged.map((value) => JSON.stringify(value)), weight: 3 },
    { arbitrary: fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value)), weight: 1 },
    { arbitrary: strange, weight: 1 },
  );
}

/** Headers that a client may send, and some that it had better not. */
export const oddHeaders: Arbitrary<Record<string, string>> = fc.record(
  {
    'if-none-match': fc.constantFrom('*', '"x"', 'W/"x", "y"', '"'),
    accept: fc.constantFrom('*/*', 'text/html', 'application/xml', ''),
    'accept-encoding': fc.constantFrom('gzip', 'identity;q=0', '*'),
    'accept-language': fc.constantFrom('de', 'x'.repeat(200)),
    range: fc.constantFrom('bytes=0-1', 'bytes=9-1', 'x'),
    'content-type': fc.constantFrom('application/json', 'text/plain', 'application/xml', 'multipart/form-data', 'x'),
    'x-http-method-override': fc.constantFrom('DELETE', 'PATCH'),
    'x-original-url': fc.constantFrom('/api/v1/users', '/../../etc/passwd'),
    authorization: fc.constantFrom('Bearer ww_x', 'Basic YTpi', `Bearer ${'ww_'.repeat(100)}`, ''),
    cookie: fc.constantFrom('wardwatch=x', 'wardwatch=; wardwatch=y', '=;=;', 'a'.repeat(1_000)),
    origin: fc.constantFrom('http://127.0.0.1:8470', 'null', 'x'),
  },
  { requiredKeys: [] },
);
