/** The findings of the run, newest first, as many as a page can use. */
import { ofRun, useAnswer } from '../client.ts';
import type { Finding, Paged } from '../shapes.ts';

export type FindingList = Paged & { alerts: Finding[] };

export function useFindings() {
  return useAnswer<FindingList>(ofRun('alerts', { limit: 1_000 }));
}
