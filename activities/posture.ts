import type { Vault } from '@azure/arm-keyvault';
import type { Azure } from '../azure/clients.ts';
import { observe } from '../azure/observe.ts';
import { nameIn, parseDeviceId, type DeviceId } from '../domain/device.ts';
import { readDeviceInput, type DeviceInput } from '../domain/device-request.ts';
import { judgePosture, type Posture } from '../domain/posture.ts';
import {
  ownerFor,
  type DeviceFacts,
  type LinkFacts,
  type PostureFindings,
  type VaultFacts,
} from '../domain/posture-findings.ts';
import { isUnseen, seen, type Sighting } from '../domain/sighting.ts';
import { readDeviceResource } from './device.ts';
import { readWhereaboutsAs } from './whereabouts.ts';
import { findKeyVaultOf, readNeighbours } from '../azure/ownership.ts';
import { readLocks, readTrail } from './posture-protection.ts';
import { readSecrets } from './posture-secrets.ts';
import { keyVaultOf, linkOf } from '../azure/read.ts';
import { sight } from './sight.ts';

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
