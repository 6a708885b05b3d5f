import type { Azure } from '../azure/clients.ts';
import {
  devicePermissions,
  holdsAtLeast,
  holdsExactly,
  keyReaderPermissions,
  planAccess,
  type Grant,
} from '../domain/access.ts';
import type { Device } from '../domain/device.ts';
import { NotYet, Refusal } from '../domain/failures.ts';
import type { AccessPolicy, KeyVaultRef } from '../domain/key-vault.ts';
import { readKeyVault } from './read.ts';

export const createAccessPolicies = (azure: Azure, keyReaders: readonly string[]) => ({
  /** Exactly get and set of secrets for the device, get for each configured key reader; entries of others stay as they are. */
  async grantAccess({ device, keyVault }: { device: Device; keyVault: KeyVaultRef }): Promise<void> {
    await assertSameIdentity(azure, device);
    const { vaults } = azure.subscription(device.subscriptionId);
    const exact: Grant[] = [{ tenantId: device.tenantId, objectId: device.principalId, secrets: devicePermissions }];
    const atLeast: Grant[] = keyReaders.map((objectId) => ({
      tenantId: device.tenantId,
      objectId,
      secrets: keyReaderPermissions,
    }));
    const changes = planAccess(await readPolicies(azure, device, keyVault), { exact, atLeast });
    for (const { kind, policies } of changes) {
      await vaults.updateAccessPolicy(device.resourceGroup, keyVault.name, kind, {
        properties: { accessPolicies: policies },
      });
    }
    if (changes.length === 0) return;
    const present = await readPolicies(azure, device, keyVault);
    const inEffect =
      exact.every((grant) => holdsExactly(present, grant)) && atLeast.every((grant) => holdsAtLeast(present, grant));
    if (!inEffect) throw new NotYet('NotInEffect', `the access policies of "${keyVault.name}" do not show yet`, 2000);
  },
});

/** A device created again in the meantime has another principal: nothing may be granted to the wrong one. */
const assertSameIdentity = async (azure: Azure, device: Device): Promise<void> => {
  const { devices } = azure.subscription(device.subscriptionId);
  const { identity } = await devices.get(device.name, device.resourceGroup);
  if (identity?.principalId === device.principalId) return;
  const now = identity?.principalId ?? 'none';
  throw new Refusal(
    'IdentityMismatch',
    `the device's identity is ${now} now; the procedure began with ${device.principalId}`,
    {
      planned: device.principalId,
      found: now,
    },
  );
};

const readPolicies = async (azure: Azure, device: Device, keyVault: KeyVaultRef): Promise<AccessPolicy[]> => {
  const vault = await readKeyVault(azure, device, keyVault.name);
  if (typeof vault === 'object') return vault.found.accessPolicies;
  throw new Refusal(
    'RequestRefused',
    `the vault "${keyVault.name}" is ${vault === 'absent' ? 'gone' : 'not readable'}`,
    {
      keyVaultId: keyVault.id,
    },
  );
};
