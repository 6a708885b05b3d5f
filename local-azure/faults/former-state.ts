import type { RequestEntry } from '../request-log.ts';
import type { State } from '../state.ts';
import type { Execute } from './call.ts';

export type FormerState = ReturnType<typeof createFormerState>;

/** Keeps the state before the last write while there is a fault that needs it. */
export const createFormerState = (state: () => State, isNeeded: () => boolean) => {
  let former: State | undefined;
  return {
    get: (): State => structuredClone(former ?? state()),
    clear: (): void => {
      former = undefined;
    },
    /** Executes as before, and remembers what was if that changed something. */
    watching:
      (execute: Execute): Execute =>
      async (request, entry: RequestEntry, upon) => {
        if (upon || request.method === 'GET' || !isNeeded()) return await execute(request, entry, upon);
        const before = structuredClone(state());
        const answer = await execute(request, entry);
        if (entry.write) former = before;
        return answer;
      },
  };
};
