import type { DeviceInput } from '../domain/device-request.ts';
import type { Posture } from '../domain/posture.ts';
import { runLook } from './look.ts';

/** The article's "Manage your key vault": how the device and all that belongs to its vault stand, and what has drifted. */
export async function inspectDevice(input: DeviceInput): Promise<Posture> {
  return runLook('readPosture', input);
}
