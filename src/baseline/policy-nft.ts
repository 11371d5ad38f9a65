/**
 * A policy as an nftables ruleset for the firewall in front of a device: what is accepted passes and is counted, what is
 * not is dropped and counted, and everybody else's traffic is left alone. `nft -c -f FILE` checks it.
 *
 *     forward ─ from the device ─▶ from_device: accept … drop
 *             └ to the device ──▶ to_device:   accept … drop
 */
import { DYNAMIC_FROM, type Policy, type PolicyRule, transportsOf, withPorts } from './policy.ts';

const COMMENT_MAX = 120;
const names: Readonly<Record<number, string>> = { 6: 'tcp', 17: 'udp', 132: 'sctp' };

/** nftables knows no names of the outside: rules of a partner without an address are told as comments. */
export function nftText(policy: Policy): string {
  const { device, rules, left } = policy;
  const comments = [...left, ...rules.filter(isNameless).map((rule) => `${aboutOf(rule)}: no address is known`)];
  return [
    '#!/usr/sbin/nft -f',
    `# Least privilege of ${plain(device)}, from its accepted baseline.`,
    ...comments.map((text) => `# Not in the rules: ${plain(text)}`),
    '',
    `table inet ${tableName(device)} {`,
    ...addressSet('device_v4', 'ipv4_addr', policy.addresses.filter(isIpv4)),
    ...addressSet(
      'device_v6',
      'ipv6_addr',
      policy.addresses.filter((one) => !isIpv4(one)),
    ),
    ...chain('from_device', rules, 'client'),
    ...chain('to_device', rules, 'server'),
    '  chain forward {',
    '    type filter hook forward priority filter; policy accept;',
    '    ip saddr @device_v4 jump from_device',
    '    ip6 saddr @device_v6 jump from_device',
    '    ip daddr @device_v4 jump to_device',
    '    ip6 daddr @device_v6 jump to_device',
    '  }',
    '}',
    '',
  ].join('\n');
}

function isNameless({ addresses }: PolicyRule): boolean {
  return addresses.length === 0;
}

function isIpv4(address: string): boolean {
  return !address.includes(':');
}

function tableName(device: string): string {
  return `wardwatch_${device.replaceAll(/[^A-Za-z0-9]/g, '_')}`;
}

function addressSet(name: string, type: string, elements: readonly string[]): string[] {
  const filled = elements.length === 0 ? [] : [`    elements = { ${elements.join(', ')} }`];
  return [`  set ${name} {`, `    type ${type}`, ...filled, '  }'];
}

/** Answers pass with the conversation they belong to: only who begins one is judged. */
function chain(name: string, rules: readonly PolicyRule[], role: PolicyRule['role']): string[] {
  const lines = rules.filter((rule) => rule.role === role).flatMap((rule) => lineOf(rule));
  return [
    `  chain ${name} {`,
    '    ct state established,related accept',
    ...lines.map((line) => `    ${line}`),
    '    counter drop comment "not in the policy"',
    '  }',
  ];
}

function lineOf(rule: PolicyRule): string[] {
  const side = rule.role === 'client' ? 'daddr' : 'saddr';
  const about = plain(aboutOf(rule)).slice(0, COMMENT_MAX);
  const lines: string[] = [];
  for (const family of ['ip', 'ip6'] as const) {
    const addresses = rule.addresses.filter((one) => isIpv4(one) === (family === 'ip'));
    if (addresses.length === 0) continue;
    for (const transport of transportsOf(rule)) {
      const match = `${family} ${side} { ${addresses.join(', ')} } ${transportMatch(rule, transport)}`;
      lines.push(`${match} counter accept comment "${about}"`);
    }
  }
  return lines;
}

function transportMatch({ endpoints, isDynamic }: PolicyRule, transport: number): string {
  if (!withPorts.has(transport)) return `meta l4proto ${transport}`;
  const ports = endpoints.filter((one) => one.transport === transport).map(({ port }) => port);
  const text = isDynamic
    ? [...ports.filter((port) => port < DYNAMIC_FROM), `${DYNAMIC_FROM}-65535`].join(', ')
    : ports.join(', ');
  return `${names[transport]} dport { ${text} }`;
}

function aboutOf({ role, service, peer }: PolicyRule): string {
  return `${role} ${service} ${peer}`;
}

/** What stands in a comment cannot end it. */
function plain(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9 .:/_-]/g, '_');
}
