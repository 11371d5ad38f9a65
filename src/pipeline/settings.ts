/** From the configuration to what shard and analyst are given. */
import { createProtocols } from '../../protocols/index.ts';
import { type Prefix, parsePrefix } from '../bytes/prefix.ts';
import { readIndicators } from '../configuration/indicators.ts';
import { readWindows } from '../configuration/windows.ts';
import type { Configuration } from '../configuration.ts';
import { detectors } from '../detectors/index.ts';
import { limits as defaults, type Limits } from '../limits.ts';
import type { AnalystSettings } from './analyst.ts';
import { profilesOf } from './profiles.ts';
import type { ShardSettings } from './shard.ts';
import { vendorOf } from './vendors.ts';

export function limitsOf(configuration: Configuration): Limits {
  return { ...defaults, ...configuration.limits };
}

export function shardSettings(
  configuration: Configuration,
  key: Uint8Array,
  worker: number,
  workers: number,
): ShardSettings {
  const limits = limitsOf(configuration);
  return {
    limits,
    protocols: createProtocols({ limits, key }),
    intervalSeconds: configuration.intervalSeconds,
    worker,
    workers,
  };
}

export function analystSettings(
  configuration: Configuration,
  run: string,
  learnUntilUs: number | null,
  onInterval: AnalystSettings['onInterval'],
): AnalystSettings {
  const limits = limitsOf(configuration);
  const { site, learn } = configuration;
  const wanted = detectors.filter((one) => configuration.detectors[one.id]?.enabled !== false);
  return {
    limits,
    site: site.name,
    run,
    onInterval,
    intervalSeconds: configuration.intervalSeconds,
    timeZone: site.timeZone,
    internal: prefixes(site.internal),
    zones: site.zones.map((zone) => ({
      name: zone.name,
      networks: prefixes(zone.networks),
      mayTalkTo: zone.mayTalkTo,
    })),
    listed: site.devices,
    jumpHosts: prefixes([...site.jumpHosts, ...site.vendorGateways]),
    indicators: site.indicators === null ? [] : readIndicators(site.indicators),
    windows: site.windowsFile === null ? [] : readWindows(site.windowsFile),
    baseline: {
      limits,
      on: configuration.baseline === 'on',
      structureDays: learn.structureDays,
      laterDays: learn.laterDays,
      acceptDays: learn.days,
      learnUntilUs,
    },
    detectors: wanted.map((detector) => ({
      detector,
      options: { ...detector.options, ...configuration.detectors[detector.id]?.options },
    })),
    severityOf: (id) => configuration.detectors[id]?.severity ?? null,
    vendorOf,
    profileOf: profilesOf(site.profiles),
  };
}

/** The configuration has checked them. */
function prefixes(texts: readonly string[]): Prefix[] {
  return texts.map(parsePrefix).filter((prefix) => prefix !== null);
}
