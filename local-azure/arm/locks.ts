import type { JsonObject } from '../json.ts';
import type { State } from '../state.ts';
import { refuseAtGateway } from './answers.ts';
import { fold } from './path.ts';
import { isAtOrBelow } from './rights.ts';

export type LockLevel = 'CanNotDelete' | 'ReadOnly';

export type Lock = {
  id: string;
  name: string;
  /** The id of what is locked, as it was spelt. */
  scope: string;
  level: LockLevel;
  notes?: string;
  /** Absent if it did not come through Azure Resource Manager. */
  systemData?: JsonObject;
};

/**
 * Throws when a lock forbids the operation. Both levels forbid deleting what is locked, all below it and extension
 * resources on it, and a locked child forbids deleting its parent (recorded). ReadOnly forbids writes too.
 */
export const assertUnlocked = (state: State, id: string, operation: 'write' | 'delete'): void => {
  const blocking = Object.values(state.locks).filter((lock) =>
    operation === 'delete'
      ? isAtOrBelow(id, lock.scope) || isAtOrBelow(lock.scope, id)
      : lock.level === 'ReadOnly' && isAtOrBelow(id, lock.scope),
  );
  if (blocking.length === 0) return;
  const scopes = [...new Map(blocking.map((lock) => [fold(lock.scope), lock.scope])).values()];
  throw refuseAtGateway(
    409,
    'ScopeLocked',
    `The scope '${id}' cannot perform ${operation} operation because following scope(s) are locked: ` +
      `'${scopes.join(',')}'. Please remove the lock and try again.`,
  );
};
