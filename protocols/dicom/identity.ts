/**
 * What a device says about itself while it associates and sends images: each distinct value once per
 * association.
 */
import type { Segment } from '../../src/protocol.ts';
import { type Records, stamp } from '../../src/records.ts';
import { deviceAttributes } from './attributes.ts';
import type { DataSetReader } from './data-set.ts';
import type { DicomFlow } from './flow.ts';

/** A device that sends on its own behalf made the image; one that forwards or is asked may only keep it. */
const OWN_CONFIDENCE = 0.8;
const KEPT_CONFIDENCE = 0.2;

/** What was told in one association. */
export class Told {
  private readonly values: string[] = [];
  private readonly attributes: string[] = [];
  /** Confidence, and 2 more for the client. */
  private readonly marks: number[] = [];

  clear(): void {
    this.values.length = 0;
    this.attributes.length = 0;
    this.marks.length = 0;
  }

  /** Enters a statement; false when it was made before, or when there are `countMax`. */
  add(ofClient: boolean, attribute: string, value: string, confidence: number, countMax: number): boolean {
    const { values, attributes, marks } = this;
    const mark = ofClient ? confidence + 2 : confidence;
    for (let i = 0; i < values.length; i++) {
      if (marks[i] === mark && attributes[i] === attribute && values[i] === value) return false;
    }
    if (values.length >= countMax) return false;
    values.push(value);
    attributes.push(attribute);
    marks.push(mark);
    return true;
  }
}

export function tell(
  flow: DicomFlow,
  ofClient: boolean,
  attribute: string,
  value: string,
  source: string,
  confidence: number,
  segment: Segment,
  records: Records,
): void {
  if (value === '') return;
  if (!flow.told.add(ofClient, attribute, value, confidence, flow.bench.limits.dicomIdentitiesMax)) return;
  const { identity } = flow.bench;
  identity.ofClient = ofClient;
  identity.attribute = attribute;
  identity.value = value;
  identity.source = source;
  identity.confidence = confidence;
  stamp(identity, segment);
  records.identity(identity);
}

/** The device attributes of an image that `segment`'s direction sends. */
export function tellDevice(
  flow: DicomFlow,
  reader: DataSetReader,
  isOwn: boolean,
  segment: Segment,
  records: Records,
): void {
  const confidence = isOwn ? OWN_CONFIDENCE : KEPT_CONFIDENCE;
  for (let place = 0; place < deviceAttributes.length; place++) {
    const { attribute, source } = deviceAttributes[place]!;
    tell(flow, segment.toServer, attribute, reader.values[place]!, source, confidence, segment, records);
  }
}
