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
import { NotYet, Refusal } from '../domain/failures.ts';
import { nameTaken, refusalOf, type AccessPolicy, type KeyVault, type KeyVaultRef } from '../domain/key-vault.ts';
import { ownerOf } from '../domain/ownership.ts';
import { assertSameIdentity, assertStillToActivate } from './device.ts';
import { readKeyVault } from './read.ts';

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
    const changes = planAccess(await readPolicies(azure, device, keyVault), { exact, atLeast });
    if (changes.length === 0) return;
    await writeAccessPolicies(azure, device, keyVault, changes);
    const present = await readPolicies(azure, device, keyVault);
    const inEffect =
      exact.every((grant) => holdsExactly(present, grant)) && atLeast.every((grant) => holdsAtLeast(present, grant));
    if (!inEffect) throw new NotYet('NotInEffect', `the access policies of "${keyVault.name}" do not show yet`, 2000);
  },
});

/** Entry by entry: a PUT of the whole vault would replace everybody's (recorded). */
export const writeAccessPolicies = async (
  azure: Azure,
  device: Device,
  { name }: Pick<KeyVaultRef, 'name'>,
  changes: readonly AccessPolicyChange[],
): Promise<void> => {
  const { vaults } = azure.subscription(device.subscriptionId);
  for (const { kind, policies } of changes) {
    await vaults.updateAccessPolicy(device.resourceGroup, name, kind, { properties: { accessPolicies: policies } });
  }
};

const readPolicies = async (azure: Azure, device: Device, keyVault: KeyVaultRef): Promise<AccessPolicy[]> =>
  (await readOwnKeyVault(azure, device, keyVault)).accessPolicies;

export const readOwnKeyVault = async (azure: Azure, device: Device, keyVault: KeyVaultRef): Promise<KeyVault> => {
  const vault = await readKeyVault(azure, device, keyVault.name);
  if (typeof vault === 'object') {
    assertNotAnothers(device, vault.found);
    return vault.found;
  }
  throw new Refusal(
    'RequestRefused',
    `the vault "${keyVault.name}" is ${vault === 'absent' ? 'gone' : 'not readable'}`,
    {
      keyVaultId: keyVault.id,
    },
  );
};

/** Two devices may have been given one name for a vault at the same moment: the later one has it. */
const assertNotAnothers = (device: Device, vault: KeyVault): void => {
  if (ownerOf(vault.tags, device) !== 'other device') return;
  throw refusalOf(nameTaken({ device, name: vault.name }, `the vault "${vault.name}" has become another device's`));
};
