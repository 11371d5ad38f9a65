/** Where in nested sequences a data set stands (PS3.5, 7.5): a sequence and its item are a level each. */

export class Levels {
  depth = 0;
  private readonly depthMax: number;
  private readonly ends: number[] = [];
  private readonly items: boolean[] = [];
  private readonly implicit: boolean[] = [];

  constructor(depthMax: number) {
    this.depthMax = depthMax;
  }

  /** False when it would be too deep. `end`: position behind the level, infinite when a delimiter ends it. */
  enter(isItem: boolean, end: number, isImplicit: boolean): boolean {
    const { depth } = this;
    if (depth === this.depthMax) return false;
    this.ends[depth] = end;
    this.items[depth] = isItem;
    this.implicit[depth] = isImplicit;
    this.depth++;
    return true;
  }

  /** Levels of defined length end where their bytes end. */
  leaveAt(position: number): void {
    while (this.depth > 0 && position >= this.ends[this.depth - 1]!) this.depth--;
  }

  get inItem(): boolean {
    return this.depth > 0 && this.items[this.depth - 1]!;
  }

  get isImplicit(): boolean {
    return this.depth > 0 && this.implicit[this.depth - 1]!;
  }
}
