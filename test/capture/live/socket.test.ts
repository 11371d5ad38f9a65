import { spawnSync } from 'node:child_process';
import t from 'tap';
import { CaptureError } from '../../../src/capture/live/error.ts';
import { fanoutGroup } from '../../../src/capture/live/live.ts';
import { Ring } from '../../../src/capture/live/ring.ts';

const lo = {
  interface: 'lo',
  fanoutGroup: null,
  blockBytes: 65_536,
  blocks: 2,
  snapBytes: 65_535,
  promiscuous: false,
};
const notLinux = process.platform === 'linux' ? false : 'needs Linux';
const notRoot = process.getuid?.() === 0 ? false : 'needs root';

t.test('an interface that does not exist: the error lists those that do', { skip: notLinux }, (t) => {
  t.throws(
    () => Ring.open({ ...lo, interface: 'no-such-card' }),
    new CaptureError('interface no-such-card does not exist; there are:'.concat(offered())),
  );
  t.end();
});

function offered(): string {
  const names = spawnSync('ls', ['/sys/class/net'], { encoding: 'utf8' }).stdout.trim().split('\n');
  return names.length > 0 ? ` ${names.sort().join(', ')}` : '';
}

t.test('without the permission: the error says the command that gives it', { skip: notLinux || notRoot }, (t) => {
  const ring = new URL('../../../src/capture/live/ring.ts', import.meta.url).href;
  const script = `const { Ring } = await import('${ring}');
    try { Ring.open(${JSON.stringify(lo)}); } catch (error) { console.log(error.name + ': ' + error.message); }`;
  const without = ['--bounding-set=-net_raw', '--inh-caps=-net_raw', process.execPath, '--input-type=module'];
  const child = spawnSync('setpriv', [...without, '--eval', script], { encoding: 'utf8' });
  if (child.error !== undefined) {
    t.comment('skipped: needs setpriv');
    t.end();
    return;
  }
  t.match(child.stdout, /^CaptureError: no permission to capture on lo: /);
  t.match(child.stdout, `"sudo setcap cap_net_raw=ep ${process.execPath}"`);
  t.equal(child.stdout.trim().split('\n').length, 1);
  t.end();
});

t.test('a ring that the kernel does not grant: the error says which', { skip: notLinux || notRoot }, (t) => {
  t.throws(() => Ring.open({ ...lo, blockBytes: 5_000 }), {
    name: 'CaptureError',
    message: /^the kernel refused 0.01 MiB of ring memory for lo \(2 blocks of 0 MiB\): EINVAL/,
  });
  t.throws(() => Ring.open({ ...lo, blockBytes: 2 ** 30, blocks: 8 }), {
    message: '8192 MiB of ring memory for lo (8 blocks of 1024 MiB): at most 4 GiB can be addressed',
  });
  t.end();
});

t.test('opening and closing leaves no socket and no memory behind', { skip: notLinux || notRoot }, (t) => {
  const packetSockets = (): number =>
    spawnSync('cat', ['/proc/net/packet'], { encoding: 'utf8' }).stdout.trim().split('\n').length;
  const before = packetSockets();
  for (let i = 0; i < 20; i++) Ring.open({ ...lo, blockBytes: 1024 * 1024, blocks: 16 }).close();
  for (let i = 0; i < 10; i++) t.throws(() => Ring.open({ ...lo, blockBytes: 5_000 }), CaptureError);
  t.equal(packetSockets(), before);
  t.end();
});

t.test('a replay never loads the native library', (t) => {
  const live = new URL('../../../src/capture/live/live.ts', import.meta.url).href;
  const script = `await import('${live}'); console.log(process.report.getReport().sharedObjects.join(' '));`;
  const child = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
  t.match(child.stdout, /libc|node|linux-vdso/i);
  t.notMatch(child.stdout, /koffi/);
  t.end();
});

t.test('a group number fits the kernel, and two draws differ', (t) => {
  const drawn = new Set(Array.from({ length: 32 }, () => fanoutGroup()));
  t.ok(drawn.size > 8);
  for (const number of drawn) t.ok(Number.isInteger(number) && number >= 0 && number <= 0xffff);
  t.end();
});
