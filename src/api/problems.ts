/**
 * Errors as problem details (RFC 9457): what went wrong in words, and nothing about the inside of the program.
 */
import { STATUS_CODES } from 'node:http';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { WorkRefused } from './work.ts';

export const problemShape = Type.Object(
  {
    type: Type.Literal('about:blank'),
    title: Type.String({ description: 'The HTTP status in words' }),
    status: Type.Integer(),
    detail: Type.String(),
  },
  { additionalProperties: false, description: 'Problem details (RFC 9457)' },
);
export type Problem = { type: 'about:blank'; title: string; status: number; detail: string };

export const PROBLEM_TYPE = 'application/problem+json';

/** Thrown by a handler; becomes the answer. */
export class ProblemError extends Error {
  readonly statusCode: number;
  constructor(statusCode: number, detail: string) {
    super(detail);
    this.statusCode = statusCode;
  }
}

export function problem(status: number, detail: string): Problem {
  return { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail };
}

export function sendProblem(reply: FastifyReply, status: number, detail: string): FastifyReply {
  // Already a string: no response schema of the route shall reshape it.
  return reply
    .code(status)
    .type(PROBLEM_TYPE)
    .send(JSON.stringify(problem(status, detail)));
}

interface Trouble {
  code?: string;
  statusCode?: number;
  message?: string;
  validation?: readonly { instancePath: string; message?: string }[];
  validationContext?: string;
}

export function answerProblems(app: FastifyInstance, onError: (error: unknown) => void): void {
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, 404, 'There is nothing at this address.'));
  app.setErrorHandler((error: Trouble, _request, reply) => {
    if (error.validation !== undefined) {
      const first = error.validation[0];
      const where = `${error.validationContext ?? 'request'}${first?.instancePath ?? ''}`;
      return sendProblem(reply, 400, `${where}: ${first?.message ?? 'not allowed'}`);
    }
    if (error instanceof ProblemError) return sendProblem(reply, error.statusCode, error.message);
    if (error instanceof WorkRefused) return sendProblem(reply, error.status, sentence(error.message));
    const status = error.statusCode ?? 500;
    if (status < 500) return sendProblem(reply, status, detailOf(error, status));
    onError(error);
    return sendProblem(reply, 500, 'The sensor could not answer; its log says why.');
  });
}

/** What the parser of bodies says is fixed text; of anything else only the status is told. */
function detailOf({ code = '', message = '' }: Trouble, status: number): string {
  if (code.startsWith('FST_ERR_CTP_')) return sentence(message);
  return STATUS_CODES[status] ?? 'The request cannot be answered.';
}

/** `no device x` → `No device x.` */
function sentence(text: string): string {
  const first = text.slice(0, 1).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}
