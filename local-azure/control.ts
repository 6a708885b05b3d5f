import type { LockLevel } from './arm/locks.ts';
import { fold } from './arm/path.ts';
import { registrationKey } from './arm/registration.ts';
import { roleNamed, type Role } from './entra/roles.ts';
import type { Fault, FaultRule } from './faults.ts';
import { mainSubscription, principalNamed } from './new-state.ts';
import type { RequestEntry } from './request-log.ts';
import type { State } from './state.ts';
import { findVault, softDeleteVault } from './vault/store.ts';
import { strangersVault } from './vault/stranger.ts';
import type { Vault } from './vault/vault.ts';

type Controlled = {
  state: () => State;
  now: () => number;
  requests: RequestEntry[];
  faults: Fault[];
};

/**
 * What happens to a cloud from outside, for tests and rehearsals: each function is one event, takes one plain object, and
 * asks nobody's leave.
 */
export const createControl = ({ state, now, requests, faults }: Controlled) => {
  const vaultNamed = (name: string): Vault => {
    const vault = findVault(state(), name);
    if (vault) return vault;
    throw new Error(`There is no vault '${name}'.`);
  };
  const assignmentsOf = (principal: string): State['roleAssignments'] => {
    const { objectId } = principalNamed(state(), principal);
    return state().roleAssignments.filter((assignment) => assignment.objectId === objectId);
  };
  return {
    /** Registers a provider in the main subscription, at once. */
    register: ({ namespace }: { namespace: string }): void => {
      state().registrations[registrationKey(mainSubscription(state()), namespace)] = { registeredAt: now() };
    },
    /** From now on the registration of this provider begins and never ends. */
    neverRegister: ({ namespace }: { namespace: string }): void => {
      state().stuckProviders.push(fold(namespace));
      delete state().registrations[registrationKey(mainSubscription(state()), namespace)];
    },
    /** Undoes `neverRegister`; a registration that hung ends now. */
    letRegister: ({ namespace }: { namespace: string }): void => {
      state().stuckProviders = state().stuckProviders.filter((stuck) => stuck !== fold(namespace));
      const hanging = state().registrations[registrationKey(mainSubscription(state()), namespace)];
      if (hanging) hanging.registeredAt ??= now();
    },
    putGroup: ({ name, location }: { name: string; location: string }): void => {
      const id = `/subscriptions/${mainSubscription(state())}/resourceGroups/${name}`;
      state().groups[fold(id)] = { id, name, location, tags: {} };
    },
    /** Somebody else's vault, without our tags: in a group of ours, or without `group` in a subscription of their own. */
    putStrangersVault: ({ name, group, location }: { name: string; group?: string; location?: string }): void => {
      state().vaults[fold(name)] = strangersVault(state(), name, group, location ?? 'westeurope', now());
    },
    /** Deletes a vault as its owner may, locks or not. It can be recovered. */
    softDeleteVault: ({ vaultName }: { vaultName: string }): void => {
      softDeleteVault(state(), vaultNamed(vaultName), now());
    },
    closeFirewall: ({ vaultName }: { vaultName: string }): void => {
      vaultNamed(vaultName).networkAcls = {
        bypass: 'AzureServices',
        defaultAction: 'Deny',
        ipRules: [],
        virtualNetworkRules: [],
      };
    },
    openFirewall: ({ vaultName }: { vaultName: string }): void => {
      const vault = vaultNamed(vaultName);
      delete vault.networkAcls;
      vault.publicNetworkAccess = 'Enabled';
    },
    /** Puts a lock on a subscription, group or resource, by its id. */
    putLock: (lock: { scope: string; name: string; level: LockLevel; notes?: string }): void => {
      const id = `${lock.scope}/providers/Microsoft.Authorization/locks/${lock.name}`;
      state().locks[fold(id)] = { id, ...lock };
    },
    removeLock: ({ scope, name }: { scope: string; name: string }): void => {
      delete state().locks[fold(`${scope}/providers/Microsoft.Authorization/locks/${name}`)];
    },
    /** Takes a right away wherever the principal holds it; `action` may have wildcards. */
    takeRight: ({ principal, action }: { principal: string; action: string }): void => {
      for (const { role } of assignmentsOf(principal)) role.notActions.push(action);
    },
    /** Gives back what `takeRight` took, by the same text. */
    giveBackRight: ({ principal, action }: { principal: string; action: string }): void => {
      for (const { role } of assignmentsOf(principal)) {
        role.notActions = role.notActions.filter((taken) => taken !== action);
      }
    },
    /** Assigns a role, also by its display name, on the whole subscription unless said. */
    assignRole: ({ principal, role, scope }: { principal: string; role: Role | string; scope?: string }): void => {
      state().roleAssignments.push({
        objectId: principalNamed(state(), principal).objectId,
        scope: scope ?? `/subscriptions/${mainSubscription(state())}`,
        role: structuredClone(typeof role === 'string' ? roleNamed(role) : role),
      });
    },
    /** Adds a fault and returns it: it counts the calls that it hits. */
    addFault: (rule: FaultRule): Readonly<Fault> => {
      const fault: Fault = { ...rule, matched: 0, fired: 0 };
      faults.push(fault);
      return fault;
    },
    clearFaults: (): void => {
      faults.length = 0;
    },
    listFaults: (): Fault[] => faults.map((fault) => ({ ...fault })),
    listRequests: (): RequestEntry[] => requests.map((entry) => ({ ...entry })),
    clearRequests: (): void => {
      requests.length = 0;
    },
  };
};

export type Control = ReturnType<typeof createControl>;
