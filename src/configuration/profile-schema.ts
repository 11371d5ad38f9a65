/** What a profile file may say, as a TypeBox schema: ours are checked by a test, a site's when the settings are read. */
import { Type } from 'typebox';

const closed = { additionalProperties: false } as const;
const word = Type.String({ pattern: '^[a-z0-9-]{1,64}$' });
const texts = (description: string, minItems = 1) =>
  Type.Array(Type.String({ minLength: 1, maxLength: 128 }), { description, minItems, maxItems: 256 });
const why = Type.String({ description: 'Why, for whoever reads the profile', minLength: 1, maxLength: 256 });

const line = Type.Object(
  {
    role: Type.Enum(['client', 'server'], { description: 'The device opens the connection, or answers' }),
    services: texts('Services by the names of docs/protocols.md, tcp/8081, or * for every one'),
    peers: texts('Classes of the peers, or any-internal'),
    verbs: Type.Optional(texts('Only these verbs of the protocol, by their beginning: C-STORE, ORU^R01')),
    why,
  },
  closed,
);

const external = Type.Object(
  {
    name: Type.String({ description: 'A domain with all below it, or a network', minLength: 1, maxLength: 253 }),
    services: texts('Services by name, or * for every one'),
    why,
  },
  closed,
);

const lines = (description: string) => Type.Array(line, { description, maxItems: 256 });

/** A whole profile, as those that come with wardwatch. */
export const profileSchema = Type.Object(
  {
    class: word,
    tier: Type.Enum([1, 2, 3, 4], { description: 'Care tier' }),
    about: Type.String({ minLength: 1, maxLength: 256 }),
    initiator: Type.Enum(['device', 'partner', 'both'], { description: 'Who opens the connections' }),
    allowed: lines('What such a device does'),
    forbidden: lines('What it never does'),
    external: Type.Array(external, { description: 'Its partners outside; empty: none', maxItems: 256 }),
  },
  closed,
);

/** A site's: the keys it gives stand in place of ours. */
export const siteProfileSchema = Type.Object(
  {
    class: word,
    tier: Type.Optional(profileSchema.properties.tier),
    about: Type.Optional(profileSchema.properties.about),
    initiator: Type.Optional(profileSchema.properties.initiator),
    allowed: Type.Optional(profileSchema.properties.allowed),
    forbidden: Type.Optional(profileSchema.properties.forbidden),
    external: Type.Optional(profileSchema.properties.external),
  },
  closed,
);
