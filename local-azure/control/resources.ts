import { fold } from '../arm/path.ts';
import type { LockLevel } from '../arm/state.ts';
import { mainSubscription } from '../new-state.ts';
import { assertScope, regionNamed } from './checks.ts';
import type { Controlled } from './controlled.ts';

const levels: LockLevel[] = ['CanNotDelete', 'ReadOnly'];

/** What somebody else makes or takes away beside us. */
export const controlResources = ({ state }: Controlled) => ({
  putGroup: ({ name, location }: { name: string; location: string }): void => {
    const id = `/subscriptions/${mainSubscription(state())}/resourceGroups/${name}`;
    state().groups[fold(id)] = { id, name, location: regionNamed(location), tags: {} };
  },
  /** Puts a lock on a subscription, group or resource, by its id. */
  putLock: (lock: { scope: string; name: string; level: LockLevel; notes?: string }): void => {
    if (!levels.includes(lock.level)) throw new Error(`"level" is one of ${levels.join(', ')}.`);
    assertScope(lock.scope);
    const id = `${lock.scope}/providers/Microsoft.Authorization/locks/${lock.name}`;
    state().locks[fold(id)] = { id, ...lock };
  },
  removeLock: ({ scope, name }: { scope: string; name: string }): void => {
    delete state().locks[fold(`${scope}/providers/Microsoft.Authorization/locks/${name}`)];
  },
});
