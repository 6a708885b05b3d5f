import type { Settings } from '../settings.ts';

/** The settings as they were given, before the time scale divides the delays. */
export type ChangeableSettings = { read: () => Settings; change: (changes: Partial<Settings>) => void };

export const controlSettings = (settings: ChangeableSettings) => ({
  readSettings: (): Settings => settings.read(),
  /** Changes what is said and leaves the rest; what has begun keeps its delay. */
  changeSettings: (changes: Partial<Settings>): Settings => {
    settings.change(changes);
    return settings.read();
  },
});
