/**
 * RC-13: another machine makes a Windows device run something: a service, a task, a process, by the means that Windows
 * has for administrators (detection.md 4.2).
 *
 * What is called is seen even where the call itself is encrypted. A share for administrators that was opened shortly
 * before, or a program that was put there, makes it surer.
 */
import { isExecutable } from '../bytes/magic.ts';
import type { Detector, Link } from '../detect.ts';

const MINUTE_US = 60e6;
/** Pairs of source and device whose last visit to such a share is remembered; the oldest gives way. */
const PAIRS_MAX = 4_096;

/** Calls that run something on the other machine, in words. */
const calls: Readonly<Record<string, string>> = {
  CreateServiceW: 'installed a service on',
  CreateServiceA: 'installed a service on',
  CreateServiceWOW64W: 'installed a service on',
  CreateServiceWOW64A: 'installed a service on',
  CreateWowService: 'installed a service on',
  ChangeServiceConfigW: 'changed a service of',
  ChangeServiceConfigA: 'changed a service of',
  StartServiceW: 'started a service on',
  StartServiceA: 'started a service on',
  NetrJobAdd: 'set up a task on',
  SchRpcRegisterTask: 'set up a task on',
  SchRpcRun: 'started a task on',
  ExecMethod: 'ran a command on',
  ExecMethodAsync: 'ran a command on',
  RemoteCreateInstance: 'started a component on',
  RemoteActivation: 'started a component on',
};
/** Components are started for reading, too. */
const activations = new Set(['RemoteCreateInstance', 'RemoteActivation']);

/** Shares of administrators: the Windows folder and whole drives. */
const ADMIN_SHARE = /^(?:ADMIN|[A-Z])\$$/;
const TREE_CONNECT = 'TREE_CONNECT';

export const windowsLateral: Detector = {
  id: 'RC-13',
  title: 'Program started on a Windows device over the network',
  attack: ['T1021.002', 'T1570', 'T1569.002', 'T1047', 'T1053.005', 'T1210', 'T0866', 'T0867'],
  severity: ['critical', 'high', 'high', 'medium'],
  weight: 0.6,
  options: {
    /** Minutes between a visit to a share of administrators and a call for them to belong together. */
    shareMinutes: 10,
    confidence: 0.6,
    confidenceActivation: 0.4,
    /** Added when such a share was opened before, and when a program was put there. */
    confidenceShare: 0.1,
    confidenceProgram: 0.1,
  },

  watch(options, knowledge, report) {
    const shares = new Map<number, { shareUs: number; programUs: number }>();
    const visit = (link: Link, timeUs: number, isProgram: boolean): void => {
      const key = link.client * 2 ** 26 + link.server;
      const before = shares.get(key);
      if (before === undefined && shares.size >= PAIRS_MAX) shares.delete(shares.keys().next().value ?? -1);
      shares.set(key, { shareUs: timeUs, programUs: isProgram ? timeUs : (before?.programUs ?? -Infinity) });
    };
    return {
      message(record, link) {
        if (record.protocol !== 'smb' || !record.fromClient || !record.kind.includes(TREE_CONNECT)) return;
        const share = record.kind.slice(record.kind.lastIndexOf(' ') + 1);
        if (ADMIN_SHARE.test(share)) visit(link, record.timeUs, false);
      },
      transfer(record, link) {
        if (record.protocol !== 'smb' || record.verb !== 'write' || !ADMIN_SHARE.test(record.share)) return;
        visit(link, record.timeUs, isExecutable(record.content));
      },
      operation(record, link) {
        if (record.protocol !== 'dcerpc' || record.outcome !== 'asked' || !record.fromClient) return;
        const what = calls[record.verb];
        if (what === undefined) return;
        const { client, server, service } = link;
        const device = knowledge.device(server);
        if (!device.medical || device.external) return;
        const relation = { device: client, peer: server, role: 'client', service, verb: record.verb } as const;
        if (knowledge.verdict(relation).accepted) return;
        const source = knowledge.device(client);
        const windowUs = Number(options.shareMinutes) * MINUTE_US;
        const visited = shares.get(client * 2 ** 26 + server);
        let confidence = Number(activations.has(record.verb) ? options.confidenceActivation : options.confidence);
        const hasShare = visited !== undefined && record.timeUs - visited.shareUs <= windowUs;
        const hasProgram = visited !== undefined && record.timeUs - visited.programUs <= windowUs;
        if (hasShare) confidence += Number(options.confidenceShare);
        if (hasProgram) confidence += Number(options.confidenceProgram);
        report({
          device: server,
          peer: client,
          service,
          verb: record.verb,
          at: record,
          link,
          confidence: Math.round(confidence * 100) / 100,
          neverSilent: true,
          speaksAlways: false,
          sentences: () => ({
            usual: `${source.label} has not been accepted to manage Windows on ${device.label}.`,
            happened: `${source.label} ${what} ${device.label} over the network${
              hasProgram ? ', after it put a program there' : hasShare ? ', after it opened its drives' : ''
            }.`,
            matters: 'This is how software management works, and how an intruder goes from one machine to the next.',
            firstStep: `Ask IT whether ${source.label} manages ${device.label}; if nobody knows, have ${source.label} kept off the device network.`,
          }),
        });
      },
    };
  },
};
