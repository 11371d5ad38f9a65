/** `docs/profiles.md`: every line of every profile that comes with wardwatch, written from the files themselves. */
import type { Profile, ProfileLine } from '../baseline/profile.ts';
import { profileClasses, profilesOf } from '../pipeline/profiles.ts';

const opening = `# Profiles of device classes

<!-- Written by src/cli/schemas.ts from src/baseline/profiles/. -->

A profile says what a device of some class is there for, before anything is known of the single device. It is a default:
read it, and change what does not fit your house.

- **Allowed** relations are accepted as soon as they are seen, while the device is being learnt (\`accepted (profile)\` in
  \`wardwatch baseline show\`): from its first packet when its class stands in \`site.devices\`, otherwise from the end of the
  first day, when the class that it showed is noted. Once it settles, its own history counts and the profile accepts nothing more.
- **Forbidden** relations are accepted by no rule: a person must do it. BL-01 is surer of them. A partner outside, remote
  administration, a control command, a destination of images or a receiver of messages that the profile forbids is an alert
  at once, even on the first day.
- **Partners outside** are forbidden unless they are listed. What is never accepted silently is accepted by a profile only
  when it lists the partner by name (its registered domain, \`maker.example\`, or its network, \`203.0.113.0/24\`).
- **Initiator** says who opens the connections of such a device. It is shown to whoever reads the profile and offered to
  detectors; no line is judged by it.
- What no line speaks of is unknown, and learnt as usual. A device whose class is not known has no profile.

Lines about verbs speak of the service itself where they allow, and of these verbs only where they forbid. Lines without verbs
forbid all of them, and allow the service while its verbs are learnt as usual: a verb may be a command. A verb stands for all
that begin with it: \`C-MOVE\` for \`C-MOVE-RQ\` and \`C-MOVE to AE2\`. What is forbidden wins over what is allowed.

## Your own

Put files into a folder and name it in the configuration:

\`\`\`yaml
site:
  profiles: profiles # the file ct.yaml in it:
\`\`\`

\`\`\`yaml
class: ct
external:
  - { name: maker.example, services: [tls], why: remote service of the maker }
\`\`\`

Each key that your file gives (\`tier\`, \`about\`, \`initiator\`, \`allowed\`, \`forbidden\`, \`external\`) stands in place of the
default's; keys that it leaves out stay. A class without a default needs \`class\` only. The files are checked at start. The
tier of a device is not taken from here but from its class and from \`site.devices\`.
`;

const initiators = { device: 'the device', partner: 'its partners', both: 'both' } as const;

export function profilesDocument(): string {
  const profileOf = profilesOf(null);
  const profiles = profileClasses()
    .map(profileOf)
    .filter((profile) => profile !== null);
  return `${[opening, ...profiles.map(section)].join('\n')}`;
}

function section({ class: name, tier, about, initiator, allowed, forbidden, external }: Profile): string {
  const outside = external.map((line) => `${line.name} (${line.services.join(', ')}: ${line.why})`);
  return [
    `## ${name}`,
    '',
    `${about} Tier ${tier}. Connections are opened by ${initiators[initiator]}. Partners outside: ${outside.join('; ') || 'none'}.`,
    '',
    '| | Role | Services | Peers | Verbs | Why |',
    '|---|---|---|---|---|---|',
    ...allowed.map((line) => row('allowed', line)),
    ...forbidden.map((line) => row('forbidden', line)),
    '',
  ].join('\n');
}

function row(what: string, { role, services, peers, verbs, why }: ProfileLine): string {
  const cells = [
    what,
    role,
    services.join(', '),
    peers.join(', '),
    verbs?.join(', ') ?? (what === 'allowed' ? 'as learnt' : 'all'),
    why,
  ];
  return `| ${cells.map((cell) => cell.replaceAll('*', 'every')).join(' | ')} |`;
}
