/** One incident: what happened in four sentences, in order of time, as a picture, with evidence; and the decision. */
import { useState } from 'preact/hooks';
import { address, ofRun, useAnswer } from '../client.ts';
import { fetchFile } from '../files.ts';
import { Show } from '../parts/answer.tsx';
import { wordsOf } from '../parts/dialog.tsx';
import { ClassText, Risk, SeverityBadge, StandingBadge, TierBadge } from '../parts/marks.tsx';
import { Head, Panel } from '../parts/page.tsx';
import { tell } from '../parts/toast.tsx';
import { Conversation } from '../pictures/conversation.tsx';
import { to } from '../route.ts';
import type { Finding, IncidentAnswer, LinkList, Sentences } from '../shapes.ts';
import { isSuspicious, type Talk, talksOf } from '../talks.ts';
import { Between, Time, timeText, utcText } from '../time.tsx';
import { called, cardName, deviceName, serviceName, share, some } from '../words.ts';
import { Decide } from './decide.tsx';
import type { PageProps } from './index.tsx';
import { SuppressDialog } from './suppress.tsx';

export function IncidentPage({ parts }: PageProps) {
  const [id = ''] = parts;
  const answer = useAnswer<IncidentAnswer>(ofRun(`incidents/${encodeURIComponent(id)}`));
  return (
    <Show of={answer} what="this incident">
      {(found) => <Incident found={found} />}
    </Show>
  );
}

function Incident({ found }: { found: IncidentAnswer }) {
  const { incident, device, alerts, run } = found;
  const name = device === null ? called(incident.deviceName, incident.deviceClass) : deviceName(device);
  return (
    <>
      <Head
        title={`${name}: ${cardName(incident.detector)}`}
        crumbs={
          <>
            <a href={to(['incidents'])}>Incidents</a> › {name}
          </>
        }
        actions={
          <button type="button" class="button" onClick={() => print()}>
            Print report
          </button>
        }
      />
      <p class="facts">
        <SeverityBadge severity={incident.severity} />
        <Risk risk={incident.risk} />
        <TierBadge tier={incident.tier} />
        <StandingBadge state={incident.state} disposition={incident.disposition} />
        {incident.assignee === '' ? null : <span>{incident.assignee} has it</span>}
        <span>
          <Between start={incident.start} end={incident.end} />
        </span>
        {device === null ? null : (
          <span>
            on <a href={to(['devices', device.id])}>{name}</a>, <ClassText device={device} />,{' '}
            {device.addresses[0] ?? ''}
          </span>
        )}
      </p>
      <PrintHead found={found} />
      <div class="grid">
        <div class="two-thirds stack">
          <Panel title="What this is about">
            <FourSentences of={incident} />
          </Panel>
          <Panel
            title="Who spoke with whom"
            about="Red lines are part of this incident. An arrow points from the one who began."
          >
            <IncidentPicture found={found} />
          </Panel>
          <Panel
            title={some(alerts.length, 'finding')}
            about="In the order in which they happened. Open one for its own four sentences."
          >
            <Findings found={found} />
          </Panel>
        </div>
        <div class="third stack">
          <Panel title="Decide">
            <Decide found={found} />
          </Panel>
          <Panel title="Evidence">
            <Evidence found={found} run={run} />
          </Panel>
          <Panel title="Timeline">
            <Timeline found={found} />
          </Panel>
        </div>
      </div>
    </>
  );
}

export function FourSentences({ of }: { of: Sentences }) {
  return (
    <dl class="sentences">
      <div>
        <dt>What is usual</dt>
        <dd>{of.usual}</dd>
      </div>
      <div>
        <dt>What happened</dt>
        <dd class="first">{of.happened}</dd>
      </div>
      <div>
        <dt>Why it matters</dt>
        <dd>{of.matters}</dd>
      </div>
      <div>
        <dt>What to do first</dt>
        <dd class="first">{of.firstStep}</dd>
      </div>
    </dl>
  );
}

function IncidentPicture({ found }: { found: IncidentAnswer }) {
  const { incident, device, peers, alerts } = found;
  const answer = useAnswer<LinkList>(ofRun('links', { device: incident.device, limit: 1_000 }));
  const byId = new Map((answer.value?.devices ?? []).map((node) => [node.id, node]));
  const concerned = (answer.value?.links ?? []).filter((link) => isSuspicious(link, alerts));
  const drawn = talksOf(incident.device, concerned, byId, alerts, 0);
  // What no link tells (a scan that nobody answered) is drawn from the findings.
  const missing = peers.filter(({ id }) => !drawn.some((talk) => talk.with.id === id));
  const told: Talk[] = missing.map((peer) => ({
    with: { ...peer, address: '' },
    incoming: false,
    label: servicesOf(alerts, peer.id),
    kind: 'bad',
  }));
  const talks = [...drawn, ...told];
  const self = {
    id: incident.device,
    name: device === null ? incident.deviceName : deviceName(device),
    address: device?.addresses[0] ?? '',
    class: incident.deviceClass,
    external: device?.external ?? false,
  };
  if (talks.length === 0) return <p class="note">The findings name no partner: they are about the device alone.</p>;
  return (
    <>
      <Conversation self={self} talks={talks} />
      <ul class="sr">
        {talks.map(({ with: peer, label, incoming }) => (
          <li key={`${peer.id} ${incoming}`}>
            {incoming ? `${peer.name} came to ${self.name}` : `${self.name} went to ${peer.name}`} over {label}.
          </li>
        ))}
      </ul>
    </>
  );
}

function servicesOf(alerts: readonly Finding[], peer: string): string {
  return [...new Set(alerts.filter((alert) => alert.peer === peer).map(({ service }) => serviceName(service)))].join(
    ', ',
  );
}

function Findings({ found }: { found: IncidentAnswer }) {
  const { alerts, standings } = found;
  const [hiding, setHiding] = useState<Finding | null>(null);
  return (
    <>
      {alerts.map((alert) => (
        <details key={alert.id} class="finding">
          <summary>
            <SeverityBadge severity={alert.severity} /> <b>{cardName(alert.detector)}</b>{' '}
            <span class="muted small">
              {alert.detector} · <Time at={alert.start} form="clock" />
              {(standings[alert.id]?.hiddenBy ?? 0) > 0 ? ` · hidden by rule ${standings[alert.id]?.hiddenBy}` : ''}
            </span>
          </summary>
          <FourSentences of={alert} />
          <p class="small muted">
            {some(alert.count, 'signal')}, {share(alert.confidence)} sure
            {alert.window === '' ? '' : ` · falls into the approved window ${alert.window}`}
            {alert.attack.length === 0 ? '' : ` · ATT&CK ${alert.attack.join(', ')}`}
          </p>
          <p class="no-print">
            <button type="button" class="button small" onClick={() => setHiding(alert)}>
              Hide findings like this …
            </button>
          </p>
        </details>
      ))}
      {hiding === null ? null : <SuppressDialog finding={hiding} onClose={() => setHiding(null)} />}
    </>
  );
}

function Timeline({ found }: { found: IncidentAnswer }) {
  return (
    <ol class="timeline">
      {found.timeline.map((moment, index) => (
        <li key={`${moment.time} ${index}`} class={moment.kind === 'step' ? 'person' : ''}>
          <Time at={moment.time} form={moment.kind === 'step' ? 'long' : 'clock'} />
          <div>
            {moment.kind === 'step' ? (
              <b>{`${moment.user}: ${moment.title}`}</b>
            ) : (
              moment.title.replace(/^[A-Z]{2}-\d\d: /, '')
            )}
          </div>
          {moment.kind === 'step' && moment.detail !== '' ? <div class="muted">{moment.detail}</div> : null}
        </li>
      ))}
    </ol>
  );
}

function Evidence({ found, run }: { found: IncidentAnswer; run: string }) {
  const { evidence, incident, alerts } = found;
  const flows = [...new Set(alerts.flatMap((alert) => alert.evidence.flows))];
  const take = async (): Promise<void> => {
    try {
      await fetchFile(address(`evidence/${encodeURIComponent(incident.id)}`, { run }), `${incident.id}.pcapng`);
    } catch (error) {
      tell(wordsOf(error), false);
    }
  };
  return (
    <div class="form">
      <p>
        {some(evidence.packets, 'packet')} and {some(evidence.flows, 'conversation')} belong to this incident.
      </p>
      {evidence.available ? (
        <p class="no-print">
          <button type="button" class="button" onClick={() => void take()}>
            Download masked packets
          </button>
        </p>
      ) : (
        <p class="muted">The packets themselves are not at hand for this run.</p>
      )}
      <p class="muted small">
        In the file every value that could identify a patient is masked; lengths and structure stay, so Wireshark and
        the maker can read it.
      </p>
      <details>
        <summary>Community IDs of the conversations</summary>
        <ul class="mono small wrap-any">
          {flows.map((flow) => (
            <li key={flow}>{flow}</li>
          ))}
        </ul>
      </details>
    </div>
  );
}

/** What a printed report needs and the screen shows elsewhere. */
function PrintHead({ found }: { found: IncidentAnswer }) {
  const { incident, device, run } = found;
  const now = new Date().toISOString();
  return (
    <div class="print-only">
      <p>
        Incident {incident.id} of run {run}, printed {timeText(now, 'long')} ({utcText(now)}).
      </p>
      <p>
        Began {utcText(incident.start)}, last seen {utcText(incident.end)}. Device {incident.device}
        {device === null
          ? ''
          : `, ${[device.manufacturer, device.model, device.serial].filter((word) => word !== '').join(' ')}`}
        .
      </p>
      <p>wardwatch is not a medical device; this report is no clinical alarm and no diagnosis.</p>
    </div>
  );
}
