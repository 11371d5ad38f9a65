/** A policy as a plain table: one row for each rule, with how often and when it was last used. */

import { endpointText } from './document.ts';
import { PORTS } from './known.ts';
import type { Policy, PolicyRule } from './policy.ts';
import { DYNAMIC_FROM, transportsOf } from './policy.ts';

export const policyHead: readonly string[] = [
  'role',
  'service',
  'peer',
  'addresses',
  'server listens on',
  'accepted by',
  'seen',
  'last seen',
];

export function policyRows({ rules }: Policy): string[][] {
  return rules.map((rule) => [
    rule.role,
    rule.service,
    rule.peer,
    [rule.domain, ...rule.addresses].filter((text) => text !== '').join(', '),
    listeningText(rule),
    rule.acceptedBy,
    String(rule.count),
    rule.lastUs === 0 ? 'never' : `${new Date(Math.floor(rule.lastUs / 1000)).toISOString().slice(0, 19)}Z`,
  ]);
}

function listeningText(rule: PolicyRule): string {
  if (!rule.isDynamic) {
    return rule.endpoints.map(({ transport, port }) => endpointText(transport * PORTS + port)).join(', ');
  }
  const names = transportsOf(rule).map((transport) => endpointText(transport * PORTS).split('/')[0]);
  return names.map((name) => `${name}/${DYNAMIC_FROM} and up`).join(', ');
}
