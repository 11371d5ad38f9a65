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
  const key = `${ofClient ? '>' : '<'}${attribute} ${confidence} ${value}`;
  if (flow.told.has(key) || flow.told.size >= flow.bench.limits.dicomIdentitiesMax) return;
  flow.told.add(key);
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
  for (const [place, { attribute, source }] of deviceAttributes.entries()) {
    tell(flow, segment.toServer, attribute, reader.values[place] ?? '', source, confidence, segment, records);
  }
}
