import { flag, plainObject, readKeyVaultName, shortText } from './activation-input.ts';
import { readConsentInAdvance, type ConsentInAdvance } from './consent.ts';
import { parseDeviceId, shown } from './device.ts';
import { Refusal } from './failures.ts';

/** Input of `deleteDevice`. */
export type DeleteDeviceInput = {
  /** ARM id of the device resource, in any letter case. */
  deviceId: string;
  /** The device's name, typed back. */
  confirmDevice: string;
  /** Delete it although it is in use. Default: such a device is refused. */
  allowOnline?: boolean;
  /** Said in advance; what lies in the vault and is not ours is asked about all the same. */
  consent?: ConsentInAdvance;
  /** Hours to wait for each answer, 1 to 720; default 72. Silence keeps the vault. */
  consentWithin?: number;
  requestedBy?: string;
};

/** Input of `deleteKeyVault`. */
export type DeleteKeyVaultInput = {
  /** ARM id of the device whose vault it is; the device itself may be gone. */
  deviceId: string;
  /** Which vault, where neither the device's record nor the tags of a vault say it. */
  keyVaultName?: string;
  consent?: ConsentInAdvance;
  consentWithin?: number;
  requestedBy?: string;
};

/** The terms of the consent, for both deletions. */
export type ConsentTerms = {
  inAdvance?: ConsentInAdvance;
  /** Hours. */
  within: number;
  /** Who started it, for the record of a consent in advance. */
  by: string;
};
export type DeviceDeletionRequest = ConsentTerms & { deviceId: string; allowOnline: boolean };
export type KeyVaultDeletionRequest = ConsentTerms & { deviceId: string; keyVaultName?: string };

/** @throws Refusal InvalidInput · NotConfirmed */
export const readDeviceDeletion = (input: unknown): DeviceDeletionRequest => {
  const known = ['deviceId', 'confirmDevice', 'allowOnline', 'consent', 'consentWithin', 'requestedBy'];
  const { deviceId, confirmDevice, allowOnline, ...rest } = plainObject(input, known);
  const device = parseDeviceId(deviceId);
  if (typeof confirmDevice !== 'string' || confirmDevice.toLowerCase() !== device.name.toLowerCase()) {
    throw new Refusal(
      'NotConfirmed',
      `confirmDevice must be the name of the device, "${device.name}"; got ${shown(confirmDevice)}`,
    );
  }
  return {
    deviceId: device.id,
    allowOnline: flag('allowOnline', allowOnline),
    ...readTerms(rest),
  };
};

/** @throws Refusal InvalidInput */
export const readKeyVaultDeletion = (input: unknown): KeyVaultDeletionRequest => {
  const known = ['deviceId', 'keyVaultName', 'consent', 'consentWithin', 'requestedBy'];
  const { deviceId, keyVaultName, ...rest } = plainObject(input, known);
  return {
    deviceId: parseDeviceId(deviceId).id,
    ...(keyVaultName === undefined ? {} : { keyVaultName: readKeyVaultName(keyVaultName) }),
    ...readTerms(rest),
  };
};

type Terms = Pick<DeleteDeviceInput, 'consent' | 'consentWithin' | 'requestedBy'>;

/** Of an input that was judged to be good: workflows read it again on every replay. */
export const consentTermsOf = ({ consent, consentWithin = 72, requestedBy }: Terms): ConsentTerms => ({
  within: consentWithin,
  by: requestedBy ?? 'the requester',
  ...(consent === undefined ? {} : { inAdvance: consent }),
});

const readTerms = ({ consent, consentWithin, requestedBy }: Record<string, unknown>): ConsentTerms => {
  const hours = consentWithin ?? 72;
  if (!Number.isInteger(hours) || (hours as number) < 1 || (hours as number) > 720) {
    throw new Refusal('InvalidInput', `consentWithin must be whole hours from 1 to 720; got ${shown(consentWithin)}`);
  }
  return consentTermsOf({
    consentWithin: hours as number,
    ...(requestedBy === undefined ? {} : { requestedBy: shortText('requestedBy', requestedBy) }),
    ...(consent === undefined ? {} : { consent: readConsentInAdvance(consent) }),
  });
};
