/** What is remembered of a conversation while it goes on; it hangs on the link of its flow and goes with it. */
import type { Link } from '../../detect.ts';
import type { Sight } from './book.ts';
import type { PostureRuleName } from './rules.ts';

/** A login with a weak password of which the answer has not been seen. */
export interface AskedLogin {
  readonly rule: PostureRuleName;
  readonly protocol: string;
  readonly toServer: boolean;
  readonly timeUs: number;
}

export class FlowMemory {
  /** Line of the patient data it carries; null: they stay where they belong; undefined: none were seen yet. */
  carried: Sight | null | undefined = undefined;
  lastPayloadUs: number;
  asked: AskedLogin | null = null;

  constructor(timeUs: number) {
    this.lastPayloadUs = timeUs;
  }
}

export interface PostureLink extends Link {
  posture: FlowMemory | null;
}

export function memoryOf(link: PostureLink, timeUs: number): FlowMemory {
  link.posture ??= new FlowMemory(timeUs);
  return link.posture;
}
