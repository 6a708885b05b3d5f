import { empty, json, refuseAtGateway } from './arm/answers.ts';
import type { Lock, LockLevel } from './arm/locks.ts';
import { page } from './arm/paging.ts';
import { fold } from './arm/path.ts';
import type { ArmCall, Provider } from './arm/provider.ts';
import { isAtOrBelow, rolesAt } from './arm/rights.ts';
import { objectIn, textIn } from './json.ts';
import { extendedResource } from './arm/scope.ts';

/** 201 for a new one, 200 again (recorded). */
const putLock = (call: ArmCall): Response => {
  const { state, target, body } = call;
  extendedResource(call);
  const properties = objectIn(body, 'properties');
  const notes = textIn(properties, 'notes');
  const existed = state.locks[fold(target.id)];
  const lock: Lock = {
    id: existed?.id ?? target.id,
    name: existed?.name ?? target.names[0] ?? '',
    scope: existed?.scope ?? target.scope,
    level: levelOf(textIn(properties, 'level') ?? ''),
    ...(notes === undefined ? {} : { notes }),
  };
  state.locks[fold(target.id)] = lock;
  return json(existed ? 200 : 201, lockBody(lock));
};

const levelOf = (level: string): LockLevel => {
  if (level === 'CanNotDelete' || level === 'ReadOnly') return level;
  throw refuseAtGateway(
    400,
    'InvalidLockLevel',
    `The lock level '${level}' is invalid. Only the levels 'CanNotDelete' and 'ReadOnly' are supported.`,
  );
};

const showLock = ({ state, target }: ArmCall): Response => {
  const lock = state.locks[fold(target.id)];
  if (lock) return json(200, lockBody(lock));
  throw refuseAtGateway(404, 'LockNotFound', `The lock '${target.names[0] ?? ''}' could not be found.`);
};

const removeLock = ({ state, target }: ArmCall): Response => {
  const existed = state.locks[fold(target.id)] !== undefined;
  delete state.locks[fold(target.id)];
  return empty(existed ? 200 : 204);
};

/** All locks at the scope and below it; with `atScope()` those at exactly this scope. */
const listLocks = (call: ArmCall): Response => {
  const { state, target, query } = call;
  const exactly = /atScope\(\)/i.test(query.get('$filter') ?? '');
  const found = Object.values(state.locks).filter(({ scope }) =>
    exactly ? fold(scope) === fold(target.scope) : isAtOrBelow(scope, target.scope),
  );
  return page(call, found.map(lockBody));
};

/** A lock of 2016 and later has no systemData; its id is as it was spelt (recorded). */
const lockBody = ({ id, name, level, notes }: Lock): object => ({
  properties: { level, ...(notes === undefined ? {} : { notes }) },
  id,
  type: 'Microsoft.Authorization/locks',
  name,
});

/** What the caller may do here: one entry for each role that it holds, inherited ones included. */
const listPermissions = (call: ArmCall): Response => {
  const { state, target, caller } = call;
  const entries = rolesAt(state, caller.objectId, target.scope).map(
    ({ actions, notActions, dataActions, notDataActions }) => ({ actions, notActions, dataActions, notDataActions }),
  );
  return page(call, entries);
};

export const authorization: Provider = {
  namespace: 'Microsoft.Authorization',
  registration: 'free',
  apiVersions: [
    '2022-05-01-preview',
    '2022-04-01',
    '2020-05-01',
    '2018-07-01',
    '2018-01-01-preview',
    '2017-04-01',
    '2016-09-01',
    '2015-07-01',
    '2015-01-01',
  ],
  routes: {
    'PUT any/locks/{}': putLock,
    'GET any/locks/{}': showLock,
    'DELETE any/locks/{}': removeLock,
    'GET any/locks': listLocks,
    'GET subscription/permissions': listPermissions,
    'GET group/permissions': listPermissions,
    'GET resource/permissions': listPermissions,
  },
};
