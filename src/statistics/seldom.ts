/** Things that were said and are not said again for a while, however often they are true. Bounded: the oldest is forgotten. */
export class Seldom {
  private readonly saidUs = new Map<string, number>();
  private readonly pauseUs: number;
  private readonly most: number;

  constructor(pauseUs: number, most: number) {
    this.pauseUs = pauseUs;
    this.most = most;
  }

  /** May it be said now? Then it counts as said. */
  may(what: string, nowUs: number): boolean {
    const before = this.saidUs.get(what);
    if (before !== undefined && nowUs - before < this.pauseUs) return false;
    this.saidUs.delete(what);
    if (this.saidUs.size >= this.most) this.saidUs.delete(this.saidUs.keys().next().value ?? '');
    this.saidUs.set(what, nowUs);
    return true;
  }
}
