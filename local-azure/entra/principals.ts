import { guid, hex, type Seeded } from '../random.ts';

/** Somebody who can sign in: an application of the tenant, or the managed identity of a resource. */
export type Principal = {
  /** How the local Azure's own log and controls call it. */
  name: string;
  kind: 'application' | 'managedIdentity';
  clientId: string;
  objectId: string;
  tenantId: string;
  /** Absent: it cannot sign in by secret. */
  clientSecret?: string;
  /** In milliseconds; for ever without. */
  secretExpiresOn?: number;
};

type Directory = Seeded & { tenantId: string; principals: Record<string, Principal> };

export const addApplication = (state: Directory, name: string): Principal =>
  add(state, { name, kind: 'application', ...newIds(state), clientSecret: hex(state, 40) });

/** The system-assigned identity of a resource: no secret, and no rights anywhere until somebody grants them. */
export const addManagedIdentity = (state: Directory, resourceName: string): Principal =>
  add(state, { name: resourceName, kind: 'managedIdentity', ...newIds(state) });

/** The identity goes with its resource: its tokens are refused from now on. */
export const removePrincipal = (state: Directory, objectId: string): void => {
  delete state.principals[objectId];
};

const newIds = (state: Directory): Pick<Principal, 'clientId' | 'objectId' | 'tenantId'> => ({
  clientId: guid(state),
  objectId: guid(state),
  tenantId: state.tenantId,
});

const add = (state: Directory, principal: Principal): Principal => {
  state.principals[principal.objectId] = principal;
  return principal;
};
