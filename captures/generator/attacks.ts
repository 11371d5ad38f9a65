/** All attacks by name, in the order in which they are listed everywhere. */
import { leakAttacks } from './leak-attacks.ts';
import { remoteAttacks } from './remote-attacks.ts';
import type { Script } from './stage.ts';

export const attacks: readonly Script[] = [...leakAttacks, ...remoteAttacks];
export const attackNames: readonly string[] = attacks.map(({ name }) => name);
/** These are there from the first day on. */
export const fromTheBeginning: ReadonlySet<string> = new Set(['poison']);
