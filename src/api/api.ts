/**
 * The HTTP interface: reads of the store for people, dashboards and programs, bound to loopback.
 *
 * Every answer has a schema, every error is a problem detail (RFC 9457), every list has a bound.
 */
import swagger from '@fastify/swagger';
import { type TypeBoxTypeProvider, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import type { Store } from '../store/store.ts';
import { serveConsole } from './console.ts';
import { guard } from './guard.ts';
import { answerProblems, PROBLEM_TYPE, problem, sendProblem } from './problems.ts';
import { routes } from './routes/index.ts';
import { noWork, type Work } from './work.ts';

export interface ApiOptions {
  readonly store: Store;
  readonly version: string;
  /** What the API asks others to do; nothing when it only shows what is there. */
  readonly work?: Work;
  /** The store of captures that people looked into; null before there is one. */
  readonly replays?: () => Store | null;
  /** Host names and addresses beside those of loopback under which the sensor may be asked. */
  readonly hosts?: readonly string[];
  /** Where the built console stands; '' when there is none. */
  readonly consoleFolder?: string;
  /** Hears of errors that are the program's own. */
  readonly onError?: (error: unknown) => void;
}

const REQUEST_MS_MAX = 10_000;

export function createApi({
  store,
  version,
  work = noWork,
  replays = () => null,
  hosts = [],
  consoleFolder = '',
  onError = () => {},
}: ApiOptions): FastifyInstance {
  const app = Fastify({
    logger: false,
    bodyLimit: 1024,
    requestTimeout: REQUEST_MS_MAX,
    connectionTimeout: REQUEST_MS_MAX,
    keepAliveTimeout: 5_000,
    // Open keep-alive connections must not hold up the end of the program.
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: (_error, _request, reply) => {
      sendProblem(reply as FastifyReply, 400, 'The address of the request is malformed.');
    },
    clientErrorHandler: (_error, socket) => {
      if (!socket.writable) return;
      const body = JSON.stringify(problem(400, 'This is not an HTTP request.'));
      const head = `HTTP/1.1 400 Bad Request\r\nContent-Type: ${PROBLEM_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}`;
      socket.end(`${head}\r\nConnection: close\r\n\r\n${body}`);
    },
  });
  app.setValidatorCompiler(TypeBoxValidatorCompiler);
  guard(app, { hosts });
  answerProblems(app, onError);
  app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'wardwatch',
        version,
        description: 'What a passive sensor knows about medical devices on a network. Read only.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
    },
  });
  app.register(async (scope) => {
    const typed = scope.withTypeProvider<TypeBoxTypeProvider>();
    routes(typed, { store, replays, version, work, nowUs: () => Date.now() * 1000 });
    serveConsole(scope, consoleFolder);
    scope.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
    scope.get('/api/v1/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  });
  return app;
}
