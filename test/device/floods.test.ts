/** Who forges addresses costs the inventory a fixed number of records, and each packet the same time. */
import t from 'tap';
import { Inventory } from '../../src/device/inventory.ts';
import { limits } from '../../src/limits.ts';
import { Lease, Neighbour } from '../../src/records.ts';

const COUNT = 3_000;
const few = { ...limits, devicesMax: 500 };

function flooded(send: (inventory: Inventory, number: number) => void, devicesMax = few.devicesMax): Inventory {
  const inventory = new Inventory({ limits: { ...limits, devicesMax }, internal: [] });
  for (let number = 0; number < COUNT; number++) send(inventory, number);
  return inventory;
}

function unit(...units: number[]): string {
  return String.fromCharCode(...units);
}

function neighbour(address: string, mac: string, timeUs: number): Neighbour {
  return Object.assign(new Neighbour(), { timeUs, how: 'ip', timeToLive: 64, address, mac });
}

const linkLocal = (number: number): string => unit(0xfe80, 0, 0, 0, 0, 0, number >> 16, number & 0xffff);

t.test('one address with a new MAC in every packet makes no more devices than there may be', (t) => {
  const { devices, refused } = flooded((inventory, number) =>
    inventory.neighbour(neighbour(linkLocal(5), unit(0x0200, number >> 16, number & 0xffff), number)),
  );
  t.equal(devices.length, few.devicesMax);
  t.ok(refused > 0);
  t.end();
});

t.test('one MAC with a new address in every packet is known by the last of them', (t) => {
  const mac = unit(0x0200, 0, 1);
  const send = (inventory: Inventory, number: number): void =>
    inventory.neighbour(neighbour(linkLocal(number), mac, number));
  const inventory = flooded(send, COUNT + 1);
  const owner = inventory.at(linkLocal(COUNT - 1));
  t.equal(owner.addresses.size, limits.deviceAddressesMax);
  t.ok(owner.addresses.has(linkLocal(COUNT - 1)));
  t.ok(owner.addresses.has(linkLocal(0)), 'the first names the device');
  t.notOk(owner.addresses.has(linkLocal(1)), 'the oldest of the others has given way');
  t.equal(flooded(send).devices.length, few.devicesMax);
  t.end();
});

t.test('records that merge one behind the other are one step away', (t) => {
  const inventory = new Inventory({ limits, internal: [] });
  const first = inventory.at(unit(0x0a00, 1));
  let last = first;
  for (let i = 2; i < 1_000; i++) {
    const next = inventory.at(unit(0x0a00, i));
    last.mergedInto = next;
    last = next;
  }
  t.equal(inventory.get(first.number), last);
  t.equal(first.mergedInto, last);
  t.end();
});

t.test('a flood of leases is no flood of addresses', (t) => {
  const mac = unit(0x0200, 0, 1);
  const inventory = flooded((inventory, number) =>
    inventory.lease(Object.assign(new Lease(), { timeUs: number, kind: 5, address: unit(0x0a00, number), mac })),
  );
  t.ok(inventory.at(unit(0x0a00, COUNT - 1)).addresses.size <= limits.deviceAddressesMax);
  t.ok(inventory.devices.length <= few.devicesMax);
  t.end();
});

t.test('a device keeps what it is while it takes a new address every day of a year', (t) => {
  const mac = unit(0x0200, 0, 1);
  const inventory = new Inventory({ limits, internal: [] });
  for (let day = 0; day < 365; day++) {
    inventory.lease(Object.assign(new Lease(), { timeUs: day, kind: 5, address: unit(0x0a00, day), mac }));
  }
  const ids = new Set(inventory.devices.filter((one) => one.mac !== '' && one.mergedInto === null).map(({ id }) => id));
  t.equal(ids.size, 1);
  t.end();
});
