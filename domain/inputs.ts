import { parseDeviceId, shown } from './device.ts';
import { Refusal } from './failures.ts';

/** Input of `generateActivationKey`. */
export type GenerateActivationKeyInput = {
  /** ARM id of the device resource, in any letter case. */
  deviceId: string;
  /** 3 to 24 letters, digits and hyphens. Default: the device's linked vault, else a name made from the device's. */
  keyVaultName?: string;
  /** Whether the audit trail is complete before the first secret is written (`first`, default) or after the key is out. */
  audit?: 'first' | 'after';
  /** What to do when the vault lies soft-deleted: block and ask a person (default), or recover it with its content. */
  softDeletedVault?: 'ask' | 'recover';
  /** Who asked, for the people who read the history. */
  requestedBy?: string;
};

/** The input with its defaults in place. */
export type ActivationRequest = Required<Pick<GenerateActivationKeyInput, 'deviceId' | 'audit' | 'softDeletedVault'>> &
  Pick<GenerateActivationKeyInput, 'keyVaultName' | 'requestedBy'>;

const fields = ['deviceId', 'keyVaultName', 'audit', 'softDeletedVault', 'requestedBy'];

/** @throws Refusal InvalidInput, saying what to type instead */
export const readActivationInput = (input: unknown): ActivationRequest => {
  const { deviceId, keyVaultName, audit, softDeletedVault, requestedBy } = plainObject(input, fields);
  return {
    deviceId: parseDeviceId(deviceId).id,
    audit: oneOf('audit', audit, ['first', 'after'], 'first'),
    softDeletedVault: oneOf('softDeletedVault', softDeletedVault, ['ask', 'recover'], 'ask'),
    ...(keyVaultName === undefined ? {} : { keyVaultName: readKeyVaultName(keyVaultName) }),
    ...(requestedBy === undefined ? {} : { requestedBy: shortText('requestedBy', requestedBy) }),
  };
};

/** Reads the fields that a retry may change. @throws Refusal InvalidInput */
export const readRetryInput = (input: unknown, accepted: readonly string[]): Record<string, unknown> => {
  if (input === undefined) return {};
  const { keyVaultName, softDeletedVault, audit } = plainObject(input, accepted);
  return {
    ...(keyVaultName === undefined ? {} : { keyVaultName: readKeyVaultName(keyVaultName) }),
    ...(softDeletedVault === undefined
      ? {}
      : { softDeletedVault: oneOf('softDeletedVault', softDeletedVault, ['ask', 'recover'], 'ask') }),
    ...(audit === undefined ? {} : { audit: oneOf('audit', audit, ['first', 'after'], 'first') }),
  };
};

/** Azure's rule: 3-24 letters, digits and hyphens, a letter first, no hyphen last, none doubled. @throws Refusal InvalidInput */
export const readKeyVaultName = (name: unknown): string => {
  if (typeof name === 'string' && /^[a-z](?!.*--)[a-z0-9-]{1,22}[a-z0-9]$/i.test(name)) return name;
  throw new Refusal(
    'InvalidInput',
    `keyVaultName must have 3 to 24 letters, digits and single hyphens, begin with a letter and not end with a hyphen; got ${shown(name)}`,
  );
};

export const plainObject = (value: unknown, known: readonly string[]): Record<string, unknown> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Refusal(
      'InvalidInput',
      `expected one JSON object with the fields ${known.join(', ')}; got ${shown(value)}`,
    );
  }
  const unknown = Object.keys(value).find((field) => !known.includes(field));
  if (unknown !== undefined) {
    const list = known.length === 0 ? 'no fields are accepted here' : `the fields are ${known.join(', ')}`;
    throw new Refusal('InvalidInput', `${shown(unknown)} is not a field; ${list}`);
  }
  return value as Record<string, unknown>;
};

export const oneOf = <T extends string>(field: string, value: unknown, allowed: readonly T[], fallback?: T): T => {
  if (value === undefined && fallback !== undefined) return fallback;
  if (allowed.includes(value as T)) return value as T;
  throw new Refusal(
    'InvalidInput',
    `${field} must be ${allowed.map((v) => `"${v}"`).join(' or ')}; got ${shown(value)}`,
  );
};

/** A choice that is off unless it is said. @throws Refusal InvalidInput */
export const flag = (field: string, value: unknown): boolean => {
  if (value === undefined) return false;
  if (typeof value === 'boolean') return value;
  throw new Refusal('InvalidInput', `${field} must be true or false; got ${shown(value)}`);
};

/** One printable line of at most 200 characters, since it is shown to people and written to logs. */
export const shortText = (field: string, value: unknown): string => {
  if (typeof value === 'string' && /^[^\p{C}\u2028\u2029]{1,200}$/u.test(value)) return value;
  throw new Refusal('InvalidInput', `${field} must be one line of 1 to 200 printable characters; got ${shown(value)}`);
};

/** Any text as one line that people can be shown: without characters that nobody sees, and cut where it is too long. */
export const lineOf = (text: string, most = 200): string => {
  const line = text.replace(/[\p{C}\u2028\u2029]/gu, ' ');
  return line.length <= most ? line : `${line.slice(0, most - 1).toWellFormed()}…`;
};

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
