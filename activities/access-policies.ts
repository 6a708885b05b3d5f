import type { Azure } from '../azure/clients.ts';
import {
  devicePermissions,
  holdsAtLeast,
  holdsExactly,
  keyReaderPermissions,
  planAccess,
  workerGrant,
  type AccessPolicyChange,
  type Grant,
} from '../domain/access.ts';
import type { Device } from '../domain/device.ts';
import { NotYet } from '../domain/failures.ts';
import type { KeyVault, KeyVaultRef } from '../domain/key-vault.ts';
import { assertSameIdentity, assertStillToActivate } from './device.ts';
import { readKeyVaultInHand, readOwnKeyVault } from './key-vault-in-hand.ts';

type AccessInput = {
  device: Device;
  keyVault: KeyVaultRef;
  /** For who keeps the vault of a device at work in order. Default: a device that was activated meanwhile is refused. */
  evenIfActivated?: boolean;
};

export const createAccessPolicies = (azure: Azure, keyReaders: readonly string[]) => ({
  /**
   * Exactly get and set of secrets for the device, what the worker needs, get for each configured key reader. Entries of
   * others stay as they are.
   */
  async grantAccess({ device, keyVault, evenIfActivated = false }: AccessInput): Promise<void> {
    await (evenIfActivated ? assertSameIdentity : assertStillToActivate)(azure, device);
    const exact: Grant[] = [{ tenantId: device.tenantId, objectId: device.principalId, secrets: devicePermissions }];
    const atLeast: Grant[] = [
      workerGrant(device.tenantId, await azure.callerObjectId()),
      ...keyReaders.map((objectId) => ({ tenantId: device.tenantId, objectId, secrets: keyReaderPermissions })),
    ];
    const { accessPolicies } = await readOwnKeyVault(azure, device, keyVault);
    const changes = planAccess(accessPolicies, { exact, atLeast });
    if (changes.length === 0) return;
    await writeAccessPolicies(azure, device, keyVault, changes);
    const { accessPolicies: present } = await readKeyVaultInHand(azure, device, keyVault);
    const inEffect =
      exact.every((grant) => holdsExactly(present, grant)) && atLeast.every((grant) => holdsAtLeast(present, grant));
    if (!inEffect)
      throw new NotYet('NotInEffect', `the access policies of "${keyVault.name}" are not visible yet`, 2000);
  },
});

/** Entry by entry: a PUT of the whole vault would replace everybody's (recorded). */
export const writeAccessPolicies = async (
  azure: Azure,
  device: Device,
  { name }: Pick<KeyVault, 'name'>,
  changes: readonly AccessPolicyChange[],
): Promise<void> => {
  const { vaults } = azure.subscription(device.subscriptionId);
  for (const { kind, policies } of changes) {
    await vaults.updateAccessPolicy(device.resourceGroup, name, kind, { properties: { accessPolicies: policies } });
  }
};
