/**
 * What a device of some class is there for, before anything is known of this one (detection.md 2.10).
 *
 * A profile says in lines who such a device talks to, for what, and what it must never do. It is a default that a site
 * may change; every line is visible (docs/profiles.md). What no line speaks of is unknown, never wrong.
 */
import type { Allowance, Relation } from '../detect.ts';

/** Every service, and every peer of the hospital or anywhere. */
export const EVERY_SERVICE = '*';
export const ANY_INTERNAL = 'any-internal';
export const ANY_EXTERNAL = 'external';

/** The profile whose lines hold for every class that has one. */
export const EVERY_CLASS = 'any';

export interface ProfileLine {
  /** What the device of this class is: it opens the connection, or answers. */
  readonly role: Relation['role'];
  /** Services as outputs name them (`dicom`, `tcp/8081`), or `*`. */
  readonly services: readonly string[];
  /** Classes of peers, `any-internal`, or (in forbidden lines) `external`. */
  readonly peers: readonly string[];
  /** Only these verbs of the protocol, by their beginning: `C-STORE`, `ORU^R01`; without it all are forbidden, and none is allowed by itself. */
  readonly verbs?: readonly string[];
  readonly why: string;
}

/** A partner outside that the site has listed. */
export interface ExternalLine {
  /** A domain and all below it (`maker.example`), or what else stands for the partner (`192.0.2.0/24`). */
  readonly name: string;
  readonly services: readonly string[];
  readonly why: string;
}

export interface Profile {
  readonly class: string;
  /** 1 therapy and life support · 2 monitoring · 3 diagnostic · 4 support. */
  readonly tier: number;
  readonly about: string;
  /** Who opens the connections: the device, its partners, or both. */
  readonly initiator: 'device' | 'partner' | 'both';
  readonly allowed: readonly ProfileLine[];
  readonly forbidden: readonly ProfileLine[];
  /** Empty: such a device has no partner outside. */
  readonly external: readonly ExternalLine[];
}

/** The other end of a relation, as a profile sees it. */
export interface ProfilePeer {
  readonly class: string;
  readonly external: boolean;
  /** Its domain or network, when it is outside. */
  readonly name: string;
}

/** What the lines of the class, and then those of every class, say of a relation. What is forbidden wins. */
export function allowanceOf(
  profile: Profile,
  every: Profile | null,
  relation: Pick<Relation, 'role' | 'service' | 'verb'>,
  peer: ProfilePeer,
): Allowance {
  if (peer.external) return isListed(profile, every, relation.service, peer.name) ? 'allowed' : 'forbidden';
  if (speaks(profile.forbidden, relation, peer, false)) return 'forbidden';
  if (speaks(profile.allowed, relation, peer, true)) return 'allowed';
  if (every === null) return 'unknown';
  if (speaks(every.forbidden, relation, peer, false)) return 'forbidden';
  return speaks(every.allowed, relation, peer, true) ? 'allowed' : 'unknown';
}

function isListed(profile: Profile, every: Profile | null, service: string, name: string): boolean {
  for (const line of profile.external) if (fits(line, service, name)) return true;
  if (every !== null) for (const line of every.external) if (fits(line, service, name)) return true;
  return false;
}

function fits(line: ExternalLine, service: string, name: string): boolean {
  if (name !== line.name && !name.endsWith(`.${line.name}`)) return false;
  return line.services.includes(service) || line.services.includes(EVERY_SERVICE);
}

/**
 * Does one of the lines speak of this relation? A line about some verbs speaks of the service itself where it allows
 * (some use of it is usual) and not where it forbids (other use of it may be). A line that names no verbs forbids all,
 * and allows none by itself: a verb may be a command, and what is allowed must have been thought of.
 */
function speaks(
  lines: readonly ProfileLine[],
  { role, service, verb }: Pick<Relation, 'role' | 'service' | 'verb'>,
  peer: ProfilePeer,
  ofService: boolean,
): boolean {
  for (const line of lines) {
    if (line.role !== role) continue;
    if (!line.services.includes(service) && !line.services.includes(EVERY_SERVICE)) continue;
    if (!line.peers.includes(peer.class) && !line.peers.includes(ANY_INTERNAL)) continue;
    if (verb === '' ? ofService || line.verbs === undefined : isVerbOf(line, verb, !ofService)) return true;
  }
  return false;
}

function isVerbOf({ verbs }: ProfileLine, verb: string, otherwise: boolean): boolean {
  return verbs === undefined ? otherwise : isVerb(verbs, verb);
}

/** `C-MOVE` stands for `C-MOVE-RQ …` and `C-MOVE to AE2`, `ORU` for `ORU^R01`; `C-MOV` for none of them. */
function isVerb(verbs: readonly string[], verb: string): boolean {
  for (const one of verbs) {
    if (verb === one) return true;
    if (verb.startsWith(one) && !/[A-Za-z0-9]/.test(verb.charAt(one.length))) return true;
  }
  return false;
}

/** The profile with what a site says otherwise: a key that the site gives stands in place of the default's. */
export function overridden(profile: Profile | null, site: Partial<Profile> & { class: string }): Profile {
  const plain = { tier: 4, about: '', initiator: 'both', allowed: [], forbidden: [], external: [] } as const;
  return { ...plain, ...profile, ...site };
}
