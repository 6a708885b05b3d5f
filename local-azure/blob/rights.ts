import { allows, mayDoWithData, rolesAt } from '../arm/rights.ts';
import type { Principal } from '../entra/principals.ts';
import type { BlobCall } from './call.ts';
import { permissionMismatch } from './refusals.ts';

/** What an operation takes: a right on the data, or on the containers, which Azure counts among the resources. */
export type Right = { dataAction: string } | { action: string };

const prefix = 'Microsoft.Storage/storageAccounts/blobServices/containers';

export const onContainers = (verb: 'read' | 'write' | 'delete'): Right => ({ action: `${prefix}/${verb}` });
export const onBlobs = (verb: 'read' | 'write' | 'delete'): Right => ({ dataAction: `${prefix}/blobs/${verb}` });

export const nameOf = (right: Right): string => ('action' in right ? right.action : right.dataAction);

export const assertAllowed = (call: BlobCall, caller: Principal, right: Right): void => {
  const scope = scopeOf(call);
  const { state } = call;
  const isAllowed =
    'action' in right
      ? mayReachContainers(call, caller, right.action, scope)
      : mayDoWithData(state, caller.objectId, right.dataAction, scope);
  if (!isAllowed) throw permissionMismatch(call);
};

/** Only roles made for data let a token in (documented): the `*` of an owner or a contributor does not count here. */
const mayReachContainers = ({ state }: BlobCall, { objectId }: Principal, action: string, scope: string): boolean =>
  rolesAt(state, objectId, scope).some((role) => role.dataActions.length > 0 && allows(role, action));

/** A role can be assigned at one container. */
const scopeOf = ({ account, container }: BlobCall): string =>
  container === '' ? account.id : `${account.id}/blobServices/default/containers/${container}`;
