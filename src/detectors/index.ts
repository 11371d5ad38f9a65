/** Every detector, one line each, in the order in which they are asked. */
import type { Detector } from '../detect.ts';
import { newServiceTuple } from './bl-01-new-service-tuple.ts';
import { newExternalDestination } from './bl-02-new-external-destination.ts';
import { newListeningService } from './bl-03-new-listening-service.ts';
import { peerGroupOutlier } from './bl-04-peer-group-outlier.ts';
import { protocolOfPort } from './bl-05-protocol-port.ts';
import { expectedTraffic } from './bl-06-expected-traffic.ts';
import { scan } from './bl-07-scan.ts';
import { identityClash } from './bl-08-identity-clash.ts';
import { slowDrift } from './bl-09-slow-drift.ts';
import { outboundVolume } from './ex-01-outbound-volume.ts';
import { roleFlip } from './ex-02-role-flip.ts';
import { newDestinationVolume } from './ex-03-new-destination-volume.ts';
import { lowAndSlow } from './ex-04-low-and-slow.ts';
import { dnsTunnel } from './ex-05-dns-tunnel.ts';
import { resolverBypass } from './ex-06-resolver-bypass.ts';
import { icmpTunnel } from './ex-07-icmp-tunnel.ts';
import { beaconing } from './ex-08-beaconing.ts';
import { dicomQuerySweep } from './ex-09-dicom-query-sweep.ts';
import { dicomMoveDestination } from './ex-10-dicom-move-destination.ts';
import { imagesToNewPlace } from './ex-11-images-to-new-place.ts';
import { hl7NewReceiver } from './ex-12-hl7-new-receiver.ts';
import { fhirHarvest } from './ex-13-fhir-harvest.ts';
import { patientDataInClear } from './ex-14-patient-data-in-clear.ts';
import { filesLeavingDevice } from './ex-15-files-leaving-device.ts';
import { cloudStorage } from './ex-16-cloud-storage.ts';
import { blindSensor } from './me-01-blind-sensor.ts';
import { knownBad } from './me-02-known-bad.ts';
import { alertBudget } from './me-03-alert-budget.ts';
import { remoteAdministration } from './rc-01-remote-administration.ts';
import { remoteSupportRelay } from './rc-02-remote-support-relay.ts';
import { typing } from './rc-03-typing.ts';
import { reversedControl } from './rc-04-reversed-control.ts';
import { steppingStone } from './rc-05-stepping-stone.ts';
import { longConnection } from './rc-06-long-connection.ts';
import { sessionOutsideWindow } from './rc-07-session-outside-window.ts';
import { passwordGuessing } from './rc-08-password-guessing.ts';
import { controlCommand } from './rc-09-control-command.ts';
import { alarmsChanged } from './rc-10-alarms-changed.ts';
import { programPushed } from './rc-11-program-pushed.ts';
import { snmpWriteOrWalk } from './rc-12-snmp-write-or-walk.ts';
import { windowsLateral } from './rc-13-windows-lateral.ts';

export const detectors: readonly Detector[] = [
  newServiceTuple,
  newExternalDestination,
  newListeningService,
  remoteAdministration,
  remoteSupportRelay,
  typing,
  reversedControl,
  steppingStone,
  longConnection,
  sessionOutsideWindow,
  passwordGuessing,
  controlCommand,
  alarmsChanged,
  programPushed,
  snmpWriteOrWalk,
  windowsLateral,
  newDestinationVolume,
  dnsTunnel,
  dicomQuerySweep,
  dicomMoveDestination,
  imagesToNewPlace,
  hl7NewReceiver,
  filesLeavingDevice,
  icmpTunnel,
  peerGroupOutlier,
  expectedTraffic,
  slowDrift,
  outboundVolume,
  roleFlip,
  lowAndSlow,
  beaconing,
  blindSensor,
  scan,
  identityClash,
  patientDataInClear,
  resolverBypass,
  cloudStorage,
  fhirHarvest,
  protocolOfPort,
  knownBad,
  alertBudget,
];
