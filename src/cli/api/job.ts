/** What a job thread is asked to do, and what it tells. */

import type { Configuration } from '../../configuration.ts';
import type { LearnUntil } from '../options.ts';

export type JobTask =
  | {
      readonly kind: 'replay';
      readonly inputs: readonly string[];
      readonly run: string;
      readonly into: string;
      readonly configuration: Configuration;
      readonly learnUntil: LearnUntil | null;
      readonly baseline: { readonly folder: string; readonly run: string } | null;
    }
  | {
      readonly kind: 'evidence';
      readonly inputs: readonly string[];
      readonly run: string;
      readonly incident: string;
      /** Folder of the store that has the run. */
      readonly from: string;
      readonly configuration: Configuration;
    };

export type JobNews =
  | { readonly kind: 'progress'; readonly percent: number; readonly packets: number }
  | { readonly kind: 'done'; readonly packets: number }
  | { readonly kind: 'evidence'; readonly pcapng: Uint8Array; readonly report: string }
  | { readonly kind: 'failed'; readonly message: string };
