/** What people call a device: a name that it or somebody gave, its AE title, its address, else its id. */

interface Named {
  readonly names: readonly string[];
  readonly aeTitles: readonly string[];
  readonly addresses: readonly string[];
}

export function calledOf(device: Named | null | undefined, id: string): string {
  return device?.names[0] ?? device?.aeTitles[0] ?? device?.addresses[0] ?? id;
}
