/** Which run a call is about, and until when it waits: what every program says alike. */
import { parseDeviceId, shown, type DeviceId } from '../domain/device.ts';
import { Refusal } from '../domain/failures.ts';
import { reading } from './errors.ts';
import type { OfDevice } from './own-rights.ts';

/** A run on a device; default: the running or last one. */
export type OfRun = OfDevice & { runId?: string };

const runIdShape = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Returns the device of a request; each call reads its other fields itself. @throws AseError InvalidInput */
export const acceptRun = (of: OfRun): DeviceId =>
  reading(() => {
    const { deviceId, runId }: Partial<OfRun> = of ?? {};
    const device = parseDeviceId(deviceId);
    if (runId === undefined || runIdShape.test(runId)) return device;
    throw new Refusal('InvalidInput', `runId must be the id of a run, as a start answers it; got ${shown(runId)}`);
  });

/** @param usual milliseconds from now on, where nothing is said. @throws AseError InvalidInput */
export const acceptDeadline = ({ deadline }: { deadline?: Date }, usual: number): Date =>
  reading(() => {
    if (deadline === undefined) return new Date(Date.now() + usual);
    if (deadline instanceof Date && !Number.isNaN(deadline.getTime())) return deadline;
    throw new Refusal('InvalidInput', `deadline must be a Date; got ${shown(deadline)}`);
  });
