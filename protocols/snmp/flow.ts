/** What one conversation of SNMP remembers. */
export class SnmpFlow {
  detail = '';
  hasAsked = false;
  hasSucceeded = false;
  method = '';
  isClear = false;
  weakness = '';
  isOdd = false;
  readonly told = new Set<string>();
  /** Request id → object of a set. */
  readonly sets = new Map<number, string>();
}
