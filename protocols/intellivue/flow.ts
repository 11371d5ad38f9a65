/** What is remembered of one conversation with a monitor. */

/** Sets and actions that wait for their answer; a client waits for one before the next. */
const PENDING_MAX = 8;

export class IntellivueFlow {
  /** Attributes told since the association began, one bit each. */
  told = 0;
  exportPort = 0;
  /** Invoke id → verb and object of an operation that was asked. */
  readonly pending = new Map<number, { verb: string; object: string }>();

  begin(): void {
    this.told = 0;
    this.pending.clear();
  }

  /** True the first time. */
  firstTime(bit: number): boolean {
    if ((this.told & bit) !== 0) return false;
    this.told |= bit;
    return true;
  }

  wait(invokeId: number, verb: string, object: string): void {
    if (this.pending.size >= PENDING_MAX) this.pending.delete(this.pending.keys().next().value ?? -1);
    this.pending.set(invokeId, { verb, object });
  }
}
