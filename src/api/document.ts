/**
 * The interface as it describes itself (OpenAPI 3.1): the schemas that requests are checked by and answers are made by, with
 * what the schemas do not hold: who may ask (`x-role`), and for which subject a token must be (`x-subject`).
 */
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import type { FastifySchema } from 'fastify';
import { cookieName } from './access/gate.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Types of the files that it answers with. */
    files?: readonly string[];
  }
}

interface Described extends FastifySchema {
  readonly consumes?: readonly string[];
  readonly summary?: string;
  readonly hide?: boolean;
}

export function documentOf(version: string, isSecure: boolean): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'wardwatch',
        version,
        description: 'What a passive sensor knows about medical devices on a network, and what people decide about it.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          session: { type: 'apiKey', in: 'cookie', name: cookieName(isSecure), description: 'Set by signIn' },
          token: { type: 'http', scheme: 'bearer', description: 'Made by addToken' },
        },
      },
      security: [{ session: [] }, { token: [] }],
    },
    transform: ({ schema, url, route }) => {
      const { role = route.method === 'GET' ? 'viewer' : 'administrator', subject = '' } = route.config ?? {};
      const described: Described & Record<string, unknown> = { ...(schema as Described), 'x-role': role };
      if (subject !== '') described['x-subject'] = subject;
      if (role === 'nobody') described.security = [];
      const { consumes, body } = described;
      if (consumes !== undefined && body === undefined) {
        described.body = { required: true, content: filesOf(consumes) };
      }
      const { files } = route.config ?? {};
      if (files !== undefined) described.response = withFiles(described.response, files);
      return { schema: described, url };
    },
  };
}

/** What is read as it comes, or sent as it is, by no schema. */
function filesOf(types: readonly string[]): Record<string, object> {
  return Object.fromEntries(types.map((type) => [type, { schema: { type: 'string', contentMediaType: type } }]));
}

/** Beside the object, where there is one. */
function withFiles(response: unknown, files: readonly string[]): object {
  const { 200: answer, ...others } = response as Record<string, { type?: string; description?: string }>;
  const json = answer?.type === 'object' ? { 'application/json': { schema: answer } } : {};
  const content = { ...json, ...filesOf(files) };
  return { 200: { description: answer?.description ?? 'The answer, or the same as a file', content }, ...others };
}
