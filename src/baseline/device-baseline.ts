/** What the baseline keeps of one device: its relations, how far each layer is learnt, and what was signed off. */
import { LayerState } from './layer-state.ts';
import { Quantity } from './quantity.ts';
import { RelationSet } from './relation-set.ts';
import { Rhythms } from './rhythm.ts';

/** Layers by the names that outputs use (detection.md 2.1, A to D; groups and the reference belong to structure). */
export const layers = ['structure', 'semantics', 'quantity', 'time'] as const;
export type Layer = (typeof layers)[number];
/** Those that are sets of relations. */
export type SetLayer = 'structure' | 'semantics';

export class DeviceBaseline {
  /** Of the inventory; below zero for a device that the store knows and that was not seen in this run yet. */
  number: number;
  readonly firstUs: number;
  /** Its class, model and zone as last known, '' before. */
  group = '';
  readonly structure: RelationSet = new RelationSet();
  readonly semantics: RelationSet = new RelationSet();
  /** Layers C and D: how much, and how often. */
  quantity: Quantity = new Quantity();
  rhythms: Rhythms = new Rhythms();
  readonly states: Readonly<Record<Layer, LayerState>>;
  /** Structure as it was accepted when the device was signed off or reached `watch` (layer F); null before. */
  reference: ReadonlySet<number> | null = null;
  /** Signals of detectors on it today. */
  signals = 0;
  /** Changed since it was last written. */
  isChanged = true;

  constructor(number: number, firstUs: number) {
    this.number = number;
    this.firstUs = firstUs;
    this.states = {
      structure: new LayerState(),
      semantics: new LayerState(),
      quantity: new LayerState(),
      time: new LayerState(),
    };
  }

  set(layer: SetLayer): RelationSet {
    return layer === 'structure' ? this.structure : this.semantics;
  }

  /** There is no room for what was measured of it. */
  forgetQuantities(): void {
    this.quantity = new Quantity();
    this.rhythms = new Rhythms();
    this.isChanged = true;
  }

  /** What another record that proves to be this device has learnt. */
  absorb(other: DeviceBaseline): void {
    this.structure.absorb(other.structure);
    this.semantics.absorb(other.semantics);
    this.quantity.absorb(other.quantity);
    this.rhythms.absorb(other.rhythms);
    if (this.group === '') this.group = other.group;
    this.signals += other.signals;
    this.isChanged = true;
  }
}
