import type { Azure } from '../azure/clients.ts';
import { observeCreation, type ObservedCreation } from '../azure/observe.ts';
import { sameId, type Device } from '../domain/device.ts';
import { Refusal } from '../domain/failures.ts';
import {
  compareVaults,
  compareWithDeleted,
  refOf,
  type DeletedKeyVault,
  type KeyVault,
  type KeyVaultRef,
} from '../domain/key-vault.ts';
import { answersInARow } from '../domain/pace.ts';
import {
  assertAccessPolicies,
  assertOwnVault,
  assertWithinReach,
  pastRecovery,
  tagsInService,
  type DeviceState,
  type RecoveryPlan,
} from '../domain/recovery.ts';
import type { ChannelIntegrityKeyRef } from '../domain/secrets.ts';
import { recall, remember } from './call.ts';
import { assertSameIdentity } from './device.ts';
import { writeLink } from './device-link.ts';
import { awaitReachable, ensureOwnEntry, notShowing, recoveredKeyVault } from './key-vault.ts';
import { lockTakenBack } from './locks.ts';
import { readLinkIfSeen, readOwnership } from '../azure/ownership.ts';
import { readKeyVaultInHand, readOwnKeyVault, vaultReplaced } from './key-vault-in-hand.ts';
import { readLink } from '../azure/read.ts';
import { awaitEarlierAttempts } from './settling.ts';
import { mergeTags, removeTags } from './tags.ts';
import { readWhereabouts } from './whereabouts.ts';

/** Kept between attempts. */
export type Asked = { recovered?: boolean } & ObservedCreation;

type VaultInput = { device: Device; keyVault: KeyVaultRef };

export const createKeyVaultRecovery = (azure: Azure) => ({
  /** Back as it was deleted, with its content; one that is alive is left as it is. */
  async recoverDeletedKeyVault(plan: RecoveryPlan): Promise<KeyVaultRef> {
    const { device, keyVaultName } = plan;
    const before = await readWhereabouts(azure, device, keyVaultName);
    // Neither live nor deleted right after it was taken back: that is an old answer.
    if (before.state === 'gone' && (recall() as Asked).recovered) throw notShowing(keyVaultName);
    if (before.state === 'gone') {
      // The same of an attempt that never heard whether it had taken it back.
      awaitEarlierAttempts();
      throw purgedMeanwhile(device, keyVaultName);
    }
    const found = assertWithinReach(device, keyVaultName, before);
    if (found.state === 'deleted') await takeBack(azure, device, found.deleted);
    const after = await readWhereabouts(azure, device, keyVaultName);
    if (after.state !== 'live') throw notShowing(keyVaultName);
    const compared = compareWithPlanned(plan, after.vault);
    if (compared === 'another') throw replacedMeanwhile(plan, after.vault);
    // Whoever has taken it back, an attempt of this step that never heard of it perhaps.
    if (plan.action === 'recover' && !(await lockTakenBack(azure, device, after.vault))) throw notShowing(keyVaultName);
    await assertRecovered(azure, plan, after.vault, compared);
    return refOf(after.vault);
  },

  /** Its tags, the worker's own entry, its permission model and its firewall, once it is locked. */
  async ensureKeyVaultInService(input: VaultInput & { deviceState: DeviceState }): Promise<void> {
    const { device, keyVault, deviceState } = input;
    const vault = await readOwnKeyVault(azure, device, keyVault);
    assertAccessPolicies(vault);
    const { missing, obsolete } = tagsInService(vault.tags, device, deviceState);
    await mergeTags(azure, device, vault, missing);
    await removeTags(azure, device, vault, obsolete);
    await ensureOwnEntry(azure, device, vault);
    // A recovered vault says at once that it is there, before its name resolves everywhere (assumed).
    await awaitReachable(azure, vault, answersInARow);
  },

  /**
   * The record of an activated device leads to the vault in whose place this one was made, and names the key that is now
   * in this one: the record follows. It never names another key than before.
   */
  async moveDeviceLink(input: VaultInput & { channelIntegrityKey: ChannelIntegrityKeyRef }): Promise<void> {
    const { device, keyVault, channelIntegrityKey } = input;
    await assertSameIdentity(azure, device);
    await readKeyVaultInHand(azure, device, keyVault);
    const { keyName, keyVersion } = await readLink(azure, device);
    if (!sameId(keyName, channelIntegrityKey.name) || keyVersion !== channelIntegrityKey.version) {
      throw new Refusal('RequestRefused', `the record of the device "${device.name}" now names another key`);
    }
    await writeLink(azure, device, { keyVault, channelIntegrityKey });
  },
});

/** What it holds is protected before anything else is asked. */
const takeBack = async (azure: Azure, device: Device, deleted: DeletedKeyVault): Promise<void> => {
  const { vaults } = azure.subscription(device.subscriptionId);
  const { observed, onResponse } = observeCreation();
  const body = recoveredKeyVault(device);
  await vaults.createOrUpdate(device.resourceGroup, deleted.name, body, { onResponse }).submitted();
  remember({ recovered: true, ...observed } satisfies Asked);
  await lockTakenBack(azure, device, deleted);
};

/**
 * The vault that lives is the one that was planned with, or that Azure answered to the recovery; where neither is known, as after
 * a lost answer, one that is older than the deletion. Another may have been made under its name after a purge.
 */
const compareWithPlanned = (plan: RecoveryPlan, vault: KeyVault): ReturnType<typeof compareVaults> => {
  const { createdAt } = plannedWith(plan);
  return createdAt === undefined ? compareWithDeleted(plan, vault) : compareVaults({ createdAt }, vault);
};

const plannedWith = ({ createdAt }: RecoveryPlan): Pick<KeyVaultRef, 'createdAt'> => {
  const known = (recall() as Asked).createdAt ?? createdAt;
  return known === undefined ? {} : { createdAt: known };
};

const replacedMeanwhile = (plan: RecoveryPlan, vault: KeyVault): Refusal => {
  const { createdAt = `a time before ${plan.deletedOn}` } = plannedWith(plan);
  return vaultReplaced({ ...vault, createdAt }, vault);
};

const assertRecovered = async (
  azure: Azure,
  { device, deviceState, action }: RecoveryPlan,
  vault: KeyVault,
  compared: 'same' | 'unknown',
): Promise<void> => {
  const link = deviceState === 'gone' ? {} : await readLinkIfSeen(azure, device);
  const ownership = await readOwnership(azure, device, vault, { link });
  // It is locked as what was taken back; the step that lets others in asks for more.
  if (action === 'recover' && compared === 'same' && ownership.owner === 'nobody') return;
  assertOwnVault(device, { state: 'live', vault }, ownership);
};

/** No name is proposed: the procedure holds to the vault that it began with. */
const purgedMeanwhile = (device: Device, name: string): Refusal => {
  const { type, message } = pastRecovery(device, name);
  return new Refusal(type, `${message}. It disappeared while the procedure ran: abort, then start again`, {
    keyVaultName: name,
  });
};
