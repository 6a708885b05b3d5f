import { plainObject, shortText } from './activation-input.ts';
import { parseDeviceId } from './device.ts';

/** Input of `inspectDevice` and `repairDevice`. */
export type DeviceInput = {
  /** ARM id of the device resource, in any letter case. */
  deviceId: string;
  /** Who asked, for the people who read the history. */
  requestedBy?: string;
};

/** @throws Refusal InvalidInput, saying what to type instead */
export const readDeviceInput = (input: unknown): DeviceInput => {
  const { deviceId, requestedBy } = plainObject(input, ['deviceId', 'requestedBy']);
  return {
    deviceId: parseDeviceId(deviceId).id,
    ...(requestedBy === undefined ? {} : { requestedBy: shortText('requestedBy', requestedBy) }),
  };
};
