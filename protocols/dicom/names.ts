/**
 * Lists of names as records carry them: distinct, sorted, space-joined.
 *
 * The same stations propose and accept the same hundred contexts all day, so a list that was written before is
 * found again by the names it was made of. A list gives way to another that falls into its place.
 */
import { fold, mix } from '../../src/bytes/hash.ts';

/** More kinds of associations than pass one sensor in a minute. */
const LISTS = 64;

export class NameLists {
  private readonly lists: string[] = new Array<string>(LISTS).fill('');
  /** What each list was made of: names one behind the other. */
  private readonly sources: string[][] = Array.from({ length: LISTS }, () => []);
  private readonly names: string[] = [];
  private count = 0;
  private key = 0;

  begin(): void {
    this.count = 0;
    this.key = 0;
  }

  /** Empty names, and a name that comes twice in a row, add nothing. */
  add(name: string): void {
    const { count, names } = this;
    const last = name.length - 1;
    if (last < 0 || (count > 0 && names[count - 1] === name)) return;
    names[count] = name;
    this.count++;
    // UIDs differ in their last digits.
    this.key = fold(this.key, (last << 16) ^ (name.charCodeAt(last - 1) << 8) ^ name.charCodeAt(last));
  }

  list(): string {
    const slot = mix(this.key) & (LISTS - 1);
    if (!this.isMadeOf(this.sources[slot]!)) {
      const names = this.names.slice(0, this.count);
      this.sources[slot] = names;
      this.lists[slot] = [...new Set(names)].sort().join(' ');
    }
    return this.lists[slot]!;
  }

  private isMadeOf(source: readonly string[]): boolean {
    const { count, names } = this;
    if (source.length !== count) return false;
    for (let i = 0; i < count; i++) if (source[i] !== names[i]) return false;
    return true;
  }
}
