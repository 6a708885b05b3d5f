import type { ChangeableSettings } from '../changeable-settings.ts';
import type { Settings } from '../settings.ts';

export const controlSettings = (settings: ChangeableSettings) => ({
  readSettings: (): Settings => settings.read(),
  /** Changes what is said and leaves the rest; what has begun keeps its delay. */
  changeSettings: (changes: Partial<Settings>): Settings => {
    settings.change(changes);
    return settings.read();
  },
});
