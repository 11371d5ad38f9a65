/**
 * DICOM: associations, messages, instances and queries of medical images on the network. What is decoded
 * and what is deliberately not stands in README.md.
 */
import { limits } from '../../src/limits.ts';
import type { Protocol } from '../../src/protocol.ts';
import { createDicom } from './decoder.ts';
import type { DicomFlow } from './flow.ts';

export { createDicom, type DicomOptions } from './decoder.ts';
export { DicomFlow } from './flow.ts';

/** The key of replays and tests is published, so that they say the same everywhere (contract 4.6). */
export const PUBLISHED_KEY: Uint8Array = new TextEncoder().encode('wardwatch: the public key of every replay');

export const dicom: Protocol<DicomFlow> = createDicom({ key: PUBLISHED_KEY, limits });
