/**
 * How often each card may open a finding (detection.md 3.4). Alarms that come too often are not heard: a card that was over
 * its budget on seven days in a row, by packet time, moves to the digest, and comes back after as many days within it. One
 * bad day is an event and moves nothing. What a card recognises as an attack by itself is never put aside.
 *
 *     findings a day ≤ max(least, share of the card's severity × devices of the site)
 */
import type { BudgetMove, DetectorOptions } from '../detect.ts';
import type { Severity } from '../model.ts';

const DAY_US = 86_400e6;
/** A pause of the clock longer than this is no row of quiet days that somebody has counted. */
const PAUSE_DAYS_MAX = 31;

interface Card {
  /** Findings opened on the day that goes on. */
  today: number;
  /** Days in a row over the budget, and within it. */
  over: number;
  within: number;
  isDigest: boolean;
}

export class Budget {
  private readonly options: DetectorOptions;
  private readonly severityOf: (card: string) => Severity;
  private readonly cards = new Map<string, Card>();
  private day = Number.NaN;

  /** Options of ME-03, and the severity that stands for a card where no device is meant. */
  constructor(options: DetectorOptions, severityOf: (card: string) => Severity) {
    this.options = options;
    this.severityOf = severityOf;
  }

  /** A finding of this card was opened. */
  opened(card: string): void {
    let known = this.cards.get(card);
    if (known === undefined) {
      known = { today: 0, over: 0, within: 0, isDigest: false };
      this.cards.set(card, known);
    }
    known.today++;
  }

  isDigest(card: string): boolean {
    return this.cards.get(card)?.isDigest ?? false;
  }

  /** Moves that are due because a day is over, in the order of the cards' ids. `devices` is asked then only. */
  tick(nowUs: number, devices: () => number): BudgetMove[] {
    const day = Math.floor(nowUs / DAY_US);
    const passed = Math.min(day - this.day, PAUSE_DAYS_MAX);
    if (!(passed <= 0)) this.day = day;
    if (!(passed > 0)) return [];
    const moves: BudgetMove[] = [];
    const count = devices();
    for (let i = 0; i < passed; i++) {
      for (const card of [...this.cards.keys()].sort()) {
        const move = this.endDay(card, count);
        if (move !== null) moves.push(move);
      }
    }
    return moves;
  }

  private endDay(id: string, devices: number): BudgetMove | null {
    const card = this.cards.get(id);
    if (card === undefined) return null;
    const perDay = card.today;
    const allowed = this.allowed(this.severityOf(id), devices);
    card.today = 0;
    card.over = perDay > allowed ? card.over + 1 : 0;
    card.within = perDay > allowed ? 0 : card.within + 1;
    const days = Number(this.options.days);
    if ((card.isDigest ? card.within : card.over) < days) return null;
    card.isDigest = !card.isDigest;
    card.over = 0;
    card.within = 0;
    return { card: id, toDigest: card.isDigest, days, perDay, allowed };
  }

  private allowed(severity: Severity, devices: number): number {
    return Math.max(Number(this.options.leastPerDay), Number(this.options[severity]) * devices);
  }

  /** What a sensor has counted before it was started again: from the findings that its store kept, day by day. */
  restore(findings: readonly { readonly detector: string; readonly startUs: number }[], devices: number): void {
    for (const { detector, startUs } of [...findings].sort((a, b) => a.startUs - b.startUs)) {
      this.tick(startUs, () => devices);
      this.opened(detector);
    }
  }
}
