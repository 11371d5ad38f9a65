/** What one device did in medical protocols in the interval, as its points will say it. */
import type { Point } from '../model.ts';
import type { AssociationEnd, Dimse, Hl7Message, Message, Operation } from '../records.ts';
import { Sample } from './sample.ts';

type Fields = Point['fields'];

/** PS3.8 table 9-21, by source and reason: the words, and the field that counts it. */
const rejectReasons: Readonly<Record<string, readonly [words: string, field: RejectField]>> = {
  '1 1': ['no reason given', 'rejected_no_reason'],
  '1 2': ['application context name not supported', 'rejected_context'],
  '1 3': ['calling AE title not recognised', 'rejected_calling_ae'],
  '1 7': ['called AE title not recognised', 'rejected_called_ae'],
  '2 1': ['no reason given (ACSE)', 'rejected_no_reason'],
  '2 2': ['protocol version not supported', 'rejected_context'],
  '3 1': ['temporary congestion', 'rejected_busy'],
  '3 2': ['local limit exceeded', 'rejected_busy'],
};
const unknownReason = ['unknown reason', 'rejected_no_reason'] as const;

type RejectField =
  | 'rejected_called_ae'
  | 'rejected_calling_ae'
  | 'rejected_context'
  | 'rejected_busy'
  | 'rejected_no_reason';

const commandFields = {
  'C-ECHO-RQ': 'c_echo',
  'C-STORE-RQ': 'c_store',
  'C-FIND-RQ': 'c_find',
  'C-MOVE-RQ': 'c_move',
  'C-GET-RQ': 'c_get',
} as const;

const dicomCounters = [
  'associations',
  'accepted',
  'released',
  'rejected',
  'aborted',
  'dropped',
  'rejected_called_ae',
  'rejected_calling_ae',
  'rejected_context',
  'rejected_busy',
  'rejected_no_reason',
  'requests',
  'responses',
  'c_echo',
  'c_store',
  'c_find',
  'c_move',
  'c_get',
  'n_services',
  'successes',
  'warnings',
  'pendings',
  'cancels',
  'failures',
  'instances',
  'instances_sent',
  'instance_bytes',
] as const;
type DicomCounter = (typeof dicomCounters)[number];

function zeros<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
}

function addAll<Name extends string>(
  names: readonly Name[],
  to: Record<Name, number>,
  from: Record<Name, number>,
): void {
  for (const name of names) to[name] += from[name];
}

export class DicomSums {
  readonly counts: Record<DicomCounter, number> = zeros(dicomCounters);
  private readonly latencies = new Sample();
  private rejectReason = '';
  private failureStatus = '';

  end(record: AssociationEnd): void {
    if (record.how !== 'open') this.counts[record.how]++;
    if (record.how !== 'rejected') return;
    const [words, field] = rejectReasons[`${record.source} ${record.reason}`] ?? unknownReason;
    this.rejectReason = words;
    this.counts[field]++;
  }

  dimse(record: Dimse): void {
    const { counts } = this;
    if (record.status < 0) {
      counts.requests++;
      const command = commandFields[record.verb as keyof typeof commandFields];
      if (command !== undefined) counts[command]++;
      else if (record.verb.startsWith('N-')) counts.n_services++;
    } else {
      counts.responses++;
      const kind = statusField(record.status);
      counts[kind]++;
      if (kind === 'failures') this.failureStatus = failureText(record.verb, record.status);
    }
    this.latencies.add(record.latencyUs);
  }

  instance(bytes: number, isSent: boolean): void {
    this.counts.instances++;
    if (isSent) this.counts.instances_sent++;
    this.counts.instance_bytes += bytes;
  }

  add(other: DicomSums): void {
    addAll(dicomCounters, this.counts, other.counts);
    this.latencies.addAll(other.latencies);
    if (this.rejectReason === '') this.rejectReason = other.rejectReason;
    if (this.failureStatus === '') this.failureStatus = other.failureStatus;
  }

  fields(): Fields {
    const fields: Fields = { ...this.counts };
    if (this.rejectReason !== '') fields.reject_reason = this.rejectReason;
    if (this.failureStatus !== '') fields.failure_status = this.failureStatus;
    this.latencies.tell(fields, 'latency_p50_us', 'latency_p95_us');
    return fields;
  }
}

/** PS3.7 annex C: A, C and the general failures 01xx, 02xx that are no warnings; B and the rest of 01xx are warnings. */
function statusField(status: number): 'successes' | 'warnings' | 'pendings' | 'cancels' | 'failures' {
  if (status === 0) return 'successes';
  if (status === 0xff00 || status === 0xff01) return 'pendings';
  if (status === 0xfe00) return 'cancels';
  const high = status >> 12;
  if (high === 0xa || high === 0xc || status >> 8 === 2) return 'failures';
  if (status >> 8 === 1 && status !== 0x0107 && status !== 0x0116) return 'failures';
  return 'warnings';
}

function failureText(verb: string, status: number): string {
  return `${verb.replace(/-RSP$/, '')} ${status.toString(16).padStart(4, '0')}`;
}

/** Chapters 3 to 9 of HL7 v2: what messages of a type are about. */
const hl7Fields: Readonly<Record<string, Hl7Counter>> = {
  ADT: 'admissions',
  ...Object.fromEntries(
    ['ORM', 'OMG', 'OMI', 'OML', 'OMP', 'RDE', 'RDS', 'RAS', 'RGV'].map((type) => [type, 'orders']),
  ),
  ORU: 'results',
  OUL: 'results',
  SIU: 'schedules',
  SRM: 'schedules',
  SRR: 'schedules',
  MDM: 'documents',
};

const hl7Counters = [
  'messages',
  'sent',
  'bytes',
  'admissions',
  'orders',
  'results',
  'schedules',
  'documents',
  'others',
  'observations',
  'acknowledgements',
  'negative',
  'negative_errors',
  'negative_rejects',
] as const;
type Hl7Counter = (typeof hl7Counters)[number];

export class Hl7Sums {
  readonly counts: Record<Hl7Counter, number> = zeros(hl7Counters);
  private readonly latencies = new Sample();
  private errorCode = '';

  message(record: Hl7Message, isSent: boolean): void {
    const { counts } = this;
    const { acknowledgement } = record;
    counts.messages++;
    if (isSent) counts.sent++;
    counts.bytes += record.bytes;
    counts.observations += record.observations;
    if (acknowledgement === '') counts[hl7Fields[record.type] ?? 'others']++;
    else this.acknowledged(acknowledgement, record.errorCode);
    this.latencies.add(record.latencyUs);
  }

  private acknowledged(code: string, errorCode: string): void {
    const { counts } = this;
    counts.acknowledgements++;
    const kind = code.length === 2 ? code[1] : '';
    if (kind !== 'E' && kind !== 'R') return;
    counts.negative++;
    if (kind === 'E') counts.negative_errors++;
    else counts.negative_rejects++;
    if (errorCode !== '') this.errorCode = errorCode;
  }

  add(other: Hl7Sums): void {
    addAll(hl7Counters, this.counts, other.counts);
    this.latencies.addAll(other.latencies);
    if (this.errorCode === '') this.errorCode = other.errorCode;
  }

  fields(): Fields {
    const fields: Fields = { ...this.counts };
    if (this.errorCode !== '') fields.error_code = this.errorCode;
    this.latencies.tell(fields, 'latency_p50_us', 'latency_p95_us');
    return fields;
  }
}

/** Kinds of one protocol; decoders say them from closed lists. */
const KINDS_MAX = 64;
const ALARM = /alarm|alert/i;

export class TelemetrySums {
  private messages = 0;
  private sent = 0;
  private alarms = 0;
  private operations = 0;
  private operationFailures = 0;
  private operationText = '';
  private lastUs = 0;
  private pauseUs = -1;
  private readonly kinds = new Map<string, number>();

  get isEmpty(): boolean {
    return this.messages + this.operations === 0;
  }

  get sentMessages(): number {
    return this.sent;
  }

  message({ kind, count, timeUs }: Message, isSent: boolean): void {
    this.messages += count;
    if (isSent) this.sent += count;
    if (ALARM.test(kind)) this.alarms += count;
    const before = this.kinds.get(kind);
    if (before !== undefined || this.kinds.size < KINDS_MAX) this.kinds.set(kind, (before ?? 0) + count);
    if (this.lastUs > 0) this.pauseUs = Math.max(this.pauseUs, timeUs - this.lastUs);
    this.lastUs = Math.max(this.lastUs, timeUs);
  }

  operation({ verb, outcome }: Operation): void {
    if (outcome === 'asked') {
      this.operations++;
      this.operationText = verb;
    } else if (outcome === 'failed') this.operationFailures++;
  }

  add(other: TelemetrySums): void {
    this.messages += other.messages;
    this.sent += other.sent;
    this.alarms += other.alarms;
    this.operations += other.operations;
    this.operationFailures += other.operationFailures;
    if (this.operationText === '') this.operationText = other.operationText;
    this.pauseUs = Math.max(this.pauseUs, other.pauseUs);
    for (const [kind, count] of other.kinds) this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + count);
  }

  fields(): Fields {
    const fields: Fields = {
      messages: this.messages,
      sent: this.sent,
      alarms: this.alarms,
      operations: this.operations,
      operation_failures: this.operationFailures,
    };
    if (this.operationText !== '') fields.operation = this.operationText;
    const kind = this.commonest();
    if (kind !== '') fields.kind = kind;
    if (this.pauseUs >= 0) fields.pause_ms_max = this.pauseUs / 1000;
    return fields;
  }

  private commonest(): string {
    let found = '';
    let most = 0;
    for (const [kind, count] of this.kinds) {
      if (count < most || (count === most && kind >= found)) continue;
      found = kind;
      most = count;
    }
    return found;
  }
}
