/** Pairs of texts that are said again and again, joined once: `ADT^A01`, `C-STORE-RSP 0000`. */
export class Joined {
  private readonly firsts = new Map<string, Map<string | number, string>>();
  private readonly join: (first: string, second: string | number) => string;
  private readonly pairsMax: number;
  private pairs = 0;

  constructor(pairsMax: number, join: (first: string, second: string | number) => string) {
    this.pairsMax = pairsMax;
    this.join = join;
  }

  of(first: string, second: string | number): string {
    let seconds = this.firsts.get(first);
    const known = seconds?.get(second);
    if (known !== undefined) return known;
    const joined = this.join(first, second);
    // A flood of forged names is joined every time, never remembered.
    if (this.pairs >= this.pairsMax) return joined;
    if (seconds === undefined) {
      seconds = new Map();
      this.firsts.set(first, seconds);
    }
    seconds.set(second, joined);
    this.pairs++;
    return joined;
  }
}
