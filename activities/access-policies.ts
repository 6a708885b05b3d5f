import type { Azure } from '../azure/clients.ts';
import {
  type AccessPolicyChange,
  type Grant,
  devicePermissions,
  holdsAtLeast,
  holdsExactly,
  keyReaderPermissions,
  planAccess,
  workerGrant,
} from '../domain/access.ts';
import type { Device, DeviceId } from '../domain/device.ts';
import { NotYet } from '../domain/failures.ts';
import type { KeyVault, KeyVaultRef } from '../domain/key-vault.ts';
import type { Tags } from '../domain/ownership.ts';
import { recall, remember } from './call.ts';
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

// Tags are never written back whole: Azure merges them, so that what somebody else writes meanwhile stays.

/** Kept between attempts. */
export type Written = { tagsWritten?: Operation[] };
type Operation = 'Merge' | 'Delete';

/** Of the subscription of the device. */
type Resource = { id: string };

/** Adds these tags, or gives them these values. One write; none where there are no tags. @throws NotYet NotInEffect */
export const mergeTags = (azure: Azure, device: DeviceId, resource: Resource, tags: Tags): Promise<void> =>
  write(azure, device, resource, 'Merge', tags);

/**
 * Takes away these tags, as mergeTags adds some.
 * @param tags by name and value as they were found: another value that somebody has written since stays
 */
export const removeTags = (azure: Azure, device: DeviceId, resource: Resource, tags: Tags): Promise<void> =>
  write(azure, device, resource, 'Delete', tags);

/**
 * Each operation is carried out once in an activity, whatever its next attempt sees: a policy that undoes it would do so
 * for ever. It is not polled here, since its Retry-After may be longer than an attempt: mostly the first answer is the
 * last (recorded), and where Azure takes its time the next attempt goes on with what it finds.
 */
const write = async (
  azure: Azure,
  { subscriptionId }: DeviceId,
  { id }: Resource,
  operation: Operation,
  tags: Tags,
): Promise<void> => {
  const { tagsWritten = [] } = recall() as Written;
  if (Object.keys(tags).length === 0 || tagsWritten.includes(operation)) return;
  const scope = id.replace(/^\/+/, '');
  const writing = azure.subscription(subscriptionId).tags.updateAtScope(scope, { operation, properties: { tags } });
  await writing.submitted();
  remember({ tagsWritten: [...tagsWritten, operation] } satisfies Written);
  if (!writing.isDone) throw new NotYet('NotInEffect', `the tags of ${id} are still being written`, 2000);
};
