/** The settings that are in force, without secrets. They are changed in their file, not here. */
import { Type } from 'typebox';
import { type Context, problems, type TypedApi } from '../context.ts';
import { closed } from '../shapes.ts';

export function settingsRoutes(api: TypedApi, context: Context): void {
  api.get(
    '/api/v1/settings',
    {
      config: { subject: 'settings' },
      schema: {
        summary: 'The settings in force (docs/configuration.schema.json), secrets left out',
        tags: ['settings'],
        operationId: 'getSettings',
        response: {
          200: Type.Object(
            {
              settings: Type.Unknown({ description: 'null when nobody told the interface' }),
            },
            closed,
          ),
          ...problems,
        },
      },
    },
    async () => ({ settings: context.work.settings() }),
  );
}
