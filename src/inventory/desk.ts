/** The equipment list of a site in the store: taken over from a file, compared, handed out with what was seen. */
import type { Limits } from '../limits.ts';
import type { DeviceRow } from '../model.ts';
import { readCsv, textOf } from './csv.ts';
import { columnsOf, type Equipment, type EquipmentKey, equipmentOf } from './equipment.ts';
import { type Reconciliation, reconcile } from './reconcile.ts';

/** The part of the store that this needs. */
export interface InventoryStore {
  devices(run: string, page: { readonly limit: number }): { rows: DeviceRow[] };
  runs(): readonly { readonly name: string; readonly lastUs: number }[];
  readonly lists: {
    about<About>(name: 'equipment'): { timeUs: number; about: About } | null;
    equipment<Row>(): Row[];
    replaceEquipment(timeUs: number, about: object, rows: readonly object[]): void;
  };
}

/** What is said about the list as a whole. */
export interface ListAbout {
  readonly file: string;
  readonly user: string;
  readonly rows: number;
  /** Key → headings that hold it. */
  readonly columns: Readonly<Partial<Record<EquipmentKey, string[]>>>;
  /** How much was left out. */
  readonly problems: number;
}

export interface ListRead {
  readonly equipment: readonly Equipment[];
  readonly about: ListAbout;
  readonly problems: readonly string[];
}

/** Columns without which no row can be found on the network. */
const finding: readonly EquipmentKey[] = ['mac', 'address', 'ae', 'serial', 'host'];

export class ListError extends Error {
  override readonly name = 'ListError';
}

/** Reads the file; a list that cannot be used at all throws one sentence. */
export function readList(
  bytes: Uint8Array,
  { file, user, said, limits }: { file: string; user: string; said: readonly string[]; limits: Limits },
): ListRead {
  if (bytes.length > limits.equipmentBytesMax)
    throw new ListError(`${file}: larger than ${limits.equipmentBytesMax} bytes`);
  const csv = readCsv(textOf(bytes), {
    rowsMax: limits.equipmentRowsMax,
    columnsMax: limits.equipmentColumnsMax,
    cellCharactersMax: limits.equipmentFieldCharactersMax,
  });
  const { columns, problems: wrong } = columnsOf(csv.head, said);
  if (csv.head.length === 0 || wrong.length > 0) {
    throw new ListError(`${file}: ${[...csv.problems, ...wrong].slice(0, 3).join('; ')}`);
  }
  if (!finding.some((key) => (columns.get(key) ?? []).length > 0)) {
    const heads = csv.head.slice(0, 20).join(', ');
    throw new ListError(
      `${file}: no column holds ${finding.join(', ')}; its columns are ${heads}. Say which is which: serial=HEADING`,
    );
  }
  const { equipment, problems: rows } = equipmentOf(csv, columns);
  if (equipment.length === 0) throw new ListError(`${file}: no row says which device it is`);
  const problems = [...csv.problems, ...rows];
  const named = [...columns].map(([key, at]) => [key, at.map((one) => csv.head[one] ?? '')]);
  const about = { file, user, rows: equipment.length, columns: Object.fromEntries(named), problems: problems.length };
  return { equipment, about, problems };
}

export interface ComparisonSettings {
  readonly days: number;
  readonly all: boolean;
  readonly zoneOf: (address: string) => string;
  readonly zones: readonly string[];
}

export class InventoryDesk {
  private readonly store: InventoryStore;
  private readonly run: string;

  constructor(store: InventoryStore, run: string) {
    this.store = store;
    this.run = run;
  }

  about(): { timeUs: number; about: ListAbout } | null {
    return this.store.lists.about<ListAbout>('equipment');
  }

  /** Packet time up to which was listened. */
  nowUs(): number {
    return this.store.runs().find(({ name }) => name === this.run)?.lastUs ?? 0;
  }

  devices(): DeviceRow[] {
    return this.store.devices(this.run, { limit: Number.MAX_SAFE_INTEGER }).rows;
  }

  compare(settings: ComparisonSettings): { listed: number; found: Reconciliation } {
    const equipment = this.store.lists.equipment<Equipment>();
    const found = reconcile(equipment, this.devices(), { ...settings, nowUs: this.nowUs() });
    return { listed: equipment.length, found };
  }
}
