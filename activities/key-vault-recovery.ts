import type { Azure } from '../azure/clients.ts';
import { observeCreation, type ObservedCreation } from '../azure/observe.ts';
import { sameId, type Device } from '../domain/device.ts';
import { Refusal } from '../domain/failures.ts';
import { compareVaults, refOf, type KeyVault, type KeyVaultRef } from '../domain/key-vault.ts';
import { isOwn } from '../domain/ownership.ts';
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
import { readLinkIfSeen, readOwnership } from '../azure/ownership.ts';
import { readKeyVaultInHand, readOwnKeyVault, vaultReplaced } from './key-vault-in-hand.ts';
import { readLink } from '../azure/read.ts';
import { awaitEarlierAttempts } from './settling.ts';
import { mergeTags, removeTags } from './tags.ts';
import { readWhereabouts } from './whereabouts.ts';

/** Kept between attempts. */
type Asked = { recovered?: boolean } & ObservedCreation;

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
    if (assertWithinReach(device, keyVaultName, before).state === 'deleted') {
      const { vaults } = azure.subscription(device.subscriptionId);
      const { observed, onResponse } = observeCreation();
      const body = recoveredKeyVault(device);
      await vaults.createOrUpdate(device.resourceGroup, keyVaultName, body, { onResponse }).submitted();
      remember({ recovered: true, ...observed } satisfies Asked);
    }
    const after = await readWhereabouts(azure, device, keyVaultName);
    if (after.state !== 'live') throw notShowing(keyVaultName);
    await assertRecovered(azure, plan, after.vault);
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
      throw new Refusal('RequestRefused', `the record of the device "${device.name}" names another key by now`);
    }
    await writeLink(azure, device, { keyVault, channelIntegrityKey });
  },
});

/**
 * The vault that lives is the one that was planned with, or that Azure answered to the recovery; where neither is known, as after
 * a lost answer, the one that is provably the device's. Another may have been made under its name after a purge.
 */
const assertRecovered = async (azure: Azure, plan: RecoveryPlan, vault: KeyVault): Promise<void> => {
  const { device, deviceState, action } = plan;
  const createdAt = (recall() as Asked).createdAt ?? plan.createdAt;
  const compared = compareVaults(createdAt === undefined ? {} : { createdAt }, vault);
  if (compared === 'another') throw vaultReplaced({ ...vault, ...(createdAt ? { createdAt } : {}) }, vault);
  const link = deviceState === 'gone' ? {} : await readLinkIfSeen(azure, device);
  const ownership = await readOwnership(azure, device, vault, { link });
  if (compared === 'unknown' && action === 'recover' && !isOwn(ownership))
    throw vaultReplaced({ ...vault, createdAt: '' }, vault);
  // It is locked as what was taken back; the step that lets others in asks for more.
  if (action === 'recover' && compared === 'same' && ownership.owner === 'nobody') return;
  assertOwnVault(device, { state: 'live', vault }, ownership);
};

/** No name is proposed: the procedure holds to the vault that it began with. */
const purgedMeanwhile = (device: Device, name: string): Refusal => {
  const { type, message } = pastRecovery(device, name);
  return new Refusal(type, `${message}. It went while the procedure ran: abort, then start again`, {
    keyVaultName: name,
  });
};
