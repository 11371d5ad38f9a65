import t from 'tap';
import { remoteTools, toolOfAlpn, toolOfHost, toolOfOrganization, toolOfOwner } from '../../src/bytes/remote-tools.ts';
import { bytes } from '../support/packet.ts';

t.test('a host belongs to a tool when its name ends with one of the tool, at a label', (t) => {
  t.equal(toolOfHost('router12.teamviewer.com'), 'teamviewer');
  t.equal(toolOfHost('teamviewer.com'), 'teamviewer');
  t.equal(toolOfHost('myteamviewer.com'), '');
  t.equal(toolOfHost('teamviewer.com.example'), '');
  t.equal(toolOfHost('remotedesktop.google.com'), 'chrome-remote-desktop');
  t.equal(toolOfHost('google.com'), '');
  t.equal(toolOfHost(''), '');
  t.equal(toolOfHost('...'), '');
  t.end();
});

t.test('protocols, organizations and owners', (t) => {
  const owner = bytes('AnyDesk Client');
  t.equal(toolOfAlpn('h2 anydesk/7'), 'anydesk');
  t.equal(toolOfAlpn('h2 notanydesk/7'), '');
  t.equal(toolOfOrganization('philandro Software GmbH'), 'anydesk');
  t.equal(toolOfOwner(new DataView(owner.buffer), 0, owner.length), 'anydesk');
  t.equal(toolOfOwner(new DataView(owner.buffer), 0, 7), '');
  t.end();
});

t.test('names are written as they are compared, and no host stands twice', (t) => {
  const hosts = remoteTools.flatMap((tool) => tool.hosts);
  t.equal(new Set(hosts).size, hosts.length);
  for (const { name, hosts: own, owners = [] } of remoteTools) {
    t.match(name, /^[a-z0-9-]+$/);
    for (const host of own) t.match(host, /^[a-z0-9.-]+$/);
    for (const text of owners) t.equal(text, text.toLowerCase());
  }
  t.end();
});
