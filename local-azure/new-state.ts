import { emptyDataBoxEdge } from './data-box-edge.ts';
import { addApplication, type Principal } from './entra/principals.ts';
import { edgeActivator, owner, reader, type Role } from './entra/roles.ts';
import { guid, hex } from './random.ts';
import type { State } from './state.ts';
import { nothingAsked } from './throttling/throttling.ts';

/** Who can sign in from the start, with the role that each holds on the subscription. */
const roles = { owner, worker: edgeActivator, operator: reader, reader } satisfies Record<string, Role>;

export type PrincipalName = keyof typeof roles;

export const principalNames = Object.keys(roles) as PrincipalName[];

/** A tenant with one subscription, four principals, no group and no registered provider. */
export const newState = (seed: number): State => {
  const state = emptyTenant(seed);
  state.tenantId = guid(state);
  state.signingKey = hex(state, 64);
  const subscriptionId = guid(state);
  state.subscriptions[subscriptionId] = { id: subscriptionId, displayName: 'Local Azure' };
  for (const name of principalNames) {
    const { objectId } = addApplication(state, name);
    state.roleAssignments.push({
      objectId,
      scope: `/subscriptions/${subscriptionId}`,
      role: structuredClone(roles[name]),
    });
  }
  return state;
};

const emptyTenant = (seed: number): State => ({
  seed,
  tenantId: '',
  signingKey: '',
  subscriptions: {},
  principals: {},
  roleAssignments: [],
  registrations: {},
  stuckProviders: [],
  groups: {},
  vaults: {},
  deletedVaults: {},
  vaultPurges: {},
  storageAccounts: {},
  auditLogs: {},
  locks: {},
  diagnosticSettings: {},
  dataBoxEdge: emptyDataBoxEdge(),
  throttling: nothingAsked(),
});

/** The subscription that everything happens in. */
export const mainSubscription = (state: State): string => Object.keys(state.subscriptions)[0] ?? '';

/** Those who can sign in from the start. */
export const principalsOf = (state: State): Record<PrincipalName, Principal> => {
  const named = (name: PrincipalName): Principal => principalNamed(state, name);
  return { owner: named('owner'), worker: named('worker'), operator: named('operator'), reader: named('reader') };
};

export const principalNamed = (state: State, name: string): Principal => {
  const principal = Object.values(state.principals).find((candidate) => candidate.name === name);
  if (principal) return principal;
  throw new Error(`The local Azure knows no principal '${name}'.`);
};
