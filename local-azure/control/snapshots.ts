import type { State } from '../state.ts';
import type { ChangeableSettings } from '../changeable-settings.ts';

type World = { snapshot: () => State; restore: (state: State) => void; settings: ChangeableSettings };

/** The snapshot that `reset` goes back to. */
const start = 'start';

/** Worlds to come back to, by name. The clock goes on whatever comes back. */
export const controlSnapshots = ({ snapshot, restore, settings }: World) => {
  const kept = new Map<string, State>([[start, snapshot()]]);
  let made = 0;
  const settingsAtStart = settings.read();
  const goBack = (id: string): void => {
    const state = kept.get(id);
    if (!state) throw new Error(`There is no snapshot '${id}'; there is ${[...kept.keys()].join(', ')}.`);
    restore(state);
  };
  const newName = (): string => {
    made += 1;
    const name = `snapshot-${made}`;
    return kept.has(name) ? newName() : name;
  };
  return {
    /** Keeps the world as it is now under the name, or under a new one; `start` is what `reset` goes back to. */
    snapshot: ({ id = newName() }: { id?: string } = {}): { id: string } => {
      kept.set(id, snapshot());
      return { id };
    },
    /** Goes on from a kept world; the request log and the faults start anew. */
    restore: ({ id }: { id: string }): void => goBack(id),
    /** The first world and the first settings again. */
    reset: (): void => {
      settings.change(settingsAtStart);
      goBack(start);
    },
  };
};
