import { fold } from '../arm/path.ts';
import type { JsonObject } from '../json.ts';
import { mainSubscription } from '../new-state.ts';
import { guid } from '../random.ts';
import type { State } from '../state.ts';
import type { Vault } from './vault.ts';

/** A vault of somebody whom nobody here knows: in a group of ours, or in a subscription of their own. */
export const strangersVault = (
  state: State,
  name: string,
  group: string | undefined,
  location: string,
  now: number,
): Vault => {
  const subscriptionId = group === undefined ? strangersSubscription(state) : mainSubscription(state);
  const policies = [
    { tenantId: state.tenantId, objectId: guid(state), permissions: { secrets: ['get', 'list', 'set', 'delete'] } },
  ];
  return {
    id: `/subscriptions/${subscriptionId}/resourceGroups/${group ?? 'strangers'}/providers/Microsoft.KeyVault/vaults/${name}`,
    name,
    subscriptionId,
    group: group ?? 'strangers',
    location,
    tags: {},
    tenantId: state.tenantId,
    sku: { family: 'A', name: 'standard' },
    accessPolicies: policies,
    policyVersions: [{ from: now, policies }],
    enableRbacAuthorization: false,
    showsRbac: true,
    enableSoftDelete: true,
    enablePurgeProtection: false,
    publicNetworkAccess: 'Enabled',
    enabledFor: { enabledForDeployment: false },
    reachableFrom: now,
    systemData: { ...madeBySomebody('created', now), ...madeBySomebody('lastModified', now) },
    secrets: {},
  };
};

const madeBySomebody = (what: 'created' | 'lastModified', now: number): JsonObject => ({
  [`${what}By`]: 'somebody@elsewhere.example',
  [`${what}ByType`]: 'User',
  [`${what}At`]: new Date(now).toISOString(),
});

/** No principal here holds a role on it. */
const strangersSubscription = (state: State): string => {
  const known = Object.values(state.subscriptions).find(({ displayName }) => displayName === 'A stranger');
  const id = known?.id ?? guid(state);
  state.subscriptions[fold(id)] = { id, displayName: 'A stranger' };
  return id;
};
