import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';

const UNIT = 'deploy/wardwatch.service';

/** `section.key` → values, in order. */
function settings(text: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  let section = '';
  for (const line of text.split('\n')) {
    section = /^\[(\w+)\]$/.exec(line)?.[1] ?? section;
    const [, key, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (key !== undefined) found.set(`${section}.${key}`, [...(found.get(`${section}.${key}`) ?? []), value ?? '']);
  }
  return found;
}

t.test('the service may open packet sockets and nothing beyond', (t) => {
  const unit = settings(readFileSync(UNIT, 'utf8'));
  const is = (key: string, value: string): void => {
    t.same(unit.get(`Service.${key}`), [value], key);
  };
  is('User', 'wardwatch');
  is('AmbientCapabilities', 'CAP_NET_RAW');
  is('CapabilityBoundingSet', 'CAP_NET_RAW');
  is('NoNewPrivileges', 'yes');
  is('ProtectSystem', 'strict');
  is('ProtectHome', 'yes');
  is('PrivateTmp', 'yes');
  is('StateDirectory', 'wardwatch');
  is('LimitCORE', '0');
  is('RestrictAddressFamilies', 'AF_PACKET AF_INET AF_INET6 AF_UNIX AF_NETLINK');
  t.ok(unit.has('Service.MemoryMax'));
  t.notOk(unit.has('Service.MemoryDenyWriteExecute'), 'the engine compiles code while it runs');
  t.end();
});

const skip = spawnSync('systemd-analyze', ['--version']).status === 0 ? false : 'systemd-analyze is not here';
t.test('systemd understands every line of the unit', { skip }, (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'wardwatch-test-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const copy = join(folder, 'wardwatch.service');
  // The user is made by the installation; without it verify would speak of nothing else.
  writeFileSync(copy, readFileSync(UNIT, 'utf8').replace(/^(User|Group)=.*$/gm, '$1=root'));
  const { stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', copy], { encoding: 'utf8' });
  const about = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('wardwatch.service'));
  t.same(about, []);
  t.end();
});
