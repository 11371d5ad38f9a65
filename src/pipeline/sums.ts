/** What one device did in the interval, as its points will say it. Kept from interval to interval, emptied in between. */
import type { Device } from '../device/device.ts';
import type { Point } from '../model.ts';
import type { AssociationEnd, Dimse, Hl7Message } from '../records.ts';

/** Latencies remembered per device and interval for the median; more say the same. */
const LATENCIES_MAX = 256;

/** PS3.8 table 9-21, by source and reason. */
const rejectReasons: Readonly<Record<string, string>> = {
  '1 1': 'no reason given',
  '1 2': 'application context name not supported',
  '1 3': 'calling AE title not recognised',
  '1 7': 'called AE title not recognised',
  '2 1': 'no reason given (ACSE)',
  '2 2': 'protocol version not supported',
  '3 1': 'temporary congestion',
  '3 2': 'local limit exceeded',
};

export class ProtocolSums {
  /** Its series among those of the device, and the tag that tells it apart. */
  readonly series: string;
  readonly tags: Point['tags'];
  flows = 0;
  bytes = 0;
  messages = 0;

  constructor(protocol: string) {
    this.series = `protocol ${protocol}`;
    this.tags = { protocol };
  }

  get isEmpty(): boolean {
    return this.flows + this.bytes + this.messages === 0;
  }

  add(other: ProtocolSums): void {
    this.flows += other.flows;
    this.bytes += other.bytes;
    this.messages += other.messages;
  }

  clear(): void {
    this.flows = 0;
    this.bytes = 0;
    this.messages = 0;
  }
}

export class DicomSums {
  associations = 0;
  released = 0;
  rejected = 0;
  aborted = 0;
  dropped = 0;
  requests = 0;
  responses = 0;
  failures = 0;
  instances = 0;
  instanceBytes = 0;
  rejectReason = '';
  readonly latencies: number[] = [];

  end(record: AssociationEnd): void {
    if (record.how !== 'open') this[record.how]++;
    if (record.how === 'rejected') {
      this.rejectReason = rejectReasons[`${record.source} ${record.reason}`] ?? 'unknown reason';
    }
  }

  dimse(record: Dimse): void {
    if (record.status < 0) this.requests++;
    else this.responses++;
    if (isFailure(record.status)) this.failures++;
    if (record.latencyUs >= 0 && this.latencies.length < LATENCIES_MAX) this.latencies.push(record.latencyUs);
  }

  add(other: DicomSums): void {
    this.associations += other.associations;
    this.released += other.released;
    this.rejected += other.rejected;
    this.aborted += other.aborted;
    this.dropped += other.dropped;
    this.requests += other.requests;
    this.responses += other.responses;
    this.failures += other.failures;
    this.instances += other.instances;
    this.instanceBytes += other.instanceBytes;
    if (this.rejectReason === '') this.rejectReason = other.rejectReason;
    this.latencies.push(...other.latencies);
  }

  fields(): Point['fields'] {
    const { latencies, rejectReason } = this;
    const fields: Point['fields'] = {
      associations: this.associations,
      released: this.released,
      rejected: this.rejected,
      aborted: this.aborted,
      dropped: this.dropped,
      requests: this.requests,
      responses: this.responses,
      failures: this.failures,
      instances: this.instances,
      instance_bytes: this.instanceBytes,
    };
    const middle = median(latencies);
    if (middle !== null) fields.latency_p50_us = middle;
    if (rejectReason !== '') fields.reject_reason = rejectReason;
    return fields;
  }
}

export class Hl7Sums {
  messages = 0;
  acknowledgements = 0;
  negative = 0;
  readonly latencies: number[] = [];

  message({ acknowledgement, latencyUs }: Hl7Message): void {
    this.messages++;
    if (acknowledgement !== '') this.acknowledgements++;
    if (acknowledgement.length === 2 && (acknowledgement[1] === 'E' || acknowledgement[1] === 'R')) this.negative++;
    if (latencyUs >= 0 && this.latencies.length < LATENCIES_MAX) this.latencies.push(latencyUs);
  }

  add(other: Hl7Sums): void {
    this.messages += other.messages;
    this.acknowledgements += other.acknowledgements;
    this.negative += other.negative;
    this.latencies.push(...other.latencies);
  }

  fields(): Point['fields'] {
    const { messages, acknowledgements, negative } = this;
    const middle = median(this.latencies);
    const fields = { messages, acknowledgements, negative };
    return middle === null ? fields : { ...fields, latency_p50_us: middle };
  }
}

export class DeviceSums {
  readonly device: Device;
  readonly protocols: Map<string, ProtocolSums> = new Map();
  dicom: DicomSums | null = null;
  hl7: Hl7Sums | null = null;
  /** It has something to say in this interval. */
  isTouched = false;
  /** Tags of its points, the same objects as long as the tags are the same: who encodes them may remember them. */
  private readonly tagged = new Map<string, Point['tags']>();
  private taggedId = '';
  private taggedKind = '';

  constructor(device: Device) {
    this.device = device;
  }

  protocol(name: string): ProtocolSums {
    let sums = this.protocols.get(name);
    if (sums === undefined) {
      sums = new ProtocolSums(name);
      this.protocols.set(name, sums);
    }
    return sums;
  }

  /** Tags of a series as they were made, while id and kind of the device are still the same. */
  tags(series: string, kind: string): Point['tags'] | undefined {
    const { id } = this.device;
    if (id !== this.taggedId || kind !== this.taggedKind) {
      this.taggedId = id;
      this.taggedKind = kind;
      this.tagged.clear();
    }
    return this.tagged.get(series);
  }

  tag(series: string, tags: Point['tags']): Point['tags'] {
    this.tagged.set(series, tags);
    return tags;
  }

  /** Takes over what was counted for a record of the inventory that proved to be this device. */
  absorb(other: DeviceSums): void {
    for (const [name, sums] of other.protocols) {
      this.protocol(name).add(sums);
      sums.clear();
    }
    if (other.dicom !== null) {
      this.dicom ??= new DicomSums();
      this.dicom.add(other.dicom);
      other.dicom = null;
    }
    if (other.hl7 !== null) {
      this.hl7 ??= new Hl7Sums();
      this.hl7.add(other.hl7);
      other.hl7 = null;
    }
  }
}

/** PS3.7 annex C: A, C and the general failures 01xx, 02xx that are no warnings. */
function isFailure(status: number): boolean {
  if (status < 0) return false;
  const high = status >> 12;
  if (high === 0xa || high === 0xc) return true;
  return (status >> 8 === 1 && status !== 0x0107 && status !== 0x0116) || status >> 8 === 2;
}

function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  const high = sorted[middle] ?? 0;
  return Math.round(sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? 0) + high) / 2);
}
