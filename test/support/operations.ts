/**
 * Every operation that the OpenAPI document tells of, and how to ask it of a store: values for each parameter are taken from
 * the store by the name of the parameter, so that tests that ask everything go on asking everything when routes are added.
 */
import type { FastifyInstance } from 'fastify';
import { measurements } from '../../src/output/measurements.ts';
import type { Store } from '../../src/store/store.ts';

export type Schema = Readonly<Record<string, unknown>>;
export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';
export type Values = Readonly<Record<string, string>>;

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Schema;
}

export interface Operation {
  readonly method: Method;
  /** As in the document: `/api/v1/devices/{id}`. */
  readonly path: string;
  readonly id: string;
  readonly parameters: readonly Parameter[];
  /** Of a body of JSON. */
  readonly body: Schema | null;
  readonly responses: Readonly<Record<string, Response>>;
}

export interface Response {
  readonly description?: string;
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
}

interface Described {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, Response>>;
}

export interface OpenApi {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components?: { readonly securitySchemes?: Schema };
}

export async function documentOf(api: FastifyInstance): Promise<OpenApi> {
  const { body } = await api.inject({ url: '/api/v1/openapi.json', headers: { host: '127.0.0.1' } });
  return JSON.parse(body) as OpenApi;
}

export function operationsIn({ paths }: OpenApi): Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId, parameters = [], requestBody, responses }]) => ({
      method: method.toUpperCase() as Method,
      path,
      id: operationId,
      parameters,
      body: requestBody?.content['application/json']?.schema ?? null,
      responses,
    })),
  );
}

/** A stream does not end: it is read in another way. */
export function isStream({ responses }: Operation): boolean {
  return responses['200']?.content?.['text/event-stream'] !== undefined;
}

export function urlOf({ path, parameters }: Operation, values: Values): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ''));
  const query = parameters.filter(({ in: place, name }) => place === 'query' && values[name] !== undefined);
  const search = query.map(({ name }) => `${name}=${encodeURIComponent(values[name] ?? '')}`).join('&');
  return search === '' ? filled : `${filled}?${search}`;
}

/** Values that a parameter may have, from a run of the store; none when nothing is known of such a parameter. */
function valuesOf(store: Store, run: string, { path }: Operation, { name, schema }: Parameter): string[] {
  const choices = schema.enum as readonly string[] | undefined;
  if (choices !== undefined) return [...choices];
  const part = { limit: 1_000, offset: 0 };
  const devices = (): string[] => store.find.devices(run, part).rows.map(({ id }) => id);
  const incidents = (): string[] => store.find.incidents(run, part).rows.map(({ id }) => id);
  const runs = (): string[] => store.runs().map((one) => one.name);
  if (name === 'run') return [run];
  if (name === 'device') return devices();
  if (name === 'incident') return incidents();
  if (name === 'measurement') return Object.keys(measurements);
  if (name === 'id' && path.includes('/alerts/')) return store.find.alerts(run, part).rows.map(({ id }) => id);
  if (name === 'id' && path.includes('/incidents/')) return incidents();
  if (name === 'id' && /\/(devices|policies)\//.test(path)) return devices();
  if (name === 'from' && path.includes('/runs/')) return runs();
  if (schema.type === 'integer') return ['1'];
  return [];
}

/** A field belongs to a measurement. */
function withFields(values: Values): Values[] {
  const definition = Object.entries(measurements).find(([name]) => name === values.measurement)?.[1];
  return Object.keys(definition?.fields ?? {}).map((field) => ({ ...values, field }));
}

/** What a thing is called that the store of a test does not hold: an answer says so, and nothing else. */
const NOTHING = 'nothing-of-this-name';

/**
 * Every way to ask an operation about a run: one for each value of each parameter that it must have, and of each optional one
 * that chooses between few.
 */
export function samplesOf(store: Store, run: string, operation: Operation): Values[] {
  const asked = operation.parameters.filter(
    ({ name, required, schema }) => required === true || name === 'run' || schema.enum !== undefined,
  );
  let samples: Values[] = [{}];
  for (const parameter of asked) {
    if (parameter.name === 'field') samples = samples.flatMap(withFields);
    else if (parameter.required === true || parameter.name === 'run') {
      const found = valuesOf(store, run, operation, parameter);
      const values = found.length > 0 ? found : [NOTHING];
      samples = samples.flatMap((sample) => values.map((value) => ({ ...sample, [parameter.name]: value })));
    } else {
      const [first = {}] = samples;
      samples.push(
        ...valuesOf(store, run, operation, parameter).map((value) => ({ ...first, [parameter.name]: value })),
      );
    }
  }
  // As many rows as one answer may hold.
  const limit = operation.parameters.find(({ name }) => name === 'limit')?.schema.maximum;
  return limit === undefined ? samples : samples.map((sample) => ({ ...sample, limit: String(limit) }));
}
