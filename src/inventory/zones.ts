/** Zone of an address by the settings, as text: for lists, which are about devices that may not be there. */
import { parseAddress } from '../bytes/address.ts';
import { contains, type Prefix, parsePrefix } from '../bytes/prefix.ts';

export interface ZoneSettings {
  readonly name: string;
  readonly networks: readonly string[];
}

/** '' where no zone holds the address. */
export function zoneFinder(zones: readonly ZoneSettings[]): (address: string) => string {
  const known = zones.map(({ name, networks }) => ({
    name,
    networks: networks.map(parsePrefix).filter((one): one is Prefix => one !== null),
  }));
  return (address) => {
    const key = parseAddress(address);
    if (key === '') return '';
    return known.find(({ networks }) => networks.some((one) => contains(one, key)))?.name ?? '';
  };
}
