/** What a detector is: judgement only. One file in `detectors/`, one line in `detectors/index.ts`. */
import type { Severity } from './model.ts';
import type { Moment, Records } from './records.ts';

/** The two ends of the flow a record belongs to, as device numbers, and what is known of the flow so far. */
export interface Link {
  readonly client: number;
  readonly server: number;
  readonly clientAddress: string;
  readonly serverAddress: string;
  /** IP protocol number. */
  readonly transport: number;
  readonly clientPort: number;
  readonly serverPort: number;
  /** Name of the protocol once it has been told, else ''. */
  readonly protocol: string;
  /** `ssh`, or `tcp/8081` while nobody knows it; registered ports only, others are `tcp/eph`. */
  readonly service: string;
  readonly established: boolean;
  readonly midstream: boolean;
  readonly startUs: number;
  /** Bytes of payload so far, both ways. */
  readonly payload: number;
  /** Community ID v1: what other tools call this flow. Computed when asked. */
  communityId(): string;
}

/** Facts about one device, as known now. */
export interface DeviceFacts {
  readonly number: number;
  /** What a person would call it: its name, AE title or address. */
  readonly label: string;
  readonly address: string;
  readonly class: string;
  /** 1 therapy and life support · 2 monitoring · 3 diagnostic · 4 support. */
  readonly tier: number;
  readonly medical: boolean;
  readonly external: boolean;
  readonly zone: string;
  /** Of a partner outside: the domain its address was found under, '' when nobody asked for a name. */
  readonly domain: string;
}

/**
 * Something a device does with a peer that can be usual or not. `verb` '' is the service itself (layer A,
 * structure); anything else is a verb of its protocol (layer B, semantics), for instance `C-MOVE to AE2`.
 */
export interface Relation {
  readonly device: number;
  readonly peer: number;
  /** The device opened the connection, or answered. */
  readonly role: 'client' | 'server';
  readonly service: string;
  readonly verb: string;
}

export type LearningState = 'discover' | 'learn' | 'settle' | 'watch' | 'relearn' | 'blind';

/** What the baseline says of a relation *before* the moment that is being judged is added to it. */
export interface Verdict {
  readonly state: LearningState;
  readonly accepted: boolean;
  /** A person said no to it. */
  readonly rejected: boolean;
  /** Seen often enough to be accepted, but it waits for a person: never-silent, or nobody else of its kind has it. */
  readonly isHeld: boolean;
  /** Times it was seen before; 0 = never. */
  readonly count: number;
  readonly firstSeenUs: number;
  /** Relations of the same layer that are accepted for this device: what "usual" means in a sentence. */
  readonly acceptedCount: number;
  /** Devices of the site that have an accepted relation to this peer. */
  readonly peerPrevalence: number;
  /** Devices of the same class, model and zone, and how many of them know this relation; counted once a day. */
  readonly groupSize: number;
  readonly groupKnowing: number;
}

/** What the profile of a class says of a relation. */
export type Allowance = 'allowed' | 'forbidden' | 'unknown';

/** What a device of some class is there for, as far as a detector needs it (docs/profiles.md). */
export interface ProfileFacts {
  readonly class: string;
  readonly tier: number;
  /** Who opens the connections of such a device. */
  readonly initiator: 'device' | 'partner' | 'both';
  /** Partners outside that are listed for it; empty: it has none. */
  readonly external: readonly string[];
}

/** What is counted of each device (detection.md 2.4); bytes are those of TCP and UDP payload. */
export const metrics = [
  'bytes-out-external',
  'bytes-out-internal',
  /** Out to partners inside that are not accepted. */
  'bytes-out-strange',
  'bytes-in',
  /** Conversations opened, and partners met. */
  'flows',
  'peers',
  'dns-queries',
  'instances',
  'hl7-messages',
] as const;
export type Metric = (typeof metrics)[number];
/** Bins of five minutes, an hour, a day of packet time. */
export type Span = 'minutes' | 'hour' | 'day';

/** A bin that is over, judged by what was usual before it. Sizes, not logarithms. */
export interface Bin {
  readonly device: number;
  /** Who got most of what was sent in it; the device itself where nobody can be named. */
  readonly peer: number;
  readonly metric: Metric;
  readonly span: Span;
  readonly startUs: number;
  readonly endUs: number;
  readonly value: number;
  /** The middle of what is usual, and the size from which a bin deviates; NaN while nobody can say. */
  readonly usual: number;
  readonly limit: number;
  /** Spreads above the middle. */
  readonly deviation: number;
  /** Bins in a row that deviate, this one among them; 0 = it does not. */
  readonly run: number;
  /** How far quantities of the device are learnt. */
  readonly state: LearningState;
  /** Of `bytes-in` of an hour: given of what was carried, -1 only taken, +1 only given; now and usually; and bytes in all. */
  readonly balance: { readonly now: number; readonly usual: number; readonly bytes: number } | null;
  /** Of a day. */
  readonly longTerm: LongTerm | null;
}

/** What a day is compared with beyond the weeks before it. */
export interface LongTerm {
  /** A usual day when the device was signed off or found to be known; NaN before. */
  readonly reference: number;
  /** The last seven days, the newest last. */
  readonly lastDays: readonly number[];
  /** The middle of its days, the middle of those of its kind, spreads between them, and how many of a kind there are. */
  readonly middle: number;
  readonly groupMiddle: number;
  readonly groupDeviation: number;
  readonly groupSize: number;
  /** Relations that are accepted now, and that were at the sign-off (-1 before). */
  readonly accepted: number;
  readonly acceptedAtReference: number;
}

/** How often a relation comes again. */
export interface RelationRhythm {
  readonly periodSeconds: number;
  /** Median deviation of the gaps as a share of the period. */
  readonly jitter: number;
  /** At least sixteen gaps, and little jitter. */
  readonly isRegular: boolean;
  readonly gaps: number;
  /** The longest gap of the last eight days. */
  readonly longestSeconds: number;
  readonly firstUs: number;
  readonly lastUs: number;
  /** The gaps that are kept, old to new, in seconds. */
  recentGaps(): readonly number[];
}

export const indicatorKinds = ['address', 'name', 'ja4', 'hassh'] as const;
export type IndicatorKind = (typeof indicatorKinds)[number];

/** Something that a source the site trusts has called bad. */
export interface Indicator {
  readonly kind: IndicatorKind;
  /** An address as it is usually written, anything else in lower case; a name stands for those below it too. */
  readonly value: string;
  readonly source: string;
  readonly addedUs: number;
}

/** Everything a detector may ask. Read-only. */
export interface Knowledge {
  /** When conversations of a relation begin (`start`), or when anything is said in it, to the minute; null: unknown. */
  rhythm(relation: Relation, beat: 'start' | 'said'): RelationRhythm | null;
  /** For a report that has no conversation: both ends are this device (-1: the sensor), or the other end is `peer`. */
  standing(device: number, peer?: number): Link;
  device(number: number): DeviceFacts;
  /** The profile of the device's class; null while the class is unknown or has none. */
  profile(device: number): ProfileFacts | null;
  /** What that profile says of a relation; `unknown` where it is silent. */
  allows(relation: Relation): Allowance;
  verdict(relation: Relation): Verdict;
  /** Has this device answered on this service before, whoever asked? */
  offers(device: number, service: string): boolean;
  /** May the first zone open connections to the second, by the site's own list? */
  mayTalk(from: string, to: string): boolean;
  /** Does a person's list name this address as a jump host or a vendor's gateway? */
  isJumpHost(device: number): boolean;
  /** What the site's own list of known-bad things says of this one. */
  indicator(kind: IndicatorKind, value: string): Indicator | null;
  /** Medical traffic of the device in the last five minutes. */
  inClinicalUse(device: number): boolean;
  /** Is there an approved window for this vendor's or person's access at this time? Its name, or ''. */
  window(device: number, peer: number, service: string, timeUs: number): string;
  /** Why the sensor cannot see enough at this moment, in words; '' when it can. */
  trouble(): string;
  /** How often the sensor tells of conversations that go on (`intervalSeconds` of the configuration). */
  updateSeconds(): number;
  /** Share of the traffic that the sensor could see so far, 0 to 100. */
  coveragePercent(): number;
}

/** The four sentences (detection.md 3.3), in words for a biomedical engineer. */
export interface Sentences {
  readonly usual: string;
  readonly happened: string;
  readonly matters: string;
  /** Never "unplug". */
  readonly firstStep: string;
}

export interface Report {
  readonly device: number;
  readonly peer: number;
  readonly service: string;
  /** For held entries and deduplication within a service: `C-MOVE to AE2`, or ''. */
  readonly verb: string;
  readonly at: Moment;
  readonly link: Link;
  readonly confidence: number;
  /** Before `settle` it waits for a person (contract 4.1) instead of raising an alert. */
  readonly neverSilent: boolean;
  /**
   * Whose learning decides beside the device's own, for cards that blame a stranger: the machine he went to. What is
   * known of that one is enough to speak.
   */
  readonly learntBy?: number;
  /** Steps from the card's severity, for the milder of two things that a card tells of; none when left out. */
  readonly severitySteps?: number;
  /** May speak while the device is still being learnt. */
  readonly speaksAlways: boolean;
  /** Asked only when the report is raised: most are held, silent or added to what was said before. */
  readonly sentences: () => Sentences;
}

/** A card goes to the digest because it spoke too often, or comes back. */
export interface BudgetMove {
  readonly card: string;
  readonly toDigest: boolean;
  /** So many days in a row; findings it opened on the last, and how many it may. */
  readonly days: number;
  readonly perDay: number;
  readonly allowed: number;
}

/**
 * A handler hears a record and the link of its flow. What a machine claims below IP (`neighbour`, without what is told of
 * every IP packet) and leases name no flow: their link stands for the device that had the address before.
 * The baseline learns a record after all detectors have heard it.
 */
export type Watch = {
  [Kind in keyof Omit<Records, 'oddity' | 'expectation' | 'announcement'>]?: (
    record: Parameters<Records[Kind]>[0],
    link: Link,
  ) => void;
} & {
  /**
   * A flow has become a service relation: both ends were heard, the protocol is known or will stay unknown.
   * Told once for each end of the flow, with what the baseline says of it.
   */
  relation?(relation: Relation, verdict: Verdict, at: Moment, link: Link): void;
  /** Once per second of packet time. */
  tick?(nowUs: number): void;
  /** A bin that deviates is over, or one that was asked for. `link` carried most of it, as far as anybody knows. */
  bin?(bin: Bin, at: Moment, link: Link): void;
  /** A card was over its budget for days, or is within it again. */
  overBudget?(move: BudgetMove, at: Moment): void;
  /** Bins that are told whether they deviate or not. */
  readonly bins?: readonly { readonly metric: Metric; readonly span: Span }[];
};

export type DetectorOptions = Readonly<Record<string, number | string | boolean>>;

export interface Detector {
  /** Stable for ever: dashboards and alert rules refer to it. */
  readonly id: string;
  /** One line for lists. */
  readonly title: string;
  /** ATT&CK Enterprise and ICS ids. */
  readonly attack: readonly string[];
  /** Severity by care tier 1 to 4. */
  readonly severity: readonly [Severity, Severity, Severity, Severity];
  /** Weight in an incident's risk (detection.md 3.1). */
  readonly weight: number;
  readonly options: DetectorOptions;
  watch(options: DetectorOptions, knowledge: Knowledge, report: (report: Report) => void): Watch;
}
