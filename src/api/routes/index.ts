/** The addresses under `/api/v1`, one file for each subject, in the order of the document. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { Context, TypedApi } from '../context.ts';
import { alertRoutes } from './alerts.ts';
import { auditRoutes } from './audit.ts';
import { baselineRoutes } from './baselines.ts';
import { captureRoutes, replayRoutes } from './captures.ts';
import { decisionRoutes } from './decisions.ts';
import { devicePageRoutes } from './device.ts';
import { deviceRoutes } from './devices.ts';
import { eventRoutes } from './events.ts';
import { evidenceRoutes } from './evidence.ts';
import { healthRoutes } from './health.ts';
import { heldRoutes } from './held.ts';
import { incidentRoutes } from './incidents.ts';
import { linkRoutes } from './links.ts';
import { oidcRoutes } from './oidc.ts';
import { pointRoutes } from './points.ts';
import { policyRoutes } from './policies.ts';
import { postureRoutes } from './posture.ts';
import { runRoutes } from './runs.ts';
import { sessionRoutes } from './session.ts';
import { settingsRoutes } from './settings.ts';
import { stepRoutes } from './steps.ts';
import { suppressionRoutes } from './suppressions.ts';
import { tokenRoutes } from './tokens.ts';
import { userRoutes } from './users.ts';
import { utilisationRoutes } from './utilisation.ts';

export function routes(api: TypedApi, context: Context): void {
  healthRoutes(api, context);
  runRoutes(api, context);
  deviceRoutes(api, context);
  devicePageRoutes(api, context);
  utilisationRoutes(api, context);
  linkRoutes(api, context);
  postureRoutes(api, context);
  alertRoutes(api, context);
  incidentRoutes(api, context);
  stepRoutes(api, context);
  evidenceRoutes(api, context);
  suppressionRoutes(api, context);
  heldRoutes(api, context);
  baselineRoutes(api, context);
  decisionRoutes(api, context);
  policyRoutes(api, context);
  pointRoutes(api, context);
  eventRoutes(api, context);
  // Bodies that are captures are read by nobody else.
  api.register(async (scope) => captureRoutes(scope.withTypeProvider<TypeBoxTypeProvider>(), context));
  replayRoutes(api, context);
  settingsRoutes(api, context);
  sessionRoutes(api, context);
  oidcRoutes(api, context);
  userRoutes(api, context);
  tokenRoutes(api, context);
  auditRoutes(api, context);
}
