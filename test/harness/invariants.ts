/** What must be true of the local Azure after any operation on a device, however it went. */
import assert from 'node:assert/strict';
import type { DeviceId } from '../../domain/device.ts';
import { deviceHash } from '../../domain/names.ts';
import type { LocalAzure } from '../../local-azure/index.ts';
import type { GenerateActivationKeyResult } from '../../workflows/generate-activation-key.ts';

const tagged = <T extends { tags: Record<string, string> }>(all: Record<string, T>, device: DeviceId): T[] =>
  Object.values(all).filter(({ tags }) => tags['ase-device-hash'] === deviceHash(device));

/** Never more than one of each, whatever happened; nothing that belongs to others is ours. */
export const assertNoDoubles = ({ state }: LocalAzure, device: DeviceId): void => {
  const vaults = tagged(state.vaults, device);
  assert.ok(vaults.length <= 1, `one vault, not ${vaults.map(({ name }) => name).join(', ')}`);
  assert.ok(tagged(state.storageAccounts, device).length <= 1, 'one audit storage account');
  for (const { secrets } of vaults) {
    // A device writes its own secrets as often as it is asked to.
    const ours = Object.entries(secrets).filter(([name]) => name.startsWith('ase-'));
    for (const [name, { versions }] of ours) {
      const enabled = versions.filter(({ attributes }) => attributes.enabled);
      assert.ok(enabled.length <= 1, `one enabled version of ${name}, not ${enabled.length}`);
    }
  }
};

/** What ends for ever: a deleted vault by its own call, what lies deleted in a vault by DELETE. Carried out or not. */
export const isPurge = (method: string, path: string): boolean =>
  /\/purge\/?$/i.test(path) || (method === 'DELETE' && /^\/deleted(secrets|keys|certificates)\//i.test(path));

/** No code of the product contains that call, for vaults or for what lies in them. */
export const assertNothingPurged = ({ requests }: LocalAzure): void => {
  const purges = requests.filter(({ method, path, principal }) => isPurge(method, path) && principal !== 'owner');
  assert.deepEqual(purges, [], 'nothing was purged');
};

/** After a successful activation: all there, protected, linked, and the key of the result is the one in force. */
export const assertActivatable = (azure: LocalAzure, device: DeviceId, result: GenerateActivationKeyResult): void => {
  assertNoDoubles(azure, device);
  const { state } = azure;
  const [vault] = tagged(state.vaults, device);
  assert.ok(vault, 'the vault is there');
  assert.equal(vault.id, result.keyVault.id);
  assert.equal(vault.enableRbacAuthorization, false);
  assert.equal(vault.softDeleteRetentionInDays, 90);
  assertLocked(state.locks, vault.id);
  const edge = state.dataBoxEdge.devices[device.id.toLowerCase()];
  assert.ok(edge, 'the device is there');
  assert.deepEqual(
    vault.accessPolicies.find(({ objectId }) => objectId === edge.principalId)?.permissions,
    { secrets: ['get', 'set'] },
    'the device has exactly get and set of secrets',
  );
  assert.equal(edge.link.clientSecretStoreId, vault.id);
  assert.equal(edge.link.channelIntegrityKeyName, result.channelIntegrityKey.name);
  assert.equal(edge.link.channelIntegrityKeyVersion, result.channelIntegrityKey.version);
  const keys = vault.secrets['ase-activation-key']?.versions ?? [];
  assert.deepEqual(
    keys.filter(({ attributes }) => attributes.enabled).map(({ version }) => version),
    [result.activationKey.version],
    'the key of the result is the only enabled one',
  );
  if (result.audit === 'complete') assertAuditTrail(azure, device, vault.id);
};

const assertAuditTrail = ({ state }: LocalAzure, device: DeviceId, vaultId: string): void => {
  const [account] = tagged(state.storageAccounts, device);
  assert.ok(account, 'the audit storage account is there');
  assertLocked(state.locks, account.id);
  const settings = Object.values(state.diagnosticSettings).filter(({ resource }) => resource === vaultId.toLowerCase());
  assert.deepEqual(
    settings.map(({ storageAccountId }) => storageAccountId?.toLowerCase()),
    [account.id.toLowerCase()],
    'one diagnostic setting leads to it',
  );
};

const assertLocked = (locks: LocalAzure['state']['locks'], scope: string): void => {
  const ours = Object.values(locks).filter((lock) => lock.scope.toLowerCase() === scope.toLowerCase());
  assert.deepEqual(
    ours.map(({ level }) => level),
    ['CanNotDelete'],
    `${scope} is locked`,
  );
};

/** Every secret that the local Azure holds or has issued, in clear. */
export const secretValues = ({ state }: LocalAzure): string[] =>
  Object.values(state.vaults).flatMap(({ secrets }) =>
    Object.values(secrets).flatMap(({ versions }) => versions.map(({ value }) => value)),
  );
