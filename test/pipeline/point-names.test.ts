/** Names of devices in points: a better one takes the place of a worse one, and no two devices share one. */
import t from 'tap';
import { parseAddress } from '../../src/bytes/address.ts';
import { Device } from '../../src/device/device.ts';
import { PointNames } from '../../src/pipeline/point-names.ts';

const LINK_LOCAL = 'fe80::280:4cff:fe20:301';

t.test('an address of one link gives way to any other, with the class or without', (t) => {
  for (const kind of ['', 'infusion-pump']) {
    const device = new Device(1, parseAddress(LINK_LOCAL), false, false, 8);
    const names = new PointNames(
      () => '',
      () => kind,
    );
    const before = kind === '' ? '' : 'Infusion pump ';
    t.equal(names.of(device), `${before}${LINK_LOCAL}`);
    device.address = parseAddress('10.20.4.11');
    t.equal(names.of(device), `${before}10.20.4.11`);
    device.address = parseAddress('10.20.4.12');
    t.equal(names.of(device), `${before}10.20.4.11`, 'and is kept then');
  }
  t.end();
});
