import { flag, plainObject, shortText } from './activation-input.ts';
import { parseDeviceId } from './device.ts';
import { readRequestId } from './request-id.ts';

/** Input of `regenerateActivationKey`. */
export type RegenerateActivationKeyInput = {
  /** ARM id of the device resource, in any letter case. */
  deviceId: string;
  /** Whether a key that is still good may be made useless by the new one. Default: false, the procedure then fails. */
  supersede?: boolean;
  /** Who asked, for the people who read the history. */
  requestedBy?: string;
  /**
   * Names the request: it is given one key, however often it is made. 1 to 64 printable ASCII characters without spaces, in
   * plain text in a tag of the key.
   */
  requestId?: string;
};

/** The input with its defaults in place. */
export type RegenerationRequest = Required<Pick<RegenerateActivationKeyInput, 'deviceId' | 'supersede'>> &
  Pick<RegenerateActivationKeyInput, 'requestedBy' | 'requestId'>;

const fields = ['deviceId', 'supersede', 'requestedBy', 'requestId'];

/** @throws Refusal InvalidInput, saying what to type instead */
export const readRegenerationInput = (input: unknown): RegenerationRequest => {
  const { deviceId, supersede, requestedBy, requestId } = plainObject(input, fields);
  return {
    deviceId: parseDeviceId(deviceId).id,
    supersede: flag('supersede', supersede),
    ...(requestedBy === undefined ? {} : { requestedBy: shortText('requestedBy', requestedBy) }),
    ...(requestId === undefined ? {} : { requestId: readRequestId(requestId) }),
  };
};
