/**
 * Until when makers of operating systems give security updates to everybody: one dated table with its sources.
 *
 * Only dates that the maker has published. Where a name stands for several products the one that is supported longest
 * counts, and paid extensions are not counted: a row here says that updates have ended for those who do not pay.
 * Sources, as of November 2026:
 *   learn.microsoft.com/lifecycle/products (end of extended support) · wiki.debian.org/LTS (end of long-term support)
 *   ubuntu.com/about/release-cycle (end of standard security maintenance)
 *   access.redhat.com/support/policy/updates/errata (end of maintenance) · centos.org/centos-linux-eol
 * Android, macOS, iOS and most real-time systems have no published date per version and are not judged.
 */

export interface Support {
  readonly product: string;
  /** Last day with updates, `2020-01-14`. */
  readonly end: string;
  /** The moment after it (UTC). */
  readonly endUs: number;
  readonly source: string;
}

const MICROSOFT = 'Microsoft product lifecycle';
const DEBIAN = 'Debian LTS';
const UBUNTU = 'Ubuntu release cycle';
const RED_HAT = 'Red Hat Enterprise Linux life cycle';
const CENTOS = 'CentOS Linux end of life';

const table: readonly (readonly [pattern: RegExp, product: string, end: string, source: string])[] = [
  [/\bWindows 95\b/i, 'Windows 95', '2001-12-31', MICROSOFT],
  [/\bWindows (98|ME)\b/i, 'Windows 98', '2006-07-11', MICROSOFT],
  [/\bWindows NT 4(\.0)?\b/i, 'Windows NT 4.0', '2004-12-31', MICROSOFT],
  [/\bWindows 2000\b/i, 'Windows 2000', '2010-07-13', MICROSOFT],
  [/\bWindows XP\b/i, 'Windows XP', '2014-04-08', MICROSOFT],
  [/\bWindows XP Embedded\b/i, 'Windows XP Embedded', '2016-01-12', MICROSOFT],
  [/\bPOSReady 2009\b/i, 'Windows Embedded POSReady 2009', '2019-04-09', MICROSOFT],
  [/\bWindows Vista\b/i, 'Windows Vista', '2017-04-11', MICROSOFT],
  [/\bWindows 7\b/i, 'Windows 7', '2020-01-14', MICROSOFT],
  [/\bWindows Embedded Standard 7\b/i, 'Windows Embedded Standard 7', '2020-10-13', MICROSOFT],
  [/\bWindows 8(?!\.1)\b/i, 'Windows 8', '2016-01-12', MICROSOFT],
  [/\bWindows 8\.1\b/i, 'Windows 8.1', '2023-01-10', MICROSOFT],
  // Long-term and IoT editions have dates of their own, up to 2032; `or newer` stands for what only says NT 10.0.
  [/\bWindows 10\b(?!.*(LTS[BC]|IoT|or newer))/i, 'Windows 10', '2025-10-14', MICROSOFT],
  [/\bWindows Server 2003\b/i, 'Windows Server 2003', '2015-07-14', MICROSOFT],
  [/\bWindows Server 2008\b/i, 'Windows Server 2008', '2020-01-14', MICROSOFT],
  [/\bWindows Server 2012\b/i, 'Windows Server 2012', '2023-10-10', MICROSOFT],
  [/\bWindows Server 2016\b/i, 'Windows Server 2016', '2027-01-12', MICROSOFT],
  [/\bWindows Server 2019\b/i, 'Windows Server 2019', '2029-01-09', MICROSOFT],
  [/\bWindows Server 2022\b/i, 'Windows Server 2022', '2031-10-14', MICROSOFT],
  [/\bWindows (Embedded )?CE 6(\.0)?\b/i, 'Windows Embedded CE 6.0', '2018-04-10', MICROSOFT],
  [/\bWindows Embedded Compact 7\b/i, 'Windows Embedded Compact 7', '2021-04-13', MICROSOFT],
  [/\bWindows Embedded Compact 2013\b/i, 'Windows Embedded Compact 2013', '2023-10-10', MICROSOFT],
  [/\bDebian( GNU\/Linux)? 7\b/i, 'Debian 7', '2018-05-31', DEBIAN],
  [/\bDebian( GNU\/Linux)? 8\b/i, 'Debian 8', '2020-06-30', DEBIAN],
  [/\bDebian( GNU\/Linux)? 9\b/i, 'Debian 9', '2022-06-30', DEBIAN],
  [/\bDebian( GNU\/Linux)? 10\b/i, 'Debian 10', '2024-06-30', DEBIAN],
  [/\bDebian( GNU\/Linux)? 11\b/i, 'Debian 11', '2026-08-31', DEBIAN],
  [/\bDebian( GNU\/Linux)? 12\b/i, 'Debian 12', '2028-06-30', DEBIAN],
  [/\bUbuntu 12\.04\b/i, 'Ubuntu 12.04', '2017-04-30', UBUNTU],
  [/\bUbuntu 14\.04\b/i, 'Ubuntu 14.04', '2019-04-30', UBUNTU],
  [/\bUbuntu 16\.04\b/i, 'Ubuntu 16.04', '2021-04-30', UBUNTU],
  [/\bUbuntu 18\.04\b/i, 'Ubuntu 18.04', '2023-05-31', UBUNTU],
  [/\bUbuntu 20\.04\b/i, 'Ubuntu 20.04', '2025-05-31', UBUNTU],
  [
    /\b(RHEL|Red Hat Enterprise Linux)( Server)?( release)? 5(\.|\b)/i,
    'Red Hat Enterprise Linux 5',
    '2017-03-31',
    RED_HAT,
  ],
  [
    /\b(RHEL|Red Hat Enterprise Linux)( Server)?( release)? 6(\.|\b)/i,
    'Red Hat Enterprise Linux 6',
    '2020-11-30',
    RED_HAT,
  ],
  [
    /\b(RHEL|Red Hat Enterprise Linux)( Server)?( release)? 7(\.|\b)/i,
    'Red Hat Enterprise Linux 7',
    '2024-06-30',
    RED_HAT,
  ],
  [/\bCentOS( Linux)?( release)? 5(\.|\b)/i, 'CentOS 5', '2017-03-31', CENTOS],
  [/\bCentOS( Linux)?( release)? 6(\.|\b)/i, 'CentOS 6', '2020-11-30', CENTOS],
  [/\bCentOS( Linux)?( release)? 7(\.|\b)/i, 'CentOS 7', '2024-06-30', CENTOS],
  [/\bCentOS( Linux)?( release)? 8(\.|\b)/i, 'CentOS 8', '2021-12-31', CENTOS],
];

const DAY_US = 24 * 3600e6;

/** Every entry of the table, for tests and documents. */
export const supportDates: readonly (Support & { readonly pattern: RegExp })[] = table.map(
  ([pattern, product, end, source]) => ({ pattern, product, end, source, endUs: Date.parse(end) * 1000 + DAY_US }),
);

/** Texts that are remembered with their answer: few, and asked for again with every report. */
const REMEMBERED_MAX = 1024;
const remembered = new Map<string, Support | null>();

/** The support that ends last among the products a text names; null: none of the table. */
export function supportOf(text: string): Support | null {
  const known = remembered.get(text);
  if (known !== undefined) return known;
  if (remembered.size >= REMEMBERED_MAX) remembered.clear();
  const found = latestOf(text);
  remembered.set(text, found);
  return found;
}

function latestOf(text: string): Support | null {
  let latest: Support | null = null;
  for (const entry of supportDates) {
    if (entry.pattern.test(text) && (latest === null || entry.endUs > latest.endUs)) latest = entry;
  }
  return latest;
}
