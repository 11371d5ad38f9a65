/**
 * What each layer of the baseline is worth: how many attacks are still named when the cards that live by it are silent
 * (detection.md 6.1).
 */

/** Cards by the layer that they ask first; those of the last row need no baseline. */
export const layerCards: Readonly<Record<string, readonly string[]>> = {
  structure: ['BL-01', 'BL-02', 'BL-03', 'BL-05', 'EX-03', 'EX-06', 'EX-11', 'EX-15', 'EX-16', 'RC-01', 'RC-07'],
  semantics: ['RC-09', 'RC-10', 'RC-12', 'EX-09', 'EX-10', 'EX-12', 'EX-13'],
  quantity: ['EX-01', 'EX-02', 'EX-04'],
  time: ['BL-06', 'EX-08', 'RC-06'],
  'peer group': ['BL-04'],
  reference: ['BL-09'],
  'none (behaviour alone)': [
    ...['BL-07', 'BL-08', 'RC-02', 'RC-03', 'RC-04', 'RC-05', 'RC-08', 'RC-11', 'RC-13'],
    ...['EX-05', 'EX-07', 'EX-14', 'ME-02'],
  ],
};

export interface Ablated {
  readonly layer: string;
  readonly cards: number;
  /** Attacks still named by a right card, and by any card. */
  readonly right: number;
  readonly any: number;
  readonly attacks: number;
}

export interface AttackCards {
  readonly expected: readonly string[];
  readonly cards: readonly string[];
}

export function ablation(attacks: readonly AttackCards[]): Ablated[] {
  const rows = Object.entries(layerCards).map(([layer, silent]) => counted(layer, silent, attacks));
  return [counted('nothing', [], attacks), ...rows];
}

function counted(layer: string, silent: readonly string[], attacks: readonly AttackCards[]): Ablated {
  const left = attacks.map(({ expected, cards }) => ({
    expected,
    cards: cards.filter((card) => !silent.includes(card)),
  }));
  return {
    layer,
    cards: silent.length,
    right: left.filter(({ expected, cards }) => cards.some((card) => expected.includes(card))).length,
    any: left.filter(({ cards }) => cards.length > 0).length,
    attacks: attacks.length,
  };
}
