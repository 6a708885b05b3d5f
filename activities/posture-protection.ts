/** The looks of a posture at what protects a vault: locks, and where its audit events go. */
import { nameIn } from '../domain/device.ts';
import type { Azure } from '../azure/clients.ts';
import type { Lock } from '../domain/locks.ts';
import type { AccountFinding, DeviceFacts, PostureFindings } from '../domain/posture-findings.ts';
import { seen, type Sighting } from '../domain/sighting.ts';
import { readSettings } from './diagnostic-setting.ts';
import { lockOf } from './locks.ts';
import { sight } from './sight.ts';

export const readLocks = async (
  azure: Azure,
  device: DeviceFacts,
  vaultId: string,
): Promise<PostureFindings['locks']> => {
  const { locks } = azure.subscription(device.subscriptionId);
  const filter = { filter: 'atScope()' };
  const [keyVault, group, subscription] = await Promise.all([
    readLocksAt(azure, device, vaultId),
    sight(() => Array.fromAsync(locks.listAtResourceGroupLevel(device.resourceGroup, filter), lockOf)),
    sight(() => Array.fromAsync(locks.listAtSubscriptionLevel(filter), lockOf)),
  ]);
  return { keyVault, group, subscription };
};

/** Whether Azure names inherited locks here as well depends on its version; they are left out. */
const readLocksAt = (azure: Azure, device: DeviceFacts, id: string): Promise<Sighting<Lock[]>> =>
  sight(async () => {
    const { locks } = azure.subscription(device.subscriptionId);
    const listed = await Array.fromAsync(locks.listByScope(id, { filter: 'atScope()' }), lockOf);
    return listed.filter(({ scope }) => scope.toLowerCase() === id.toLowerCase());
  });

export const readTrail = async (
  azure: Azure,
  device: DeviceFacts,
  vaultId: string,
): Promise<Pick<PostureFindings, 'diagnosticSettings' | 'accounts'>> => {
  const diagnosticSettings = await sight(() => readSettings(azure, device, { id: vaultId }));
  const ids = (seen(diagnosticSettings) ?? []).flatMap(({ storageAccountId }) => storageAccountId ?? []);
  return { diagnosticSettings, accounts: await Promise.all(ids.map((id) => readAccount(azure, device, id))) };
};

const readAccount = async (azure: Azure, device: DeviceFacts, id: string): Promise<AccountFinding> => {
  const [, subscriptionId = '', group = ''] = /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\//i.exec(id) ?? [];
  const { storageAccounts } = azure.subscription(subscriptionId);
  const [account, locks] = await Promise.all([
    sight(async () => {
      const { tags = {}, sku } = await storageAccounts.getProperties(group, nameIn(id));
      return { tags, sku: sku?.name ?? 'unknown' };
    }),
    readLocksAt(azure, device, id),
  ]);
  return { id, account, locks };
};
