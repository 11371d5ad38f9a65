/**
 * Services on the Internet that a device of a hospital seldom needs: resolvers that answer inside of encryption (DNS over
 * HTTPS, DNS over TLS) and places to put files. Names of hosts are compared from their end, label by label.
 *
 * Sources: the operators' own public set-up pages. A site adds to them with options of EX-06 and EX-16.
 */

/** Date of these lists. */
export const outsideServicesVersion = '2026-11-24';

/** Names under which public resolvers offer DNS over HTTPS or TLS. */
const resolverNames: readonly string[] = [
  ...['dns.google', 'dns.google.com', 'cloudflare-dns.com', 'one.one.one.one', 'cloudflare-gateway.com'],
  ...['dns.quad9.net', 'dns9.quad9.net', 'dns10.quad9.net', 'dns11.quad9.net', 'doh.opendns.com', 'dns.opendns.com'],
  ...['doh.familyshield.opendns.com', 'doh.umbrella.com', 'dns.nextdns.io', 'doh.cleanbrowsing.org'],
  ...['dns.adguard.com', 'dns.adguard-dns.com', 'dns-family.adguard.com', 'dns-unfiltered.adguard.com'],
  ...['family.adguard-dns.com', 'unfiltered.adguard-dns.com', 'dns.controld.com', 'freedns.controld.com'],
  ...['doh.dns.sb', 'dot.sb', 'dns.alidns.com', 'doh.pub', 'dot.pub', 'doh.360.cn', 'dns.twnic.tw'],
  ...['doh.mullvad.net', 'dns.mullvad.net', 'dns0.eu', 'dns.switch.ch', 'odvr.nic.cz', 'doh.libredns.gr'],
  ...['doh.applied-privacy.net', 'dns.digitale-gesellschaft.ch', 'dnsforge.de', 'doh.ffmuc.net', 'ordns.he.net'],
  ...['doh.xfinity.com', 'doh.dns.apple.com', 'wikimedia-dns.org', 'doh.securedns.eu', 'securedns.avast.com'],
];
/** Addresses that they publish. */
const resolverAddresses: ReadonlySet<string> = new Set([
  ...['8.8.8.8', '8.8.4.4', '1.1.1.1', '1.0.0.1', '1.1.1.2', '1.0.0.2', '1.1.1.3', '1.0.0.3'],
  ...['9.9.9.9', '149.112.112.112', '208.67.222.222', '208.67.220.220', '94.140.14.14', '94.140.15.15'],
  ...['185.228.168.9', '185.228.169.9', '76.76.2.0', '76.76.10.0', '223.5.5.5', '223.6.6.6'],
  ...['2001:4860:4860::8888', '2001:4860:4860::8844', '2606:4700:4700::1111', '2606:4700:4700::1001', '2620:fe::fe'],
]);

const stores: ReadonlyMap<string, string> = new Map([
  ...named('Dropbox', 'dropbox.com', 'dropboxapi.com', 'dropboxusercontent.com', 'dropboxstatic.com'),
  ...named('Google Drive', 'drive.google.com', 'drive.usercontent.google.com'),
  ...named('Google Cloud Storage', 'storage.googleapis.com', 'storage.cloud.google.com'),
  ...named('OneDrive', 'onedrive.com', 'onedrive.live.com', '1drv.com', '1drv.ms', 'storage.live.com'),
  ...named('SharePoint', 'sharepoint.com'),
  ...named('Azure storage', 'blob.core.windows.net', 'file.core.windows.net'),
  ...named('Amazon S3', 's3.amazonaws.com'),
  ...named('Box', 'box.com', 'boxcloud.com'),
  ...named('iCloud', 'icloud-content.com'),
  ...named('MEGA', 'mega.nz', 'mega.co.nz', 'mega.io'),
  ...named('WeTransfer', 'wetransfer.com', 'wetransfer.net'),
  ...named('pCloud', 'pcloud.com'),
  ...named('MediaFire', 'mediafire.com'),
  ...named('Gofile', 'gofile.io'),
  ...named('file.io', 'file.io'),
  ...named('transfer.sh', 'transfer.sh'),
  ...named('Filebin', 'filebin.net'),
  ...named('Pastebin', 'pastebin.com'),
  ...named('Backblaze', 'backblazeb2.com', 'backblaze.com'),
  ...named('Wasabi', 'wasabisys.com'),
  ...named('Sync.com', 'sync.com'),
  ...named('Tresorit', 'tresorit.com'),
  ...named('Yandex Disk', 'disk.yandex.ru', 'disk.yandex.net', 'disk.yandex.com'),
  ...named('Baidu Pan', 'pan.baidu.com'),
  ...named('Syncthing', 'syncthing.net'),
  ...named('Resilio Sync', 'resilio.com'),
]);
/** Buckets of Amazon stand in front of their region: `name.s3.eu-central-1.amazonaws.com`. */
const BUCKET = /(^|\.)s3[.-]([a-z0-9-]+\.)*amazonaws\.com$/;

function named(name: string, ...hosts: readonly string[]): (readonly [string, string])[] {
  return hosts.map((host) => [host, name] as const);
}

const resolvers: ReadonlySet<string> = new Set(resolverNames);

/** Is it a public resolver that answers inside of encryption? `more`: names the site adds. */
export function isResolverName(host: string, more: ReadonlySet<string>): boolean {
  return suffixOf(host, (name) => resolvers.has(name) || more.has(name)) !== '';
}

export function isResolverAddress(address: string): boolean {
  return resolverAddresses.has(address);
}

/** The place for files that a host belongs to, as people call it; '' when it is none. */
export function fileStoreOf(host: string, more: ReadonlySet<string>): string {
  const found = suffixOf(host, (name) => stores.has(name) || more.has(name));
  if (found !== '') return stores.get(found) ?? found;
  return BUCKET.test(host.toLowerCase()) ? 'Amazon S3' : '';
}

/** The longest end of a name, label by label, that is listed. */
function suffixOf(host: string, isListed: (name: string) => boolean): string {
  let name = host.toLowerCase().replace(/\.$/, '');
  while (name !== '') {
    if (isListed(name)) return name;
    const dot = name.indexOf('.');
    name = dot < 0 ? '' : name.slice(dot + 1);
  }
  return '';
}
