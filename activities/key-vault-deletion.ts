import type { SecretProperties } from '@azure/keyvault-secrets';
import { pagesOf } from '../azure/calls.ts';
import type { Azure, Secrets } from '../azure/clients.ts';
import { orAbsent, readAzureError } from '../azure/errors.ts';
import { readLinkIfSeen, readOwnership } from '../azure/ownership.ts';
import { observe } from '../azure/pipeline.ts';
import { readDeletedKeyVaults, readKeyVault } from '../azure/read.ts';
import { type DoomedDevice, type VaultDeletion, judgeRetained, wentMeanwhile } from '../domain/deletion.ts';
import { type DeviceId, sameId } from '../domain/device.ts';
import { NotYet, Refusal } from '../domain/failures.ts';
import {
  type Inventory,
  type KeyNames,
  type ListedSecret,
  type Listing,
  type NamedSecret,
  emptyListing,
  inventoryOf,
  isTold,
  longestListing,
  withPage,
} from '../domain/inventory.ts';
import {
  type KeyVault,
  type KeyVaultRef,
  becameAnothers,
  compareVaults,
  mayNotRead,
  refusalOf,
} from '../domain/key-vault.ts';
import { type Lock, heldByLocks, locksInTheWay } from '../domain/locks.ts';
import { diagnosticSettingName } from '../domain/names.ts';
import { stateTag, tagNamed } from '../domain/ownership.ts';
import { keyVaultDeletionActions } from '../domain/rights.ts';
import { keyTags } from '../domain/secrets.ts';
import { mergeTags } from './access-policies.ts';
import { readSettings } from './audit-log.ts';
import { awaitEarlierAttempts, recall, remember } from './call.ts';
import { findKeyVaultInHand, readOwnershipInHand } from './key-vault-in-hand.ts';
import { lockOwnKeyVault, lockWithoutClaim, readLocksOver } from './locks.ts';
import { assertRights } from './rights.ts';

type VaultInput = { device: DoomedDevice; keyVault: KeyVaultRef };
/** Ids of locks that are not ours and that a person released. */
type UnlockInput = VaultInput & { releaseLocks: readonly string[] };
/** `auditStorage`: where the log stays, for whoever reads the history. */
type UnwatchInput = UnlockInput & { auditStorage?: { id: string; name: string } };
/** `proven`: it was the device's own when the procedure began, while the record of the device still led to it. */
type RetainInput = VaultInput & { proven?: boolean };

/** `gone`: another one has its name, or none. `not known again`: it is there, and nothing says that it is the same. */
type Retained = 'retained' | 'gone' | 'not known again';

export const createKeyVaultDeletion = (azure: Azure) => ({
  /** Whatever would refuse the deletion is found while the vault is still locked. */
  async checkKeyVaultDeletable({ device, keyVault, releaseLocks }: UnlockInput): Promise<void> {
    await assertRights(azure, device, keyVaultDeletionActions);
    await assertMayGo(azure, device, keyVault);
    await assertNoForeignLock(azure, device, keyVault, releaseLocks);
  },

  /** Our lock comes off, and those that a person released; never one that stands above the vault. */
  async unlockKeyVault({ device, keyVault, releaseLocks }: UnlockInput): Promise<void> {
    await assertMayGo(azure, device, keyVault);
    // One that lands late would take the lock off when it has been put back.
    awaitEarlierAttempts();
    const present = await assertNoForeignLock(azure, device, keyVault, releaseLocks);
    const { locks } = azure.subscription(device.subscriptionId);
    for (const { name, scope } of present) {
      if (sameId(scope, keyVault.id)) await locks.deleteByScope(keyVault.id, name);
    }
  },

  /** Ours only. Left behind, it would be there again when a vault of this name is made (Insights keeps it). */
  async removeDiagnosticSetting(input: UnwatchInput): Promise<void> {
    const { device, keyVault } = input;
    await findKeyVaultInHand(azure, device, keyVault);
    const present = await readSettings(azure, device, keyVault);
    if (!present.some(({ name }) => name === diagnosticSettingName)) return;
    const { diagnosticSettings } = azure.subscription(device.subscriptionId);
    await afterUnlock(azure, input, () => orAbsent(diagnosticSettings.delete(keyVault.id, diagnosticSettingName)));
  },

  /** Soft delete: all that the vault holds can be recovered until the purge date. */
  async softDeleteKeyVault(input: UnlockInput): Promise<VaultDeletion> {
    const { device, keyVault } = input;
    const { vaults } = azure.subscription(device.subscriptionId);
    if ((await findKeyVaultInHand(azure, device, keyVault)) !== 'absent') {
      await afterUnlock(azure, input, () => vaults.delete(device.resourceGroup, keyVault.name));
    }
    return readDeletion(azure, device, keyVault);
  },

  /**
   * The vault outlives its device: locked, and marked so that people see why it is there. One that is not provably the
   * device's is locked without a claim and not marked: what is written here would be a proof to the next procedure.
   */
  async retainKeyVault({ device, keyVault, proven = false }: RetainInput): Promise<Retained> {
    const looked = await readKeyVault(azure, device, keyVault.name);
    if (looked === 'unknown') throw refusalOf(mayNotRead(keyVault.name));
    if (looked === 'absent') return 'gone';
    const vault = looked.found;
    const { owner } = await readOwnershipInHand(azure, device, keyVault, vault);
    const kept = judgeRetained(compareVaults(keyVault, vault), owner, proven);
    if (kept === 'unproven') await lockWithoutClaim(azure, device, vault);
    if (kept === 'own') await retain(azure, device, vault);
    return kept === 'own' || kept === 'unproven' ? 'retained' : kept;
  },
});

const retain = async (azure: Azure, device: DeviceId, vault: KeyVault): Promise<void> => {
  await lockOwnKeyVault(azure, device, vault);
  const isMarked = tagNamed(vault.tags, stateTag) === 'retained';
  await mergeTags(azure, device, vault, isMarked ? {} : { [stateTag]: 'retained' });
};

/** Consent was given for the vault as the device's. @throws Refusal VaultReplaced · VaultNameTaken · MissingPermission */
const assertMayGo = async (azure: Azure, device: DeviceId, keyVault: KeyVaultRef): Promise<void> => {
  const vault = await findKeyVaultInHand(azure, device, keyVault);
  if (vault === 'absent') return;
  const ownership = await readOwnership(azure, device, vault.found, { link: await readLinkIfSeen(azure, device) });
  if (ownership.owner === 'another device') throw becameAnothers(vault.found, ownership.which);
};

/** The locks that are there, none of them in the way. */
const assertNoForeignLock = async (
  azure: Azure,
  device: DeviceId,
  keyVault: KeyVaultRef,
  released: readonly string[],
): Promise<Lock[]> => {
  const present = await readLocksOver(azure, device, keyVault.id);
  const inTheWay = locksInTheWay(keyVault.id, present, released);
  if (inTheWay.length === 0) return present;
  throw heldByLocks(`the vault "${keyVault.name}"`, inTheWay);
};

/** A lock that was just taken off is still in effect, or listed, in places (noted by the Terraform provider). */
const afterUnlock = async (
  azure: Azure,
  { device, keyVault, releaseLocks }: UnlockInput,
  remove: () => Promise<unknown>,
): Promise<void> => {
  try {
    await remove();
  } catch (error) {
    if (readAzureError(error)?.type !== 'ForeignLock') throw error;
    await assertNoForeignLock(azure, device, keyVault, releaseLocks);
    throw new NotYet('NotInEffect', `the lock of the vault "${keyVault.name}" is removed and still effective`, 2000);
  }
};

const readDeletion = async (azure: Azure, device: DeviceId, keyVault: KeyVaultRef): Promise<VaultDeletion> => {
  const deleted = await readDeletedKeyVaults(azure, device);
  if (deleted === 'unknown') return {};
  const entry = deleted === 'absent' ? undefined : deleted.found.find(({ vaultId }) => sameId(vaultId, keyVault.id));
  if (!entry) {
    throw new NotYet('NotInEffect', `the vault "${keyVault.name}" is not among the deleted vaults yet`, 2000);
  }
  const { deletedOn, purgedOn } = entry;
  return { ...(deletedOn ? { deletedOn } : {}), ...(purgedOn ? { recoverableUntil: purgedOn } : {}) };
};

type InventoryInput = {
  device: DeviceId;
  keyVault: KeyVaultRef;
  /** As the record of the device names it. */
  channelIntegrityKeyName?: string;
  /** As every activation of the device names it. */
  derivedKeyName?: string;
};

export const createInventories = (azure: Azure) => ({
  /**
   * Names and ids only: what a person must know before agreeing to the deletion of a vault. All secrets are listed, 25 with
   * each call; the versions of those that the inventory names are read one by one. An attempt goes on with the list where the
   * one before it ended. One call at a time is far below what a vault takes (4,000 in ten seconds).
   */
  async takeInventory(input: InventoryInput): Promise<Inventory> {
    const { device, keyVault, channelIntegrityKeyName: linked, derivedKeyName: derived } = input;
    if ((await findKeyVaultInHand(azure, device, keyVault)) === 'absent') {
      throw new Refusal('KeyVaultNotFound', wentMeanwhile(keyVault.name));
    }
    const secrets = azure.secrets(keyVault);
    const names = { linked, derived };
    const { listing, begunAt } = await listNames(secrets, names);
    const clock = observe();
    const listed: ListedSecret[] = [];
    for (const { name } of listing.named) listed.push(await withVersions(secrets, name, clock));
    assertPresent(listing, begunAt, clock.observed.date);
    return inventoryOf(listed, await readLocksOver(azure, device, keyVault.id), names, listing);
  },
});

type Begun = {
  listing: Listing;
  /** When the list was begun, by the vault's own clock; milliseconds since 1970. */
  begunAt: number;
};

/** Handed from attempt to attempt: the list so far, and where it continues; absent once it is complete. */
export type Taking = { taking?: Begun & { next?: string } };

const listNames = async (secrets: Secrets, names: KeyNames): Promise<Begun> => {
  const { taking } = recall() as Taking;
  if (taking && taking.next === undefined) return taking;
  const { observed, onResponse } = observe();
  let begun: Begun = taking ?? { listing: emptyListing, begunAt: 0 };
  for await (const { entries, ...after } of pagesOf(secrets.listPropertiesOfSecrets({ onResponse }), taking?.next)) {
    const begunAt = begun.begunAt || (observed.date ?? Date.now());
    begun = { listing: withPage(begun.listing, entries.map(namedOf), names), begunAt };
    remember({ taking: { ...begun, ...after } } satisfies Taking);
  }
  return begun;
};

const namedOf = ({ name, createdOn, updatedOn }: SecretProperties): NamedSecret => ({
  name,
  created: secondOf(createdOn),
  updated: secondOf(updatedOn),
});

const secondOf = (time: Date | undefined): number => Math.floor((time?.getTime() ?? 0) / 1000);

const withVersions = async (
  secrets: Secrets,
  name: string,
  { onResponse }: ReturnType<typeof observe>,
): Promise<ListedSecret> => {
  const versions = await Array.fromAsync(secrets.listPropertiesOfSecretVersions(name, { onResponse }));
  const newest = versions.reduce((latest, { createdOn }) => Math.max(latest, createdOn?.getTime() ?? 0), 0);
  return {
    name,
    versions: versions.map(({ version = '' }: SecretProperties) => version),
    madeWith: versions.map(({ tags }) => tags?.[keyTags.cikVersion]),
    ...(newest === 0 ? {} : { changedOn: new Date(newest).toISOString() }),
  };
};

/**
 * Whoever agrees to an inventory agrees to nothing that is written after it.
 * @param now the vault's own time; where it was asked for nothing but its list, that was just now
 * @throws NotYet NotInEffect, after which another attempt reads what is missing
 */
const assertPresent = (listing: Listing, begunAt: number, now = begunAt): void => {
  if (now - begunAt > longestListing) {
    remember({ taking: undefined } satisfies Record<keyof Taking, undefined>);
    throw new NotYet('NotInEffect', 'the inventory of the vault is too old and is listed again', 1000);
  }
  if (isTold(listing, now)) return;
  throw new NotYet('NotInEffect', 'a secret was written within this second and may change again', 1000);
};
