/**
 * Waits for storage accounts of one resource group share a list of them: the provider bears 800 looks in five minutes, which
 * a hundred waits would spend in one. The list is for waiting only: who writes looks for itself.
 */
import type { StorageAccount } from '@azure/arm-storage';
import type { Azure } from '../azure/clients.ts';
import { resourceGroupId, type Device } from '../domain/device.ts';
import { crowdListLasts, crowdOfWaits, waitIsOver } from '../domain/pace.ts';

/** What the activities of a process know of a group. Times are milliseconds of one clock. */
type Group = {
  /** When each account that is waited for was last asked for, by name. */
  askedAt: Map<string, number>;
  listedAt: number;
  accounts: ReadonlyMap<string, StorageAccount>;
  listing: boolean;
};

/** `listing`: another activity is asking just now. `alone`: there are too few waits for a list. */
export type SeenInCrowd = { account: StorageAccount | undefined } | 'listing' | 'alone';

export type CrowdOfAccounts = (azure: Azure, device: Device, name: string) => Promise<SeenInCrowd>;

export const createCrowdOfAccounts = (now: () => number): CrowdOfAccounts => {
  const groups = new Map<string, Group>();

  const groupOf = (id: string): Group => {
    const group = groups.get(id) ?? {
      askedAt: new Map(),
      listedAt: Number.NEGATIVE_INFINITY,
      accounts: new Map(),
      listing: false,
    };
    groups.set(id, group);
    return group;
  };

  const forgetWhoIsDone = (): void => {
    for (const [id, group] of groups) {
      for (const [name, at] of group.askedAt) if (now() - at > waitIsOver) group.askedAt.delete(name);
      if (group.askedAt.size === 0 && !group.listing) groups.delete(id);
    }
  };

  const list = async (azure: Azure, { subscriptionId, resourceGroup }: Device, group: Group): Promise<void> => {
    const { storageAccounts } = azure.subscription(subscriptionId);
    group.listing = true;
    try {
      const accounts = await Array.fromAsync(storageAccounts.listByResourceGroup(resourceGroup));
      group.accounts = new Map(accounts.map((account) => [account.name?.toLowerCase() ?? '', account]));
      group.listedAt = now();
    } finally {
      group.listing = false;
    }
  };

  return async (azure, device, name) => {
    forgetWhoIsDone();
    const group = groupOf(resourceGroupId(device).toLowerCase());
    group.askedAt.set(name, now());
    if (group.askedAt.size < crowdOfWaits) return 'alone';
    if (group.listing) return 'listing';
    if (now() - group.listedAt > crowdListLasts) await list(azure, device, group);
    return { account: group.accounts.get(name.toLowerCase()) };
  };
};
