/**
 * The analyst: hears every record in the order of packet time and passes it to inventory, sums, detectors
 * and baseline, in this order. A detector is asked before the baseline learns what it hears.
 */
import { Alerts } from '../alert/alerts.ts';
import { Budget } from '../alert/budget.ts';
import { Baseline, type BaselineSettings, DAY_US } from '../baseline/baseline.ts';
import { PORTS } from '../baseline/known.ts';
import { isNeverSilent } from '../baseline/never-silent.ts';
import type { Prefix } from '../bytes/prefix.ts';
import type { Detector, DetectorOptions, Link, Relation, Report, Watch } from '../detect.ts';
import { type Device, STUDIES_MAX } from '../device/device.ts';
import { Inventory } from '../device/inventory.ts';
import { Posture } from '../device/posture.ts';
import type { Limits } from '../limits.ts';
import type { Severity } from '../model.ts';
import * as records from '../records.ts';
import { ICMPV6, TCP } from '../wire/frame.ts';
import { Conversations } from './conversations.ts';
import { Coverage } from './coverage.ts';
import { addRoles, Exchanges, medical } from './exchanges.ts';
import { Joined } from './joined.ts';
import { FlowLink, resolved } from './links.ts';
import { Measuring } from './measuring.ts';
import { PointCollector, type SensorCounters } from './points.ts';
import type { Listener } from './shard.ts';
import { Site, type SiteSettings } from './site.ts';
import { Tally } from './tally.ts';

export interface AnalystSettings extends SiteSettings {
  readonly limits: Limits;
  readonly internal: readonly Prefix[];
  readonly baseline: BaselineSettings;
  readonly detectors: readonly { readonly detector: Detector; readonly options: DetectorOptions }[];
  readonly severityOf: (detector: string) => Severity | null;
  readonly site: string;
  readonly run: string;
  /** Of the site, for clocks that say local time. */
  readonly timeZone?: string;
  /** An interval is over: points are due. */
  readonly onInterval: (nowUs: number, counters: SensorCounters) => void;
}

/** Query/retrieve, patient, study and patient/study root (PS3.4 annex C), and the modality worklist (annex K). */
const QUERY_RETRIEVE = '1.2.840.10008.5.1.4.1.2.';
const WORKLIST = '1.2.840.10008.5.1.4.31';

export class Analyst implements Listener {
  readonly inventory: Inventory;
  readonly baseline: Baseline;
  readonly site: Site;
  readonly alerts: Alerts;
  readonly tally: Tally;
  readonly points: PointCollector;
  readonly posture: Posture;
  /** Flows with payload of which only one direction was ever seen, and flows with payload in all. */
  oneWayFlows = 0;
  payloadFlows = 0;
  payloadBytes = 0;
  gapBytes = 0;
  retransmits = 0;

  private readonly settings: AnalystSettings;
  readonly coverage: Coverage = new Coverage();
  readonly conversations: Conversations = new Conversations();
  readonly measuring: Measuring;
  private readonly verbs: Joined;
  private readonly exchanges: Exchanges;
  private readonly links: (FlowLink | undefined)[] = [];
  private readonly heard = new Map<string, ((record: never, link: FlowLink) => void)[]>();
  private readonly relationWatches: Watch[] = [];
  private readonly tickWatches: Watch[] = [];
  private readonly budgetWatches: Watch[] = [];
  readonly budget: Budget | null;

  constructor(settings: AnalystSettings) {
    this.settings = settings;
    const { limits } = settings;
    this.verbs = new Joined(limits.reportKeysMax, (verb, sopClass) => `${verb} ${sopClass}`);
    this.inventory = new Inventory({ limits, internal: settings.internal });
    this.baseline = new Baseline(settings.baseline);
    this.measuring = new Measuring({
      baseline: this.baseline,
      get: (number) => this.inventory.get(number),
      poolBytesMax: limits.measuresBytesTotal,
    });
    this.inventory.renamed = (device, before) => this.baseline.renamed(device, before);
    this.baseline.groupOf = (number) => this.site.groupOf(number);
    this.baseline.profileSays = (relation, neverSilent) => this.site.warmStart(relation, neverSilent);
    this.site = new Site(settings, this.inventory, this.baseline, {
      coveragePercent: () => this.coveragePercent(),
      trouble: () => this.coverage.trouble,
      rhythm: (relation, beat) => this.measuring.rhythm(relation, beat),
    });
    this.budget = budgetOf(settings);
    this.alerts = new Alerts(
      { limits, severityOf: settings.severityOf, budget: this.budget },
      {
        id: (number) => this.inventory.get(number).id,
        facts: (number) => this.site.device(number),
        allows: (relation) => this.site.allows(relation),
      },
    );
    this.tally = new Tally(limits.reportKeysMax);
    this.points = new PointCollector({
      ...{ site: settings.site, run: settings.run, timeZone: settings.timeZone ?? 'UTC' },
      ...{ seriesMax: limits.pointSeriesMax, intervalSeconds: settings.intervalSeconds ?? 60 },
    });
    this.posture = new Posture(limits, {
      resolve: (number) => this.inventory.get(number).number,
      id: (number) => this.inventory.get(number).id,
      facts: (number) => this.site.device(number),
      isJumpHost: (number) => this.site.isJumpHost(number),
    });
    const { inventory, points, posture, tally } = this;
    const learn = (relation: Relation, neverSilent: boolean): void => this.learn(relation, neverSilent);
    this.exchanges = new Exchanges({ inventory, points, posture, tally, learn }, limits.reportKeysMax);
    for (const { detector, options } of settings.detectors) this.attach(detector, options);
  }

  private attach(detector: Detector, options: DetectorOptions): void {
    const watch = detector.watch(options, this.site, (report) => this.judge(detector, report));
    if (watch.bin !== undefined) this.measuring.attach(watch);
    for (const [kind, handler] of Object.entries(watch)) {
      if (kind === 'relation') this.relationWatches.push(watch);
      else if (kind === 'tick') this.tickWatches.push(watch);
      else if (kind === 'overBudget') this.budgetWatches.push(watch);
      else if (kind !== 'bin' && typeof handler === 'function') {
        const list = this.heard.get(kind) ?? [];
        list.push(handler.bind(watch) as (record: never, link: FlowLink) => void);
        this.heard.set(kind, list);
      }
    }
  }

  private judge(detector: Detector, report: Report): void {
    const device = this.inventory.get(report.device);
    // Of the sensor itself nothing is learnt.
    if (report.device >= 0) this.baseline.signal(device);
    const window = this.site.window(report.device, report.peer, report.service, report.at.timeUs);
    const { raised } = this.alerts;
    this.alerts.report(detector, report, this.site.learnt(report), this.site.inClinicalUse(report.device), window);
    if (this.alerts.raised > raised) this.measuring.mask(report.device, this.site.nowUs);
  }

  private tell<Kind extends keyof records.Records>(
    kind: Kind,
    record: Parameters<records.Records[Kind]>[0],
    link: FlowLink,
  ): void {
    const list = this.heard.get(kind);
    if (list === undefined) return;
    for (const handler of list) handler(record as never, link);
  }

  // ── flows ──────────────────────────────────────────────────────────────────────────────────────────

  flowStart(record: records.FlowStart): void {
    if (this.baseline.siteFirstUs === 0) this.baseline.siteFirstUs = record.timeUs;
    this.measuring.begin(record.timeUs);
    const client = this.inventory.at(record.client);
    const server = this.inventory.at(record.server);
    client.seen(record.timeUs);
    server.seen(record.timeUs);
    const link = new FlowLink(record, client, server);
    this.links[record.flow] = link;
    if (record.midstream) this.oddity('tcp_midstream', record.flow, record.timeUs);
    this.meet(client, server);
    this.meet(server, client);
    this.tell('flowStart', record, link);
    const expected = this.exchanges.expectedOf(record);
    if (expected !== '') this.name(record, link, expected);
  }

  private meet(device: Device, peer: Device): void {
    const { activity } = device;
    this.points.touch(device);
    activity.flows++;
    if (!peer.group && activity.peers.size < this.settings.limits.reportKeysMax) activity.peers.add(peer.number);
  }

  flowEstablished(record: records.FlowEstablished): void {
    const link = this.links[record.flow];
    if (link === undefined) return;
    link.established = true;
    this.tell('flowEstablished', record, link);
    if (link.protocol !== '') this.relate(record, link);
  }

  flowProtocol(record: records.FlowProtocol): void {
    const link = this.links[record.flow];
    if (link === undefined) return;
    this.posture.flowProtocol(record, link);
    this.tell('flowProtocol', record, link);
    this.name(record, link, record.protocol);
  }

  /** The flow has a protocol: the first that was told. */
  private name(at: records.Moment, link: FlowLink, protocol: string): void {
    if (link.protocol === '') {
      link.protocol = protocol;
      this.tally.protocol(protocol).flows++;
      this.points.protocolFlow(link);
    }
    if (resolved(link.serverDevice).group) addRoles(link, link.protocol);
    if (link.established) this.relate(at, link);
  }

  flowUpdate(record: records.FlowUpdate): void {
    const link = this.links[record.flow];
    if (link === undefined) return;
    this.addUpdate(record, link);
    this.posture.flowUpdate(record, link);
    this.tell('flowUpdate', record, link);
    if (link.established && !link.midstream) this.relate(record, link);
    this.seenAgain(record, link);
    this.measuring.update(record, link);
  }

  flowOpen(record: records.FlowOpen): void {
    const link = this.links[record.flow];
    if (link !== undefined) this.tell('flowOpen', record, link);
  }

  rhythm(record: records.Rhythm): void {
    const link = this.links[record.flow];
    if (link !== undefined) this.tell('rhythm', record, link);
  }

  echo(record: records.Echo): void {
    const link = this.links[record.flow];
    if (link !== undefined) this.tell('echo', record, link);
  }

  flowEnd(record: records.FlowEnd): void {
    const link = this.links[record.flow];
    if (link === undefined) return;
    this.addUpdate(record, link);
    if (link.payload > 0) {
      this.payloadFlows++;
      if (link.transport === TCP && (link.packetsToServer === 0 || link.packetsToClient === 0)) {
        this.oneWayFlows++;
        this.points.oneWay(link);
      }
    }
    this.posture.flowEnd(record, link);
    this.tell('flowEnd', record, link);
    if (link.established && !link.midstream) this.relate(record, link);
    this.measuring.update(record, link);
    this.conversations.end(record, link);
    this.links[record.flow] = undefined;
  }

  private addUpdate(record: records.FlowUpdate, link: FlowLink): void {
    link.packetsToServer += record.packetsToServer;
    link.packetsToClient += record.packetsToClient;
    link.payload += record.payloadToServer + record.payloadToClient;
    this.payloadBytes += record.payloadToServer + record.payloadToClient;
    this.gapBytes += record.gapBytes;
    this.retransmits += record.retransmits;
    const client = resolved(link.clientDevice);
    const server = resolved(link.serverDevice);
    this.points.touch(client);
    this.points.touch(server);
    carry(client, record.bytesToServer, record.packetsToServer, record.bytesToClient, record.packetsToClient);
    carry(server, record.bytesToClient, record.packetsToClient, record.bytesToServer, record.packetsToServer);
    this.tally.update(record, link);
    this.conversations.update(record, link);
    this.points.flowUpdate(record, link);
  }

  /** The flow has become a service relation: judged and then learnt, once for each of its ends. */
  private relate(at: records.Moment, link: FlowLink): void {
    if (link.related) return;
    link.related = true;
    // A conversation belongs to the time at which it began, however late its protocol was told.
    this.baseline.nowUs = link.startUs;
    // Neighbour discovery is chatter of the network, not a service.
    if (link.transport === ICMPV6) return;
    if (resolved(link.clientDevice).group || resolved(link.serverDevice).group) return;
    addRoles(link, link.protocol);
    this.posture.relation(at, link);
    const asClient = link.relation('client', '');
    const asServer = link.relation('server', '');
    const ofClient = this.site.verdict(asClient);
    const ofServer = this.site.verdict(asServer);
    link.isStrangeToClient = !ofClient.accepted;
    link.isStrangeToServer = !ofServer.accepted;
    this.points.relation(link, ofClient, ofServer);
    for (const watch of this.relationWatches) {
      watch.relation?.(asClient, ofClient, at, link);
      watch.relation?.(asServer, ofServer, at, link);
    }
    this.learnEnds(link, link.startUs);
    this.measuring.related(link);
  }

  /** A conversation that stays open is seen on each of its days: what never ends would stay new for ever. */
  private seenAgain({ timeUs }: records.Moment, link: FlowLink): void {
    // An interval that ends at midnight is of the day that ends.
    const insideUs = timeUs - 1;
    if (!link.related || Math.floor(insideUs / DAY_US) <= Math.floor(link.learntUs / DAY_US)) return;
    if (link.transport === ICMPV6 || resolved(link.clientDevice).group || resolved(link.serverDevice).group) return;
    this.baseline.nowUs = insideUs;
    this.learnEnds(link, insideUs);
  }

  private learnEnds(link: FlowLink, timeUs: number): void {
    link.learntUs = timeUs;
    const asClient = link.relation('client', '');
    const asServer = link.relation('server', '');
    const endpoint = link.transport * PORTS + link.serverPort;
    this.learn(asClient, isNeverSilent(asClient.service, resolved(link.serverDevice).external), endpoint);
    this.learn(asServer, isNeverSilent(asServer.service, resolved(link.clientDevice).external), endpoint);
  }

  private learn(relation: Relation, neverSilent: boolean, endpoint = 0): void {
    const { peerKey } = this.inventory.get(relation.peer);
    this.baseline.observe(this.inventory.get(relation.device), relation, peerKey, neverSilent, endpoint);
  }

  // ── devices ────────────────────────────────────────────────────────────────────────────────────────

  neighbour(record: records.Neighbour): void {
    const before = this.inventory.at(record.address);
    this.inventory.neighbour(record);
    if (before.mergedInto !== null) this.baseline.merge(before.number, resolved(before));
    if (record.how !== 'ip') this.tellStanding('neighbour', record, before);
  }

  lease(record: records.Lease): void {
    const before = record.address === '' ? null : this.inventory.at(record.address);
    this.inventory.lease(record);
    if (before !== null) this.tellStanding('lease', record, before);
  }

  /** A record that belongs to no flow, with the device that it is about. */
  private tellStanding<Kind extends 'neighbour' | 'lease'>(
    kind: Kind,
    record: Parameters<records.Records[Kind]>[0],
    device: Device,
  ): void {
    const list = this.heard.get(kind);
    if (list === undefined) return;
    const link = this.site.standing(resolved(device).number);
    for (const handler of list) (handler as unknown as (record: records.Moment, link: Link) => void)(record, link);
  }

  identity(record: records.Identity): void {
    const link = this.links[record.flow];
    if (link === undefined) return;
    const device = resolved(record.ofClient ? link.clientDevice : link.serverDevice);
    this.inventory.identity(device, record);
    this.tell('identity', record, link);
  }

  announcement(record: records.Announcement): void {
    this.inventory.announcement(record);
  }

  expectation(record: records.Expectation): void {
    this.exchanges.expectation(record, this.links[record.flow]);
  }

  // ── DICOM ──────────────────────────────────────────────────────────────────────────────────────────

  association(record: records.Association): void {
    const link = this.links[record.flow];
    if (link === undefined) return;
    this.tally.association(record, link);
    this.points.association(link);
    this.tell('association', record, link);
  }

  associationAnswer(record: records.AssociationAnswer): void {
    const link = this.links[record.flow];
    if (link === undefined) return;
    this.tally.associations.add('accepted');
    this.points.associationAnswer(link);
    resolved(link.clientDevice).addRole('dicom client');
    resolved(link.serverDevice).addRole('dicom server');
    this.tell('associationAnswer', record, link);
  }

  associationEnd(record: records.AssociationEnd): void {
    const link = this.links[record.flow];
    if (link === undefined) return;
    this.tally.associationEnd(record);
    this.points.associationEnd(record, link);
    this.tell('associationEnd', record, link);
  }

  dimse(record: records.Dimse): void {
    const link = this.links[record.flow];
    if (link === undefined) return;
    this.tally.dimse(record);
    this.points.dimse(record, link);
    medical(record.timeUs, link);
    this.dicomRoles(record, link);
    this.baseline.nowUs = record.timeUs;
    this.tell('dimse', record, link);
    if (record.status >= 0 || !record.verb.endsWith('-RQ')) return;
    const asker = record.fromClient ? link.client : link.server;
    const answerer = record.fromClient ? link.server : link.client;
    const relation = { device: asker, peer: answerer, role: 'client', service: link.service } as const;
    this.learn({ ...relation, verb: this.verbs.of(record.verb, record.sopClass) }, false);
    if (record.moveDestination !== '') this.learn({ ...relation, verb: `C-MOVE to ${record.moveDestination}` }, true);
  }

  private dicomRoles(record: records.Dimse, link: FlowLink): void {
    if (!record.fromClient || record.status >= 0) return;
    if (record.sopClass === WORKLIST) resolved(link.serverDevice).addRole('dicom worklist');
    else if (record.sopClass.startsWith(QUERY_RETRIEVE)) {
      resolved(link.serverDevice).addRole('dicom archive');
      resolved(link.clientDevice).addRole('dicom query');
    }
  }

  instance(record: records.Instance): void {
    const link = this.links[record.flow];
    if (link === undefined) return;
    this.tally.instance(record);
    this.points.instance(record, link);
    for (const end of [link.clientDevice, link.serverDevice]) {
      const device = resolved(end);
      device.lastMedicalUs = record.timeUs;
      device.instances++;
      device.instanceBytes += record.bytes;
      if (record.studyHash !== 0 && device.studies.size < STUDIES_MAX) device.studies.add(record.studyHash);
    }
    this.posture.instance(record, link);
    this.measuring.instance(record, link);
    this.tell('instance', record, link);
  }

  query(record: records.Query): void {
    const link = this.links[record.flow];
    if (link === undefined) return;
    this.posture.query(record, link);
    this.baseline.nowUs = record.timeUs;
    this.tell('query', record, link);
    const isBroad = record.broad && record.sopClass !== WORKLIST && record.verb === 'C-FIND-RQ';
    if (isBroad) this.learn(link.relation(record.fromClient ? 'client' : 'server', 'broad query'), false);
  }

  // ── HL7 and others ─────────────────────────────────────────────────────────────────────────────────

  hl7Message(record: records.Hl7Message): void {
    const link = this.links[record.flow];
    if (link === undefined) return;
    this.tally.hl7Message(record, link);
    this.points.hl7Message(record, link);
    medical(record.timeUs, link);
    const sender = resolved(record.fromClient ? link.clientDevice : link.serverDevice);
    sender.messages++;
    if (record.acknowledgement === '') {
      const receiver = resolved(record.fromClient ? link.serverDevice : link.clientDevice);
      sender.addRole('hl7 client');
      receiver.addRole('hl7 server');
      if (record.type === 'ADT') sender.addRole('hl7 patient administration');
      if (record.observations > 0) sender.lastMedicalUs = record.timeUs;
    }
    this.posture.hl7Message(record, link);
    this.baseline.nowUs = record.timeUs;
    this.measuring.hl7Message(record, link);
    this.tell('hl7Message', record, link);
    if (record.acknowledgement === '') {
      const relation = link.relation(
        record.fromClient ? 'client' : 'server',
        this.tally.messageKeys.of(record.type, record.trigger),
      );
      this.learn(relation, false);
    }
  }

  hl7Batch(record: records.Hl7Batch): void {
    const link = this.links[record.flow];
    if (link === undefined) return;
    this.tally.hl7Batch(record);
    this.tell('hl7Batch', record, link);
  }

  message(record: records.Message): void {
    const link = this.links[record.flow];
    if (link === undefined) return;
    this.exchanges.message(record, link);
    this.tell('message', record, link);
  }

  operation(record: records.Operation): void {
    const link = this.links[record.flow];
    if (link === undefined) return;
    this.exchanges.operation(record, link);
    this.baseline.nowUs = record.timeUs;
    this.tell('operation', record, link);
    this.exchanges.learnOperation(record, link);
  }

  login(record: records.Login): void {
    const link = this.links[record.flow];
    if (link === undefined) return;
    this.exchanges.login(record, link);
    this.tell('login', record, link);
  }

  lookup(record: records.Lookup): void {
    const link = this.links[record.flow];
    if (link === undefined) return;
    this.exchanges.lookup(record, link);
    this.measuring.lookup(record, link);
    this.tell('lookup', record, link);
  }

  httpMessage(record: records.HttpMessage): void {
    const link = this.links[record.flow];
    if (link === undefined) return;
    this.exchanges.httpMessage(record, link);
    this.baseline.nowUs = record.timeUs;
    this.tell('httpMessage', record, link);
    this.exchanges.learnHttpMessage(record, link);
  }

  handshake(record: records.Handshake): void {
    const link = this.links[record.flow];
    if (link === undefined) return;
    this.exchanges.handshake(record, link);
    this.tell('handshake', record, link);
  }

  certificate(record: records.Certificate): void {
    const link = this.links[record.flow];
    if (link === undefined) return;
    this.exchanges.certificate(record, link);
    this.tell('certificate', record, link);
  }

  transfer(record: records.Transfer): void {
    const link = this.links[record.flow];
    if (link === undefined) return;
    this.exchanges.transfer(record, link);
    this.tell('transfer', record, link);
  }

  oddity(name: string, _flow: number, _timeUs: number): void {
    this.tally.oddities.add(name);
  }

  /** Counters of the sensor at the last interval or at the end. */
  counters: SensorCounters | null = null;

  interval(nowUs: number, counters: SensorCounters): void {
    this.counters = counters;
    const { packets, dropped } = counters;
    const { payloadBytes, gapBytes, payloadFlows, oneWayFlows } = this;
    this.coverage.interval({ packets, dropped, payloadBytes, gapBytes, payloadFlows, oneWayFlows });
    this.baseline.isBlind = this.coverage.trouble !== '';
    this.measuring.interval(nowUs);
    this.settings.onInterval(nowUs, counters);
  }

  tick(nowUs: number): void {
    this.site.nowUs = nowUs;
    this.baseline.tick(nowUs);
    this.tellBudget(nowUs);
    for (const watch of this.tickWatches) watch.tick?.(nowUs);
  }

  private tellBudget(nowUs: number): void {
    const moves = this.budget?.tick(nowUs, () => this.inventory.devices.filter(isOurs).length) ?? [];
    for (const move of moves) {
      const at = Object.assign(new records.Moment(), { timeUs: nowUs, flow: -1 });
      for (const watch of this.budgetWatches) watch.overBudget?.(move, at);
    }
  }

  // ── what could be seen ─────────────────────────────────────────────────────────────────────────────

  oneWayPercent(): number {
    return this.payloadFlows === 0 ? 0 : Math.round((1000 * this.oneWayFlows) / this.payloadFlows) / 10;
  }

  coveragePercent(): number {
    const all = this.payloadBytes + this.gapBytes;
    return all === 0 ? 100 : Math.round((1000 * this.payloadBytes) / all) / 10;
  }
}

function budgetOf({ detectors, severityOf }: AnalystSettings): Budget | null {
  const counting = detectors.find(({ detector }) => detector.id === 'ME-03');
  if (counting === undefined) return null;
  const severities = new Map(detectors.map(({ detector }) => [detector.id, detector.severity[2]]));
  return new Budget(counting.options, (card) => severityOf(card) ?? severities.get(card) ?? 'medium');
}

function isOurs({ confirmed, external, group, mergedInto }: Device): boolean {
  return confirmed && !external && !group && mergedInto === null;
}

function carry(device: Device, bytesOut: number, packetsOut: number, bytesIn: number, packetsIn: number): void {
  // Links without hardware addresses (raw IP, loopback) tell no neighbour: what has sent packets is a device all the same.
  if (packetsOut > 0) device.confirmed = true;
  device.bytesOut += bytesOut;
  device.bytesIn += bytesIn;
  device.activity.bytesOut += bytesOut;
  device.activity.packetsOut += packetsOut;
  device.activity.bytesIn += bytesIn;
  device.activity.packetsIn += packetsIn;
}
