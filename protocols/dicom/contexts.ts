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
    return this.#distinct((context) => context.abstractSyntax);
  }

  transferSyntaxes(): string {
    return this.#distinct((context) => context.transferSyntax);
  }

  #distinct(nameOf: (context: Context) => string): string {
    const names = new Set<string>();
    for (const context of this.#byId.values()) if (context.result === ACCEPTED) names.add(nameOf(context));
    names.delete('');
    return [...names].sort().join(' ');
  }
}
