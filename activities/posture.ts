import type { Vault } from '@azure/arm-keyvault';
import type { SecretProperties } from '@azure/keyvault-secrets';
import type { Azure, Secrets } from '../azure/clients.ts';
import { findKeyVaultOf, readNeighbours } from '../azure/ownership.ts';
import { observe } from '../azure/pipeline.ts';
import { isSecretDeleted, keyVaultOf, linkOf } from '../azure/read.ts';
import { holdsAtLeast, workerPermissions } from '../domain/access.ts';
import { type DeviceId, nameIn, parseDeviceId } from '../domain/device.ts';
import { failureEntry } from '../domain/failures.ts';
import { type DeviceInput, readDeviceInput } from '../domain/inputs.ts';
import type { Lock } from '../domain/locks.ts';
import { activationKeySecretName } from '../domain/names.ts';
import { type Sighting, isUnseen, seen } from '../domain/ownership.ts';
import {
  type AccountFinding,
  type DeviceFacts,
  type LinkFacts,
  type PostureFindings,
  type SecretFacts,
  type VaultFacts,
  ownerFor,
} from '../domain/posture-findings.ts';
import { type Posture, judgePosture } from '../domain/posture.ts';
import type { SecretVersion } from '../domain/secrets.ts';
import { readVersions } from './activation-key.ts';
import { readSettings } from './audit-log.ts';
import { readDeviceResource } from './device.ts';
import { lockOf } from './locks.ts';
import { isTransient, readWhereaboutsAs, sight } from './sight.ts';

/** Requirements on the device, in addition to those for all devices. */
export type PostureTerms = Pick<PostureFindings, 'keyReaders' | 'profile'>;

export const createPosture = (azure: Azure, terms: PostureTerms) => ({
  /** Reads only: how the device and its vault stand, and where they differ from what is promised. */
  async readPosture(input: DeviceInput): Promise<Posture> {
    const { deviceId } = readDeviceInput(input);
    return readPostureOf(azure, terms, parseDeviceId(deviceId));
  },
});

/** @throws Refusal DeviceNotFound; whatever else cannot be seen is named in the posture */
export const readPostureOf = async (azure: Azure, terms: PostureTerms, id: DeviceId): Promise<Posture> => {
  const { device, now } = await readDeviceFacts(azure, id);
  const link = await sight(() => readLinkFacts(azure, device));
  const keyVault = await readKeyVaultSighting(azure, device, link);
  const worker = await azure.callerObjectId();
  const whereabouts = seen(keyVault)?.whereabouts;
  const around =
    whereabouts?.state === 'live'
      ? await readAround(azure, device, { vault: whereabouts.vault, link, worker })
      : nothingAround;
  return judgePosture({ ...terms, now, device, worker, link, keyVault, ...around });
};

const readDeviceFacts = async (azure: Azure, id: DeviceId): Promise<{ device: DeviceFacts; now: number }> => {
  const { observed, onResponse } = observe();
  const found = await readDeviceResource(azure, id, { onResponse });
  const { principalId, tenantId } = found.identity ?? {};
  const device = {
    ...parseDeviceId(found.id ?? id.id),
    location: found.location,
    status: found.dataBoxEdgeDeviceStatus ?? 'unknown',
    ...(principalId ? { principalId } : {}),
    ...(tenantId ? { tenantId } : {}),
  };
  return { device, now: observed.date ?? Date.now() };
};

const readLinkFacts = async (azure: Azure, device: DeviceFacts): Promise<LinkFacts> => {
  const { devices } = azure.subscription(device.subscriptionId);
  const record = await devices.getExtendedInformation(device.name, device.resourceGroup);
  const { keyVaultSyncStatus: syncStatus } = record;
  return { ...linkOf(record), ...(syncStatus ? { syncStatus } : {}) };
};

/** What the record names is shown also where its owner cannot be told. */
const readKeyVaultSighting = async (
  azure: Azure,
  device: DeviceFacts,
  link: Sighting<LinkFacts>,
): Promise<PostureFindings['keyVault']> => {
  const record = seen(link) ?? {};
  const found = await sight(() => findKeyVaultOf(azure, device, record));
  const linked = record.vaultId === undefined ? undefined : nameIn(record.vaultId);
  if (linked === undefined && isUnseen(found)) return found;
  const name = seen(found)?.name ?? linked;
  if (name === undefined) return isUnseen(link) ? link : 'absent';
  return sight(async () => ({ name, whereabouts: await readWhereaboutsAs(azure, device, name, vaultFactsOf) }));
};

const vaultFactsOf = (vault: Vault): VaultFacts => {
  const { sku, enableSoftDelete, softDeleteRetentionInDays, enablePurgeProtection } = vault.properties;
  return {
    ...keyVaultOf(vault),
    sku: sku.name,
    softDelete: enableSoftDelete !== false,
    // Left out by Azure unless it was sent when the vault was made (recorded).
    retentionDays: softDeleteRetentionInDays ?? 90,
    purgeProtection: enablePurgeProtection === true,
    network: networkOf(vault.properties),
  };
};

const networkOf = ({ publicNetworkAccess, networkAcls }: Vault['properties']): VaultFacts['network'] => {
  if (publicNetworkAccess?.toLowerCase() === 'disabled') return 'closed';
  return networkAcls?.defaultAction === 'Deny' ? 'restricted' : 'open';
};

type Around = Omit<PostureFindings, 'now' | 'device' | 'worker' | 'link' | 'keyVault' | keyof PostureTerms>;

const nothingAround: Around = {
  locks: { keyVault: 'absent', group: 'absent', subscription: 'absent' },
  diagnosticSettings: 'absent',
  accounts: [],
  secrets: 'absent',
  activationKeys: 'absent',
  channelIntegrityKeys: 'absent',
  neighbours: 'absent',
};

type AroundInput = { vault: VaultFacts; link: Sighting<LinkFacts>; worker: string };

const readAround = async (azure: Azure, device: DeviceFacts, { vault, link, worker }: AroundInput): Promise<Around> => {
  const cikName = seen(link)?.keyName;
  const [locks, trail, secrets, neighbours] = await Promise.all([
    readLocks(azure, device, vault.id),
    readTrail(azure, device, vault.id),
    readSecrets(azure.secrets(vault), { device, vault, worker, cikName }),
    // Tags are what nearly every vault has; only where they do not say it, the identities of others matter.
    ownerFor(vault.tags, device) === 'this device' ? ('absent' as const) : sight(() => readNeighbours(azure, device)),
  ]);
  return { locks, neighbours, ...trail, ...secrets };
};

// The looks of a posture at what protects a vault: locks, and where its audit events go.

export const readLocks = async (
  azure: Azure,
  device: DeviceFacts,
  vaultId: string,
): Promise<PostureFindings['locks']> => {
  const { locks } = azure.subscription(device.subscriptionId);
  const filter = { filter: 'atScope()' };
  const [keyVault, group, subscription] = await Promise.all([
    readLocksAt(azure, device, vaultId),
    sight(() => Array.fromAsync(locks.listAtResourceGroupLevel(device.resourceGroup, filter), lockOf)),
    sight(() => Array.fromAsync(locks.listAtSubscriptionLevel(filter), lockOf)),
  ]);
  return { keyVault, group, subscription };
};

/** Whether Azure names inherited locks here as well depends on its version; they are left out. */
const readLocksAt = (azure: Azure, device: DeviceFacts, id: string): Promise<Sighting<Lock[]>> =>
  sight(async () => {
    const { locks } = azure.subscription(device.subscriptionId);
    const listed = await Array.fromAsync(locks.listByScope(id, { filter: 'atScope()' }), lockOf);
    return listed.filter(({ scope }) => scope.toLowerCase() === id.toLowerCase());
  });

export const readTrail = async (
  azure: Azure,
  device: DeviceFacts,
  vaultId: string,
): Promise<Pick<PostureFindings, 'diagnosticSettings' | 'accounts'>> => {
  const diagnosticSettings = await sight(() => readSettings(azure, device, { id: vaultId }));
  const ids = (seen(diagnosticSettings) ?? []).flatMap(({ storageAccountId }) => storageAccountId ?? []);
  return { diagnosticSettings, accounts: await Promise.all(ids.map((id) => readAccount(azure, device, id))) };
};

const readAccount = async (azure: Azure, device: DeviceFacts, id: string): Promise<AccountFinding> => {
  const [, subscriptionId = '', group = ''] = /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\//i.exec(id) ?? [];
  const { storageAccounts } = azure.subscription(subscriptionId);
  const [account, locks] = await Promise.all([
    sight(async () => {
      const { tags = {}, sku } = await storageAccounts.getProperties(group, nameIn(id));
      return { tags, sku: sku?.name ?? 'unknown' };
    }),
    readLocksAt(azure, device, id),
  ]);
  return { id, account, locks };
};

// The looks of a posture into a vault: names, dates and versions of secrets, never values.

type SecretFindings = Pick<PostureFindings, 'secrets' | 'activationKeys' | 'channelIntegrityKeys'>;

type VaultInput = { device: DeviceFacts; vault: VaultFacts; worker: string; cikName: string | undefined };

export const readSecrets = async (client: Secrets, input: VaultInput): Promise<SecretFindings> => {
  const look = dataLook(input);
  const [secrets, activationKeys, channelIntegrityKeys] = await Promise.all([
    look(() => listSecrets(client)),
    look(async () => (await readVersions(client, activationKeySecretName)).versions),
    readCik(look, client, input.cikName),
  ]);
  return { secrets, activationKeys, channelIntegrityKeys };
};

type Look = <T>(read: () => Promise<T>) => Promise<Sighting<T>>;

/** Where the worker holds its rights, a refusal only means that they were granted a moment ago. */
const dataLook = ({ device: { tenantId = '' }, vault, worker: objectId }: VaultInput): Look => {
  const { usesRbac, accessPolicies } = vault;
  const granted = !usesRbac && holdsAtLeast(accessPolicies, { tenantId, objectId, secrets: workerPermissions });
  return (read) => sight(read, (type) => isTransient(type) || (granted && failureEntry(type).class === 'propagating'));
};

/** A vault can be used for other secrets too: more than these would be too much for an answer. */
const mostSecrets = 1000;

const listSecrets = async (client: Secrets): Promise<SecretFacts[]> => {
  const listed: SecretFacts[] = [];
  for await (const properties of client.listPropertiesOfSecrets()) {
    listed.push(secretFactsOf(properties));
    if (listed.length === mostSecrets) break;
  }
  return listed;
};

const secretFactsOf = ({ name, enabled, createdOn, expiresOn }: SecretProperties): SecretFacts => ({
  name,
  enabled: enabled === true,
  createdOn: createdOn?.getTime() ?? 0,
  ...(expiresOn ? { expiresOn: expiresOn.getTime() } : {}),
});

const readCik = async (
  look: Look,
  client: Secrets,
  name: string | undefined,
): Promise<PostureFindings['channelIntegrityKeys']> => {
  if (name === undefined) return 'absent';
  const found = await look(async (): Promise<readonly SecretVersion[] | 'deleted' | undefined> => {
    const { versions } = await readVersions(client, name);
    if (versions.length > 0) return versions;
    return (await isSecretDeleted(client, name)) ? 'deleted' : undefined;
  });
  if (found === 'absent' || isUnseen(found)) return found;
  return found.found === undefined ? 'absent' : { found: found.found };
};
