import type { SecretProperties } from '@azure/keyvault-secrets';
import type { Azure, Secrets } from '../azure/clients.ts';
import { observe } from '../azure/observe.ts';
import { pagesOf } from '../azure/pages.ts';
import { wentMeanwhile } from '../domain/deletion.ts';
import type { DeviceId } from '../domain/device.ts';
import { NotYet, Refusal } from '../domain/failures.ts';
import {
  emptyListing,
  inventoryOf,
  isTold,
  longestListing,
  withPage,
  type Inventory,
  type ListedSecret,
  type Listing,
  type NamedSecret,
} from '../domain/inventory.ts';
import type { KeyVaultRef } from '../domain/key-vault.ts';
import type { KeyNames } from '../domain/secret-kinds.ts';
import { keyTags } from '../domain/secrets.ts';
import { recall, remember } from './call.ts';
import { readLocksOver } from './locks.ts';
import { findKeyVaultInHand } from './key-vault-in-hand.ts';

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

/** What attempts tell each other: the list so far, and where it goes on; nothing once it is complete. */
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
