import type { SecretProperties } from '@azure/keyvault-secrets';
import { assembleActivationKey, fingerprintOf } from '../azure/activation-key.ts';
import type { Azure, Secrets } from '../azure/clients.ts';
import { readAzureError } from '../azure/errors.ts';
import { readOwnership } from '../azure/ownership.ts';
import { observe } from '../azure/pipeline.ts';
import { isSecretDeleted, readLink } from '../azure/read.ts';
import { holdsAtLeast, workerGrant } from '../domain/access.ts';
import { type Device, type DeviceLink, parseDeviceId } from '../domain/device.ts';
import { NotYet, Refusal } from '../domain/failures.ts';
import { type KeyVault, type KeyVaultRef, accepted, planKeyVault, refOf } from '../domain/key-vault.ts';
import { activationKeySecretName } from '../domain/names.ts';
import {
  assertReplaceable,
  explainMissingVault,
  keyOfRequest,
  linkedKeyOf,
  type RegenerateActivationKeyInput,
  readRegenerationInput,
} from '../domain/regeneration.ts';
import { regenerationActions } from '../domain/rights.ts';
import {
  type ActivationKeyRef,
  type ChannelIntegrityKeyRef,
  type IssuedKeyRef,
  type KeyInHand,
  type SecretVersion,
  findLiveKey,
  keyTags,
  supersededBy,
} from '../domain/secrets.ts';
import { awaitEarlierAttempts } from './call.ts';
import { assertNotActivated, assertStillToActivate, deviceOf, readDeviceResource } from './device.ts';
import { readKeyVaultInHand } from './key-vault-in-hand.ts';
import { assertNoReadOnlyLock, isLocked } from './locks.ts';
import { assertRights } from './rights.ts';
import { readWhereabouts } from './sight.ts';

type IssueInput = {
  device: Device;
  keyVault: KeyVaultRef;
  channelIntegrityKey: ChannelIntegrityKeyRef;
  /** Names the operation, across resets of its workflow. */
  operation: string;
  /** Whether a key of another operation that is still good is made useless; default: it is taken. */
  supersede?: boolean;
  /** Names the request, across operations: it is given one key. */
  requestId?: string | undefined;
};

export const createActivationKeys = (azure: Azure) => ({
  /**
   * The key in force, made only if there is none, or none of this operation where others are superseded: a new key makes
   * the older one useless (assumed), so a key is never made while an earlier attempt may still make one. The key itself
   * stays in the vault.
   */
  async issueActivationKey(input: IssueInput): Promise<IssuedKeyRef> {
    await readKeyVaultInHand(azure, input.device, input.keyVault);
    const secrets = azure.secrets(input.keyVault);
    const given = await findGiven(secrets, input);
    if (given) return given;
    await assertStillToActivate(azure, input.device);
    const found = await findKeys(secrets, input);
    const { current, older, versions } = isLive(found) ? found : await makeKey(azure, secrets, input, found);
    await disableVersions(secrets, activationKeySecretName, older);
    return issuedKeyOf(current, versions, input);
  },
});

/** Looked for before all else: the device may have been activated with it. @throws Refusal KeySuperseded */
const findGiven = async (secrets: Secrets, input: IssueInput): Promise<IssuedKeyRef | undefined> => {
  if (input.requestId === undefined) return undefined;
  const { versions } = await readVersions(secrets, activationKeySecretName);
  const given = keyOfRequest(versions, input.requestId);
  return given && issuedKeyOf(given, versions, input);
};

/** Returns the reference of a key, as its own operation or a later one reports it. */
export const issuedKeyOf = (
  key: SecretVersion,
  versions: readonly SecretVersion[],
  { keyVault, operation, supersede }: Pick<IssueInput, 'keyVault' | 'operation' | 'supersede'>,
): IssuedKeyRef => {
  const superseded = supersede === true ? supersededBy(key, versions) : undefined;
  return {
    ...activationKeyRefOf(keyVault, key),
    ...(superseded ? { superseded: activationKeyRefOf(keyVault, superseded) } : {}),
    ...(key.tags[keyTags.operation] === operation ? {} : { found: true }),
  };
};

type Keys = KeyInHand & { versions: SecretVersion[]; now: number };
type FoundKey = Keys & { state: 'live' };

const isLive = (keys: Keys): keys is FoundKey => keys.state === 'live';

const findKeys = async (secrets: Secrets, { channelIntegrityKey, supersede, operation }: IssueInput): Promise<Keys> => {
  const { versions, now } = await readVersions(secrets, activationKeySecretName);
  const madeBy = supersede === true ? operation : undefined;
  return { ...findLiveKey(versions, channelIntegrityKey.version, now, madeBy), versions, now };
};

const makeKey = async (azure: Azure, secrets: Secrets, input: IssueInput, before: Keys): Promise<FoundKey> => {
  awaitEarlierAttempts();
  await assertNameFree(secrets);
  await issue(azure, secrets, input, before);
  // Read back: a write that was delivered twice has made two versions.
  const made = await findKeys(secrets, input);
  if (isLive(made)) return made;
  throw new NotYet('NotInEffect', 'the stored activation key is not visible yet', 1000);
};

/** A key that cannot be stored must not be made: it would replace the one in force. */
const assertNameFree = async (secrets: Secrets): Promise<void> => {
  if (!(await isSecretDeleted(secrets, activationKeySecretName))) return;
  throw new Refusal('SecretSoftDeleted', `the secret "${activationKeySecretName}" is deleted and recoverable`);
};

const issue = async (azure: Azure, secrets: Secrets, input: IssueInput, before: Keys): Promise<void> => {
  const { device, channelIntegrityKey } = input;
  const { devices } = azure.subscription(device.subscriptionId);
  const cik = await secrets.getSecret(channelIntegrityKey.name, { version: channelIntegrityKey.version });
  const pair = await devices.generateCertificate(device.name, device.resourceGroup);
  await retire(secrets, input, before);
  const upload = await devices.uploadCertificate(device.name, device.resourceGroup, {
    certificate: present(pair.publicKey, 'publicKey'),
  });
  const key = assembleActivationKey({
    subscriptionId: device.subscriptionId,
    resourceGroup: device.resourceGroup,
    deviceName: device.name,
    location: device.location,
    managementCertificate: present(pair.privateKey, 'privateKey'),
    serviceDataIntegrityKey: present(cik.value, 'value'),
    upload,
  });
  const tags = {
    [keyTags.fingerprint]: fingerprintOf(key),
    [keyTags.operation]: input.operation,
    [keyTags.cikVersion]: channelIntegrityKey.version,
    ...(input.requestId === undefined ? {} : { [keyTags.request]: input.requestId }),
  };
  // The certificate inside the key ends with it: three days after it was made (recorded).
  const expiresOn = new Date(present(pair.expiryTimeInUTC, 'expiryTimeInUTC'));
  await secrets.setSecret(activationKeySecretName, key, { expiresOn, tags });
};

/**
 * The upload of the certificate makes the older keys useless, so they are disabled before it. A run that is cancelled in
 * between leaves no key that looks valid, and the next run issues another.
 */
const retire = async (
  secrets: Secrets,
  { channelIntegrityKey, operation }: IssueInput,
  before: Keys,
): Promise<void> => {
  const inForce = findLiveKey(before.versions, channelIntegrityKey.version, before.now);
  for (const one of before.older) {
    const isGood = inForce.state === 'live' && inForce.current === one;
    const tags = isGood ? { tags: { ...one.tags, [keyTags.supersededBy]: operation } } : {};
    await secrets.updateSecretProperties(activationKeySecretName, one.version, { enabled: false, ...tags });
  }
};

const activationKeyRefOf = ({ uri }: KeyVaultRef, { version, tags, expiresOn }: SecretVersion): ActivationKeyRef => ({
  secretId: `${uri.replace(/\/$/, '')}/secrets/${activationKeySecretName}/${version}`,
  version,
  fingerprint: tags[keyTags.fingerprint] ?? '',
  expiresOn: new Date(expiresOn ?? 0).toISOString(),
});

const present = <T>(value: T | undefined, field: string): T => {
  if (value === undefined) throw new Error(`Azure answered without ${field}`);
  return value;
};

/** All versions of a secret without their values, and the time by the vault's own clock (ms). */
export const readVersions = async (
  secrets: Secrets,
  name: string,
): Promise<{ versions: SecretVersion[]; now: number }> => {
  const { observed, onResponse } = observe();
  const listed = await Array.fromAsync(secrets.listPropertiesOfSecretVersions(name, { onResponse }));
  if (observed.date === undefined) throw new Error('the vault answered without the header Date');
  return { versions: listed.map(versionOf), now: observed.date };
};

const versionOf = ({ version, enabled, createdOn, expiresOn, tags }: SecretProperties): SecretVersion => ({
  version: version ?? '',
  enabled: enabled === true,
  createdOn: createdOn?.getTime() ?? 0,
  tags: tags ?? {},
  ...(expiresOn ? { expiresOn: expiresOn.getTime() } : {}),
});

export const disableVersions = async (
  secrets: Secrets,
  name: string,
  versions: readonly SecretVersion[],
): Promise<void> => {
  for (const { version } of versions) await secrets.updateSecretProperties(name, version, { enabled: false });
};

export type RegenerationInput = RegenerateActivationKeyInput & {
  /** Names the operation, across resets of its workflow: its own key is not in its way. */
  operation: string;
};

/** The data of the procedure, from the device's record. */
export type RegenerationPlan = {
  device: Device;
  keyVault: KeyVaultRef;
  channelIntegrityKey: ChannelIntegrityKeyRef;
  /** The key that the request was given before: nothing is to be done. */
  given?: IssuedKeyRef;
  /** Whether our lock is on the vault. */
  locked: boolean;
};

export const createPlanRegeneration = (azure: Azure) => ({
  /**
   * Reads only: a device to activate, its vault alive, and no key that is still good, or leave to make it useless. A request
   * that was given its key before is told of it also when the device has been activated with it.
   */
  async planRegeneration({ operation, ...asked }: RegenerationInput): Promise<RegenerationPlan> {
    const input = { ...readRegenerationInput(asked), operation };
    const id = parseDeviceId(input.deviceId);
    const resource = await readDeviceResource(azure, id);
    if (input.requestId === undefined) assertNotActivated(id.name, resource);
    const device = deviceOf(id, resource);
    const link = await readLink(azure, device);
    const { keyVaultName, channelIntegrityKey } = linkedKeyOf(device, link);
    const vault = await readLinkedKeyVault(azure, device, link, keyVaultName);
    const keys = await readKeys(azure, device, vault);
    const keyVault = refOf(vault);
    const locked = await isLocked(azure, device, vault.id);
    const plan = { device, keyVault, channelIntegrityKey, locked };
    const given = keys && keyOfRequest(keys.versions, input.requestId);
    if (given) return { ...plan, given: issuedKeyOf(given, keys.versions, { ...input, keyVault }) };
    assertNotActivated(id.name, resource);
    if (keys) assertReplaceable(findLiveKey(keys.versions, channelIntegrityKey.version, keys.now), input);
    else if (!input.supersede) throw mayNotList(vault);
    await assertRights(azure, device, regenerationActions);
    await assertNoReadOnlyLock(azure, device);
    return plan;
  },
});

type Versions = Awaited<ReturnType<typeof readVersions>>;

const readLinkedKeyVault = async (azure: Azure, device: Device, link: DeviceLink, name: string): Promise<KeyVault> => {
  const whereabouts = await readWhereabouts(azure, device, name);
  if (whereabouts.state !== 'live') throw explainMissingVault(device, name, whereabouts);
  const { vault } = whereabouts;
  const ownership = await readOwnership(azure, device, vault, { link });
  const wish = { device, link, name, softDeletedVault: 'ask' as const };
  accepted(planKeyVault(wish, { vault: { found: vault }, deleted: 'absent', ownership }));
  return vault;
};

/** Nothing for a worker whose own entry somebody took away: it gets it back with the others, but cannot look before that. */
const readKeys = async (azure: Azure, device: Device, vault: KeyVault): Promise<Versions | undefined> => {
  try {
    return await readVersions(azure.secrets(vault), activationKeySecretName);
  } catch (error) {
    if (readAzureError(error)?.type !== 'GrantPropagating') throw error;
    const worker = workerGrant(device.tenantId, await azure.callerObjectId());
    if (holdsAtLeast(vault.accessPolicies, worker)) throw error;
    return undefined;
  }
};

const mayNotList = ({ name }: KeyVault): Refusal =>
  new Refusal(
    'MissingPermission',
    `the worker needs get, set and list on the secrets of the vault "${name}" to find a valid key; with supersede it grants itself these permissions`,
    { keyVaultName: name },
  );
