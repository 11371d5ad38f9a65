/**
 * The presentation contexts of one association (PS3.8, 9.3.2.2 and 9.3.3.2): what may be talked about, and how
 * it is encoded. Identifiers are odd, so there are 128 places; the table is as long as the last one in use.
 */
import type { NameLists } from './names.ts';
import type { ContextsInUse } from './pdu.ts';

/** What is known of a context; an answer other than acceptance is PS3.8, table 9-18. */
const UNKNOWN = 0;
const UNANSWERED = 1;
const ACCEPTED = 2;
const REFUSED = 3;

const ACCEPTANCE = 0;

export class Contexts implements ContextsInUse {
  private readonly states: number[] = [];
  private readonly abstractSyntaxes: string[] = [];
  private readonly transferSyntaxOf: string[] = [];
  /** The acceptor's answer has been seen. */
  answered = false;

  clear(): void {
    this.states.length = 0;
    this.abstractSyntaxes.length = 0;
    this.transferSyntaxOf.length = 0;
    this.answered = false;
  }

  /** False when the identifier is even or taken. */
  propose(id: number, abstractSyntax: string): boolean {
    const place = id >> 1;
    if ((id & 1) === 0) return false;
    this.reach(place);
    if (this.abstractSyntaxes[place] !== '') return false;
    if (this.states[place] === UNKNOWN) this.states[place] = UNANSWERED;
    this.abstractSyntaxes[place] = abstractSyntax;
    return true;
  }

  answer(id: number, result: number, transferSyntax: string): boolean {
    const place = id >> 1;
    if ((id & 1) === 0) return false;
    if (result === ACCEPTANCE) {
      this.reach(place);
      while (this.transferSyntaxOf.length <= place) this.transferSyntaxOf.push('');
      this.states[place] = ACCEPTED;
      this.transferSyntaxOf[place] = transferSyntax;
    } else if (this.state(place) !== UNKNOWN) {
      // A refused context is never used: forget its names.
      this.states[place] = REFUSED;
      this.abstractSyntaxes[place] = '';
      if (place < this.transferSyntaxOf.length) this.transferSyntaxOf[place] = '';
    }
    return true;
  }

  private reach(place: number): void {
    while (this.states.length <= place) {
      this.states.push(UNKNOWN);
      this.abstractSyntaxes.push('');
    }
  }

  private state(place: number): number {
    return place < this.states.length ? this.states[place]! : UNKNOWN;
  }

  /** Can this context carry a message, as far as we know? */
  mayCarry(id: number): boolean {
    return (id & 1) === 1 && (!this.answered || this.state(id >> 1) === ACCEPTED);
  }

  transferSyntax(id: number): string {
    const place = id >> 1;
    return (id & 1) === 1 && place < this.transferSyntaxOf.length ? this.transferSyntaxOf[place]! : '';
  }

  get accepted(): number {
    let count = 0;
    for (let i = 0; i < this.states.length; i++) if (this.states[i] === ACCEPTED) count++;
    return count;
  }

  /** Distinct abstract syntaxes that were accepted, sorted, space-joined. */
  sopClasses(lists: NameLists): string {
    return this.acceptedOf(this.abstractSyntaxes, lists);
  }

  transferSyntaxes(lists: NameLists): string {
    return this.acceptedOf(this.transferSyntaxOf, lists);
  }

  private acceptedOf(names: readonly string[], lists: NameLists): string {
    lists.begin();
    for (let i = 0; i < names.length; i++) if (this.states[i] === ACCEPTED) lists.add(names[i]!);
    return lists.list();
  }
}
