/**
 * Which operating system a device runs, by what its software says of itself: version banners, user agents, DHCP.
 *
 * Each rule names a system as precisely as the words allow and no further; the table of support dates reads these
 * names. Several systems joined by `or` are told apart by nothing in the words. Times to live alone say nothing.
 */

export interface System {
  readonly name: string;
  readonly confidence: number;
}

/** Attribute → pattern → name; `$1` stands for the first group. The first that fits counts. 0: as much as the words. */
const rules: Readonly<Record<string, readonly (readonly [pattern: RegExp, name: string, confidence: number])[]>> = {
  'ssh-software': [
    // Debian's security updates name the release they are for.
    [/^OpenSSH_\S+ Debian-\S*deb(\d{1,2})u/, 'Debian $1', 0.8],
    [/^OpenSSH_6\.0p1 Debian/, 'Debian 7', 0.7],
    [/^OpenSSH_6\.7p1 Debian/, 'Debian 8', 0.7],
    [/^OpenSSH_7\.4p1 Debian/, 'Debian 9', 0.7],
    [/^OpenSSH_7\.9p1 Debian/, 'Debian 10', 0.7],
    [/^OpenSSH_8\.4p1 Debian/, 'Debian 11', 0.7],
    [/^OpenSSH_9\.2p1 Debian/, 'Debian 12', 0.7],
    [/^OpenSSH_\S+ Debian/, 'Debian', 0.6],
    // Each long-term release keeps the version of OpenSSH it came with.
    [/^OpenSSH_5\.9p1 Debian-\S*ubuntu/, 'Ubuntu 12.04', 0.7],
    [/^OpenSSH_6\.6\.1p1 Ubuntu/, 'Ubuntu 14.04', 0.7],
    [/^OpenSSH_7\.2p2 Ubuntu/, 'Ubuntu 16.04', 0.7],
    [/^OpenSSH_7\.6p1 Ubuntu/, 'Ubuntu 18.04', 0.7],
    [/^OpenSSH_8\.2p1 Ubuntu/, 'Ubuntu 20.04', 0.7],
    [/^OpenSSH_8\.9p1 Ubuntu/, 'Ubuntu 22.04', 0.7],
    [/^OpenSSH_9\.6p1 Ubuntu/, 'Ubuntu 24.04', 0.7],
    [/^OpenSSH_\S+ Ubuntu/, 'Ubuntu', 0.6],
    [/^OpenSSH_\S+ Raspbian/, 'Raspbian', 0.6],
    [/^OpenSSH_\S+ FreeBSD/, 'FreeBSD', 0.6],
    [/^OpenSSH_for_Windows/, 'Windows 10 or newer', 0.7],
    [/^dropbear/i, 'Linux', 0.5],
  ],
  'server-software': [
    [/Microsoft-IIS\/5\.0/, 'Windows 2000', 0.7],
    [/Microsoft-IIS\/5\.1/, 'Windows XP', 0.7],
    [/Microsoft-IIS\/6\.0/, 'Windows Server 2003', 0.7],
    [/Microsoft-IIS\/7\.0/, 'Windows Vista or Windows Server 2008', 0.7],
    [/Microsoft-IIS\/7\.5/, 'Windows 7 or Windows Server 2008 R2', 0.7],
    [/Microsoft-IIS\/8\.0/, 'Windows 8 or Windows Server 2012', 0.7],
    [/Microsoft-IIS\/8\.5/, 'Windows 8.1 or Windows Server 2012 R2', 0.7],
    [/Microsoft-IIS\/10\.0/, 'Windows 10 or newer', 0.7],
    [/Apache\/2\.2\.3 \(CentOS\)/, 'CentOS 5', 0.6],
    [/Apache\/2\.2\.15 \(CentOS\)/, 'CentOS 6', 0.6],
    [/Apache\/2\.4\.6 \(CentOS\)/, 'CentOS 7', 0.6],
    [/Apache\/2\.4\.37 \(CentOS\)/, 'CentOS 8', 0.6],
    [/Apache\/2\.4\.6 \(Red Hat Enterprise Linux\)/, 'Red Hat Enterprise Linux 7', 0.6],
    [/Apache\/2\.4\.10 \(Debian\)/, 'Debian 8', 0.6],
    [/Apache\/2\.4\.25 \(Debian\)/, 'Debian 9', 0.6],
    [/Apache\/2\.4\.38 \(Debian\)/, 'Debian 10', 0.6],
    [/Apache\/2\.4\.7 \(Ubuntu\)/, 'Ubuntu 14.04', 0.6],
    [/Apache\/2\.4\.18 \(Ubuntu\)/, 'Ubuntu 16.04', 0.6],
    [/Apache\/2\.4\.29 \(Ubuntu\)/, 'Ubuntu 18.04', 0.6],
    [/Apache\/2\.4\.41 \(Ubuntu\)/, 'Ubuntu 20.04', 0.6],
    [/Apache\/2\.4\.52 \(Ubuntu\)/, 'Ubuntu 22.04', 0.6],
    [/^Samba 4\.2\.\S*-Debian/, 'Debian 8', 0.6],
    [/^Samba 4\.5\.\S*-Debian/, 'Debian 9', 0.6],
    [/^Samba 4\.9\.\S*-Debian/, 'Debian 10', 0.6],
    [/^Samba 4\.13\.\S*-Debian/, 'Debian 11', 0.6],
    [/^Samba 4\.17\.\S*-Debian/, 'Debian 12', 0.6],
    [/^Samba \S+-(Debian|Ubuntu)/, '$1', 0.6],
    [/\((Debian|Ubuntu|CentOS|Red Hat Enterprise Linux)\)/, '$1', 0.6],
    [/\bWindows NT\/?5\.1\b/, 'Windows XP', 0.6],
    [/\b(Win32|Win64|Microsoft-(HTTPAPI|WinCE))\b/, 'Windows', 0.5],
    [/\bVxWorks\b/i, 'VxWorks', 0.6],
    [/\bLinux\b/, 'Linux', 0.5],
  ],
  'user-agent': [
    [/\bWindows NT 5\.0\b/, 'Windows 2000', 0.6],
    [/\bWindows NT 5\.1\b/, 'Windows XP', 0.6],
    [/\bWindows NT 5\.2\b/, 'Windows XP or Windows Server 2003', 0.6],
    [/\bWindows NT 6\.0\b/, 'Windows Vista or Windows Server 2008', 0.6],
    [/\bWindows NT 6\.1\b/, 'Windows 7 or Windows Server 2008 R2', 0.6],
    [/\bWindows NT 6\.2\b/, 'Windows 8 or Windows Server 2012', 0.6],
    [/\bWindows NT 6\.3\b/, 'Windows 8.1 or Windows Server 2012 R2', 0.6],
    [/\bWindows NT 10\.0\b/, 'Windows 10 or newer', 0.6],
    [/\bWindows CE\b/, 'Windows CE', 0.6],
    [/\bAndroid (\d{1,2})\b/, 'Android $1', 0.6],
    [/\bMac OS X\b/, 'macOS', 0.6],
    [/\bUbuntu\b/, 'Ubuntu', 0.5],
    [/\bLinux\b/, 'Linux', 0.5],
  ],
  'vendor-class': [
    [/^MSFT 98$/, 'Windows 98', 0.6],
    [/^MSFT 5\.0/, 'Windows', 0.6],
    [/^MSFT /, 'Windows', 0.5],
    [/^android-dhcp-(\d{1,2})/, 'Android $1', 0.7],
    [/^dhcpcd-\S+:Linux-/, 'Linux', 0.6],
    [/^dhcpcd/, 'Linux or BSD', 0.5],
    [/^udhcp/, 'Linux', 0.6],
    [/^anaconda-Linux/, 'Linux', 0.6],
  ],
  // Options a client asks for, in its order (option 55).
  'dhcp-parameters': [
    [/^1,15,3,6,44,46,47,31,33,249,43(,252)?$/, 'Windows XP', 0.5],
    [/^1,15,3,6,44,46,47,31,33,121,249,43(,252)?$/, 'Windows 7 or Windows Server 2008 R2', 0.5],
    [/^1,3,6,15,31,33,43,44,46,47,119,121,249,252$/, 'Windows 10 or newer', 0.5],
    [/^1,121,3,6,15(,108)?(,114)?,119(,162)?,252(,95,44,46)?$/, 'macOS or iOS', 0.5],
    [/^1,3,6,15,26,28,51,58,59,43(,114)?(,108)?$/, 'Android', 0.5],
    [/^1,28,2,3,15,6,119,12,44,47,26,121,42/, 'Linux', 0.5],
    [/^1,3,6,12,15,28,42$/, 'Linux', 0.5],
  ],
  // Numbers of versions (NTLM, SMB): a name says more to people.
  'operating-system': [
    [/^Windows 5\.0\b/, 'Windows 2000', 0],
    [/^Windows 5\.1\b/, 'Windows XP', 0],
    [/^Windows 5\.2 build 3790\b/, 'Windows XP or Windows Server 2003', 0],
    [/^Windows 6\.0 build 600\d\b/, 'Windows Vista or Windows Server 2008', 0],
    [/^Windows 6\.1 build 760\d\b/, 'Windows 7 or Windows Server 2008 R2', 0],
    [/^Windows 6\.2 build 9200\b/, 'Windows 8 or Windows Server 2012', 0],
    [/^Windows 6\.3 build 9600\b/, 'Windows 8.1 or Windows Server 2012 R2', 0],
    [/^Windows 10\.0 build 14393\b/, 'Windows 10 or Windows Server 2016', 0],
    [/^Windows 10\.0 build 17763\b/, 'Windows 10 or Windows Server 2019', 0],
    [/^Windows 10\.0 build 20348\b/, 'Windows Server 2022', 0],
    [/^Windows 10\.0 build 2[2-9]\d{3}\b/, 'Windows 11 or newer', 0],
    [/^Windows 10\.0 build \d/, 'Windows 10 or newer', 0],
  ],
  // Descriptions of systems (SNMP, LLDP, CDP).
  software: [
    [/\bWindows Version 5\.0\b/, 'Windows 2000', 0.8],
    [/\bWindows Version 5\.1\b/, 'Windows XP', 0.8],
    [/\bWindows Version 5\.2\b/, 'Windows XP or Windows Server 2003', 0.8],
    [/\bWindows Version 6\.0\b/, 'Windows Vista or Windows Server 2008', 0.8],
    [/\bWindows Version 6\.1\b/, 'Windows 7 or Windows Server 2008 R2', 0.8],
    [/\bWindows Version 6\.2\b/, 'Windows 8 or Windows Server 2012', 0.8],
    [/\bWindows Version 6\.3\b/, 'Windows 8.1 or Windows Server 2012 R2', 0.8],
    [/\bVxWorks\b/i, 'VxWorks', 0.7],
    [/\bLinux\b/, 'Linux', 0.6],
  ],
};

/** The system that a word of a device tells, or null. */
export function systemOf(attribute: string, value: string): System | null {
  for (const [pattern, name, confidence] of rules[attribute] ?? []) {
    const found = pattern.exec(value);
    if (found !== null) return { name: name.replace('$1', found[1] ?? ''), confidence };
  }
  return null;
}

/** Words that are remembered with their answer; the same ones come again and again. */
const REMEMBERED_MAX = 1024;

/** The same, with a memory. */
export class Systems {
  private readonly known = new Map<string, System | null>();

  of(attribute: string, value: string): System | null {
    if (rules[attribute] === undefined) return null;
    const key = `${attribute}\n${value}`;
    let system = this.known.get(key);
    if (system === undefined) {
      system = systemOf(attribute, value);
      if (this.known.size >= REMEMBERED_MAX) this.known.clear();
      this.known.set(key, system);
    }
    return system;
  }
}
