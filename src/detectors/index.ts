/** Every detector, one line each, in the order in which they are asked. */
import type { Detector } from '../detect.ts';
import { newServiceTuple } from './bl-01-new-service-tuple.ts';
import { dicomMoveDestination } from './ex-10-dicom-move-destination.ts';
import { remoteAdministration } from './rc-01-remote-administration.ts';

export const detectors: readonly Detector[] = [newServiceTuple, remoteAdministration, dicomMoveDestination];
