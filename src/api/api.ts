/**
 * The HTTP interface: what the store knows, for people, dashboards and programs, and what people decide about it.
 *
 * Every answer has a schema, every error is a problem detail (RFC 9457), every list has a bound.
 */

import type { Socket } from 'node:net';
import cookie from '@fastify/cookie';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import { type TypeBoxTypeProvider, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import type { OidcSettings } from '../configuration.ts';
import { People } from '../store/people.ts';
import type { Store } from '../store/store.ts';
import { Access } from './access/access.ts';
import { gate } from './access/gate.ts';
import { Oidc } from './access/oidc.ts';
import { serveConsole } from './console.ts';
import type { Context } from './context.ts';
import { documentOf } from './document.ts';
import { markAnswers } from './etag.ts';
import { guard, guardHeaders } from './guard.ts';
import { answerProblems, PROBLEM_TYPE, problem, sendProblem } from './problems.ts';
import { routes } from './routes/index.ts';
import { hurry, LOOK_EVERY_MS, REQUEST_MS_MAX } from './slow.ts';
import { noWork, type Work } from './work.ts';

export interface ApiOptions {
  readonly store: Store;
  readonly version: string;
  /** What the API asks others to do; nothing when it only shows what is there. */
  readonly work?: Work;
  /** The store of captures that people looked into; null before there is one. */
  readonly replays?: () => Store | null;
  /** Who may do what; when nothing is said, whoever sits at the machine may look, and nobody is known. */
  readonly access?: Access;
  readonly oidc?: OidcSettings | null;
  /** Key and certificate (PEM): everything is encrypted. */
  readonly tls?: { readonly key: string; readonly cert: string } | null;
  /** Host names and addresses beside those of loopback under which the sensor may be asked. */
  readonly hosts?: readonly string[];
  /** Where the built console stands; '' when there is none. */
  readonly consoleFolder?: string;
  /** Hears of errors that are the program's own. */
  readonly onError?: (error: unknown) => void;
}

/** A body of JSON; captures have a bound of their own. */
const BODY_BYTES_MAX = 256 * 1024;
/** Until a connection on which nothing moves is closed. */
const IDLE_MS_MAX = 20_000;

export function createApi(options: ApiOptions): FastifyInstance {
  const { store, version, work = noWork, replays = () => null, hosts = [], onError = () => {} } = options;
  const { consoleFolder = '', oidc = null, tls = null } = options;
  const nowUs = (): number => Date.now() * 1000;
  const app = newServer(tls);
  const access = options.access ?? temporaryAccess(app, nowUs);
  const isSecure = tls !== null;
  app.setValidatorCompiler(TypeBoxValidatorCompiler);
  guard(app, { hosts });
  answerProblems(app, onError);
  app.register(swagger, documentOf(version, isSecure));
  app.register(cookie);
  app.register(rateLimit, { global: false, cache: 5_000 });
  app.register(async (scope) => {
    const typed = scope.withTypeProvider<TypeBoxTypeProvider>();
    gate(scope, { access, isSecure, nowUs });
    markAnswers(scope);
    hurry(scope);
    const context: Context = {
      store,
      replays,
      version,
      work,
      access,
      oidc: oidc === null ? null : new Oidc(oidc),
      isSecure,
      nowUs,
    };
    routes(typed, context);
    const open = { schema: { hide: true }, config: { role: 'nobody' } } as const;
    scope.get('/openapi.json', open, async () => app.swagger());
    scope.get('/api/v1/openapi.json', open, async () => app.swagger());
  });
  // The page and its parts are the same for everybody: they hold nothing.
  app.register(async (scope) => serveConsole(scope, consoleFolder));
  return app;
}

/** HTTP, or HTTPS that is otherwise the same. */
function newServer(tls: { readonly key: string; readonly cert: string } | null): FastifyInstance {
  const shared = {
    logger: false,
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_MS_MAX,
    connectionTimeout: IDLE_MS_MAX,
    http: { connectionsCheckingInterval: LOOK_EVERY_MS },
    keepAliveTimeout: 5_000,
    // Open keep-alive connections must not hold up the end of the program.
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: (_error: unknown, _request: unknown, reply: unknown): void => {
      sendProblem((reply as FastifyReply).headers(guardHeaders), 400, 'The address of the request is malformed.');
    },
    clientErrorHandler: (_error: unknown, socket: Socket): void => {
      if (!socket.writable) return;
      const body = JSON.stringify(problem(400, 'This is not an HTTP request.'));
      const head = `HTTP/1.1 400 Bad Request\r\nContent-Type: ${PROBLEM_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}`;
      socket.end(`${head}\r\nConnection: close\r\n\r\n${body}`);
    },
  } as const;
  if (tls === null) return Fastify(shared);
  const https = { ...tls, minVersion: 'TLSv1.2', connectionsCheckingInterval: LOOK_EVERY_MS } as const;
  const { http: _, ...rest } = shared;
  return Fastify({ ...rest, https }) as unknown as FastifyInstance;
}

/** In memory: nobody is known and nobody can be, but whoever sits here may look. */
function temporaryAccess(app: FastifyInstance, nowUs: () => number): Access {
  const people = People.open(null);
  app.addHook('onClose', async () => people.close());
  return new Access({ people, mode: 'local', sessionHours: 12, idleMinutes: 120, nowUs });
}
