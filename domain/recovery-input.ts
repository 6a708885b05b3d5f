import { plainObject, readKeyVaultName, shortText } from './activation-input.ts';
import { parseDeviceId } from './device.ts';

/** Input of `recoverKeyVault`. */
export type RecoverKeyVaultInput = {
  /** ARM id of the device whose vault it is, in any letter case; the device itself may be gone. */
  deviceId: string;
  /**
   * Which vault, where neither the device's record nor our tags say it. Where the vault that the record names is past
   * recovery: the name of a new one.
   */
  keyVaultName?: string;
  /** Who asked, for the people who read the history. */
  requestedBy?: string;
};

/** @throws Refusal InvalidInput, saying what to type instead */
export const readRecoveryInput = (input: unknown): RecoverKeyVaultInput => {
  const { deviceId, keyVaultName, requestedBy } = plainObject(input, ['deviceId', 'keyVaultName', 'requestedBy']);
  return {
    deviceId: parseDeviceId(deviceId).id,
    ...(keyVaultName === undefined ? {} : { keyVaultName: readKeyVaultName(keyVaultName) }),
    ...(requestedBy === undefined ? {} : { requestedBy: shortText('requestedBy', requestedBy) }),
  };
};
