/**
 * The presentation contexts of one association (PS3.8, 9.3.2.2 and 9.3.3.2): what may be talked about, and how
 * it is encoded. Identifiers are odd, so there are 128 places.
 */
import type { ContextsInUse } from './pdu.ts';

const UNANSWERED = -1;
const ACCEPTED = 0;

interface Context {
  abstractSyntax: string;
  transferSyntax: string;
  /** As the acceptor answered (PS3.8, table 9-18); 0 is acceptance. */
  result: number;
}

export class Contexts implements ContextsInUse {
  #byId = new Map<number, Context>();
  /** The acceptor's answer has been seen. */
  answered = false;

  clear(): void {
    this.#byId.clear();
    this.answered = false;
  }

  /** False when the identifier is even or taken. */
  propose(id: number, abstractSyntax: string): boolean {
    const known = this.#byId.get(id);
    if ((id & 1) === 0 || (known !== undefined && known.abstractSyntax !== '')) return false;
    if (known === undefined) this.#byId.set(id, { abstractSyntax, transferSyntax: '', result: UNANSWERED });
    else known.abstractSyntax = abstractSyntax;
    return true;
  }

  answer(id: number, result: number, transferSyntax: string): boolean {
    if ((id & 1) === 0) return false;
    const known = this.#byId.get(id);
    if (result !== ACCEPTED) {
      // A refused context is never used: forget its names.
      if (known !== undefined) this.#byId.set(id, { abstractSyntax: '', transferSyntax: '', result });
    } else if (known === undefined) {
      this.#byId.set(id, { abstractSyntax: '', transferSyntax, result });
    } else {
      known.result = result;
      known.transferSyntax = transferSyntax;
    }
    return true;
  }

  /** Can this context carry a message, as far as we know? */
  mayCarry(id: number): boolean {
    return (id & 1) === 1 && (!this.answered || this.#byId.get(id)?.result === ACCEPTED);
  }

  transferSyntax(id: number): string {
    return this.#byId.get(id)?.transferSyntax ?? '';
  }

  get accepted(): number {
    let count = 0;
    for (const context of this.#byId.values()) if (context.result === ACCEPTED) count++;
    return count;
  }

  /** Distinct, sorted, space-joined. */
  sopClasses(): string {
    return abstractSyntaxes.list(this.#byId.values(), (context) => context.abstractSyntax);
  }

  transferSyntaxes(): string {
    return transferSyntaxes.list(this.#byId.values(), (context) => context.transferSyntax);
  }
}

/** Writes lists of names; the same names as last time are the same list, as from one station to its archive all day. */
class NameList {
  #names: string[] = [];
  #list = '';

  list(contexts: Iterable<Context>, nameOf: (context: Context) => string): string {
    let count = 0;
    let same = true;
    for (const context of contexts) {
      if (context.result !== ACCEPTED) continue;
      const name = nameOf(context);
      if (this.#names[count] !== name) {
        same = false;
        this.#names[count] = name;
      }
      count++;
    }
    if (same && this.#names.length === count) return this.#list;
    this.#names.length = count;
    const distinct = new Set(this.#names);
    distinct.delete('');
    this.#list = [...distinct].sort().join(' ');
    return this.#list;
  }
}

const abstractSyntaxes = new NameList();
const transferSyntaxes = new NameList();
