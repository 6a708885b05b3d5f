import type { State } from '../state.ts';
import { refuseAtGateway } from './answers.ts';
import { fold } from './path.ts';
import { isAtOrBelow } from './rights.ts';

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
