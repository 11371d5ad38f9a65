/**
 * Remote control and management programs by what they say in the open: names that they look up or ask for, protocols
 * that they offer (ALPN), names in their certificates. A person decides whether a tool belongs to the site; here they
 * are only recognised. Names of hosts are compared from their end, label by label.
 */
import { spellsWhole } from './words.ts';

export interface RemoteTool {
  /** Lower case: a name of a protocol in records. */
  readonly name: string;
  /** Host names and everything below them. */
  readonly hosts: readonly string[];
  /** What an ALPN value begins with. */
  readonly alpn?: string;
  /** Common name of a certificate's owner, in lower case, or the organization. */
  readonly owners?: readonly string[];
  readonly organizations?: readonly string[];
}

export const remoteTools: readonly RemoteTool[] = [
  {
    name: 'teamviewer',
    hosts: ['teamviewer.com', 'dyngate.com'],
    organizations: ['TeamViewer Germany GmbH', 'TeamViewer GmbH'],
  },
  {
    name: 'anydesk',
    hosts: ['anydesk.com'],
    alpn: 'anydesk/',
    owners: ['anydesk client', 'anynet relay'],
    organizations: ['philandro Software GmbH', 'AnyDesk Software GmbH'],
  },
  { name: 'screenconnect', hosts: ['screenconnect.com', 'connectwise.com', 'hostedrmm.com'] },
  { name: 'splashtop', hosts: ['splashtop.com', 'splashtop.eu'] },
  { name: 'rustdesk', hosts: ['rustdesk.com'] },
  { name: 'logmein', hosts: ['logmein.com', 'logmeinrescue.com', 'logmein-gateway.com', 'logme.in'] },
  { name: 'gotomypc', hosts: ['gotomypc.com', 'gotoassist.com', 'gotoresolve.com'] },
  { name: 'ammyy', hosts: ['ammyy.com'] },
  { name: 'parsec', hosts: ['parsec.app', 'parsecgaming.com'] },
  { name: 'meshcentral', hosts: ['meshcentral.com'] },
  { name: 'ultraviewer', hosts: ['ultraviewer.net'] },
  { name: 'remote-utilities', hosts: ['internetid.ru', 'remoteutilities.com'] },
  { name: 'aeroadmin', hosts: ['aeroadmin.com'] },
  { name: 'netsupport', hosts: ['netsupportsoftware.com'] },
  { name: 'supremo', hosts: ['supremocontrol.com', 'nanosystems.it'] },
  { name: 'atera', hosts: ['atera.com'] },
  { name: 'dwservice', hosts: ['dwservice.net'] },
  { name: 'bomgar', hosts: ['bomgarcloud.com', 'beyondtrustcloud.com'] },
  { name: 'chrome-remote-desktop', hosts: ['remotedesktop.google.com', 'remotedesktop-pa.googleapis.com'] },
  { name: 'zoho-assist', hosts: ['assist.zoho.com', 'assist.zoho.eu', 'zohoassist.com'] },
  { name: 'ninjaone', hosts: ['ninjarmm.com', 'ninjarmm.net', 'rmmservice.com'] },
  { name: 'tacticalrmm', hosts: ['tacticalrmm.com', 'tacticalrmm.io'] },
];

const byHost = new Map(remoteTools.flatMap(({ name, hosts }) => hosts.map((host) => [host, name] as const)));
const byOrganization = new Map(
  remoteTools.flatMap(({ name, organizations = [] }) => organizations.map((text) => [text, name] as const)),
);
const byOwner = remoteTools.flatMap(({ name, owners = [] }) => owners.map((text) => ({ text, name })));
const byAlpn = remoteTools.filter(({ alpn }) => alpn !== undefined);

/** The tool that this host name (lower case, without a dot at its end) belongs to, or ''. */
export function toolOfHost(host: string): string {
  for (let at = 0; at >= 0 && at < host.length; at = nextLabel(host, at)) {
    const found = byHost.get(host.slice(at));
    if (found !== undefined) return found;
  }
  return '';
}

function nextLabel(host: string, at: number): number {
  const dot = host.indexOf('.', at);
  return dot < 0 ? -1 : dot + 1;
}

/** The tool that offers these protocols (space-joined), or ''. */
export function toolOfAlpn(alpn: string): string {
  if (alpn === '') return '';
  const offered = ` ${alpn}`;
  return byAlpn.find((tool) => offered.includes(` ${tool.alpn}`))?.name ?? '';
}

/** The tool whose certificates carry this organization, or ''. */
export function toolOfOrganization(organization: string): string {
  return byOrganization.get(organization) ?? '';
}

/** The tool whose certificates carry the common name in `[at, end)`, compared in place: others are names of people. */
export function toolOfOwner(view: DataView, at: number, end: number): string {
  return byOwner.find(({ text }) => spellsWhole(view, at, end, text))?.name ?? '';
}
