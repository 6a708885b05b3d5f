/** Findings about a device whose vault is as promised, to be spoilt. */
import { keyVaultIdOf } from '../../domain/key-vault.ts';
import { lockScope } from '../../domain/locks.ts';
import { auditLockName, diagnosticSettingName, keyVaultLockName } from '../../domain/names.ts';
import { ownershipTags } from '../../domain/ownership.ts';
import type { PostureFindings, VaultFacts } from '../../domain/posture-findings.ts';
import { plainProfile } from '../../domain/profile.ts';
import { keyTags } from '../../domain/secrets.ts';
import { device } from './samples.ts';

export const now = Date.parse('2026-03-01T12:00:00Z');
export const day = 86_400_000;
export const worker = 'cccccccc-0000-0000-0000-000000000003';
export const keyReader = 'dddddddd-0000-0000-0000-000000000004';
export const stranger = 'eeeeeeee-0000-0000-0000-000000000005';
export const cik = { name: 'ase-cik-aa012e30-f22c-9433-3a58-744fe61413b7', version: 'c1' };

const name = 'ase-edge1-84ead8355';
const id = keyVaultIdOf(device, name);
const accountId = id.replace('KeyVault/vaults', 'Storage/storageAccounts').replace(name, 'aseedge1audit');

export const entryOf = (objectId: string, secrets: string[]): VaultFacts['accessPolicies'][number] => ({
  tenantId: device.tenantId,
  objectId,
  permissions: { secrets },
});

export const vault: VaultFacts = {
  id,
  name,
  uri: `https://${name}.vault.azure.net/`,
  location: device.location,
  tags: ownershipTags(device),
  usesRbac: false,
  provisioned: true,
  accessPolicies: [
    entryOf(device.principalId, ['Get', 'Set']),
    entryOf(worker, ['get', 'set', 'list']),
    entryOf(keyReader, ['get']),
  ],
  sku: 'standard',
  softDelete: true,
  retentionDays: 90,
  purgeProtection: false,
  network: 'open',
};

export const lockOn = (scope: string, lockName: string, level = 'CanNotDelete') => {
  const lockId = `${scope}/providers/Microsoft.Authorization/locks/${lockName}`;
  return { id: lockId, name: lockName, scope: lockScope(lockId), level };
};

export const live = (changed: Partial<VaultFacts> = {}): PostureFindings['keyVault'] => ({
  found: { name, whereabouts: { state: 'live', vault: { ...vault, ...changed } } },
});

export const activationKey = (changed: object = {}) => ({
  version: 'k1',
  enabled: true,
  createdOn: now - day,
  expiresOn: now + 2 * day,
  tags: { [keyTags.fingerprint]: '0123456789abcdef' },
  ...changed,
});

export const asPromised: PostureFindings = {
  now,
  device: { ...device, status: 'ReadyToSetup' },
  worker,
  keyReaders: [keyReader],
  profile: plainProfile,
  link: {
    found: {
      vaultId: id,
      vaultUri: vault.uri,
      keyName: cik.name,
      keyVersion: cik.version,
      syncStatus: 'KeyVaultNotSynced',
    },
  },
  keyVault: live(),
  locks: {
    keyVault: { found: [lockOn(id, keyVaultLockName)] },
    group: { found: [] },
    subscription: { found: [] },
  },
  diagnosticSettings: { found: [{ name: diagnosticSettingName, storageAccountId: accountId, auditEvents: true }] },
  accounts: [
    {
      id: accountId,
      account: { found: { tags: ownershipTags(device), sku: 'Standard_ZRS' } },
      locks: { found: [lockOn(accountId, auditLockName)] },
    },
  ],
  secrets: {
    found: [
      { name: cik.name, enabled: true, createdOn: now - 10 * day },
      { name: 'ase-activation-key', enabled: true, createdOn: now - day, expiresOn: now + 2 * day },
    ],
  },
  activationKeys: { found: [activationKey()] },
  channelIntegrityKeys: { found: [{ version: cik.version, enabled: true, createdOn: now - 10 * day, tags: {} }] },
  neighbours: 'absent',
};

/** Of the device after somebody has pasted the key. */
export const online: PostureFindings = { ...asPromised, device: { ...asPromised.device, status: 'Online' } };
