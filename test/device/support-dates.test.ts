import t from 'tap';
import { supportDates, supportOf } from '../../src/device/support-dates.ts';
import { Systems, systemOf } from '../../src/device/systems.ts';

t.test('every date of the table is a day that exists, with its source', (t) => {
  for (const { product, end, endUs, source } of supportDates) {
    t.match(end, /^\d{4}-\d\d-\d\d$/, product);
    t.equal(new Date(endUs / 1000 - 1).toISOString().slice(0, 10), end, 'it is supported until the end of that day');
    t.not(source, '');
  }
  t.end();
});

t.test('every entry is found by its own name', (t) => {
  for (const { product, endUs } of supportDates) t.ok((supportOf(product)?.endUs ?? 0) >= endUs, product);
  t.end();
});

const supported: readonly [words: string, end: string | null][] = [
  ['Windows XP Professional 5.1', '2014-04-08'],
  ['Windows XP Embedded', '2016-01-12'],
  ['Windows 7 or Windows Server 2008 R2', '2020-01-14'],
  ['Windows 8 or Windows Server 2012', '2023-10-10'],
  ['Windows 8.1 or Windows Server 2012 R2', '2023-10-10'],
  ['Windows 8.1', '2023-01-10'],
  ['Windows 10 Pro 19045', '2025-10-14'],
  ['Windows 10 Enterprise LTSC 2021', null],
  ['Windows 10 IoT Enterprise', null],
  ['Windows 10 or newer', null],
  ['Windows 10 or Windows Server 2019', '2029-01-09'],
  ['Windows Server 2008 R2 Standard 7601 Service Pack 1', '2020-01-14'],
  ['Debian 10', '2024-06-30'],
  ['Debian', null],
  ['CentOS release 6.10 (Final)', '2020-11-30'],
  ['Red Hat Enterprise Linux 7', '2024-06-30'],
  ['Android 8', null],
  ['1.7', null],
];
for (const [words, end] of supported) {
  t.test(`${words} is ${end === null ? 'not judged' : `supported until ${end}`}`, (t) => {
    t.equal(supportOf(words)?.end ?? null, end);
    t.end();
  });
}

const told: readonly [attribute: string, value: string, system: string | null][] = [
  ['ssh-software', 'OpenSSH_9.2p1 Debian-2+deb12u10', 'Debian 12'],
  ['ssh-software', 'OpenSSH_8.4p1 Debian-5', 'Debian 11'],
  ['ssh-software', 'OpenSSH_8.2p1 Ubuntu-4ubuntu0.5', 'Ubuntu 20.04'],
  ['ssh-software', 'OpenSSH_9.2p1', null],
  ['server-software', 'Microsoft-IIS/7.5', 'Windows 7 or Windows Server 2008 R2'],
  ['server-software', 'Apache/2.4.38 (Debian)', 'Debian 10'],
  ['server-software', 'nginx/1.22.1', null],
  ['user-agent', 'Mozilla/5.0 (Windows NT 6.1; WOW64)', 'Windows 7 or Windows Server 2008 R2'],
  ['user-agent', 'curl/7.88.1', null],
  ['vendor-class', 'MSFT 5.0', 'Windows'],
  ['vendor-class', 'android-dhcp-13', 'Android 13'],
  ['vendor-class', 'udhcp 1.20.2', 'Linux'],
  ['vendor-class', 'dhcpcd-8.1.2:Linux-5.10.103-v7l+:armv7l:BCM2835', 'Linux'],
  ['dhcp-parameters', '1,3,6,15,31,33,43,44,46,47,119,121,249,252', 'Windows 10 or newer'],
  ['dhcp-parameters', '1,3,6,12,15,28,42', 'Linux'],
  ['dhcp-parameters', '1,3,6', null],
  ['software', 'Hardware: x86 - Software: Windows Version 6.1 (Build 7601)', 'Windows 7 or Windows Server 2008 R2'],
  ['operating-system', 'Windows 5.1', 'Windows XP'],
  ['operating-system', 'Windows 6.1 build 7601', 'Windows 7 or Windows Server 2008 R2'],
  ['operating-system', 'Windows 6.1', null],
  ['operating-system', 'Windows 10.0 build 19045', 'Windows 10 or newer'],
  ['operating-system', 'Windows 10.0 build 26100', 'Windows 11 or newer'],
  ['operating-system', 'Windows Server 2008 R2 Standard 7601 Service Pack 1', null],
  ['server-software', 'Samba 4.17.12-Debian', 'Debian 12'],
  ['model', 'Windows 7', null],
];
for (const [attribute, value, system] of told) {
  t.test(`${attribute} ${value} tells ${system ?? 'no system'}`, (t) => {
    t.equal(systemOf(attribute, value)?.name ?? null, system);
    const systems = new Systems();
    t.same(systems.of(attribute, value), systemOf(attribute, value));
    t.same(systems.of(attribute, value), systemOf(attribute, value), 'and the same when asked again');
    t.end();
  });
}
