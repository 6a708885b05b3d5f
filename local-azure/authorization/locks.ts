import { empty, json, refuseAtGateway } from '../arm/answers.ts';
import { page } from '../arm/paging.ts';
import { fold } from '../arm/path.ts';
import type { ArmCall, Provider } from '../arm/provider.ts';
import { isAtOrBelow } from '../arm/rights.ts';
import { extendedResource } from '../arm/scope.ts';
import type { Lock, LockLevel } from '../arm/state.ts';
import { creation, modification } from '../arm/system-data.ts';
import { objectIn, textIn } from '../json.ts';

/** 201 for a new one, 200 again (recorded). */
const put = (call: ArmCall): Response => {
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
    systemData: { ...(existed?.systemData ?? creation(call)), ...modification(call) },
  };
  state.locks[fold(target.id)] = lock;
  return json(existed ? 200 : 201, bodyFor(call, lock));
};

const levelOf = (level: string): LockLevel => {
  if (level === 'CanNotDelete' || level === 'ReadOnly') return level;
  throw refuseAtGateway(
    400,
    'InvalidLockLevel',
    `The lock level '${level}' is invalid. Only the levels 'CanNotDelete' and 'ReadOnly' are supported.`,
  );
};

const show = (call: ArmCall): Response => {
  const { state, target } = call;
  const lock = state.locks[fold(target.id)];
  if (lock) return json(200, bodyFor(call, lock));
  throw refuseAtGateway(404, 'LockNotFound', `The lock '${target.names[0] ?? ''}' could not be found.`);
};

const remove = ({ state, target }: ArmCall): Response => {
  const existed = state.locks[fold(target.id)] !== undefined;
  delete state.locks[fold(target.id)];
  return empty(existed ? 200 : 204);
};

/** All locks that are felt at the scope: there, above and below it; with `atScope()` not those below (documented). */
const list = (call: ArmCall): Response => {
  const { state, target, query } = call;
  const notBelow = /atScope\(\)/i.test(query.get('$filter') ?? '');
  const found = Object.values(state.locks).filter(
    ({ scope }) => isAtOrBelow(target.scope, scope) || (!notBelow && isAtOrBelow(scope, target.scope)),
  );
  return page(
    call,
    found.map((lock) => bodyFor(call, lock)),
  );
};

/** The id is as it was spelt, and there is no systemData in the older api-versions (recorded). */
const bodyFor = ({ apiVersion }: ArmCall, { id, name, level, notes, systemData }: Lock): object => ({
  properties: { level, ...(notes === undefined ? {} : { notes }) },
  id,
  type: 'Microsoft.Authorization/locks',
  name,
  ...(apiVersion >= '2020-05-01' && systemData ? { systemData } : {}),
});

export const lockRoutes: Provider['routes'] = {
  'PUT any/locks/{}': put,
  'GET any/locks/{}': show,
  'DELETE any/locks/{}': remove,
  'GET any/locks': list,
};
